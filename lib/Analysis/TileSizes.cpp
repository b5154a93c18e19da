// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How many query rows a tile should have for a pattern.
#include "SparseAttn/Analysis/TileSizes.h"

#include "SparseAttn/Dialect/PatternInterface.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
constexpr int64_t sampleLength = 16384;
constexpr int64_t sampleTiles = 8;

// As measured on AVX2 machines (Zen 3 and Zen 4).
constexpr double multiplyAddsPerCycle = 2, loadsPerCycle = 1.6;
/// Keys and values of that many keys (at head size 64) fit the second-level
/// cache, and what it costs a tile of one strip that they come from there, or
/// from further away.
constexpr double cachedKeys = 2048, streamFromCache = 0.02,
                 streamFromMemory = 0.06;

/// Keys that tiles of `rows` rows visit, summed over the samples.
int64_t visitedKeys(const Phase &phase, int64_t rows) {
  PatternShape shape{sampleLength, sampleLength, 0, 0};
  int64_t keys = 0;
  for (int64_t sample = 0; sample < sampleTiles; ++sample) {
    // Within the sequence: what is special about its ends concerns few tiles.
    int64_t row =
        sampleLength / sampleTiles * sample + sampleLength / sampleTiles / 2;
    int64_t count =
        std::min(rows, (sampleLength - row + phase.step - 1) / phase.step);
    forEachSegment(
        phase, shape, row, count, 0, sampleLength, [&](const KeyRange &range) {
          keys += (range.end - range.begin + phase.step - 1) / phase.step;
        });
  }
  return keys;
}
} // namespace

int64_t mlir::sattn::chooseQueryTile(const Phase &phase,
                                     const TargetInfo &target,
                                     std::optional<int64_t> numQueries) {
  // Strips of one register tile that share the keys of a block.
  constexpr int64_t maxStrips = 4;
  SmallVector<int64_t> candidates;
  for (int64_t vectors = 1; vectors <= target.tileVectors; vectors *= 2)
    candidates.push_back(vectors * target.lanes);
  // Several strips only where tiles with rows to spare are few.
  for (int64_t strips = 2; strips <= maxStrips; strips *= 2)
    if (numQueries && *numQueries >= 8 * strips * target.queryTile())
      candidates.push_back(strips * target.queryTile());

  int64_t best = 0;
  double bestCost = 0;
  for (int64_t rows : llvm::reverse(candidates)) {
    double vectors = std::min(rows / target.lanes, target.tileVectors);
    double multiplyAdds = target.tileKeys * target.tileVectors;
    double loads = multiplyAdds / vectors + vectors;
    double cycles =
        std::max(multiplyAdds / multiplyAddsPerCycle, loads / loadsPerCycle) /
        (multiplyAdds * target.lanes);
    double keys = visitedKeys(phase, rows) / double(sampleTiles);
    double stream = keys > cachedKeys ? streamFromMemory : streamFromCache;
    double cost = keys * cycles * (1 + stream * target.queryTile() / rows);
    // The larger a tile, the fewer of them.
    if (best == 0 || cost < bestCost) {
      best = rows;
      bestCost = cost;
    }
  }
  return best;
}
