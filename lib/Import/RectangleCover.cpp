// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Groups of neighbour rows that can share their intervals of keys, taken as
/// large as they get from the first row on; the same with keys and rows
/// exchanged.
#include "RectangleCover.h"

#include "MaskLeaf.h"

#include "llvm/ADT/SmallVector.h"

using namespace mlir::sattn;
using llvm::SmallVector;

namespace {
struct Rectangle {
  int64_t rowBegin, rowEnd, keyBegin, keyEnd;
};

std::optional<SmallVector<Rectangle>> cover(const PairMatrix &inside,
                                            const PairMatrix &outside,
                                            size_t maxRectangles) {
  int64_t numRows = inside.getNumRows(), numKeys = inside.getNumKeys();
  SmallVector<Rectangle> result;
  for (int64_t begin = 0, end; begin < numRows; begin = end) {
    std::vector<uint64_t> in(inside.getWordsPerRow()), out(in.size());
    for (end = begin; end < numRows; ++end) {
      bool clash = false;
      for (size_t i = 0; i < in.size() && !clash; ++i)
        clash =
            (in[i] | inside.getRow(end)[i]) & (out[i] | outside.getRow(end)[i]);
      if (clash)
        break;
      for (size_t i = 0; i < in.size(); ++i) {
        in[i] |= inside.getRow(end)[i];
        out[i] |= outside.getRow(end)[i];
      }
    }
    for (int64_t key = findFirstBit(in, 0, numKeys); key < numKeys;) {
      int64_t limit = findFirstBit(out, key, numKeys);
      int64_t last = findLastBit(in, limit - 1);
      if (result.size() == maxRectangles)
        return std::nullopt;
      result.push_back({begin, end, key, last + 1});
      key = findFirstBit(in, limit, numKeys);
    }
  }
  // One above the other is one.
  for (size_t i = 0; i < result.size(); ++i)
    for (size_t j = i + 1; j < result.size();)
      if (result[j].rowBegin == result[i].rowEnd &&
          result[j].keyBegin == result[i].keyBegin &&
          result[j].keyEnd == result[i].keyEnd) {
        result[i].rowEnd = result[j].rowEnd;
        result.erase(result.begin() + j);
      } else {
        ++j;
      }
  return result;
}

PatternText toText(llvm::ArrayRef<Rectangle> rectangles,
                   const MaskPlacement &placement) {
  SmallVector<PatternText> parts;
  int64_t scale = placement.scale;
  for (const Rectangle &r : rectangles) {
    SmallVector<PatternText> sides;
    for (PatternText side :
         {rowsBetween(r.rowBegin * scale, r.rowEnd * scale,
                      placement.numQueries),
          keysBetween(r.keyBegin * scale, r.keyEnd * scale, placement.numKeys)})
      if (side.text != "dense")
        sides.push_back(side);
    parts.push_back(allOf(sides));
  }
  return anyOf(parts);
}
} // namespace

std::optional<PatternText> mlir::sattn::coverByRectangles(
    const PairMatrix &inside, const PairMatrix &outside,
    const MaskPlacement &placement, size_t maxRectangles) {
  std::optional<PatternText> best;
  auto rectangles = cover(inside, outside, maxRectangles);
  if (rectangles)
    best = toText(*rectangles, placement);
  // Turning is slow; where rows do, it may only be shorter.
  constexpr int64_t maxTurned = int64_t(1) << 22;
  if (inside.getNumRows() * inside.getNumKeys() > maxTurned)
    return best;
  auto turned = cover(inside.transposed(), outside.transposed(), maxRectangles);
  if (!turned)
    return best;
  for (Rectangle &r : *turned) {
    std::swap(r.rowBegin, r.keyBegin);
    std::swap(r.rowEnd, r.keyEnd);
  }
  PatternText text = toText(*turned, placement);
  if (!best || text.text.size() < best->text.size())
    best = text;
  return best;
}
