// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The promises of PatternAlgebra.h, exhaustively over small sizes: what
/// `nextSegment` says about a tile is true of every pair, segments make
/// progress, a tile of one row has no partial segment, and the phases of
/// `decompose` hold each live pair exactly once, for all leaves and their
/// pairwise compositions.
#include "SegmentChecks.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::test;

namespace {

class PatternSegmentsTest : public SegmentChecks {};

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
