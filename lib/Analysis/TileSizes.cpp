// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How many query rows a tile should have for a pattern.
#include "SparseAttn/Analysis/TileSizes.h"

#include "SparseAttn/Dialect/PatternInterface.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
constexpr int64_t sampleLength = 4096;
constexpr int64_t sampleTiles = 8;

/// Keys that tiles of `rows` rows visit, summed over the samples.
int64_t visitedKeys(const Phase &phase, int64_t rows) {
  PatternShape shape{sampleLength, sampleLength, 0, 0};
  int64_t keys = 0;
  for (int64_t sample = 0; sample < sampleTiles; ++sample) {
    int64_t row = sampleLength / sampleTiles * sample;
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
                                     const TargetInfo &target) {
  int64_t best = 0;
  double bestCost = 0;
  for (int64_t vectors = target.tileVectors; vectors >= 1; vectors /= 2) {
    int64_t rows = vectors * target.lanes;
    double multiplyAdds = target.tileKeys * vectors;
    double loads = target.tileKeys + vectors;
    double cyclesPerKey = std::max(multiplyAdds, loads) / 2 / target.tileKeys;
    // The larger a tile, the fewer of them.
    double cost = visitedKeys(phase, rows) * cyclesPerKey / rows;
    if (best == 0 || cost < bestCost) {
      best = rows;
      bestCost = cost;
    }
  }
  return best;
}
