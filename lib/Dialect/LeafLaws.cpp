// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Laws of leaves, and of two of them. Leaves that differ in name are one
/// family where they say the same kind of thing: bands around the diagonal,
/// ranges of blocks, sets of global positions.
#include "LeafLaws.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <numeric>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::detail;

namespace {
/// Bound of the parameters that stand for positions, as the verifiers have it.
constexpr int64_t maxPosition = int64_t(1) << 40;

//===----------------------------------------------------------------------===//
// Families of leaves
//===----------------------------------------------------------------------===//

/// -left <= j - i <= right, in positions, and j = i modulo `step`.
struct Band {
  std::optional<int64_t> left, right;
  int64_t step = 1;

  bool isDiagonal() const { return left == 0 && right == 0; }
};

/// begin - before <= j < begin + size + after, where `begin` starts i's block.
struct BlockBand {
  int64_t size, before, after;
};

/// i in G (`rows`) or j in G (`columns`).
struct GlobalSet {
  int64_t first = 0, last = 0, lastBlock = 1;
  SmallVector<int64_t> positions;
  bool rows = false, columns = false;

  /// Whether the end of this set is in the other's for every number of keys.
  bool isEndWithin(const GlobalSet &other) const {
    if (!last || lastBlock == other.lastBlock)
      return last <= other.last;
    // The last block may be a single position.
    if (lastBlock == 1)
      return other.last && last <= (other.last - 1) * other.lastBlock + 1;
    return other.lastBlock == 1 && last * lastBlock <= other.last;
  }

  bool isSameKind(const GlobalSet &other) const {
    return rows == other.rows && columns == other.columns;
  }
};

std::optional<BlockBand> getBlockBand(PatternAttr pattern) {
  auto local = dyn_cast<BlockLocalAttr>(pattern);
  if (!local)
    return std::nullopt;
  int64_t size = local.getSize();
  return BlockBand{
      size, std::max(local.getLeftBlocks() * size, local.getBoundary()),
      std::max(local.getRightBlocks() * size, local.getBoundary())};
}

std::optional<Band> getBand(PatternAttr pattern) {
  if (isa<CausalAttr>(pattern))
    return Band{std::nullopt, 0, 1};
  if (auto strided = dyn_cast<StridedAttr>(pattern))
    return Band{std::nullopt, std::nullopt, strided.getStride()};
  if (auto window = dyn_cast<WindowAttr>(pattern)) {
    auto span = [&](std::optional<int64_t> taps) {
      return taps ? std::optional(*taps * window.getDilation()) : std::nullopt;
    };
    return Band{span(window.getLeft()), span(window.getRight()),
                window.getDilation()};
  }
  std::optional<BlockBand> block = getBlockBand(pattern);
  if (block && block->size == 1)
    return Band{block->before, block->after, 1};
  return std::nullopt;
}

std::optional<GlobalSet> getGlobalSet(PatternAttr pattern) {
  if (auto prefix = dyn_cast<PrefixAttr>(pattern))
    return GlobalSet{prefix.getLen(), 0, 1, {}, false, true};
  if (auto global = dyn_cast<GlobalAttr>(pattern))
    return GlobalSet{global.getFirst(),
                     global.getLast(),
                     global.getLastBlock(),
                     llvm::to_vector(global.getPositions()),
                     global.getRows(),
                     global.getColumns()};
  return std::nullopt;
}

/// The leaf of a band, in its only spelling.
PatternAttr makeBand(MLIRContext *context, Band band) {
  auto taps = [&](std::optional<int64_t> span) {
    return span ? std::optional(*span / band.step) : std::nullopt;
  };
  band.left = taps(band.left);
  band.right = taps(band.right);
  // window<left = 0, right = 0, dilation = d> -> window<left = 0, right = 0>
  if (band.isDiagonal())
    band.step = 1;
  if (!band.left && !band.right) {
    // window, strided<1> -> dense
    if (band.step == 1)
      return getDense(context);
    // window<dilation = d> -> strided<d>
    return asPattern(StridedAttr::get(context, band.step));
  }
  // window<right = 0> -> causal
  if (!band.left && band.right == 0 && band.step == 1)
    return asPattern(CausalAttr::get(context));
  return asPattern(WindowAttr::get(context, band.left, band.right, band.step));
}

/// The leaf of a range, if there is one: parts of a neighbouring block are the
/// same on both sides.
PatternAttr makeBlockBand(MLIRContext *context, const BlockBand &range) {
  // block_local<1, left_blocks = a, right_blocks = b>
  //   -> window<left = a, right = b>
  if (range.size == 1)
    return makeBand(context, {range.before, range.after, 1});
  int64_t boundary = 0;
  for (int64_t side : {range.before, range.after})
    if (side % range.size) {
      if (side > range.size || (boundary && boundary != side))
        return nullptr;
      boundary = side;
    }
  if (boundary && (!range.before || !range.after))
    return nullptr;
  // block_local<s, boundary = s>
  //   -> block_local<s, left_blocks = 1, right_blocks = 1>
  // block_local<s, left_blocks = a, right_blocks = b, boundary = t>
  //   -> block_local<s, left_blocks = a, right_blocks = b>
  return asPattern(BlockLocalAttr::get(context, range.size,
                                       range.before / range.size,
                                       range.after / range.size, boundary));
}

PatternAttr makeGlobalSet(MLIRContext *context, GlobalSet set) {
  llvm::sort(set.positions);
  SmallVector<int64_t> rest;
  for (int64_t position : set.positions) {
    // global<first = f, positions = [f, ...]>
    //   -> global<first = f + 1, positions = [...]>
    if (rest.empty() && position == set.first && set.first < maxPosition)
      ++set.first;
    // global<first = f, positions = [p, ...]>
    //   -> global<first = f, positions = [...]>, where p < f
    else if (position >= set.first && (rest.empty() || rest.back() != position))
      rest.push_back(position);
  }
  // global<first = 0> -> none
  if (!set.first && !set.last && rest.empty())
    return getNone(context);
  // global<last_block = b> -> global, where no block at the end is in it
  if (!set.last)
    set.lastBlock = 1;
  return asPattern(GlobalAttr::get(context, set.first, set.last, set.lastBlock,
                                   rest, set.rows, set.columns));
}

} // namespace

