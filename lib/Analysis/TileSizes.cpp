// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How many query rows a tile should have for a pattern.
#include "SparseAttn/Analysis/TileSizes.h"

#include "SparseAttn/Dialect/PatternAttrs.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
constexpr int64_t longestSample = 16384, shortestSample = 256;
constexpr int64_t sampleTiles = 8;
/// Larger tiles gained nothing where they were measured; where every tile repacks values, they do.
constexpr int64_t maxRows = 64, maxRowsOfPairs = 128;

// Costs in units of one key of one row, which takes 1 / rows of a tile's time. As measured on
// Zen 3 and Zen 4, with AVX2 and AVX-512, and AVX-512 on Cascade Lake.
/// Keys and values of that many keys (at head size 64) fit the second-level cache.
constexpr double cachedKeys = 2048;
/// What it costs a tile to read a key from the second-level cache, or from further away. Tiles of wide
/// vectors have more keys in flight.
double streamCost(const TargetInfo &target, double keys) {
  if (target.lanes >= 16)
    return keys > cachedKeys ? 0.6 : 0.05;
  return keys > cachedKeys ? 1.1 : 0.3;
}
/// Reading the key, and repacking its values into pairs. What a pair of keys costs a row more where a
/// tile has one vector of rows.
constexpr double repackPairs = 4, oneVectorOfPairs = 0.25;
/// What a tile costs besides its keys, transposes of blocks of lanes by lanes for the most part.
double tileOverhead(const TargetInfo &target) {
  return (target.lanes >= 16 ? 0.15 : 0.6) * target.lanes * target.lanes;
}
/// A key of a single row: each takes loads of its own, often from the second-level cache. What
/// such a row costs besides its keys. (Measured with drawn tokens, and head size 64.)
constexpr double singleRowKey = 2.5, singleRowOverhead = 40;
/// A draw that the mask of a key is compared with, for a row: where a tile has rows of several blocks.
constexpr double comparedDraw = 0.3;
/// Loads that are free beside a multiply-add. Where two start in a cycle, loads of operands take the
/// place of other instructions.
double loadsPerMultiplyAdd(const TargetInfo &target) {
  return target.multiplyAddsPerCycle == 1 ? 1.03 : 0.8;
}

/// Length of the longest sequence that is sampled. Every segment asks every
/// leaf: it is shorter for patterns of very many.
int64_t getLongestSample(ArrayRef<Phase> phases) {
  constexpr int64_t least = 1024, fewLeaves = 16;
  int64_t leaves = 0;
  for (Phase phase : phases)
    phase.pattern.walk(
        [&](Attribute attr) { leaves += isa<PatternAttr>(attr); });
  return std::max(least,
                  longestSample * fewLeaves / std::max(leaves, fewLeaves));
}

/// Keys that a tile visits, and those of them that only some of its rows see.
struct Visited {
  double keys = 0, masked = 0;
};

/// Those of a tile of `rows` rows, the mean of some samples.
Visited visitedKeys(const Phase &phase, int64_t length, int64_t rows) {
  PatternShape shape{length, length, 0, 0};
  Visited visited;
  for (int64_t sample = 0; sample < sampleTiles; ++sample) {
    // Within the sequence: what is special about its ends concerns few tiles.
    int64_t row = length / sampleTiles * sample + length / sampleTiles / 2;
    int64_t count =
        std::min(rows, (length - row + phase.step - 1) / phase.step);
    forEachSegment(
        phase, shape, row, count, 0, length, [&](const KeyRange &range) {
          double keys = (range.end - range.begin + phase.step - 1) / phase.step;
          visited.keys += keys / sampleTiles;
          visited.masked += range.full ? 0 : keys / sampleTiles;
        });
  }
  return visited;
}

/// What the mask of a key costs a row.
double maskCost(PatternAttr pattern, int64_t rows) {
  double cost = 0;
  Attribute(pattern).walk([&](RandomAttr random) {
    if (random.getBlock() < rows)
      cost += comparedDraw * random.getPerRow();
  });
  return cost;
}

