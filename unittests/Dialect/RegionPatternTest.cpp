// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Patterns with `region` over small sizes: segments of the rest stay true, phases hold each
/// live pair once, and nobody asks about a pair that the rest of the pattern decides.
#include "SegmentChecks.h"

#include "mlir/AsmParser/AsmParser.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::test;

namespace {

class RegionPatternTest : public SegmentChecks {
public:
  RegionPatternTest() { maskRegion = &says; }

protected:
  PatternAttr region() {
    return cast<PatternAttr>(parseAttribute("#sattn.region", &context));
  }

  /// Each leaf with the region in every way, also with both answers.
  std::vector<PatternAttr> compositions(const std::vector<PatternAttr> &leaves) {
    PatternAttr yes = region(), no = makeNot(region());
    std::vector<PatternAttr> result = {yes, no};
    for (PatternAttr a : leaves) {
      for (PatternAttr r : {yes, no})
        llvm::append_range(result, ArrayRef{makeAnd({a, r}), makeOr({r, a}),
                                            makeAnd({makeNot(a), r})});
      // Answers of both kinds count, on both sides of a lattice.
      PatternAttr strided = parse("strided<stride = 3>");
      result.push_back(makeOr({makeAnd({a, yes}), makeAnd({strided, no})}));
      result.push_back(makeOr({a, makeAnd({strided, yes})}));
    }
    return result;
  }

  static bool answer(int64_t batch, int64_t head, int64_t position, int64_t key) {
    return mod(3 * position + 5 * key + head + batch, 4).getConstant() < 2;
  }
  const MaskRegionFunction says = answer;
};

TEST_F(RegionPatternTest, Segments) {
  for (PatternAttr pattern : compositions(parseAll(getSampleLeaves())))
    for (PatternAttr form : {pattern, simplifyPattern(pattern)}) {
      checkSegments(form, {{1, 6, 12}, {1, 2, 4}, {1, 2, 3}});
      if (HasFailure())
        return;
    }
}

TEST_F(RegionPatternTest, Phases) {
  for (PatternAttr pattern : compositions(parseAll(getSampleLeaves())))
    for (PatternAttr form : {pattern, simplifyPattern(pattern)}) {
      checkPhases(form, {{7, 7, 0}, {12, 9, -3}, {5, 12, 7}}, {1, 3});
      if (HasFailure())
        return;
    }
}

TEST_F(RegionPatternTest, AsksAboutOpenPairsOnly) {
  constexpr int64_t size = 12;
  bool isAsked = false;
  const MaskRegionFunction recorder = [&](int64_t b, int64_t h, int64_t i,
                                          int64_t j) {
    isAsked = true;
    return answer(b, h, i, j);
  };
  const MaskRegionFunction always = [](int64_t, int64_t, int64_t, int64_t) {
    return true;
  };
  const MaskRegionFunction never = [](int64_t, int64_t, int64_t, int64_t) {
    return false;
  };
  for (PatternAttr pattern : compositions(parseAll(getSampleLeaves()))) {
    PatternAttr simple = simplifyPattern(pattern);
    for (const Phase &phase : decompose(simple))
      for (int64_t row = 0; row < size; ++row)
        for (int64_t key = 0; key < size; ++key) {
          auto with = [&](const MaskRegionFunction &function) {
            return PatternShape{size, size, 0, 0, 0, nullptr, &function};
          };
          bool isOpen = isLive(pattern, with(always), row, key) !=
                        isLive(pattern, with(never), row, key);
          isAsked = false;
          isLive(phase.getPattern(), with(recorder), row, key);
          ASSERT_TRUE(isOpen || !isAsked)
              << patternToString(simple) << " at " << row << ", " << key;
        }
  }
}

/// Parts in closed form come first, each on its own lattice; no phase is swept in
/// residue classes for the region alone.
TEST_F(RegionPatternTest, PhasesWithTheRegionComeLast) {
  auto describe = [&](PatternAttr pattern) {
    std::string text;
    for (const Phase &phase : decompose(simplifyPattern(pattern)))
      text += std::to_string(phase.step) +
              (asksMaskRegion(phase.pattern) ? " asks, " : ", ");
    return text;
  };
  PatternAttr strided = parse("strided<stride = 3>");
  PatternAttr window = parse("window<left = 2, right = 0>");
  EXPECT_EQ(describe(makeOr({region(), strided})), "3, 1 asks, ");
  EXPECT_EQ(describe(makeOr({region(), window})), "1 asks, ");
  EXPECT_EQ(describe(makeOr({region(), window, strided})), "1, 3, 1 asks, ");
  EXPECT_EQ(describe(makeAnd({region(), strided})), "3 asks, ");
  EXPECT_EQ(describe(makeAnd({region(), makeOr({window, strided})})),
            "1 asks, 3 asks, ");
}

TEST_F(RegionPatternTest, TextAloneDoesNotSayWhatItIs) {
  std::string error;
  EXPECT_FALSE(parsePatternString("causal and region", &context, error));
  EXPECT_NE(error.find("'region' has no closed form"), std::string::npos);
}

} // namespace