PatternAttr mlir::sattn::detail::makeColumns(MLIRContext *context,
                                             int64_t stride, int64_t begin,
                                             int64_t end) {
  // columns<s, phase = p> and columns<s, phase = q> -> none
  if (begin >= end)
    return getNone(context);
  // columns<s, width = s> -> dense
  if (end - begin == stride)
    return getDense(context);
  return asPattern(ColumnsAttr::get(context, stride, begin, end - begin));
}

namespace {

//===----------------------------------------------------------------------===//
// Inclusion
//===----------------------------------------------------------------------===//

/// An unbounded side includes every bounded one.
bool isWithin(std::optional<int64_t> inner, std::optional<int64_t> outer) {
  return !outer || (inner && *inner <= *outer);
}

bool isLeafIncluded(PatternAttr p, PatternAttr q) {
  std::optional<Band> pBand = getBand(p), qBand = getBand(q);
  // window<left = a, right = b> in window<left = c, right = d>,
  //   where a <= c and b <= d
  // strided<a> in strided<b>, where b divides a
  if (pBand && qBand)
    return isWithin(pBand->left, qBand->left) &&
           isWithin(pBand->right, qBand->right) &&
           (pBand->step % qBand->step == 0 || pBand->isDiagonal());

  std::optional<BlockBand> pBlock = getBlockBand(p), qBlock = getBlockBand(q);
  // block_local<a> in block_local<b>, where a divides b
  if (pBlock && qBlock)
    return qBlock->size % pBlock->size == 0 &&
           pBlock->before <= qBlock->before && pBlock->after <= qBlock->after;
  // block_local<a> in window<left = b, right = c>,
  //   where a - 1 <= b and a - 1 <= c
  if (pBlock && qBand)
    return qBand->step == 1 &&
           isWithin(pBlock->size - 1 + pBlock->before, qBand->left) &&
           isWithin(pBlock->size - 1 + pBlock->after, qBand->right);
  // window<left = a, right = b>
  //   in block_local<s, left_blocks = c, right_blocks = d>,
  //   where a <= c * s and b <= d * s
  if (pBand && qBlock)
    return isWithin(pBand->left, qBlock->before) &&
           isWithin(pBand->right, qBlock->after);

  // prefix<a> in prefix<b>, where a <= b
  // global<G> in global<H>, where G in H
  std::optional<GlobalSet> pSet = getGlobalSet(p), qSet = getGlobalSet(q);
  if (pSet && qSet)
    return (!pSet->rows || qSet->rows) && (!pSet->columns || qSet->columns) &&
           pSet->first <= qSet->first && pSet->isEndWithin(*qSet) &&
           llvm::all_of(pSet->positions, [&](int64_t position) {
             return position < qSet->first ||
                    llvm::binary_search(qSet->positions, position);
           });

  // columns<a, phase = p> in columns<b, phase = q>,
  //   where b divides a and p mod b is q
  auto pColumns = dyn_cast<ColumnsAttr>(p), qColumns = dyn_cast<ColumnsAttr>(q);
  if (pColumns && qColumns &&
      pColumns.getStride() % qColumns.getStride() == 0) {
    int64_t begin = pColumns.getPhase() % qColumns.getStride();
    return qColumns.getPhase() <= begin &&
           begin + pColumns.getWidth() <=
               qColumns.getPhase() + qColumns.getWidth();
  }
  return false;
}

/// Decides p in q, as far as structure tells. Gives up on deep nests.
class Inclusion {
public:
  bool holds(PatternAttr p, PatternAttr q) {
    // p in p
    // p in dense
    // none in p
    if (p == q || isa<DenseAttr>(q) || isa<NoneAttr>(p))
      return true;
    if (--budget < 0)
      return false;
    auto some = [&](auto chain, auto question) {
      return chain && llvm::any_of(chain.getOperands(), [&](Attribute operand) {
               return question(asPattern(operand));
             });
    };
    auto every = [&](auto chain, auto question) {
      return chain && llvm::all_of(chain.getOperands(), [&](Attribute operand) {
               return question(asPattern(operand));
             });
    };
    auto inQ = [&](PatternAttr operand) { return holds(operand, q); };
    auto hasP = [&](PatternAttr operand) { return holds(p, operand); };
    // or(a, b) in q, where a in q and b in q
    if (isa<OrAttr>(p))
      return every(dyn_cast<OrAttr>(p), inQ);
    // p in and(a, b), where p in a and p in b
    if (isa<AndAttr>(q))
      return every(dyn_cast<AndAttr>(q), hasP);
    // p in or(a, b), where p in a or p in b
    // and(a, b) in q, where a in q or b in q
    if (some(dyn_cast<OrAttr>(q), hasP) || some(dyn_cast<AndAttr>(p), inQ))
      return true;
    // not(p) in not(q), where q in p
    auto notP = dyn_cast<NotAttr>(p), notQ = dyn_cast<NotAttr>(q);
    if (notP && notQ)
      return holds(asPattern(notQ.getOperand()), asPattern(notP.getOperand()));
    return isLeafIncluded(p, q);
  }

private:
  int budget = 4096;
};

} // namespace

