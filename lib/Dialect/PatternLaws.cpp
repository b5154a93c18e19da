// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The laws of the pattern algebra: rewriting to simplest form.
///
/// Each law keeps the set of live pairs for every length, every position (also
/// negative ones) and every head, and leaves fewer leaves, or the same leaves
/// with `not` further in or `per_head` further out, so rewriting ends. Operands
/// keep the order in which they were written.
///
/// Laws of `and` and of `or` are dual. They are written once, for a chain of
/// operands, over three questions about pairs of patterns: is one included in
/// the other, do they leave nothing (everything) between them, do they merge
/// into one leaf.
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

#include <numeric>

using namespace mlir;
using namespace mlir::sattn;

namespace {

/// Bound of the parameters that stand for positions, as the verifiers have it.
constexpr int64_t maxPosition = int64_t(1) << 40;

PatternAttr asPattern(Attribute attr) { return cast<PatternAttr>(attr); }
PatternAttr getDense(MLIRContext *context) {
  return asPattern(DenseAttr::get(context));
}
PatternAttr getNone(MLIRContext *context) {
  return asPattern(NoneAttr::get(context));
}

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
struct BlockRange {
  int64_t size, before, after;
};

/// i in G (`rows`) or j in G (`columns`).
struct GlobalSet {
  int64_t first = 0, last = 0;
  SmallVector<int64_t> positions;
  bool rows = false, columns = false;

