// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Counting tiles by halving groups of them; those that look alike are counted once
/// (RectangleClasses.h).
#include "SparseAttn/Analysis/TileStatistics.h"

#include "SparseAttn/Analysis/DrawnKeys.h"
#include "SparseAttn/Analysis/RectangleClasses.h"

#include <algorithm>
#include <optional>
#include <vector>

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// Counts tiles by halving groups of them.
class TileCounter {
public:
  TileCounter(const Phase &phase, const PatternShape &shape, int64_t queryTile,
              int64_t keyTile)
      : classes(phase, shape), queryTile(queryTile), keyTile(keyTile) {}

  /// The tiles of a rectangle that begins with one.
  struct Counts {
    int64_t full = 0, partial = 0, empty = 0;
    int64_t computedPairs = 0, keysRead = 0;

    void add(const Counts &other) {
      full += other.full;
      partial += other.partial;
      empty += other.empty;
      computedPairs += other.computedPairs;
      keysRead += other.keysRead;
    }
    void replace(const Counts &before, const Counts &now) {
      full += now.full - before.full;
      partial += now.partial - before.partial;
      empty += now.empty - before.empty;
      computedPairs += now.computedPairs - before.computedPairs;
      keysRead += now.keysRead - before.keysRead;
    }
  };

  /// All keys of the rows firstRow, firstRow + step, ... (numRows of them).
  Counts count(int64_t firstRow, int64_t numRows) {
    Rectangle rectangle = classes.getAllKeys(firstRow, numRows);
    return numRows && rectangle.numKeys ? count(rectangle) : Counts{};
  }

  Counts count(const Rectangle &rectangle) {
    int64_t rows = rectangle.numRows, keys = rectangle.numKeys;
    int64_t tiles = (rows + queryTile - 1) / queryTile;
    int64_t keyTiles = (keys + keyTile - 1) / keyTile;
    RectangleSignature signature;
    RectangleClass found = tiles == 1
                               ? classes.classifyTile(rectangle, signature)
                               : classes.classify(rectangle, signature);
    Counts counts;
    switch (found.kind) {
    case RectangleClass::Empty:
      counts.empty = tiles * keyTiles;
      return counts;
    case RectangleClass::Full:
      counts.full = tiles * keyTiles;
      counts.computedPairs = rows * keys;
      counts.keysRead = tiles * keys;
      return counts;
    case RectangleClass::Irregular:
      return countIrregular(rectangle, found);
    case RectangleClass::Regular:
      break;
    }
    if (const Counts *before = known.find(signature))
      return *before;
    if (tiles == 1 && keyTiles == 1)
      counts = countTile(rectangle);
    else if (keyTiles == 1 || (tiles > 1 && rows >= keys))
      counts = countRows(rectangle, getSplit(tiles) * queryTile);
    else
      counts = countKeys(rectangle, getSplit(keyTiles) * keyTile);
    known.insert(signature, counts);
    return counts;
  }

  /// A single tile, key by key.
  Counts countTile(const Rectangle &tile) {
    int64_t fullKeys = 0, liveKeys = 0;
    classes.forEachSegment(tile, [&](const KeyRange &range) {
      liveKeys += classes.countKeys(range);
      if (range.full)
        fullKeys += classes.countKeys(range);
    });
    return makeTile(tile, liveKeys, fullKeys == tile.numKeys);
  }

  static Counts makeTile(const Rectangle &tile, int64_t liveKeys, bool isFull) {
    Counts counts;
    (liveKeys == 0 ? counts.empty : isFull ? counts.full : counts.partial) = 1;
    counts.computedPairs = liveKeys * tile.numRows;
    counts.keysRead = liveKeys;
    return counts;
  }

  const RectangleClassifier &getClasses() const { return classes; }

private:
  Counts countIrregular(const Rectangle &rectangle,
                        const RectangleClass &found) {
    // Where the list changes within a tile, the tile is asked.
    int64_t whole = found.splitRows ? 0 : found.splitKeys / keyTile * keyTile;
    if (whole > 0)
      return countKeys(rectangle, whole);
    if (rectangle.numRows > queryTile) {
      int64_t tiles = (rectangle.numRows + queryTile - 1) / queryTile;
      return countRows(rectangle, getSplit(tiles) * queryTile);
    }
    if (rectangle.numKeys <= keyTile)
      return countTile(rectangle);
    auto [first, rest] = classes.splitKeys(rectangle, keyTile);
    Counts counts = countTile(first);
    counts.add(count(rest));
    return counts;
  }