bool mlir::sattn::detail::isIncluded(PatternAttr p, PatternAttr q) {
  return Inclusion().holds(p, q);
}

//===----------------------------------------------------------------------===//
// Merging two leaves into one
//===----------------------------------------------------------------------===//

PatternAttr mlir::sattn::detail::intersect(PatternAttr p, PatternAttr q) {
  MLIRContext *context = p.getContext();
  auto tighter = [](std::optional<int64_t> a, std::optional<int64_t> b) {
    return a && b ? std::min(a, b) : (a ? a : b);
  };
  std::optional<Band> pBand = getBand(p), qBand = getBand(q);
  if (pBand && qBand) {
    // and(strided<a>, strided<b>) -> strided<lcm(a, b)>
    int64_t factor = pBand->step / std::gcd(pBand->step, qBand->step);
    if (factor > maxPosition / qBand->step)
      return nullptr;
    // and(window<left = a, right = b>, window<left = c, right = d>)
    //   -> window<left = min(a, c), right = min(b, d)>
    return makeBand(context, {tighter(pBand->left, qBand->left),
                              tighter(pBand->right, qBand->right),
                              factor * qBand->step});
  }
  // and(block_local<s, left_blocks = a>, block_local<s, left_blocks = b>)
  //   -> block_local<s, left_blocks = min(a, b)>
  std::optional<BlockBand> pBlock = getBlockBand(p), qBlock = getBlockBand(q);
  if (pBlock && qBlock && pBlock->size == qBlock->size)
    return makeBlockBand(context, {pBlock->size,
                                    std::min(pBlock->before, qBlock->before),
                                    std::min(pBlock->after, qBlock->after)});
  // and(columns<s, phase = a, width = b>, columns<s, phase = c, width = d>)
  //   -> columns of both
  auto pColumns = dyn_cast<ColumnsAttr>(p), qColumns = dyn_cast<ColumnsAttr>(q);
  if (pColumns && qColumns && pColumns.getStride() == qColumns.getStride())
    return makeColumns(context, pColumns.getStride(),
                       std::max(pColumns.getPhase(), qColumns.getPhase()),
                       std::min(pColumns.getPhase() + pColumns.getWidth(),
                                qColumns.getPhase() + qColumns.getWidth()));
  // and(global<G, columns>, global<H, columns>) -> global<G and H, columns>
  std::optional<GlobalSet> pSet = getGlobalSet(p), qSet = getGlobalSet(q);
  if (pSet && qSet && pSet->isSameKind(*qSet) && pSet->rows != pSet->columns &&
      !pSet->last && !qSet->last) {
    GlobalSet both{
        std::min(pSet->first, qSet->first), 0, 1, {}, pSet->rows,
        pSet->columns};
    auto addShared = [&](const GlobalSet &from, const GlobalSet &other) {
      for (int64_t position : from.positions)
        if (position < other.first ||
            llvm::binary_search(other.positions, position))
          both.positions.push_back(position);
    };
    addShared(*pSet, *qSet);
    addShared(*qSet, *pSet);
    return makeGlobalSet(context, std::move(both));
  }
  // and(not(p), not(q)) -> not(r), where or(p, q) is the leaf r
  auto notP = dyn_cast<NotAttr>(p), notQ = dyn_cast<NotAttr>(q);
  if (notP && notQ)
    if (PatternAttr leaf =
            unite(asPattern(notP.getOperand()), asPattern(notQ.getOperand())))
      return makeNot(leaf);
  return nullptr;
}

