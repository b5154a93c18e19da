// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Live pairs, as textbooks count them.
#include "PatternSamples.h"

#include "SparseAttn/Analysis/PatternStatistics.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::test;

namespace {

class PatternCountsTest : public PatternTest {
protected:
  int64_t count(const std::string &text, int64_t numQueries, int64_t numKeys,
                int64_t offset = 0) {
    PatternShape shape{numQueries, numKeys, 0, offset};
    return computeRowStatistics(parse(text), shape).livePairs;
  }

  /// Live keys of one row of a square.
  int64_t countRow(const std::string &text, int64_t length, int64_t row) {
    return count(text, 1, length, row);
  }
};

TEST_F(PatternCountsTest, DensePairs) {
  EXPECT_EQ(count("dense", 8192, 8192), 67108864);
  EXPECT_EQ(count("none", 8192, 8192), 0);
  EXPECT_EQ(count("causal", 8192, 8192), 8192 * 8193 / 2);
  EXPECT_EQ(count("dense", 0, 5), 0);
  EXPECT_EQ(count("dense", 5, 0), 0);
}

/// A window of 256 columns at n = 8192: 2,097,152 pairs, less the clipped
/// edges.
TEST_F(PatternCountsTest, WindowPairs) {
  const int64_t unclipped = 2097152;
  EXPECT_EQ(unclipped, 8192 * 256);
  // The first 128 rows miss 128, 127, ..., 1 keys; the last 127 miss 1, ...,
  // 127.
  int64_t before = 128 * 129 / 2, after = 127 * 128 / 2;
  EXPECT_EQ(count("window<left = 128, right = 127>", 8192, 8192),
            unclipped - before - after);
  EXPECT_EQ(count("window<left = 128, right = 128>", 8192, 8192),
            8192 * 257 - 2 * before);
  EXPECT_EQ(count("mistral<window = 256>", 8192, 8192),
            unclipped - 255 * 256 / 2);
  // In the middle of a longer text nothing is clipped.
  EXPECT_EQ(count("window<left = 128, right = 127>", 8192, 16384, 4096),
            unclipped);
}

/// 4096 tokens, 64 local keys, every 128th key and one global: 97 keys a
/// row, 2.37 %.
TEST_F(PatternCountsTest, LocalStrideAndGlobalPairs) {
  const std::string local = "window<left = 32, right = 31>";
  const std::string stride = "columns<stride = 128, phase = 64>";
  const std::string global = "global<first = 1, columns>";
  EXPECT_EQ(countRow(local, 4096, 2000), 64);
  EXPECT_EQ(countRow(stride, 4096, 2000), 32);
  EXPECT_EQ(countRow(global, 4096, 2000), 1);
  const std::string all = local + " or " + stride + " or " + global;
  // A row whose window holds one of the columns counts that key once.
  EXPECT_EQ(countRow(all, 4096, 2048), 97);
  EXPECT_EQ(countRow(all, 4096, 2048 + 64), 96);
  EXPECT_EQ(computeRowStatistics(parse(all), {4096, 4096, 0, 0}).maxPerRow, 97);
  EXPECT_NEAR(100.0 * 97 / 4096, 2.37, 0.005);
}

/// BERT-base at n = 4096, 12 heads, f32: 805 MB dense, 50.3 MB with 256 keys a
/// row, 12.6 MB with sqrt(n).
TEST_F(PatternCountsTest, AttentionMatrixBytes) {
  const int64_t bytesPerPair = 12 * 4;
  EXPECT_EQ(count("dense", 4096, 4096) * bytesPerPair, 805306368);
  EXPECT_EQ(count("block_local<size = 256>", 4096, 4096) * bytesPerPair,
            50331648);
  EXPECT_EQ(count("block_local<size = 64>", 4096, 4096) * bytesPerPair,
            12582912);
}

TEST_F(PatternCountsTest, EvenlySpacedPairs) {
  EXPECT_EQ(count("strided<stride = 64>", 16384, 16384), 16384 * 256);
  EXPECT_EQ(count("columns<stride = 64>", 16384, 16384), 16384 * 256);
  EXPECT_EQ(count("random<block = 64, per_row = 3>", 16384, 16384),
            16384 * 3 * 64);
  EXPECT_EQ(count("neighborhood<grid = [64, 64], kernel = [7, 7]>", 4096, 4096),
            4096 * 49);
  // Rows with stride keys behind them see `stride` near ones and one in each
  // further stride: the merged form of the Sparse Transformer.
  int64_t stride = 32, pairs = 0;
  for (int64_t row = 0; row < 1024; ++row)
    pairs += std::min(row + 1, stride) + row / stride;
  EXPECT_EQ(count("sparse_transformer_strided<stride = 32>", 1024, 1024),
            pairs);
}

/// Decode: one query at the end of the cache.
TEST_F(PatternCountsTest, OffsetPairs) {
  EXPECT_EQ(count("causal", 1, 1000, 999), 1000);
  EXPECT_EQ(count("causal", 1, 1000, 0), 1);
  EXPECT_EQ(count("causal", 10, 1000, -20), 0);
  EXPECT_EQ(count("mistral<window = 256>", 1, 1000, 999), 256);
  EXPECT_EQ(count("streaming<sinks = 4, window = 60>", 1, 1000, 999), 64);
}

/// A boundary, not an area: a million tokens count in moments.
TEST_F(PatternCountsTest, MillionTokens) {
  const int64_t n = 1 << 20;
  EXPECT_EQ(count("causal", n, n), n * (n + 1) / 2);
  EXPECT_EQ(count("longformer<window = 512, global = 1>", n, n),
            n * 513 - 256 * 257 + 2 * (n - 257));
}
} // namespace