/// The cost of a row in a tile of `rows` rows.
double rowCost(const Phase &phase, const TargetInfo &target, int64_t length,
               int64_t rows, bool pairs) {
  double vectors = std::min(rows / target.lanes, target.tileVectors);
  double multiplyAdds = target.tileKeys * target.tileVectors;
  double loads = multiplyAdds / vectors + vectors;
  double perKey = std::max(
      1.0, loads / (multiplyAdds * loadsPerMultiplyAdd(target)));
  if (pairs && vectors <= 1)
    perKey += oneVectorOfPairs;
  auto [keys, masked] = visitedKeys(phase, length, rows);
  double stream = pairs ? repackPairs : streamCost(target, keys);
  // A residue class may have fewer rows than a tile.
  double used = std::min<double>(rows, std::max<int64_t>(length / phase.step, 1));
  return (keys * (perKey + stream / rows) + masked * maskCost(phase.getPattern(), rows) +
          tileOverhead(target) / rows) *
         rows / used;
}
} // namespace

/// Rows of the cheapest tile, and what a row costs in it.
static std::pair<int64_t, double>
chooseTile(ArrayRef<Phase> all, const TargetInfo &target,
           std::optional<int64_t> numQueries, bool pairs) {
  // Heads that are alike are sampled once.
  llvm::MapVector<std::pair<Attribute, int64_t>, int64_t> numbers;
  for (Phase phase : all)
    ++numbers[{phase.pattern, phase.step}];
  SmallVector<Phase> phases;
  for (auto &[phase, number] : numbers)
    phases.push_back({phase.first, phase.second});
  int64_t longest = getLongestSample(phases);
  int64_t length =
      std::clamp(numQueries.value_or(longest), shortestSample, longest);
  SmallVector<int64_t> candidates;
  for (int64_t vectors = 1; vectors <= target.tileVectors; vectors *= 2)
    candidates.push_back(vectors * target.lanes);
  // Several strips only where tiles with rows to spare are few.
  for (int64_t rows = 2 * target.queryTile(); rows <= (pairs ? maxRowsOfPairs : maxRows);
       rows *= 2)
    if (numQueries && *numQueries >= 8 * rows)
      candidates.push_back(rows);

  int64_t best = 0;
  double bestCost = 0;
  // The larger a tile, the fewer of them.
  for (int64_t rows : llvm::reverse(candidates)) {
    double cost = 0;
    for (auto [phase, number] : llvm::zip_equal(phases, llvm::make_second_range(numbers)))
      cost += number * rowCost(phase, target, length, rows, pairs);
    if (best == 0 || cost < bestCost) {
      best = rows;
      bestCost = cost;
    }
  }
  return {best, bestCost};
}

int64_t mlir::sattn::chooseQueryTile(ArrayRef<Phase> phases, const TargetInfo &target,
                                     std::optional<int64_t> numQueries, bool pairs) {
  return chooseTile(phases, target, numQueries, pairs).first;
}

bool mlir::sattn::prefersSingleRows(PatternAttr pattern, ArrayRef<Phase> phases,
                                    const TargetInfo &target,
                                    std::optional<int64_t> numQueries, bool pairs) {
  int64_t longest = getLongestSample(phases);
  int64_t length = std::clamp(numQueries.value_or(longest), shortestSample, longest);
  double cost = visitedKeys({pattern, 1}, length, 1).keys * singleRowKey + singleRowOverhead;
  // A unit is half as long for pairs; single rows count as no faster with them.
  return (pairs ? 2 : 1) * cost < chooseTile(phases, target, numQueries, pairs).second;
}

bool mlir::sattn::growsWithRow(const Phase &given) {
  constexpr int64_t typical = 4096;
  Phase phase{getTypicalPattern(given.getPattern()), given.step};
  PatternShape shape{typical, typical, 0, 0};
  auto liveKeys = [&](int64_t row) {
    int64_t total = 0;
    forEachSegment(
        phase, shape, row, 1, 0, typical,
        [&](const KeyRange &range) { total += range.end - range.begin; });
    return total;
  };
  return liveKeys(typical * 3 / 4) > liveKeys(typical / 4);
}
