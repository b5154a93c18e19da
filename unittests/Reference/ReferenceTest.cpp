// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The oracle on cases worked out by hand, and the rule that judges results.
#include "SparseAttn/Reference/Reference.h"

#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::sattn;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

class Reference : public ::testing::Test {
protected:
  Reference() { context.loadDialect<SparseAttnDialect>(); }

  PatternAttr parse(StringRef text) {
    std::string error;
    PatternAttr pattern = parsePatternString(text, &context, error);
    EXPECT_TRUE(pattern) << error;
    return pattern;
  }

  /// One head, two queries, three keys, D = 1, Dv = 2.
  ReferenceProblem small(StringRef pattern) {
    ReferenceProblem problem;
    problem.pattern = parse(pattern);
    problem.queries = 2;
    problem.keys = 3;
    problem.headSize = 1;
    problem.valueSize = 2;
    problem.query = query;
    problem.key = key;
    problem.value = value;
    return problem;
  }

  std::vector<float> query = {0, 1}, key = {0, std::log(2.0f), 0};
  std::vector<float> value = {1, 10, 2, 20, 3, 30};
  MLIRContext context;
};

TEST_F(Reference, EqualScoresGiveTheMeanOfValues) {
  ReferenceProblem problem = small("dense");
  double out[2];
  double lse = attendRow<double>(problem, 0, 0, 0, {0, 1, 2}, out).lse;
  EXPECT_DOUBLE_EQ(out[0], 2);
  EXPECT_DOUBLE_EQ(out[1], 20);
  EXPECT_DOUBLE_EQ(lse, std::log(3.0));
}

TEST_F(Reference, WeightsAreExponentialsOfScores) {
  // Weights 1, 2, 1 of 4.
  ReferenceProblem problem = small("dense");
  double out[2];
  double lse = attendRow<double>(problem, 0, 0, 1, {0, 1, 2}, out).lse;
  EXPECT_NEAR(out[0], 2, 1e-7);
  EXPECT_NEAR(lse, std::log(4.0), 1e-7);
  // The scale multiplies: weights 1, 4, 1 of 6.
  problem.scale = 2;
  lse = attendRow<double>(problem, 0, 0, 1, {0, 1, 2}, out).lse;
  EXPECT_NEAR(lse, std::log(6.0), 1e-7);
}

TEST_F(Reference, OneKeyGivesItsValueAndNoKeyGivesZero) {
  ReferenceProblem problem = small("causal");
  double out[2];
  attendRow<double>(problem, 0, 0, 0, {1}, out);
  EXPECT_EQ(out[0], 2);
  EXPECT_EQ(out[1], 20);
  EXPECT_EQ(attendRow<double>(problem, 0, 0, 0, {}, out).lse, -infinity);
  EXPECT_EQ(attendRow<double>(problem, 0, 0, 0, {}, out).max, -infinity);
  EXPECT_EQ(out[0], 0);
  EXPECT_EQ(out[1], 0);
}

TEST_F(Reference, EvaluationsAgreeOnExactSums) {
  ReferenceProblem problem = small("dense");
  for (Evaluation evaluation = 0; evaluation < 12; ++evaluation) {
    float out[2];
    attendRow<float>(problem, 0, 0, 0, {0, 1, 2}, out, evaluation);
    EXPECT_FLOAT_EQ(out[0], 2);
  }
}

TEST_F(Reference, LiveKeysFollowTheOffsetAndTheHead) {
  ReferenceProblem problem = small("per_head<[causal, dense]>");
  problem.heads = 2;
  problem.query = {};
  EXPECT_EQ(liveKeys(problem, 0, 0, 0), (SmallVector<int64_t>{0}));
  EXPECT_EQ(liveKeys(problem, 0, 1, 0).size(), 3u);
  problem.offset = 1;
  EXPECT_EQ(liveKeys(problem, 0, 0, 0), (SmallVector<int64_t>{0, 1}));
  problem.offset = -1;
  EXPECT_TRUE(liveKeys(problem, 0, 0, 0).empty());
}

TEST_F(Reference, GroupedHeadsShareKeysInOrder) {
  ReferenceProblem problem;
  problem.heads = 6;
  problem.kvHeads = 2;
  EXPECT_EQ(problem.getKvHead(2), 0);
  EXPECT_EQ(problem.getKvHead(3), 1);
}

TEST_F(Reference, VerifyAcceptsTheRightResult) {
  ReferenceProblem problem = small("dense");
  std::vector<float> out = {2, 20, 2, 20};
  std::vector<float> lse = {std::log(3.0f), std::log(4.0f)};
  Verification result = verify(problem, ElementKind::F32, {out, lse});
  EXPECT_TRUE(result.passed()) << result.failure;
  EXPECT_EQ(result.rows, 2);
}

TEST_F(Reference, VerifyRejectsWrongValues) {
  ReferenceProblem problem = small("dense");
  std::vector<float> lse;
  std::vector<float> off = {2, 20 + 20e-6f, 2, 20};
  auto failure = [&](ArrayRef<float> out, ArrayRef<float> lse) {
    return verify(problem, ElementKind::F32, {out, lse}).failure;
  };
  EXPECT_TRUE(StringRef(failure(off, lse))
                  .starts_with("expected an error of at most "));
  std::vector<float> nan = {2, NAN, 2, 20};
  EXPECT_EQ(failure(nan, lse),
            "expected 20.00, but got nan at batch 0, head 0, row 0");
  std::vector<float> right = {2, 20, 2, 20};
  std::vector<float> wrongLse = {std::log(3.0f), std::log(5.0f)};
  EXPECT_TRUE(StringRef(failure(right, wrongLse))
                  .starts_with("expected an lse error of at most "));
  std::vector<float> nanLse = {std::log(3.0f), NAN};
  EXPECT_EQ(failure(right, nanLse),
            "expected lse 1.39, but got nan at batch 0, head 0, row 1");
}

