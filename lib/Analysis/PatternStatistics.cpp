// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Counting pairs by rows, and tiles by halving groups of tiles.
#include "SparseAttn/Analysis/PatternStatistics.h"

#include "SparseAttn/Dialect/PatternAttrs.h"

#include "llvm/ADT/DenseMap.h"

#include <algorithm>
#include <vector>

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

RowStatistics mlir::sattn::computeRowStatistics(PatternAttr pattern,
                                                const PatternShape &shape) {
  constexpr int64_t chunkRows = int64_t(1) << 20;
  RowStatistics result;
  if (shape.numQueries <= 0)
    return result;
  result.minPerRow = shape.numKeys;
  llvm::DenseMap<int64_t, int64_t> rowsWith;
  std::vector<int64_t> perRow;
  for (int64_t begin = 0; begin < shape.numQueries; begin += chunkRows) {
    PatternShape chunk = shape;
    chunk.numQueries = std::min(chunkRows, shape.numQueries - begin);
    chunk.offset += begin;
    perRow.assign(chunk.numQueries, 0);
    countLivePerRow(pattern, chunk, perRow);
    int64_t run = 0;
    for (int64_t row = 0; row < chunk.numQueries; ++row) {
      int64_t live = perRow[row];
      result.livePairs += live;
      result.minPerRow = std::min(result.minPerRow, live);
      result.maxPerRow = std::max(result.maxPerRow, live);
      result.emptyRows += live == 0;
      ++run;
      if (row + 1 == chunk.numQueries || perRow[row + 1] != live) {
        rowsWith[live] += run;
        run = 0;
      }
    }
  }
  for (auto [live, rows] : rowsWith)
    if (rows > result.commonRows ||
        (rows == result.commonRows && live > result.commonPerRow)) {
      result.commonPerRow = live;
      result.commonRows = rows;
    }
  return result;
}

/// The parts of nested `or`s, with names expanded.
static void collectParts(PatternAttr pattern,
                         SmallVectorImpl<PatternAttr> &parts) {
  if (!isa<OrAttr>(pattern))
    pattern = simplifyPattern(pattern);
  if (auto orAttr = dyn_cast<OrAttr>(pattern)) {
    for (Attribute operand : orAttr.getOperands())
      collectParts(cast<PatternAttr>(operand), parts);
    return;
  }
  parts.push_back(pattern);
}