PatternAttr mlir::sattn::detail::unite(PatternAttr p, PatternAttr q) {
  MLIRContext *context = p.getContext();
  auto looser = [](std::optional<int64_t> a, std::optional<int64_t> b) {
    return a && b ? std::max(a, b) : std::nullopt;
  };
  // or(window<left = a, right = b>, window<left = c, right = d>)
  //   -> window<left = max(a, c), right = max(b, d)>
  std::optional<Band> pBand = getBand(p), qBand = getBand(q);
  if (pBand && qBand)
    return pBand->step == qBand->step
               ? makeBand(context,
                          {looser(pBand->left, qBand->left),
                           looser(pBand->right, qBand->right), pBand->step})
               : nullptr;
  // or(block_local<s, left_blocks = a>, block_local<s, left_blocks = b>)
  //   -> block_local<s, left_blocks = max(a, b)>
  std::optional<BlockBand> pBlock = getBlockBand(p), qBlock = getBlockBand(q);
  if (pBlock && qBlock && pBlock->size == qBlock->size)
    return makeBlockBand(context, {pBlock->size,
                                    std::max(pBlock->before, qBlock->before),
                                    std::max(pBlock->after, qBlock->after)});
  // or(columns<s, phase = a, width = b>, columns<s, phase = a + b, width = c>)
  //   -> columns<s, phase = a, width = b + c>
  auto pColumns = dyn_cast<ColumnsAttr>(p), qColumns = dyn_cast<ColumnsAttr>(q);
  if (pColumns && qColumns && pColumns.getStride() == qColumns.getStride()) {
    int64_t pEnd = pColumns.getPhase() + pColumns.getWidth();
    int64_t qEnd = qColumns.getPhase() + qColumns.getWidth();
    if (pEnd < qColumns.getPhase() || qEnd < pColumns.getPhase())
      return nullptr;
    return makeColumns(context, pColumns.getStride(),
                       std::min(pColumns.getPhase(), qColumns.getPhase()),
                       std::max(pEnd, qEnd));
  }
  std::optional<GlobalSet> pSet = getGlobalSet(p), qSet = getGlobalSet(q);
  if (pSet && qSet) {
    bool pEndWithin = pSet->isEndWithin(*qSet);
    if (!pEndWithin && !qSet->isEndWithin(*pSet))
      return nullptr;
    bool sameSet = pSet->first == qSet->first && pSet->last == qSet->last &&
                   pSet->lastBlock == qSet->lastBlock &&
                   pSet->positions == qSet->positions;
    if (!sameSet && !pSet->isSameKind(*qSet))
      return nullptr;
    // or(global<G>, global<H>) -> global<G or H>
    // or(global<G, rows>, global<G, columns>) -> global<G>
    GlobalSet both = *pSet;
    both.first = std::max(pSet->first, qSet->first);
    both.last = pEndWithin ? qSet->last : pSet->last;
    both.lastBlock = pEndWithin ? qSet->lastBlock : pSet->lastBlock;
    llvm::append_range(both.positions, qSet->positions);
    both.rows |= qSet->rows;
    both.columns |= qSet->columns;
    return makeGlobalSet(context, std::move(both));
  }
  // or(not(p), not(q)) -> not(r), where and(p, q) is the leaf r
  auto notP = dyn_cast<NotAttr>(p), notQ = dyn_cast<NotAttr>(q);
  if (notP && notQ)
    if (PatternAttr leaf = intersect(asPattern(notP.getOperand()),
                                     asPattern(notQ.getOperand())))
      return makeNot(leaf);
  return nullptr;
}

