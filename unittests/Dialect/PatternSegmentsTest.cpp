// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The promises of PatternAlgebra.h, exhaustively over small sizes: what
/// `nextSegment` says about a tile is true of every pair, segments make
/// progress, a tile of one row has no partial segment, and the phases of
/// `decompose` hold each live pair exactly once, for all leaves and their
/// pairwise compositions.
#include "PatternSamples.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::test;

namespace {

/// Query positions asked about: negative, inside and beyond the keys.
constexpr int64_t firstPosition = -7;
constexpr int64_t endPosition = 18;

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

class PatternSegmentsTest : public PatternTest {
protected:
  /// Truth, progress, exactness and the lattice, at every key of every tile.
  void checkSegments(PatternAttr pattern, const Sizes &sizes) {
    for (int64_t numKeys : sizes.numKeys)
      for (int64_t head = 0; head < numSampleHeads; ++head) {
        std::vector<uint64_t> live;
        for (int64_t at = firstPosition; at < endPosition; ++at)
          live.push_back(getLiveKeys(pattern, numKeys, head, at));
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
        PatternShape shape{sweep.numQueries, sweep.numKeys, head, sweep.offset};
        std::vector<uint64_t> live;
        for (int64_t row = 0; row < sweep.numQueries; ++row)
          live.push_back(
              getLiveKeys(pattern, sweep.numKeys, head, row + sweep.offset));
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

private:
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
    tile.scope = {numKeys, head, nullptr};
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
      else if (rows == 1 && isLive && !isFull)
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

/// All lengths up to 12, all tiles of up to 5 rows, all steps up to 6.
TEST_F(PatternSegmentsTest, SegmentsOfLeaves) {
  Sizes sizes{{}, {1, 2, 3, 4, 5}, {1, 2, 3, 4, 5, 6}};
  for (int64_t numKeys = 0; numKeys <= 12; ++numKeys)
    sizes.numKeys.push_back(numKeys);
  std::vector<std::string> texts = getSampleLeaves();
  llvm::append_range(texts, getSampleCompositions());
  for (PatternAttr pattern : parseAll(texts))
    for (PatternAttr form :
         {pattern, makeNot(pattern), simplifyPattern(pattern)})
      checkSegments(form, sizes);
}

TEST_F(PatternSegmentsTest, PhasesOfLeaves) {
  std::vector<Sweep> sweeps;
  for (int64_t numQueries = 0; numQueries <= 12;
       numQueries += numQueries < 4 ? 1 : 2)
    for (int64_t numKeys = 0; numKeys <= 12; numKeys += numKeys < 4 ? 1 : 2)
      for (int64_t offset : {-5, 0, 2, 7})
        sweeps.push_back({numQueries, numKeys, offset});
  std::vector<std::string> texts = getSampleLeaves();
  llvm::append_range(texts, getSampleCompositions());
  for (PatternAttr pattern : parseAll(texts))
    for (PatternAttr form :
         {pattern, makeNot(pattern), simplifyPattern(pattern)})
      checkPhases(form, sweeps, {1, 2, 3, 12});
}

const Sizes pairSizes{{1, 6, 12}, {1, 2, 4}, {1, 2, 3}};
const std::vector<Sweep> pairSweeps = {
    {0, 5, 0}, {7, 7, 0}, {12, 9, -3}, {5, 12, 7}};

TEST_F(PatternSegmentsTest, SegmentsOfPairs) {
  std::vector<PatternAttr> leaves = parseAll(getSampleLeaves());
  for (PatternAttr a : leaves)
    for (PatternAttr b : leaves)
      for (PatternAttr pattern :
           {makeAnd({a, b}), makeOr({a, b}), makeAnd({a, makeNot(b)})}) {
        checkSegments(pattern, pairSizes);
        if (HasFailure())
          return;
      }
}

TEST_F(PatternSegmentsTest, PhasesOfPairs) {
  std::vector<PatternAttr> leaves = parseAll(getSampleLeaves());
  for (PatternAttr a : leaves)
    for (PatternAttr b : leaves)
      for (PatternAttr pattern :
           {makeAnd({a, b}), makeOr({a, b}), makeOr({a, makeNot(b)})}) {
        checkPhases(pattern, pairSweeps, {1, 3});
        if (HasFailure())
          return;
      }
}

/// The worked picture of PatternAlgebra.h: the longest runs, and no pair of a
/// run that every row sees is called partial.
TEST_F(PatternSegmentsTest, RunsAreAsLongAsTheyCanBe) {
  auto runs = [&](const std::string &text, int64_t firstRow, int64_t numRows) {
    std::string result;
    PatternAttr pattern = simplifyPattern(parse(text));
    forEachSegment(Phase{pattern, 1}, PatternShape{8, 8, 0, 0}, firstRow,
                   numRows, 0, 8, [&](const KeyRange &range) {
                     result += (range.full ? "F" : "P") +
                               std::to_string(range.begin) + "-" +
                               std::to_string(range.end) + " ";
                   });
    return result;
  };
  EXPECT_EQ(runs("causal and window<left = 3>", 4, 2), "P1-2 F2-5 P5-6 ");
  EXPECT_EQ(runs("causal", 4, 2), "F0-5 P5-6 ");
  EXPECT_EQ(runs("window<left = 1, right = 1>", 3, 2), "P2-3 F3-5 P5-6 ");
  EXPECT_EQ(runs("block_local<size = 4>", 4, 4), "F4-8 ");
  EXPECT_EQ(runs("block_local<size = 4>", 2, 4), "P0-8 ");
  EXPECT_EQ(
      runs("global<first = 2, columns> or window<left = 1, right = 0>", 5, 2),
      "F0-2 P4-5 F5-6 P6-7 ");
  EXPECT_EQ(runs("columns<stride = 4, width = 2>", 0, 8), "F0-2 F4-6 ");
  EXPECT_EQ(runs("prefix<len = 5> and not global<first = 2>", 3, 4), "F2-5 ");
}

/// Two evenly spaced parts and a contiguous one, under an `and`: three phases.
TEST_F(PatternSegmentsTest, EvenlySpacedPartsAreSetFree) {
  PatternAttr pattern = parse("causal and (strided<stride = 2> or window<left "
                              "= 2> or window<left = 2, dilation = 3>)");
  SmallVector<Phase> phases = decompose(pattern);
  ASSERT_EQ(phases.size(), 3u);
  EXPECT_EQ(phases[0].step, 1);
  EXPECT_EQ(phases[1].step, 2);
  EXPECT_EQ(phases[2].step, 3);
  checkPhases(pattern, pairSweeps, {1, 3, 4});
}

TEST_F(PatternSegmentsTest, RandomExpressions) {
  RandomPattern random(22);
  for (int64_t index = 0; index < 300 && !HasFailure(); ++index) {
    PatternAttr pattern = parse(random.expression(random.pick(2, 3)));
    for (PatternAttr form : {pattern, simplifyPattern(pattern)}) {
      checkSegments(form, pairSizes);
      checkPhases(form, pairSweeps, {1, 3});
    }
  }
}
} // namespace
