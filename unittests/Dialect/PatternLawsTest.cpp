// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The laws of lib/Dialect/PatternLaws.cpp against brute force: simplification
/// keeps the set of pairs and is idempotent, and what is printed parses to the
/// same pattern.
///
/// Random expressions come from a seed that is printed and can be replayed with
/// the environment variable SATTN_SEED; SATTN_CASES draws more of them.
#include "PatternSamples.h"

#include <cstdlib>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::test;

namespace {

class PatternLawsTest : public PatternTest {
protected:
  /// The same pairs at all positions around the keys, for every head.
  ::testing::AssertionResult haveSamePairs(PatternAttr a, PatternAttr b) {
    for (int64_t numKeys : {1, 4, 13})
      for (int64_t head = 0; head < numSampleHeads; ++head)
        for (int64_t position = -9; position < 19; ++position) {
          uint64_t inA = getLiveKeys(a, numKeys, head, position);
          uint64_t inB = getLiveKeys(b, numKeys, head, position);
          if (inA != inB)
            return ::testing::AssertionFailure()
                   << "position " << position << " of " << numKeys
                   << " keys, head " << head << ": live keys " << std::hex
                   << inA << " and " << inB;
        }
    return ::testing::AssertionSuccess();
  }

  void checkLaws(PatternAttr pattern) {
    PatternAttr simple = simplifyPattern(pattern);
    std::string text = patternToString(pattern);
    std::string simpleText = patternToString(simple);
    SCOPED_TRACE(text + "\n  -> " + simpleText);
    EXPECT_TRUE(haveSamePairs(pattern, simple));
    EXPECT_EQ(simplifyPattern(simple), simple);
    EXPECT_EQ(parse(text), pattern);
    EXPECT_EQ(parse(simpleText), simple);
  }

  /// The simplest form, as text.
  std::string simplified(const std::string &text) {
    return patternToString(simplifyPattern(parse(text)));
  }
};

TEST_F(PatternLawsTest, Leaves) {
  for (PatternAttr leaf : parseAll(getSampleLeaves())) {
    checkLaws(leaf);
    checkLaws(makeNot(leaf));
    checkLaws(makeNot(makeNot(leaf)));
  }
}

TEST_F(PatternLawsTest, NamedCompositionsExpand) {
  for (PatternAttr named : parseAll(getSampleCompositions())) {
    checkLaws(named);
    checkLaws(makeNot(named));
    EXPECT_NE(simplifyPattern(named), named);
  }
}

TEST_F(PatternLawsTest, PairsOfLeaves) {
  std::vector<PatternAttr> leaves = parseAll(getSampleLeaves());
  for (PatternAttr a : leaves)
    for (PatternAttr b : leaves) {
      checkLaws(makeAnd({a, b}));
      checkLaws(makeOr({a, b}));
      if (HasFailure())
        return;
    }
}

TEST_F(PatternLawsTest, PairsWithComplements) {
  std::vector<PatternAttr> leaves = parseAll(getSampleLeaves());
  for (PatternAttr a : leaves)
    for (PatternAttr b : leaves) {
      checkLaws(makeAnd({a, makeNot(b)}));
      checkLaws(makeOr({makeNot(a), b}));
      checkLaws(makeOr({makeNot(a), makeNot(b)}));
      if (HasFailure())
        return;
    }
}

TEST_F(PatternLawsTest, RandomExpressions) {
  const char *given = std::getenv("SATTN_SEED");
  const char *number = std::getenv("SATTN_CASES");
  uint64_t seed = given ? std::strtoull(given, nullptr, 0)
                        : uint64_t(std::random_device()());
  int64_t cases = number ? std::atoll(number) : 3000;
  std::cout << "replay with SATTN_SEED=" << seed << std::endl;
  RandomPattern random(seed);
  for (int64_t index = 0; index < cases && !HasFailure(); ++index)
    checkLaws(parse(random.expression(random.pick(1, 4))));
}

TEST_F(PatternLawsTest, OrderOfOperandsStays) {
  EXPECT_EQ(simplified("strided<stride = 4> or global<first = 1> or causal"),
            "strided<stride = 4> or global<first = 1> or causal");
  EXPECT_EQ(simplified("(random<per_row = 2> and prefix<len = 9>) or "
                       "block_local<size = 4>"),
            "random<per_row = 2> and prefix<len = 9> or block_local<size = 4>");
}

TEST_F(PatternLawsTest, NothingAndEverythingAreFound) {
  for (PatternAttr p : parseAll(getSampleLeaves())) {
    EXPECT_EQ(patternToString(simplifyPattern(makeAnd({p, makeNot(p)}))),
              "none");
    EXPECT_EQ(patternToString(simplifyPattern(makeOr({makeNot(p), p}))),
              "dense");
  }
  for (PatternAttr p : parseAll(getSampleCompositions())) {
    EXPECT_EQ(patternToString(simplifyPattern(makeAnd({makeNot(p), p}))),
              "none");
    EXPECT_EQ(patternToString(simplifyPattern(makeOr({p, makeNot(p)}))),
              "dense");
  }
}

TEST_F(PatternLawsTest, LargestParametersDoNotOverflow) {
  // 2^40 and 2^40 - 1 have no common divisor; their multiple is beyond any
  // position.
  std::string both = "strided<stride = 1099511627776> and "
                     "strided<stride = 1099511627775>";
  EXPECT_EQ(simplified(both), both);
  EXPECT_EQ(simplified("window<left = 1099511627776> and causal"),
            "window<left = 1099511627776, right = 0>");
  EXPECT_EQ(simplified("global<first = 1099511627776, positions = "
                       "[1099511627776], columns>"),
            "global<first = 1099511627776, positions = [1099511627776], "
            "columns>");
}

TEST_F(PatternLawsTest, LongChainsAreQuick) {
  std::vector<PatternAttr> parts;
  for (int64_t position = 0; position < 400; ++position)
    parts.push_back(parse("global<positions = [" +
                          std::to_string(3 * position + 1) + "], rows>"));
  EXPECT_EQ(
      cast<GlobalAttr>(simplifyPattern(makeOr(parts))).getPositions().size(),
      400u);
  parts.clear();
  for (int64_t seed = 0; seed < 200; ++seed)
    parts.push_back(
        parse("random<per_row = 1, seed = " + std::to_string(seed) + ">"));
  PatternAttr chain = makeOr(parts);
  EXPECT_EQ(simplifyPattern(chain), chain);
}
} // namespace