//===----------------------------------------------------------------------===//
// One leaf
//===----------------------------------------------------------------------===//

Attribute WindowAttr::simplifyPattern() const {
  return makeBand(getContext(), *getBand(asPattern(*this)));
}
Attribute StridedAttr::simplifyPattern() const {
  return makeBand(getContext(), *getBand(asPattern(*this)));
}
Attribute ColumnsAttr::simplifyPattern() const {
  return makeColumns(getContext(), getStride(), getPhase(),
                     getPhase() + getWidth());
}
Attribute BlockLocalAttr::simplifyPattern() const {
  return makeBlockBand(getContext(), *getBlockBand(asPattern(*this)));
}
Attribute GlobalAttr::simplifyPattern() const {
  return makeGlobalSet(getContext(), *getGlobalSet(asPattern(*this)));
}
Attribute PrefixAttr::simplifyPattern() const {
  // prefix<0> -> none
  if (getLen() == 0)
    return NoneAttr::get(getContext());
  return *this;
}
Attribute BlockMaskAttr::simplifyPattern() const {
  // block_mask<dense<false>> -> none
  if (llvm::none_of(getLayout().getValues<bool>(),
                    [](bool bit) { return bit; }))
    return NoneAttr::get(getContext());
  return *this;
}

/// name<...> -> its composition of leaves
#define SATTN_SIMPLIFY_BY_EXPANSION(ATTR)                                      \
  Attribute ATTR::simplifyPattern() const { return expand(); }

SATTN_SIMPLIFY_BY_EXPANSION(FixedAttr)
SATTN_SIMPLIFY_BY_EXPANSION(AxialAttr)
SATTN_SIMPLIFY_BY_EXPANSION(LongformerAttr)
SATTN_SIMPLIFY_BY_EXPANSION(BigBirdAttr)
SATTN_SIMPLIFY_BY_EXPANSION(SparseTransformerStridedAttr)
SATTN_SIMPLIFY_BY_EXPANSION(SparseTransformerFixedAttr)
SATTN_SIMPLIFY_BY_EXPANSION(MistralAttr)
SATTN_SIMPLIFY_BY_EXPANSION(PrefixLMAttr)
SATTN_SIMPLIFY_BY_EXPANSION(DocumentCausalAttr)
SATTN_SIMPLIFY_BY_EXPANSION(StreamingAttr)

#undef SATTN_SIMPLIFY_BY_EXPANSION