int64_t mlir::sattn::computeTextbookWidth(PatternAttr pattern,
                                          const PatternShape &shape,
                                          const RowStatistics &rows) {
  auto widthOf = [&](const RowStatistics &part) {
    return 2 * part.commonRows >= shape.numQueries ? part.commonPerRow
                                                   : part.maxPerRow;
  };
  SmallVector<PatternAttr> parts;
  collectParts(getPatternForHead(pattern, shape.head), parts);
  if (parts.size() == 1)
    return widthOf(rows);
  int64_t width = 0;
  for (PatternAttr part : parts)
    width += widthOf(computeRowStatistics(part, shape));
  return std::min(width, shape.numKeys);
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

namespace {
/// Classifies the key tiles of groups of query tiles. A key tile that has no partial
/// segment for the whole group has the same class for each query tile of the group;
/// the others are asked again for each half of the group.
class TileCounter {
public:
  TileCounter(const Phase &phase, const PatternShape &shape, int64_t queryTile,
              int64_t keyTile, TileStatistics &result)
      : phase(phase), shape(shape), queryTile(queryTile), keyTile(keyTile),
        result(result) {}

  /// All tiles of the rows firstRow, firstRow + step, ... (numRows of them).
  void countClass(int64_t firstRow, int64_t rows) {
    firstOfClass = firstRow;
    rowsOfClass = rows;
    firstKey =
        mod(firstRow + shape.offset, phase.step).getConstant();
    keysOfClass = firstKey < shape.numKeys
                      ? (shape.numKeys - firstKey + phase.step - 1) / phase.step
                      : 0;
    if (rows > 0 && keysOfClass > 0)
      countGroup(0, (rows + queryTile - 1) / queryTile, 0,
                 (keysOfClass + keyTile - 1) / keyTile);
  }

private:
  /// What is known of the key tile that the sweep is in. Keys are counted within the
  /// residue class.
  struct OpenTile {
    int64_t index = 0;
    int64_t fullKeys = 0;
    int64_t partialKeys = 0;
  };

  void countGroup(int64_t tileBegin, int64_t tileEnd, int64_t keyTileBegin,
                  int64_t keyTileEnd) {
    int64_t rowBegin = tileBegin * queryTile;
    int64_t rows = std::min(tileEnd * queryTile, rowsOfClass) - rowBegin;
    int64_t tiles = tileEnd - tileBegin;
    OpenTile open{keyTileBegin, 0, 0};
    SmallVector<std::pair<int64_t, int64_t>> again;

    auto keysOf = [&](int64_t index) {
      return std::min((index + 1) * keyTile, keysOfClass) - index * keyTile;
    };
    auto askAgain = [&](int64_t begin, int64_t end) {
      if (!again.empty() && again.back().second == begin)
        again.back().second = end;
      else
        again.push_back({begin, end});
    };
    auto close = [&] {
      if (open.index >= keyTileEnd)
        return;
      if (open.partialKeys && tiles > 1) {
        askAgain(open.index, open.index + 1);
      } else {
        int64_t keys = open.fullKeys + open.partialKeys;
        if (keys == 0)
          result.emptyTiles += tiles;
        else if (open.fullKeys == keysOf(open.index))
          result.fullTiles += tiles;
        else
          result.partialTiles += tiles;
        result.computedPairs += keys * rows;
        result.keysRead += keys * tiles;
      }
      open = {open.index + 1, 0, 0};
    };
    auto moveTo = [&](int64_t index) {
      if (index <= open.index)
        return;
      close();
      if (index > open.index) {
        result.emptyTiles += (index - open.index) * tiles;
        open.index = index;
      }
    };

    int64_t keyBegin = firstKey + keyTileBegin * keyTile * phase.step;
    int64_t keyEnd =
        std::min(firstKey + keyTileEnd * keyTile * phase.step, shape.numKeys);
    forEachSegment(
        phase, shape, firstOfClass + rowBegin * phase.step, rows, keyBegin,
        keyEnd, [&](const KeyRange &range) {
          int64_t begin = (range.begin - firstKey) / phase.step;
          int64_t end =
              (range.end - firstKey + phase.step - 1) / phase.step;
          while (begin < end) {
            moveTo(begin / keyTile);
            int64_t wholeEnd = end == keysOfClass
                                   ? (end + keyTile - 1) / keyTile
                                   : end / keyTile;
            if (begin % keyTile == 0 && wholeEnd > open.index &&
                open.fullKeys + open.partialKeys == 0) {
              // Whole tiles at once.
              int64_t last = std::min(wholeEnd * keyTile, end);
              if (!range.full && tiles > 1) {
                askAgain(open.index, wholeEnd);
              } else {
                (range.full ? result.fullTiles : result.partialTiles) +=
                    (wholeEnd - open.index) * tiles;
                result.computedPairs += (last - begin) * rows;
                result.keysRead += (last - begin) * tiles;
              }
              open = {wholeEnd, 0, 0};
              begin = last;
              continue;
            }
            int64_t stop = std::min((open.index + 1) * keyTile, end);
            (range.full ? open.fullKeys : open.partialKeys) += stop - begin;
            begin = stop;
          }
        });
    moveTo(keyTileEnd);
    for (auto [begin, end] : again) {
      int64_t half = tileBegin + tiles / 2;
      countGroup(tileBegin, half, begin, end);
      countGroup(half, tileEnd, begin, end);
    }
  }

  const Phase &phase;
  const PatternShape &shape;
  int64_t queryTile, keyTile;
  TileStatistics &result;
  int64_t firstOfClass = 0, rowsOfClass = 0, firstKey = 0, keysOfClass = 0;
};
} // namespace

TileStatistics mlir::sattn::computeTileStatistics(PatternAttr pattern,
                                                  const PatternShape &shape,
                                                  int64_t queryTile,
                                                  int64_t keyTile) {
  TileStatistics result;
  int64_t queryTiles = (shape.numQueries + queryTile - 1) / queryTile;
  result.denseTiles = queryTiles * ((shape.numKeys + keyTile - 1) / keyTile);
  result.denseKeysRead = queryTiles * shape.numKeys;
  for (const Phase &phase : decompose(pattern)) {
    result.sweepSteps.push_back(phase.step);
    TileCounter counter(phase, shape, queryTile, keyTile, result);
    for (int64_t first = 0; first < std::min(phase.step, shape.numQueries);
         ++first)
      counter.countClass(first, (shape.numQueries - first + phase.step - 1) /
                                    phase.step);
  }
  return result;
}
