// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The search, its last resorts, and the check of every pair.
#include "SparseAttn/Import/MaskRecognizer.h"

#include "LeafCandidates.h"
#include "MaskTables.h"

#include "SparseAttn/Analysis/HeadGroups.h"
#include "SparseAttn/Dialect/PatternAlgebra.h"
#include "SparseAttn/Dialect/PatternSyntax.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;
using namespace mlir::sattn;
using llvm::divideCeil;
using llvm::formatv;

namespace {
/// Most leaves of an expression that is searched for, and how many ways to
/// begin one are followed, the most telling first.
constexpr int maxLeaves = 4;
constexpr size_t maxBranches = 10;
/// Bounds of the whole search: matrices looked at, and what that takes, about an element
/// each and a try of each stride.
constexpr int64_t maxSteps = 6000;
constexpr int64_t maxElements = int64_t(1) << 32;

/// A pattern as text and where row 0 stands for it.
struct Found {
  PatternText text;
  int64_t offset = 0;
};

/// How a leaf takes part in an expression.
struct Use {
  size_t leaf;
  bool negated, conjunct;
  double gain;
};

class Recognizer {
public:
  Recognizer(const PairMatrix &mask, int64_t head, int64_t elementSize,
             const MaskRecognizerOptions &options, MLIRContext *context)
      : mask(mask), dead(mask.complement()), head(head), options(options),
        context(context) {
    base.scale = elementSize;
    base.numQueries = mask.getNumRows() * elementSize;
    base.numKeys = mask.getNumKeys() * elementSize;
    blocks = findEqualBlocks(mask);
  }

  /// All expressions that are worth a check, the simplest first, until `accept`
  /// takes one.
  bool run(bool anyOffset, llvm::function_ref<bool(const Found &)> accept);

  /// Spans or a table; never nothing.
  ListedMask list() const {
    return listMask(mask, blocks, base, options.maxTableElements, context);
  }

private:
  MaskPlacement atOffset(int64_t offset) const {
    MaskPlacement placement = base;
    placement.offset = offset;
    return placement;
  }
  std::optional<PatternText> search(const PairMatrix &live,
                                    const PairMatrix &dead,
                                    const MaskPlacement &placement, int leaves);
  void addDrawnLeaves(const MaskPlacement &placement,
                      SmallVectorImpl<MaskLeaf> &leaves);
  void addLeaf(StringRef text, SmallVectorImpl<MaskLeaf> &leaves);

