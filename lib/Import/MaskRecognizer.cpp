// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The search, its last resorts, and the check of every pair.
#include "SparseAttn/Import/MaskRecognizer.h"

#include "LeafCandidates.h"
#include "RectangleCover.h"

#include "SparseAttn/Analysis/HeadGroups.h"
#include "SparseAttn/Dialect/PatternAlgebra.h"
#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/PatternSyntax.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
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
/// Most leaves of an expression that is searched for, and how many ways to begin one are
/// followed, the most telling first.
constexpr int maxLeaves = 4;
constexpr size_t maxBranches = 10;
/// Bounds of the whole search: matrices looked at, and their elements.
constexpr int64_t maxSteps = 6000;
constexpr int64_t maxElements = int64_t(1) << 31;
constexpr size_t maxRectangles = 64;

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

/// Pairs of a leaf against the live (P) and dead (Q) pairs, or whether there are any.
struct Overlap {
  int64_t liveIn = 0, liveOut = 0, deadIn = 0, deadOut = 0;
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
    findBlocks();
  }

  /// All expressions that are worth a check, the simplest first, until `accept` takes one.
  bool run(bool anyOffset, llvm::function_ref<bool(const Found &)> accept);

  /// Rectangles or blocks, and how many pairs those have in excess.
  Found listed(int64_t &extraPairs);

private:
  void findBlocks();
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
  Overlap compare(const MaskLeaf &leaf, const PairMatrix &live,
                  const PairMatrix &dead, const MaskPlacement &placement,
                  bool count);
  std::optional<PatternText> tryRectangles(const PairMatrix &live,
                                           const PairMatrix &dead,
                                           const MaskPlacement &placement);
  std::string blockMask(const PairMatrix &blocks, int64_t queryBlock,
                        int64_t keyBlock);
  void addLeaf(StringRef text, SmallVectorImpl<MaskLeaf> &leaves);

  const PairMatrix &mask;
  PairMatrix dead;
  int64_t head;
  MaskPlacement base;
  const MaskRecognizerOptions &options;
  MLIRContext *context;
  /// Rows and keys come in blocks of this many equal ones.
  int64_t rowBlock = 0, keyBlock = 0;
  int64_t steps = 0, elements = 0;
};

void Recognizer::findBlocks() {
  int64_t numRows = mask.getNumRows(), numKeys = mask.getNumKeys();
  std::vector<uint64_t> changes(mask.getWordsPerRow() + 1);
  for (int64_t row = 0; row < numRows; ++row) {
    ArrayRef<uint64_t> words = mask.getRow(row);
    if (row && words != mask.getRow(row - 1))
      rowBlock = std::gcd(rowBlock, row);
    uint64_t carry = 0;
    for (size_t i = 0; i < words.size(); ++i) {
      changes[i] |= words[i] ^ (words[i] << 1 | carry);
      carry = words[i] >> 63;
    }
  }
  for (int64_t key = findFirstBit(changes, 1, numKeys);
       key < numKeys && keyBlock != 1;
       key = findFirstBit(changes, key + 1, numKeys))
    keyBlock = std::gcd(keyBlock, key);
  rowBlock = rowBlock ? rowBlock : numRows;
  keyBlock = keyBlock ? keyBlock : numKeys;
}

Overlap Recognizer::compare(const MaskLeaf &leaf, const PairMatrix &live,
                            const PairMatrix &dead,
                            const MaskPlacement &placement, bool count) {
  uint64_t liveIn = 0, liveOut = 0, deadIn = 0, deadOut = 0;
  std::vector<uint64_t> bits(live.getWordsPerRow());
  auto forEachRow = [&](auto visit) {
    for (int64_t row = 0; row < live.getNumRows(); ++row) {
      std::fill(bits.begin(), bits.end(), 0);
      leaf.fillRow(placement, row, live.getNumKeys(), bits);
      if (!visit(live.getRow(row), dead.getRow(row)))
        return;
    }
  };
  forEachRow([&](ArrayRef<uint64_t> liveRow, ArrayRef<uint64_t> deadRow) {
    for (size_t i = 0; i < bits.size(); ++i) {
      liveIn |= liveRow[i] & bits[i];
      liveOut |= liveRow[i] & ~bits[i];
      deadIn |= deadRow[i] & bits[i];
      deadOut |= deadRow[i] & ~bits[i];
    }
    // Neither the leaf nor its complement holds all or nothing of either.
    if (!count && leaf.kind == MaskLeaf::Predicate && (liveOut || deadIn))
      return false;
    return !(liveIn && liveOut && deadIn && deadOut);
  });
  // An early end has not seen all.
  if (!count && leaf.kind == MaskLeaf::Predicate)
    liveIn = deadOut = 1;
  Overlap result{liveIn != 0, liveOut != 0, deadIn != 0, deadOut != 0};
  bool useless = liveIn && liveOut && deadIn && deadOut;
  if (useless || !count)
    return result;
  result = {};
  forEachRow([&](ArrayRef<uint64_t> liveRow, ArrayRef<uint64_t> deadRow) {
    for (size_t i = 0; i < bits.size(); ++i) {
      result.liveIn += llvm::popcount(liveRow[i] & bits[i]);
      result.deadIn += llvm::popcount(deadRow[i] & bits[i]);
      result.liveOut += llvm::popcount(liveRow[i] & ~bits[i]);
      result.deadOut += llvm::popcount(deadRow[i] & ~bits[i]);
    }
    return true;
  });
  return result;
}

