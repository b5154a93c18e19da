// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The promises of PatternAlgebra.h, checked exhaustively over small sizes.
#ifndef SPARSEATTN_UNITTESTS_DIALECT_SEGMENTCHECKS_H
#define SPARSEATTN_UNITTESTS_DIALECT_SEGMENTCHECKS_H

#include "PatternSamples.h"

namespace mlir::sattn::test {

/// Query positions asked about: negative, inside and beyond the keys.
inline constexpr int64_t firstPosition = -7;
inline constexpr int64_t endPosition = 18;

/// Key sets of all positions and the tiles whose segments are compared with
/// them.
struct Sizes {
  std::vector<int64_t> numKeys;
  std::vector<int64_t> numRows;
  std::vector<int64_t> steps;
};

/// Rows, keys and offset of a whole sweep.
struct Sweep {
  int64_t numQueries, numKeys, offset;
};

class SegmentChecks : public PatternTest {
protected:
  /// Truth, progress, exactness and the lattice, at every key of every tile.
  void checkSegments(PatternAttr pattern, const Sizes &sizes) {
    for (int64_t numKeys : sizes.numKeys)
      for (int64_t head = 0; head < numSampleHeads; ++head) {
        std::vector<uint64_t> live;
        for (int64_t at = firstPosition; at < endPosition; ++at)
          live.push_back(liveKeys(pattern, numKeys, head, at, 0));
        checkLattice(pattern, numKeys, live);
        for (int64_t step : sizes.steps)
          for (int64_t rows : sizes.numRows)
            for (int64_t first = firstPosition;
                 first + (rows - 1) * step < endPosition; ++first)
              if (!checkTile(pattern, numKeys, head, step, rows, first, live))
                return;
      }
  }

  /// Each live pair is in exactly one segment of one phase of one tile.
  void checkPhases(PatternAttr pattern, const std::vector<Sweep> &sweeps,
                   const std::vector<int64_t> &tileRows) {
    SmallVector<Phase> phases = decompose(pattern);
    for (const Sweep &sweep : sweeps)
      for (int64_t head = 0; head < numSampleHeads; ++head) {
        PatternShape shape{sweep.numQueries, sweep.numKeys, head,
                           sweep.offset,     batch,         runtime,
                           maskRegion};
        std::vector<uint64_t> live;
        for (int64_t row = 0; row < sweep.numQueries; ++row)
          live.push_back(
              liveKeys(pattern, sweep.numKeys, head, row, sweep.offset));
        auto where = [&] {
          return patternToString(pattern) +
                 ": M = " + std::to_string(sweep.numQueries) +
                 ", N = " + std::to_string(sweep.numKeys) +
                 ", offset = " + std::to_string(sweep.offset) +
                 ", head = " + std::to_string(head);
        };
        for (int64_t rows : tileRows)
          // The keys in one sweep, and cut in two.
          for (int64_t cut : {int64_t(0), sweep.numKeys / 2}) {
            std::vector<uint64_t> seen(sweep.numQueries, 0);
            bool isOnce = true;
            for (const Phase &phase : phases)
              isOnce &= sweepPhase(phase, shape, rows, cut, seen);
            ASSERT_TRUE(isOnce) << where() << ": a pair is seen twice";
            ASSERT_EQ(seen, live) << where();
          }
      }
  }

  /// What leaves that read operands see; their rows begin at the offset.
  const RuntimeValues *runtime = nullptr;
  int64_t batch = 0;
  /// What a mask region says, where the pattern asks; such patterns are not exact.
  const MaskRegionFunction *maskRegion = nullptr;

private:
  /// Bit j: row `row` sees key j, by the predicate.
  uint64_t liveKeys(PatternAttr pattern, int64_t numKeys, int64_t head,
                    int64_t row, int64_t offset) {
    PatternShape shape{0, numKeys, head, offset, batch, runtime, maskRegion};
    uint64_t live = 0;
    for (int64_t key = 0; key < numKeys; ++key)
      live |= uint64_t(isLive(pattern, shape, row, key)) << key;
    return live;
  }

  void checkLattice(PatternAttr pattern, int64_t numKeys,
                    const std::vector<uint64_t> &live) {
    int64_t lattice = pattern.getLattice();
    ASSERT_GE(lattice, 1);
    for (int64_t at = firstPosition; at < endPosition; ++at)
      for (int64_t key = 0; key < numKeys; ++key)
        if (live[at - firstPosition] >> key & 1)
          ASSERT_EQ((at - key) % lattice, 0)
              << patternToString(pattern) << " at " << at << ", " << key;
  }

  bool checkTile(PatternAttr pattern, int64_t numKeys, int64_t head,
                 int64_t step, int64_t rows, int64_t first,
                 const std::vector<uint64_t> &live) {
    uint64_t some = 0, all = ~uint64_t(0);
    for (int64_t row = 0; row < rows; ++row) {
      some |= live[first + row * step - firstPosition];
      all &= live[first + row * step - firstPosition];
    }
    QueryTile tile;
    tile.scope = PatternShape{0, numKeys, head, 0, batch, runtime}.getScope();
    tile.first = first;
    tile.last = first + (rows - 1) * step;
    tile.step = step;
    for (int64_t key = mod(first, step).getConstant(); key < numKeys;
         key += step) {
      KeySegment segment = pattern.nextSegment(tile, key);
      bool isLive = segment.live.isTrue(), isFull = segment.full.isTrue();
      int64_t end = segment.end.getConstant();
      uint64_t keys = 0;
      for (int64_t inside = key; inside < std::min(end, numKeys);
           inside += step)
        keys |= uint64_t(1) << inside;
      const char *broken = nullptr;
      if (end <= key)
        broken = "no progress";
      else if (isFull && !isLive)
        broken = "full but not live";
      else if (isFull && (all & keys) != keys)
        broken = "full with a dead pair";
      else if (!isLive && (some & keys))
        broken = "empty with a live pair";
      else if (rows == 1 && isLive && !isFull && !maskRegion)
        broken = "partial for one row";
      if (broken) {
        ADD_FAILURE() << patternToString(pattern) << ": rows " << first
                      << " to " << first + (rows - 1) * step << " by " << step
                      << ", key " << key << " of " << numKeys << ", head "
                      << head << ": segment to " << end << " is " << broken;
        return false;
      }
    }
    return true;
  }

  static bool sweepPhase(const Phase &phase, const PatternShape &shape,
                         int64_t tileRows, int64_t cut,
                         std::vector<uint64_t> &seen) {
    bool isOnce = true;
    for (int64_t residue = 0; residue < std::min(phase.step, shape.numQueries);
         ++residue)
      for (int64_t row = residue; row < shape.numQueries;
           row += tileRows * phase.step) {
        int64_t left = (shape.numQueries - row + phase.step - 1) / phase.step;
        int64_t rows = std::min(tileRows, left);
        auto visit = [&](const KeyRange &range) {
          for (int64_t r = row; r < row + rows * phase.step; r += phase.step)
            for (int64_t key = range.begin; key < range.end;
                 key += phase.step) {
              if (!range.full && !isLive(phase.getPattern(), shape, r, key))
                continue;
              isOnce &= !(seen[r] >> key & 1);
              seen[r] |= uint64_t(1) << key;
            }
        };
        forEachSegment(phase, shape, row, rows, 0, cut, visit);
        forEachSegment(phase, shape, row, rows, cut, shape.numKeys, visit);
      }
    return isOnce;
  }
};

} // namespace mlir::sattn::test

#endif // SPARSEATTN_UNITTESTS_DIALECT_SEGMENTCHECKS_H