  bool isSameKind(const GlobalSet &other) const {
    return rows == other.rows && columns == other.columns;
  }
};

std::optional<BlockRange> getBlockRange(PatternAttr pattern) {
  auto local = dyn_cast<BlockLocalAttr>(pattern);
  if (!local)
    return std::nullopt;
  int64_t size = local.getSize();
  return BlockRange{
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
  std::optional<BlockRange> block = getBlockRange(pattern);
  if (block && block->size == 1)
    return Band{block->before, block->after, 1};
  return std::nullopt;
}

std::optional<GlobalSet> getGlobalSet(PatternAttr pattern) {
  if (auto prefix = dyn_cast<PrefixAttr>(pattern))
    return GlobalSet{prefix.getLen(), 0, {}, false, true};
  if (auto global = dyn_cast<GlobalAttr>(pattern))
    return GlobalSet{global.getFirst(), global.getLast(),
                     llvm::to_vector(global.getPositions()), global.getRows(),
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
PatternAttr makeBlockRange(MLIRContext *context, const BlockRange &range) {
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
  return asPattern(GlobalAttr::get(context, set.first, set.last, rest, set.rows,
                                   set.columns));
}

PatternAttr makeColumns(MLIRContext *context, int64_t stride, int64_t begin,
                        int64_t end) {
  // columns<s, phase = p> and columns<s, phase = q> -> none
  if (begin >= end)
    return getNone(context);
  // columns<s, width = s> -> dense
  if (end - begin == stride)
    return getDense(context);
  return asPattern(ColumnsAttr::get(context, stride, begin, end - begin));
}

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

  std::optional<BlockRange> pBlock = getBlockRange(p),
                            qBlock = getBlockRange(q);
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
           pSet->first <= qSet->first && pSet->last <= qSet->last &&
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
    // p in p; p in dense; none in p
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

bool isIncluded(PatternAttr p, PatternAttr q) {
  return Inclusion().holds(p, q);
}

//===----------------------------------------------------------------------===//
// Merging two leaves into one
//===----------------------------------------------------------------------===//

PatternAttr unite(PatternAttr p, PatternAttr q);

/// A single leaf for and(p, q), or null.
PatternAttr intersect(PatternAttr p, PatternAttr q) {
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
  std::optional<BlockRange> pBlock = getBlockRange(p),
                            qBlock = getBlockRange(q);
  if (pBlock && qBlock && pBlock->size == qBlock->size)
    return makeBlockRange(context, {pBlock->size,
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
        std::min(pSet->first, qSet->first), 0, {}, pSet->rows, pSet->columns};
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

/// A single leaf for or(p, q), or null.
PatternAttr unite(PatternAttr p, PatternAttr q) {
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
  std::optional<BlockRange> pBlock = getBlockRange(p),
                            qBlock = getBlockRange(q);
  if (pBlock && qBlock && pBlock->size == qBlock->size)
    return makeBlockRange(context, {pBlock->size,
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
    bool sameSet = pSet->first == qSet->first && pSet->last == qSet->last &&
                   pSet->positions == qSet->positions;
    if (!sameSet && !pSet->isSameKind(*qSet))
      return nullptr;
    // or(global<G>, global<H>) -> global<G or H>;
    // or(global<G, rows>, global<G, columns>) -> global<G>
    GlobalSet both = *pSet;
    both.first = std::max(pSet->first, qSet->first);
    both.last = std::max(pSet->last, qSet->last);
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
// and, or
//===----------------------------------------------------------------------===//

template <typename ChainT>
constexpr bool isAnd = std::is_same_v<ChainT, AndAttr>;

/// The other kind of chain.
template <typename ChainT>
using Dual = std::conditional_t<isAnd<ChainT>, OrAttr, AndAttr>;

/// The operands of an `and` or `or`, being rewritten.
template <typename ChainT> class Chain {
public:
  explicit Chain(ChainT chain) : context(chain.getContext()) {
    for (Attribute operand : chain.getOperands())
      flatten(operand);
  }

  PatternAttr simplify() {
    if (PatternAttr whole = distributeOverHeads())
      return whole;
    dropNeutral();
    dropDuplicates();
    if (hasComplement())
      return absorbing();
    absorb();
    mergeLeaves();
    resolve();
    return build(operands);
  }

private:
  using DualT = Dual<ChainT>;

  static PatternAttr make(ArrayRef<PatternAttr> operands) {
    return isAnd<ChainT> ? makeAnd(operands) : makeOr(operands);
  }
  PatternAttr build(ArrayRef<PatternAttr> operands) const {
    return operands.empty() ? neutral() : make(operands);
  }
  PatternAttr neutral() const {
    return isAnd<ChainT> ? getDense(context) : getNone(context);
  }
  PatternAttr absorbing() const {
    return isAnd<ChainT> ? getNone(context) : getDense(context);
  }
  /// and(p, q) is p; or(p, q) is p.
  static bool outweighs(PatternAttr p, PatternAttr q) {
    return isAnd<ChainT> ? isIncluded(p, q) : isIncluded(q, p);
  }
  static PatternAttr merge(PatternAttr p, PatternAttr q) {
    return isAnd<ChainT> ? intersect(p, q) : unite(p, q);
  }

  /// and(and(p, q), r) -> and(p, q, r); or(or(p, q), r) -> or(p, q, r)
  void flatten(Attribute operand) {
    if (auto nested = dyn_cast<ChainT>(operand))
      for (Attribute inner : nested.getOperands())
        flatten(inner);
    else
      operands.push_back(asPattern(operand));
  }

  /// and(per_head<[p, q]>, r) -> per_head<[and(p, r), and(q, r)]>, likewise or
  PatternAttr distributeOverHeads() const {
    std::optional<size_t> numHeads;
    for (PatternAttr operand : operands)
      if (auto perHead = dyn_cast<PerHeadAttr>(operand)) {
        size_t own = perHead.getPatterns().size();
        if (numHeads.value_or(own) != own)
          return nullptr;
        numHeads = own;
      }
    if (!numHeads)
      return nullptr;
    SmallVector<Attribute> patterns;
    for (size_t head = 0; head < *numHeads; ++head)
      patterns.push_back(
          make(llvm::map_to_vector(operands, [&](PatternAttr operand) {
            return asPattern(operand.forHead(head));
          })));
    return asPattern(PerHeadAttr::get(context, patterns));
  }

  /// and(p, dense) -> p; or(p, none) -> p
  void dropNeutral() { llvm::erase(operands, neutral()); }

  /// and(p, p) -> p; or(p, p) -> p
  void dropDuplicates() {
    llvm::SetVector<PatternAttr, Operands> unique(operands.begin(),
                                                  operands.end());
    operands = unique.takeVector();
  }

  /// and(p, not(p)) -> none; or(p, not(p)) -> dense;
  /// and(p, none) -> none; or(p, dense) -> dense
  bool hasComplement() const {
    for (auto [index, p] : llvm::enumerate(operands)) {
      if (p == absorbing())
        return true;
      for (PatternAttr q : ArrayRef(operands).drop_front(index + 1))
        if (areComplements(p, q))
          return true;
    }
    return false;
  }

  /// and(p, q) is none; or(p, q) is dense.
  static bool areComplements(PatternAttr p, PatternAttr q) {
    if (isComplementOf(p, q) || isComplementOf(q, p))
      return true;
    PatternAttr merged = merge(p, q);
    return isAnd<ChainT> ? isa_and_nonnull<NoneAttr>(merged)
                         : isa_and_nonnull<DenseAttr>(merged);
  }

  static bool isComplementOf(PatternAttr p, PatternAttr q) {
    // and(p, not(q)) is none if p is in q; or(p, not(q)) is dense if q is in p.
    if (auto negation = dyn_cast<NotAttr>(q))
      return outweighs(p, asPattern(negation.getOperand()));
    // and(p, and(q, r)) is none if and(p, q) is; or(p, or(q, r)) likewise.
    auto chain = dyn_cast<ChainT>(q);
    return chain && llvm::any_of(chain.getOperands(), [&](Attribute operand) {
             return areComplements(p, asPattern(operand));
           });
  }

  /// and(p, or(p, q)) -> p; or(p, and(p, q)) -> p;
  /// and(p, q) -> p and or(p, q) -> q, where p is in q
  void absorb() {
    for (size_t index = 0; index < operands.size();) {
      bool isAbsorbed = false;
      for (size_t other = 0; other < operands.size() && !isAbsorbed; ++other)
        isAbsorbed =
            other != index && outweighs(operands[other], operands[index]);
      if (isAbsorbed)
        operands.erase(operands.begin() + index);
      else
        ++index;
    }
  }

  /// and(p, q) -> r, or(p, q) -> r, where the leaf r is the same set
  void mergeLeaves() {
    for (size_t index = 0; index < operands.size(); ++index)
      for (size_t other = index + 1; other < operands.size();) {
        if (PatternAttr merged = merge(operands[index], operands[other])) {
          operands[index] = merged;
          operands.erase(operands.begin() + other);
          other = index + 1;
        } else {
          ++other;
        }
      }
  }

  /// and(p, or(not(p), q)) -> and(p, q); or(p, and(not(p), q)) -> or(p, q)
  void resolve() {
    for (auto [index, operand] : llvm::enumerate(operands)) {
      auto nested = dyn_cast<DualT>(operand);
      if (!nested)
        continue;
      Operands kept;
      for (Attribute inner : nested.getOperands()) {
        bool isDead = false;
        for (auto [other, p] : llvm::enumerate(operands))
          isDead |= other != index && areComplements(p, asPattern(inner));
        if (!isDead)
          kept.push_back(asPattern(inner));
      }
      if (kept.size() == nested.getOperands().size())
        continue;
      operand = kept.empty()    ? absorbing()
                : isAnd<ChainT> ? makeOr(kept)
                                : makeAnd(kept);
    }
  }

  using Operands = SmallVector<PatternAttr>;
  MLIRContext *context;
  Operands operands;
};
} // namespace

Attribute AndAttr::simplifyPattern() const {
  return Chain<AndAttr>(*this).simplify();
}
Attribute OrAttr::simplifyPattern() const {
  return Chain<OrAttr>(*this).simplify();
}

//===----------------------------------------------------------------------===//
// not, per_head
//===----------------------------------------------------------------------===//

Attribute NotAttr::simplifyPattern() const {
  MLIRContext *context = getContext();
  auto negateAll = [](ArrayRef<Attribute> operands) {
    return llvm::map_to_vector(operands, [](Attribute operand) -> Attribute {
      return makeNot(asPattern(operand));
    });
  };
  // not(not(p)) -> p
  if (auto inner = dyn_cast<NotAttr>(getOperand()))
    return inner.getOperand();
  // not(dense) -> none
  if (isa<DenseAttr>(getOperand()))
    return NoneAttr::get(context);
  // not(none) -> dense
  if (isa<NoneAttr>(getOperand()))
    return DenseAttr::get(context);
  // not(and(p, q)) -> or(not(p), not(q))
  if (auto inner = dyn_cast<AndAttr>(getOperand()))
    return OrAttr::get(context, negateAll(inner.getOperands()));
  // not(or(p, q)) -> and(not(p), not(q))
  if (auto inner = dyn_cast<OrAttr>(getOperand()))
    return AndAttr::get(context, negateAll(inner.getOperands()));
  // not(per_head<[p, q]>) -> per_head<[not(p), not(q)]>
  if (auto inner = dyn_cast<PerHeadAttr>(getOperand()))
    return PerHeadAttr::get(context, negateAll(inner.getPatterns()));
  if (auto columns = dyn_cast<ColumnsAttr>(getOperand())) {
    int64_t end = columns.getPhase() + columns.getWidth();
    // not(columns<s, width = w>) -> columns<s, phase = w, width = s - w>
    if (columns.getPhase() == 0)
      return makeColumns(context, columns.getStride(), end,
                         columns.getStride());
    // not(columns<s, phase = p, width = s - p>) -> columns<s, width = p>
    if (end == columns.getStride())
      return makeColumns(context, columns.getStride(), 0, columns.getPhase());
  }
  return *this;
}

Attribute PerHeadAttr::simplifyPattern() const {
  // per_head<[per_head<[p, q]>, r]> -> per_head<[p, r]>
  SmallVector<Attribute> patterns;
  for (auto [head, pattern] : llvm::enumerate(getPatterns()))
    patterns.push_back(asPattern(pattern).forHead(head));
  // per_head<[p, p]> -> p
  if (llvm::all_equal(patterns))
    return patterns.front();
  return get(getContext(), patterns);
}

//===----------------------------------------------------------------------===//
// Leaves and named compositions
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
  return makeBlockRange(getContext(), *getBlockRange(asPattern(*this)));
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
SATTN_SIMPLIFY_BY_EXPANSION(StreamingAttr)

#undef SATTN_SIMPLIFY_BY_EXPANSION

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

namespace {
/// Applies the laws from the leaves up until none applies.
class Simplifier {
public:
  PatternAttr simplify(PatternAttr pattern) {
    if (PatternAttr known = simplest.lookup(pattern))
      return known;
    PatternAttr current = pattern;
    while (true) {
      PatternAttr next =
          asPattern(withSimpleOperands(current).simplifyPattern());
      if (next == current)
        break;
      current = next;
    }
    simplest[pattern] = current;
    simplest[current] = current;
    return current;
  }

private:
  PatternAttr withSimpleOperands(PatternAttr pattern) {
    MLIRContext *context = pattern.getContext();
    auto all = [&](ArrayRef<Attribute> operands) {
      return llvm::map_to_vector(operands, [&](Attribute operand) -> Attribute {
        return simplify(asPattern(operand));
      });
    };
    if (auto chain = dyn_cast<AndAttr>(pattern))
      return asPattern(AndAttr::get(context, all(chain.getOperands())));
    if (auto chain = dyn_cast<OrAttr>(pattern))
      return asPattern(OrAttr::get(context, all(chain.getOperands())));
    if (auto negation = dyn_cast<NotAttr>(pattern))
      return makeNot(simplify(asPattern(negation.getOperand())));
    if (auto perHead = dyn_cast<PerHeadAttr>(pattern))
      return asPattern(PerHeadAttr::get(context, all(perHead.getPatterns())));
    return pattern;
  }

  llvm::DenseMap<Attribute, PatternAttr> simplest;
};
} // namespace

PatternAttr mlir::sattn::simplifyPattern(PatternAttr pattern) {
  return Simplifier().simplify(pattern);
}