  Counts countRows(const Rectangle &rectangle, int64_t rows) {
    auto [top, bottom] = classes.splitRows(rectangle, rows);
    Counts counts = count(top);
    counts.add(count(bottom));
    return counts;
  }

  Counts countKeys(const Rectangle &rectangle, int64_t keys) {
    auto [left, right] = classes.splitKeys(rectangle, keys);
    Counts counts = count(left);
    counts.add(count(right));
    return counts;
  }

  RectangleClassifier classes;
  SignatureMap<Counts> known;
  int64_t queryTile, keyTile;
};

/// Counts tiles as if nothing were drawn, and again those in which something is. Not in
/// sweeps with a step: there a tile is partial where a row between its rows draws.
class DrawnTileCounter {
public:
  using Counts = TileCounter::Counts;

  DrawnTileCounter(const Phase &phase, const PatternShape &shape,
                   int64_t queryTile, int64_t keyTile)
      : drawn(phase.step == 1 ? DrawnKeys::find(phase, shape) : std::nullopt),
        whole(phase, shape, queryTile, keyTile),
        without(drawn ? drawn->getWithout() : phase, shape, queryTile, keyTile),
        partial(phase, shape, /*drawsArePartial=*/true), queryTile(queryTile),
        keyTile(keyTile) {}

  /// As of TileCounter.
  Counts count(int64_t firstRow, int64_t numRows) {
    Counts counts = without.count(firstRow, numRows);
    if (!drawn)
      return counts;
    int64_t step = partial.getStep();
    std::vector<DrawnKeys::Run> runs;
    for (int64_t done = 0; done < numRows; done += queryTile) {
      Rectangle rows =
          partial.getAllKeys(firstRow + done * step,
                             std::min(queryTile, numRows - done));
      int64_t numBlocks = drawn->getRuns(rows.firstRow, rows.numRows, runs);
      ArrayRef<DrawnKeys::Run> rest = runs;
      for (int64_t tile = 0; !rest.empty(); ++tile) {
        // The next tile that a run begins in, or goes on to.
        tile = std::max(tile, (rest.front().firstKey - rows.firstKey) / step /
                                  keyTile);
        Rectangle keys = rows;
        keys.firstKey += tile * keyTile * step;
        keys.numKeys = std::min(keyTile, rows.numKeys - tile * keyTile);
        int64_t end = keys.firstKey + keys.numKeys * step;
        ArrayRef<DrawnKeys::Run> inTile = rest.take_while(
            [&](const DrawnKeys::Run &run) { return run.firstKey < end; });
        Counts before = without.count(keys);
        counts.replace(before, countDrawn(keys, before, inTile, numBlocks));
        rest = rest.drop_while([&](const DrawnKeys::Run &run) {
          return run.firstKey + run.numKeys * step <= end;
        });
      }
    }
    return counts;
  }

private:
  /// A tile, given what is drawn in it and what it is without.
  Counts countDrawn(const Rectangle &tile, const Counts &before,
                    ArrayRef<DrawnKeys::Run> runs, int64_t numBlocks) {
    // A key that some rows draw and others do not is full only if it is anyway, and
    // only adds to what is live.
    bool isSingle = llvm::all_of(runs, [&](const DrawnKeys::Run &run) {
      return run.numKeys == 1 && run.numBlocks < numBlocks;
    });
    if (!isSingle)
      return whole.countTile(tile);
    bool isFull = before.full;
    int64_t liveKeys = before.keysRead;
    for (const DrawnKeys::Run &run : runs) {
      Rectangle key{tile.firstRow, tile.numRows, run.firstKey, 1};
      RectangleClass::Kind now = partial.classify(key, signature).kind;
      isFull &= now == RectangleClass::Full;
      if (now != RectangleClass::Empty && !before.full)
        liveKeys += before.empty ||
                    without.getClasses().classify(key, signature).kind ==
                        RectangleClass::Empty;
    }
    return TileCounter::makeTile(tile, liveKeys, isFull);
  }

  std::optional<DrawnKeys> drawn;
  TileCounter whole, without;
  RectangleClassifier partial;
  int64_t queryTile, keyTile;
  RectangleSignature signature;
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
    DrawnTileCounter counter(phase, shape, queryTile, keyTile);
    TileCounter::Counts counts;
    for (int64_t first = 0; first < std::min(phase.step, shape.numQueries);
         ++first)
      counts.add(counter.count(first, (shape.numQueries - first + phase.step -
                                       1) / phase.step));
    result.fullTiles += counts.full;
    result.partialTiles += counts.partial;
    result.emptyTiles += counts.empty;
    result.computedPairs += counts.computedPairs;
    result.keysRead += counts.keysRead;
  }
  return result;
}
