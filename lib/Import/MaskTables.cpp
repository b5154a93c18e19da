// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Rectangles, alone or next to one leaf; layouts of blocks.
#include "MaskTables.h"

#include "LeafCandidates.h"
#include "RectangleCover.h"

#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/PatternSyntax.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;
using namespace mlir::sattn;
using llvm::divideCeil;

/// More are no simple expression.
static constexpr size_t maxRectangles = 64;

EqualBlocks mlir::sattn::findEqualBlocks(const PairMatrix &mask) {
  int64_t rowBlock = 0, keyBlock = 0;
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
  return {rowBlock ? rowBlock : numRows, keyBlock ? keyBlock : numKeys};
}

static std::optional<PatternText>
tryRectangles(const PairMatrix &live, const PairMatrix &dead,
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
    Overlap o = compareLeaf(leaf, live, dead, placement, false);
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

static std::string printBlockMask(const PairMatrix &blocks, int64_t queryBlock,
                                  int64_t keyBlock, MLIRContext *context) {
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

ListedMask mlir::sattn::listMask(const PairMatrix &mask,
                                 const EqualBlocks &equal,
                                 const MaskPlacement &base,
                                 int64_t maxTableElements,
                                 MLIRContext *context) {
  int64_t block = std::gcd(equal.rows, equal.keys);
  PairMatrix liveBlocks = mask.sampled(block, block);
  MaskPlacement ofBlocks = base;
  ofBlocks.scale = base.scale * block;
  std::optional<PatternText> best =
      tryRectangles(liveBlocks, liveBlocks.complement(), ofBlocks);

  int64_t rows = divideCeil(mask.getNumRows(), equal.rows);
  int64_t keys = divideCeil(mask.getNumKeys(), equal.keys);
  if (rows <= maxTableElements / keys) {
    std::string text = printBlockMask(mask.sampled(equal.rows, equal.keys),
                                      equal.rows * base.scale,
                                      equal.keys * base.scale, context);
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
         maxTableElements / countBlocks(mask.getNumKeys()))
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
  int64_t extraPairs = (covered - mask.count()) * base.scale * base.scale;
  return {
      {printBlockMask(blocks, size * base.scale, size * base.scale, context)},
      extraPairs};
}