  const PairMatrix &mask;
  PairMatrix dead;
  int64_t head;
  MaskPlacement base;
  const MaskRecognizerOptions &options;
  MLIRContext *context;
  EqualBlocks blocks;
  int64_t steps = 0, elements = 0;
};

std::optional<PatternText> Recognizer::search(const PairMatrix &live,
                                              const PairMatrix &dead,
                                              const MaskPlacement &placement,
                                              int leavesLeft) {
  if (++steps > maxSteps)
    return std::nullopt;
  int64_t side = std::max(live.getNumRows(), live.getNumKeys());
  elements += live.getNumRows() * live.getNumKeys() + side * side;
  if (elements > maxElements && steps > 1)
    return std::nullopt;

  SmallVector<MaskLeaf> leaves;
  collectLeafCandidates(live, dead, placement, leaves);
  collectLeafCandidates(dead, live, placement, leaves);
  bool whole = &live == &mask || (live.count() + dead.count() ==
                                  live.getNumRows() * live.getNumKeys());
  // Their predicates are slow: in a large mask they are all of it or not tried.
  constexpr int64_t maxDrawn = 1 << 16;
  bool isSmall = mask.getNumRows() * mask.getNumKeys() <= maxDrawn;
  if (whole && (isSmall || leavesLeft == 1))
    addDrawnLeaves(placement, leaves);

  std::optional<PatternText> best;
  auto consider = [&](PatternText text) {
    if (!best || text.isSimplerThan(*best))
      best = std::move(text);
  };
  // What is written as two leaves counts as two, but where it is all there is
  // to say.
  auto fits = [&](const MaskLeaf &leaf) {
    if (!leaf.isCompound)
      return true;
    return leaf.kind == MaskLeaf::Band ? whole || leavesLeft > 1
                                       : leavesLeft > 2;
  };
  SmallVector<Use> uses;
  llvm::StringSet<> seen;
  for (auto [index, leaf] : llvm::enumerate(leaves)) {
    if (!seen.insert(leaf.text.text).second)
      continue;
    if (!fits(leaf))
      continue;
    Overlap o = compareLeaf(leaf, live, dead, placement, leavesLeft > 1);
    double numLive = o.liveIn + o.liveOut, numDead = o.deadIn + o.deadOut;
    if (!o.liveOut && !o.deadIn)
      consider(leaf.text);
    if (!o.liveIn && !o.deadOut)
      consider(negate(leaf.text));
    if (leaf.isCompound && leavesLeft < 3)
      continue;
    if (!o.liveOut && o.deadOut)
      uses.push_back({index, false, true, o.deadOut / numDead});
    if (!o.liveIn && o.deadIn)
      uses.push_back({index, true, true, o.deadIn / numDead});
    if (!o.deadIn && o.liveIn)
      uses.push_back({index, false, false, o.liveIn / numLive});
    if (!o.deadOut && o.liveOut)
      uses.push_back({index, true, false, o.liveOut / numLive});
  }
  if (best || leavesLeft == 1)
    return best;

  llvm::sort(uses, [](const Use &a, const Use &b) {
    return std::tuple(-a.gain, a.leaf, a.negated, a.conjunct) <
           std::tuple(-b.gain, b.leaf, b.negated, b.conjunct);
  });
  for (const Use &use : ArrayRef(uses).take_front(maxBranches)) {
    const MaskLeaf &leaf = leaves[use.leaf];
    PairMatrix restLive = live, restDead = dead;
    std::vector<uint64_t> bits(live.getWordsPerRow());
    for (int64_t row = 0; row < live.getNumRows(); ++row) {
      std::fill(bits.begin(), bits.end(), 0);
      leaf.fillRow(placement, row, live.getNumKeys(), bits);
      MutableArrayRef<uint64_t> words =
          use.conjunct ? restDead.getRow(row) : restLive.getRow(row);
      bool keep = use.conjunct != use.negated;
      for (size_t i = 0; i < bits.size(); ++i)
        words[i] &= keep ? bits[i] : ~bits[i];
    }
    std::optional<PatternText> rest =
        search(restLive, restDead, placement, leavesLeft - 1 - leaf.isCompound);
    if (!rest)
      continue;
    PatternText own = use.negated ? negate(leaf.text) : leaf.text;
    // As people write it: `causal and ...`, `... or global<...>`.
    if (use.conjunct ? rest->text == "causal"
                     : StringRef(own.text).starts_with("global"))
      std::swap(own, *rest);
    PatternText both = use.conjunct ? allOf({own, *rest}) : anyOf({own, *rest});
    constexpr llvm::StringLiteral causalAnd = "causal and ";
    if (use.conjunct && rest->level == PatternText::And &&
        StringRef(rest->text).starts_with(causalAnd) &&
        own.level != PatternText::Or)
      both.text = causalAnd.str() + own.text + " and " +
                  rest->text.substr(causalAnd.size());
    consider(std::move(both));
    if (leavesLeft > 2 && !whole)
      break;
  }
  return best;
}

void Recognizer::addLeaf(StringRef text, SmallVectorImpl<MaskLeaf> &leaves) {
  std::string error;
  SparsityPatternAttrInterface pattern =
      parsePatternString(text, context, error);
  if (!pattern)
    return;
  MaskLeaf leaf;
  leaf.kind = MaskLeaf::Predicate;
  leaf.text = {text.str(), PatternText::Leaf, 4};
  leaf.pattern = pattern;
  leaf.head = head;
  leaves.push_back(std::move(leaf));
}

/// Leaves whose parameters are sizes of a grid or a draw: they stand for the
/// whole mask.
void Recognizer::addDrawnLeaves(const MaskPlacement &placement,
                                SmallVectorImpl<MaskLeaf> &leaves) {
  if (placement.offset)
    return;
  int64_t numRows = mask.getNumRows(), numKeys = mask.getNumKeys();
  auto countRow = [&](int64_t row) {
    int64_t count = 0;
    for (uint64_t word : mask.getRow(row))
      count += llvm::popcount(word);
    return count;
  };
  if (base.scale == 1 && placement.scale == 1 && numRows == numKeys) {
    // The first row sees the corner of the grid, a middle one a whole window.
    for (int64_t width = 2; width <= numKeys / 2; ++width) {
      if (numKeys % width)
        continue;
      int64_t height = numKeys / width;
      for (bool clip : {false, true}) {
        int64_t row = clip ? height / 2 * width + width / 2 : 0;
        int64_t first = findFirstBit(mask.getRow(row), 0, numKeys);
        int64_t end = first;
        while (end < numKeys && end / width == first / width &&
               mask.get(row, end))
          ++end;
        int64_t kernelWidth = end - first, count = countRow(row);
        if (kernelWidth < 1 || count % kernelWidth || count == kernelWidth)
          continue;
        if (count / kernelWidth > height || kernelWidth > width)
          continue;
        addLeaf(
            formatv("neighborhood<grid = [{0}, {1}], kernel = [{2}, {3}]{4}>",
                    height, width, count / kernelWidth, kernelWidth,
                    clip ? ", border = clip" : "")
                .str(),
            leaves);
      }
    }
  }
  // Our own draws, of the first seeds. Each row sees as many blocks.
  int64_t block = std::gcd(blocks.rows, blocks.keys);
  if (block % std::max<int64_t>(placement.scale / base.scale, 1))
    return;
  int64_t perRow = divideCeil(countRow(0), block);
  // More are slow to draw, and hardly a random pattern.
  constexpr int64_t maxPerRow = 64;
  if (!perRow || perRow > maxPerRow || perRow * block >= numKeys ||
      std::abs(countRow(numRows - 1) - countRow(0)) >= block)
    return;
  constexpr int64_t maxSeeds = 64;
  for (int64_t seed = 0; seed < maxSeeds; ++seed) {
    std::string text = formatv("random<block = {0}, per_row = {1}",
                               block * base.scale, perRow);
    addLeaf(text + (seed ? formatv(", seed = {0}>", seed).str() : ">"), leaves);
  }
}

bool Recognizer::run(bool anyOffset,
                     llvm::function_ref<bool(const Found &)> accept) {
  int64_t numLive = mask.count();
  if (!numLive)
    return accept({{"none"}, 0});
  if (numLive == mask.getNumRows() * mask.getNumKeys())
    return accept({{"dense"}, 0});

  int64_t block = std::gcd(blocks.rows, blocks.keys);
  PairMatrix liveBlocks, deadBlocks;
  MaskPlacement ofBlocks = base;
  ofBlocks.scale = base.scale * block;
  if (block > 1) {
    liveBlocks = mask.sampled(block, block);
    deadBlocks = liveBlocks.complement();
  }

  // Where row 0 may stand: at the top left; at the bottom right; and where the
  // only diagonals that are used are those around a query's own.
  SmallVector<int64_t> offsets = {0}, moved;
  int64_t numRows = mask.getNumRows(), numKeys = mask.getNumKeys();
  if (anyOffset && base.scale == 1) {
    if (numRows != numKeys)
      offsets.push_back(numKeys - numRows);
    int64_t low = numKeys, high = -numRows;
    for (int64_t row = 0; row < numRows; ++row)
      if (int64_t last = findLastBit(mask.getRow(row), numKeys - 1);
          last >= 0) {
        low = std::min(low, findFirstBit(mask.getRow(row), 0, numKeys) - row);
        high = std::max(high, last - row);
      }
    if (numRows != numKeys) {
      moved.push_back(high);
      if ((low + high) % 2 == 0)
        moved.push_back((low + high) / 2);
    }
  }

  auto searchAt = [&](int64_t offset, int leaves) -> std::optional<Found> {
    std::optional<PatternText> best;
    if (block > 1 && offset == 0)
      best = search(liveBlocks, deadBlocks, ofBlocks, leaves);
    // A mask of large blocks may still be one of bands, but no complicated one.
    if (leaves <= 2 || block == 1 || offset)
      if (auto text = search(mask, dead, atOffset(offset), leaves);
          text && (!best || text->isSimplerThan(*best)))
        best = text;
    if (!best)
      return std::nullopt;
    return Found{*best, offset};
  };
  for (int leaves = 1; leaves <= maxLeaves; ++leaves) {
    std::optional<Found> best;
    for (ArrayRef<int64_t> group : {ArrayRef(offsets), ArrayRef(moved)}) {
      if (group.data() == moved.data() && leaves > 1)
        continue;
      for (int64_t offset : group) {
        if (offset && leaves > 3)
          continue;
        auto found = searchAt(offset, leaves);
        if (found && (!best || found->text.isSimplerThan(best->text)))
          best = found;
      }
      if (best)
        break;
    }
    if (best && accept(*best))
      return true;
  }
  return false;
}

/// Whether the predicate of `pattern` has all pairs of the mask, and
/// `extraPairs` more.
bool agrees(SparsityPatternAttrInterface pattern, const PairMatrix &mask,
            int64_t head, int64_t offset, int64_t elementSize,
            int64_t extraPairs) {
  PatternShape shape{mask.getNumRows() * elementSize,
                     mask.getNumKeys() * elementSize, head, offset};
  int64_t extra = 0;
  for (int64_t row = 0; row < shape.numQueries; ++row)
    for (int64_t key = 0; key < shape.numKeys; ++key) {
      bool ours = isLive(pattern, shape, row, key);
      bool theirs = mask.get(row / elementSize, key / elementSize);
      if (ours == theirs)
        continue;
      if (theirs || ++extra > extraPairs)
        return false;
    }
  return extra == extraPairs;
}
} // namespace