// The limit is twice the plain formula's error where its factors are rounded to the nearest number of 11 bits.
TEST_F(Reference, VerifyAllowsTF32WhatItsRoundingTakes) {
  // A score of 3 * 1.25 with factors that are 3/8 of a unit too large: 1 + 3 * 2^-13 is rounded to 1.
  constexpr float off = 1 + 3 * 0x1p-13f;
  query = {0, 3 * off};
  key = {0, 1.25f * off, 0};
  value = {off, 10 * off, 2 * off, 20 * off, 3 * off, 30 * off};
  ReferenceProblem problem = small("dense");
  double weight = std::exp(3.75);
  auto row = [&](double error) {
    double mean = (4 + 2 * weight) / (2 + weight);
    return std::vector<float>{2, 20, float(mean + error), float(10 * mean + error)};
  };
  auto passes = [&](ArrayRef<float> out) {
    return verify(problem, ElementKind::F32, {out}).passed();
  };
  EXPECT_FALSE(passes(row(0)));
  problem.allowTF32 = true;
  EXPECT_TRUE(passes(row(0)));
  // More than twice that error, and than a unit of 11 bits in the last place of the outputs.
  EXPECT_FALSE(passes(row(0.04)));
  std::vector<double> exact(2);
  attendRow<double>(problem, 0, 0, 0, {0, 1, 2}, exact);
  EXPECT_DOUBLE_EQ(exact[1], 20 * double(off));
}

TEST_F(Reference, VerifyWantsExactZeroInEmptyRows) {
  ReferenceProblem problem = small("none");
  std::vector<float> zero(4, 0.0f), tiny = {0, 0, 1e-30f, 0};
  std::vector<float> lse(2, -infinity), finite(2, -1e20f);
  EXPECT_TRUE(verify(problem, ElementKind::F32, {zero, lse}).passed());
  EXPECT_EQ(verify(problem, ElementKind::F32, {tiny, lse}).failure,
            "expected 0 for a row without live keys, but got 0.00 at batch 0, "
            "head 0, row 1");
  EXPECT_EQ(verify(problem, ElementKind::F32, {zero, finite}).failure,
            "expected lse -inf for a row without live keys, but got "
            "-100000002004087734272.00 at batch 0, head 0, row 0");
}

TEST_F(Reference, VerifyComparesRowMaxima) {
  ReferenceProblem problem = small("dense");
  std::vector<float> out = {2, 20, 2, 20};
  std::vector<float> lse = {std::log(3.0f), std::log(4.0f)};
  std::vector<float> right = {0, std::log(2.0f)}, wrong = {0, 1};
  EXPECT_TRUE(verify(problem, ElementKind::F32, {out, lse, right}).passed());
  EXPECT_TRUE(
      StringRef(verify(problem, ElementKind::F32, {out, lse, wrong}).failure)
          .starts_with("expected a row_max error of at most "));
  // A sink is no score.
  std::vector<float> sink = {5};
  double row[2];
  problem.sink = sink;
  EXPECT_EQ(attendRow<double>(problem, 0, 0, 0, {0, 1, 2}, row).max, 0);
}

TEST_F(Reference, VerifyCountsRowsWithoutAnExactResultApart) {
  ReferenceProblem problem = small("causal");
  std::vector<float> poisoned = value;
  poisoned[2] = NAN;
  problem.value = poisoned;
  std::vector<float> out = {1, 10, NAN, 15}, lse;
  Verification result = verify(problem, ElementKind::F32, {out, lse});
  EXPECT_EQ(result.rows, 1);
  EXPECT_EQ(result.skippedRows, 1);
}

TEST_F(Reference, VerifyIgnoresWhatDeadKeysHold) {
  // Row 0 sees key 0 only; a NaN at key 2 must not make its result acceptable
  // or not.
  ReferenceProblem problem = small("causal");
  std::vector<float> poisoned = value;
  poisoned[4] = NAN;
  problem.value = poisoned;
  std::vector<float> lse;
  std::vector<float> out = {1, 10, float(5.0 / 3), float(50.0 / 3)};
  EXPECT_TRUE(verify(problem, ElementKind::F32, {out, lse}).passed());
  std::vector<float> leaked = {NAN, 10, float(5.0 / 3), float(50.0 / 3)};
  EXPECT_FALSE(verify(problem, ElementKind::F32, {leaked, lse}).passed());
}

TEST_F(Reference, VerifyLooksAtTheGivenRowsOnly) {
  ReferenceProblem problem = small("dense");
  std::vector<float> out = {2, 20, 7, 7}, lse;
  EXPECT_TRUE(verify(problem, ElementKind::F32, {out, lse}, {0}).passed());
  EXPECT_FALSE(verify(problem, ElementKind::F32, {out, lse}, {1}).passed());
}

TEST_F(Reference, VerifyOfAnEmptyBatchLooksAtNothing) {
  ReferenceProblem problem = small("dense");
  problem.batch = 0;
  problem.queries = problem.keys = int64_t(1) << 40;
  problem.query = problem.key = problem.value = {};
  Verification result = verify(problem, ElementKind::F32, {});
  EXPECT_TRUE(result.passed()) << result.failure;
  EXPECT_EQ(result.rows, 0);
}

} // namespace
