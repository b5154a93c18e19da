// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The weights that patterns keep, against a softmax over all pairs in f64.
#include "SparseAttn/Analysis/AttentionWeights.h"

#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <random>

using namespace mlir;
using namespace mlir::sattn;

namespace {

class AttentionWeightsTest : public ::testing::Test {
protected:
  AttentionWeightsTest() { context.loadDialect<SparseAttnDialect>(); }

  PatternAttr parse(StringRef text) {
    std::string error;
    PatternAttr pattern = parsePatternString(text, &context, error);
    EXPECT_TRUE(pattern) << text.str() << ": " << error;
    return pattern;
  }

  MLIRContext context;
};

struct Data {
  std::vector<float> queries, keys;
  AttentionHead head;

  Data(int64_t numQueries, int64_t numKeys, int64_t headSize) {
    std::mt19937 generator(7);
    std::normal_distribution<float> normal;
    for (int64_t i = 0; i < numQueries * headSize; ++i)
      queries.push_back(normal(generator));
    for (int64_t i = 0; i < numKeys * headSize; ++i)
      keys.push_back(normal(generator));
    head = {queries, keys, headSize, 0.7};
  }
};

/// The obvious computation: the softmax weights of `base` for all pairs, 0
/// where it is not live.
std::vector<double> computeMatrix(const AttentionHead &head, PatternAttr base,
                                  const PatternShape &shape) {
  std::vector<double> matrix(shape.numQueries * shape.numKeys, 0);
  for (int64_t row = 0; row < shape.numQueries; ++row) {
    double sum = 0;
    double *weights = matrix.data() + row * shape.numKeys;
    for (int64_t key = 0; key < shape.numKeys; ++key) {
      double score = 0;
      for (int64_t d = 0; d < head.headSize; ++d)
        score += double(head.queries[row * head.headSize + d]) *
                 head.keys[key * head.headSize + d];
      if (isLive(base, shape, row, key))
        sum += weights[key] = std::exp(head.scale * score);
    }
    for (int64_t key = 0; key < shape.numKeys; ++key)
      if (sum > 0)
        weights[key] /= sum;
  }
  return matrix;
}

struct Case {
  const char *pattern, *base;
  int64_t numQueries, numKeys, head, offset;
};

// Shares, least rows and cells of all kinds of patterns: leaves, lattices,
// tables, compositions, heads, M != N, offsets, rows without a key.
TEST_F(AttentionWeightsTest, AgreesWithMatrix) {
  const Case cases[] = {
      {"dense", "dense", 19, 23, 0, 0},
      {"causal", "dense", 19, 23, 0, 0},
      {"window<left = 3, right = 2>", "causal", 40, 40, 0, 0},
      {"window<left = 2, right = 2, dilation = 3>", "dense", 33, 29, 0, 0},
      {"strided<stride = 5> or global<first = 2>", "causal", 37, 37, 0, 0},
      {"random<block = 4, per_row = 2, seed = 3>", "dense", 32, 32, 1, 0},
      {"per_head<[causal, not causal]>", "dense", 21, 21, 1, 0},
      {"window<left = 4, right = 0>", "causal", 7, 30, 0, 23},
      {"mistral<window = 4>", "causal", 30, 12, 0, -9},
      {"window<left = 1, right = 0>", "window<left = 2, right = 0>", 9, 3, 0,
       0},
  };
  for (const Case &c : cases) {
    SCOPED_TRACE(c.pattern);
    PatternAttr pattern = parse(c.pattern), base = parse(c.base);
    Data data(c.numQueries, c.numKeys, 8);
    PatternShape shape{c.numQueries, c.numKeys, c.head, c.offset};
    WeightWindow window{1, c.numQueries - 2, 1, c.numKeys - 1, 6};
    std::string error;
    FailureOr<WeightSummary> summary =
        computeWeights(data.head, pattern, base, shape, window, error);
    ASSERT_TRUE(succeeded(summary)) << error;

    std::vector<double> matrix = computeMatrix(data.head, base, shape);
    double sum = 0, least = 2;
    int64_t rows = 0;
    std::vector<double> cells(summary->cellRows * summary->cellCols,
                              std::numeric_limits<double>::quiet_NaN());
    for (int64_t row = 0; row < c.numQueries; ++row) {
      double kept = 0;
      bool hasKey = false;
      for (int64_t key = 0; key < c.numKeys; ++key) {
        if (!isLive(base, shape, row, key))
          continue;
        hasKey = true;
        if (!isLive(pattern, shape, row, key))
          continue;
        double weight = matrix[row * c.numKeys + key];
        kept += weight;
        int64_t cellRow = -1, cellCol = -1;
        for (int64_t i = 0; i < summary->cellRows; ++i)
          if (row - 1 >= i * window.numRows / summary->cellRows &&
              row - 1 < (i + 1) * window.numRows / summary->cellRows)
            cellRow = i;
        for (int64_t i = 0; i < summary->cellCols; ++i)
          if (key - 1 >= i * window.numKeys / summary->cellCols &&
              key - 1 < (i + 1) * window.numKeys / summary->cellCols)
            cellCol = i;
        if (cellRow < 0 || cellCol < 0)
          continue;
        double &cell = cells[cellRow * summary->cellCols + cellCol];
        cell = std::fmax(cell, weight);
      }
      if (!hasKey)
        continue;
      ++rows;
      sum += kept;
      least = std::min(least, kept);
    }
    EXPECT_EQ(summary->numRows, rows);
    EXPECT_NEAR(summary->meanKept, sum / rows, 1e-6);
    EXPECT_NEAR(summary->leastKept, least, 1e-6);
    ASSERT_EQ(summary->cells.size(), cells.size());
    for (size_t i = 0; i < cells.size(); ++i) {
      EXPECT_EQ(std::isnan(summary->cells[i]), std::isnan(cells[i])) << i;
      if (!std::isnan(cells[i]))
        EXPECT_NEAR(summary->cells[i], cells[i], 1e-6) << i;
    }
  }
}

// A pattern that holds the base keeps everything, and exactly 1 of each row.
TEST_F(AttentionWeightsTest, KeepsAll) {
  Data data(50, 50, 4);
  std::string error;
  FailureOr<WeightSummary> summary =
      computeWeights(data.head, parse("dense"), parse("causal"), {50, 50},
                     std::nullopt, error);
  ASSERT_TRUE(succeeded(summary));
  EXPECT_EQ(summary->meanKept, 1);
  EXPECT_EQ(summary->leastKept, 1);
  EXPECT_TRUE(summary->cells.empty());
}

// Scores far apart neither overflow nor vanish.
TEST_F(AttentionWeightsTest, LargeScores) {
  Data data(4, 4, 4);
  data.head.scale = 1e4;
  std::string error;
  FailureOr<WeightSummary> summary = computeWeights(
      data.head, parse("causal"), parse("dense"), {4, 4}, std::nullopt, error);
  ASSERT_TRUE(succeeded(summary));
  EXPECT_TRUE(std::isfinite(summary->meanKept));
}

// An infinite or undefined score is an error that names the query; at a pair
// that is not live in the base it does not matter.
TEST_F(AttentionWeightsTest, NotFinite) {
  Data data(5, 5, 4);
  data.keys[4 * 4] = std::numeric_limits<float>::quiet_NaN();
  std::string error;
  EXPECT_TRUE(failed(computeWeights(data.head, parse("dense"), parse("dense"),
                                    {5, 5}, std::nullopt, error)));
  EXPECT_EQ(error, "expected finite attention weights, but query 0 has a score "
                   "that is not finite");
  EXPECT_TRUE(succeeded(computeWeights(data.head, parse("dense"),
                                       parse("window<left = 9, right = 0> and "
                                             "prefix<len = 4>"),
                                       {5, 5}, std::nullopt, error)));
}

} // namespace