llvm::Expected<RecognizedMask>
mlir::sattn::recognizeMask(ArrayRef<PairMatrix> heads, MLIRContext *context,
                           const MaskRecognizerOptions &options) {
  struct OfHead {
    std::string text;
    int64_t offset = 0, extraPairs = 0;
    bool isTable = false;
    /// What was checked.
    SparsityPatternAttrInterface pattern;
  };
  auto parse = [&](StringRef text) {
    std::string error;
    return parsePatternString(text, context, error);
  };

  auto recognize = [&](int64_t head, bool anyOffset) -> OfHead {
    const PairMatrix &mask = heads[head];
    Recognizer recognizer(mask, head, options.elementSize, options, context);
    OfHead result;
    bool found = recognizer.run(anyOffset, [&](const Found &candidate) {
      auto pattern = parse(candidate.text.text);
      if (!pattern || !agrees(pattern, mask, head, candidate.offset,
                              options.elementSize, 0))
        return false;
      result = {candidate.text.text, candidate.offset, 0, false, pattern};
      return true;
    });
    if (found)
      return result;
    ListedMask listed = recognizer.list();
    // A few spans are as good as any expression.
    constexpr int maxCost = 40;
    bool isTable = !listed.text.cost || listed.text.cost > maxCost;
    return {listed.text.text, 0, listed.extraPairs, isTable, nullptr};
  };

  // Heads share where their rows stand.
  SmallVector<OfHead> results;
  for (bool anyOffset : {true, false}) {
    results.clear();
    for (size_t head = 0; head < heads.size(); ++head) {
      size_t same = 0;
      while (same < head && !(heads[same] == heads[head]))
        ++same;
      if (same < head)
        results.push_back(OfHead(results[same]));
      else
        results.push_back(recognize(head, anyOffset));
    }
    if (llvm::all_of(results, [&](const OfHead &result) {
          return result.offset == results.front().offset;
        }))
      break;
  }

  RecognizedMask recognized;
  recognized.offset = results.front().offset;
  std::string texts;
  bool allSame = true;
  for (const OfHead &result : results) {
    texts += (texts.empty() ? "" : ", ") + result.text;
    allSame &= result.text == results.front().text;
    recognized.extraPairs += result.extraPairs;
    recognized.isTable |= result.isTable;
  }
  recognized.pattern =
      parse(allSame ? results.front().text : "per_head<[" + texts + "]>");
  for (size_t head = 0; recognized.pattern && head < heads.size(); ++head) {
    auto ofHead = getPatternForHead(recognized.pattern, head);
    bool checked = ofHead == results[head].pattern && !mayDependOnHead(ofHead);
    if (!checked && !agrees(ofHead, heads[head], head, recognized.offset,
                            options.elementSize, results[head].extraPairs))
      recognized.pattern = nullptr;
  }
  if (!recognized.pattern)
    return llvm::createStringError(
        "no pattern was found that agrees with the mask");
  return recognized;
}
