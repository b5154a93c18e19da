// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Splitting tiles until nothing is partial.
#include "SparseAttn/Analysis/LiveRectangles.h"

#include "llvm/ADT/SmallVector.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::sattn;

namespace {
using Visit = llvm::function_ref<void(const LiveRectangle &)>;

void splitTile(const Phase &phase, const PatternShape &shape, int64_t firstRow,
               int64_t numRows, int64_t keyBegin, int64_t keyEnd, Visit visit) {
  forEachSegment(
      phase, shape, firstRow, numRows, keyBegin, keyEnd,
      [&](const KeyRange &range) {
        if (range.full) {
          visit({firstRow, numRows, range.begin, range.end, phase.step});
          return;
        }
        assert(numRows > 1 && "a tile of one row has no partial segment");
        int64_t half = numRows / 2;
        splitTile(phase, shape, firstRow, half, range.begin, range.end, visit);
        splitTile(phase, shape, firstRow + half * phase.step, numRows - half,
                  range.begin, range.end, visit);
      });
}

/// The first live pair of a tile, by rows and then keys.
std::optional<std::pair<int64_t, int64_t>>
searchTile(const Phase &phase, const PatternShape &shape, int64_t firstRow,
           int64_t numRows, int64_t keyBegin, int64_t keyEnd) {
  int64_t first = keyEnd, last = keyBegin;
  bool firstRowLives = false;
  forEachSegment(phase, shape, firstRow, numRows, keyBegin, keyEnd,
                 [&](const KeyRange &range) {
                   first = std::min(first, range.begin);
                   last = std::max(last, range.end);
                   firstRowLives |= range.full;
                 });
  if (first >= last)
    return std::nullopt;
  if (numRows == 1)
    return std::make_pair(firstRow, first);
  int64_t half = firstRowLives ? 1 : numRows / 2;
  if (auto found = searchTile(phase, shape, firstRow, half, first, last))
    return found;
  return searchTile(phase, shape, firstRow + half * phase.step, numRows - half,
                    first, last);
}
} // namespace

void mlir::sattn::forEachLiveRectangle(PatternAttr pattern,
                                       const PatternShape &shape,
                                       int64_t rowBegin, int64_t rowEnd,
                                       Visit visit) {
  for (const Phase &phase : decompose(pattern))
    for (int64_t first = rowBegin;
         first < std::min(rowBegin + phase.step, rowEnd); ++first)
      splitTile(phase, shape, first,
                (rowEnd - first + phase.step - 1) / phase.step, 0,
                shape.numKeys, visit);
}

std::optional<std::pair<int64_t, int64_t>>
mlir::sattn::findFirstLivePair(PatternAttr pattern, const PatternShape &shape) {
  // Bands of rows: a pair that is found early bounds the work of later phases.
  constexpr int64_t bandRows = int64_t(1) << 18;
  SmallVector<Phase> phases = decompose(pattern);
  for (int64_t band = 0; band < shape.numQueries; band += bandRows) {
    int64_t bandEnd = std::min(band + bandRows, shape.numQueries);
    std::optional<std::pair<int64_t, int64_t>> best;
    for (const Phase &phase : phases) {
      for (int64_t first = band; first < std::min(band + phase.step, bandEnd);
           ++first) {
        // Only rows up to the best one can still improve it.
        int64_t end = best ? best->first + 1 : bandEnd;
        if (first >= end)
          break;
        auto found =
            searchTile(phase, shape, first,
                       (end - first + phase.step - 1) / phase.step, 0,
                       shape.numKeys);
        if (found && (!best || *found < *best))
          best = found;
      }
    }
    if (best)
      return best;
  }
  return std::nullopt;
}