std::optional<PatternText> Recognizer::search(const PairMatrix &live,
                                              const PairMatrix &dead,
                                              const MaskPlacement &placement,
                                              int leavesLeft) {
  if (++steps > maxSteps)
    return std::nullopt;
  elements += live.getNumRows() * live.getNumKeys();
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
  // What is written as two leaves counts as two, but where it is all there is to say.
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
    Overlap o = compare(leaf, live, dead, placement, leavesLeft > 1);
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
        search(restLive, restDead, placement,
               leavesLeft - 1 - leaf.isCompound);
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

/// Leaves whose parameters are sizes of a grid or a draw: they stand for the whole mask.
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
        addLeaf(formatv("neighborhood<grid = [{0}, {1}], kernel = [{2}, {3}]{4}>",
                        height, width, count / kernelWidth, kernelWidth,
                        clip ? ", border = clip" : "")
                    .str(),
                leaves);
      }
    }
  }
  // Our own draws, of the first seeds. Each row sees as many blocks.
  int64_t block = std::gcd(rowBlock, keyBlock);
  if (block % std::max<int64_t>(placement.scale / base.scale, 1))
    return;
  int64_t perRow = divideCeil(countRow(0), block);
  if (!perRow || perRow * block >= numKeys ||
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

  int64_t block = std::gcd(rowBlock, keyBlock);
  PairMatrix liveBlocks, deadBlocks;
  MaskPlacement ofBlocks = base;
  ofBlocks.scale = base.scale * block;
  if (block > 1) {
    liveBlocks = mask.sampled(block, block);
    deadBlocks = liveBlocks.complement();
  }

  // Where row 0 may stand: at the top left; at the bottom right; and where the only
  // diagonals that are used are those around a query's own.
  SmallVector<int64_t> offsets = {0}, moved;
  int64_t numRows = mask.getNumRows(), numKeys = mask.getNumKeys();
  if (anyOffset && base.scale == 1) {
    if (numRows != numKeys)
      offsets.push_back(numKeys - numRows);
    int64_t low = numKeys, high = -numRows;
    for (int64_t row = 0; row < numRows; ++row)
      if (int64_t last = findLastBit(mask.getRow(row), numKeys - 1); last >= 0) {
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
    // A mask of large blocks may still be one of bands, as chunks are.
    if (!best || leaves <= 2)
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

std::optional<PatternText>
Recognizer::tryRectangles(const PairMatrix &live, const PairMatrix &dead,
                          const MaskPlacement &placement) {
  std::optional<PatternText> best =
      coverByRectangles(live, dead, placement, maxRectangles);
  // The same next to one leaf that explains much of the mask.
  SmallVector<MaskLeaf> leaves;
  collectLeafCandidates(live, dead, placement, leaves);
  llvm::StringSet<> seen;
  for (const MaskLeaf &leaf : leaves) {
    if (!seen.insert(leaf.text.text).second)
      continue;
    Overlap o = compare(leaf, live, dead, placement, false);
    bool conjunct = !o.liveOut && o.deadOut, disjunct = !o.deadIn && o.liveIn;
    if (!conjunct && !disjunct)
      continue;
    PairMatrix rest = conjunct ? dead : live;
    std::vector<uint64_t> bits(live.getWordsPerRow());
    for (int64_t row = 0; row < live.getNumRows(); ++row) {
      std::fill(bits.begin(), bits.end(), 0);
      leaf.fillRow(placement, row, live.getNumKeys(), bits);
      MutableArrayRef<uint64_t> words = rest.getRow(row);
      for (size_t i = 0; i < bits.size(); ++i)
        words[i] &= conjunct ? bits[i] : ~bits[i];
    }
    auto cover = conjunct
                     ? coverByRectangles(live, rest, placement, maxRectangles)
                     : coverByRectangles(rest, dead, placement, maxRectangles);
    if (!cover)
      continue;
    PatternText text =
        conjunct ? allOf({leaf.text, *cover}) : anyOf({leaf.text, *cover});
    if (!best || text.text.size() < best->text.size())
      best = text;
  }
  return best;
}

std::string Recognizer::blockMask(const PairMatrix &blocks, int64_t queryBlock,
                                  int64_t keyBlock) {
  SmallVector<bool> bits;
  bits.reserve(blocks.getNumRows() * blocks.getNumKeys());
  for (int64_t row = 0; row < blocks.getNumRows(); ++row)
    for (int64_t key = 0; key < blocks.getNumKeys(); ++key)
      bits.push_back(blocks.get(row, key));
  auto type = RankedTensorType::get({blocks.getNumRows(), blocks.getNumKeys()},
                                    IntegerType::get(context, 1));
  auto layout = cast<DenseIntElementsAttr>(
      DenseElementsAttr::get(type, ArrayRef<bool>(bits)));
  return patternToString(
      BlockMaskAttr::get(context, queryBlock, keyBlock, layout));
}

Found Recognizer::listed(int64_t &extraPairs) {
  extraPairs = 0;
  int64_t block = std::gcd(rowBlock, keyBlock);
  PairMatrix liveBlocks = mask.sampled(block, block);
  MaskPlacement ofBlocks = base;
  ofBlocks.scale = base.scale * block;
  std::optional<PatternText> best =
      tryRectangles(liveBlocks, liveBlocks.complement(), ofBlocks);

  int64_t rows = divideCeil(mask.getNumRows(), rowBlock);
  int64_t keys = divideCeil(mask.getNumKeys(), keyBlock);
  if (rows <= options.maxTableElements / keys) {
    std::string text = blockMask(mask.sampled(rowBlock, keyBlock),
                                 rowBlock * base.scale, keyBlock * base.scale);
    if (!best || text.size() < best->text.size())
      best = PatternText{text};
    return {*best, 0};
  }
  if (best)
    return {*best, 0};

  // Larger blocks that hold whatever has a live pair.
  int64_t size = 1;
  auto countBlocks = [&](int64_t length) -> int64_t {
    return divideCeil(length, size);
  };
  while (countBlocks(mask.getNumRows()) >
         options.maxTableElements / countBlocks(mask.getNumKeys()))
    size *= 2;
  PairMatrix blocks(countBlocks(mask.getNumRows()),
                    countBlocks(mask.getNumKeys()));
  for (int64_t row = 0; row < mask.getNumRows(); ++row) {
    ArrayRef<uint64_t> words = mask.getRow(row);
    for (int64_t key = findFirstBit(words, 0, mask.getNumKeys());
         key < mask.getNumKeys();
         key = findFirstBit(words, key + 1, mask.getNumKeys()))
      blocks.set(row / size, key / size);
  }
  int64_t covered = 0;
  for (int64_t row = 0; row < blocks.getNumRows(); ++row)
    for (int64_t key = 0; key < blocks.getNumKeys(); ++key)
      if (blocks.get(row, key))
        covered += std::min(size, mask.getNumRows() - row * size) *
                   std::min(size, mask.getNumKeys() - key * size);
  extraPairs = (covered - mask.count()) * base.scale * base.scale;
  return {{blockMask(blocks, size * base.scale, size * base.scale)}, 0};
}

/// Whether the predicate of `pattern` has all pairs of the mask, and `extraPairs` more.
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
    int64_t extraPairs = 0;
    Found candidate = recognizer.listed(extraPairs);
    // A few spans are as good as any expression.
    constexpr int maxCost = 40;
    bool isTable = !candidate.text.cost || candidate.text.cost > maxCost;
    return {candidate.text.text, 0, extraPairs, isTable, nullptr};
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
    if (!checked &&
        !agrees(ofHead, heads[head], head, recognized.offset,
                options.elementSize, results[head].extraPairs))
      recognized.pattern = nullptr;
  }
  if (!recognized.pattern)
    return llvm::createStringError(
        "no pattern was found that agrees with the mask");
  return recognized;
}
