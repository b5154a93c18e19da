// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The cost model of query tiles: what it must choose where the better choice is known.
#include "SparseAttn/Analysis/TileSizes.h"
#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// AVX-512 on units of 512 bits, and of 256.
constexpr TargetInfo avx512{16, 4, 6}, halved{16, 4, 6, 0, /*multiplyAddsPerCycle=*/1};
constexpr TargetInfo avx2{8, 2, 6}, neon{4, 4, 6};

struct TileSizesTest : testing::Test {
  TileSizesTest() { context.loadDialect<SparseAttnDialect>(); }

  int64_t rows(StringRef text, const TargetInfo &target,
               std::optional<int64_t> numQueries = std::nullopt) {
    std::string error;
    PatternAttr pattern = parsePatternString(text, &context, error);
    EXPECT_TRUE(pattern) << text.str() << ": " << error;
    return chooseQueryTile(decompose(simplifyPattern(pattern)), target, numQueries);
  }

  bool byRows(StringRef text, const TargetInfo &target, bool pairs = false) {
    std::string error;
    PatternAttr pattern = parsePatternString(text, &context, error);
    EXPECT_TRUE(pattern) << text.str() << ": " << error;
    pattern = simplifyPattern(pattern);
    return prefersSingleRows(pattern, decompose(pattern), target, 4096, pairs);
  }

  MLIRContext context;
};

TEST_F(TileSizesTest, RowsThatShareHardlyAKeyAreWorkedOnOneByOne) {
  for (const TargetInfo &target : {avx512, halved, avx2, neon}) {
    for (const char *pattern :
         {"random<per_row = 64>", "random<block = 2, per_row = 32>",
          "causal and random<per_row = 64>", "global<first = 1> or random<per_row = 16>"})
      EXPECT_TRUE(byRows(pattern, target)) << pattern << ", " << target.lanes;
    for (const char *pattern :
         {"dense", "causal", "window<left = 1, right = 1>", "strided<stride = 64>",
          "window<left = 128, right = 128, dilation = 4>", "block_local<size = 256>",
          "random<block = 64, per_row = 4>", "longformer<window = 512, global = 1>",
          "bigbird<block = 64, random_blocks = 3>"})
      EXPECT_FALSE(byRows(pattern, target)) << pattern << ", " << target.lanes;
  }
  // Single rows do not multiply pairs.
  EXPECT_TRUE(byRows("random<per_row = 64>", avx512, /*pairs=*/true));
}

TEST_F(TileSizesTest, WidePatternsFillTheRegisterTile) {
  for (const char *pattern : {"dense", "causal", "window<left = 8191, right = 0>"}) {
    EXPECT_EQ(rows(pattern, avx512), 64) << pattern;
    EXPECT_EQ(rows(pattern, halved), 64) << pattern;
    EXPECT_EQ(rows(pattern, avx2), 16) << pattern;
    EXPECT_EQ(rows(pattern, neon), 16) << pattern;
  }
}

TEST_F(TileSizesTest, ManyRowsShareKeysInSeveralStrips) {
  EXPECT_EQ(rows("dense", avx2, 4096), 64);
  EXPECT_EQ(rows("dense", avx2, 64), 16);
  EXPECT_EQ(rows("dense", avx512, 1 << 20), 64);
}

TEST_F(TileSizesTest, TilesThatRepackValuesGetMoreRows) {
  std::string error;
  PatternAttr dense = parsePatternString("dense", &context, error);
  EXPECT_EQ(chooseQueryTile({{dense, 1}}, halved, 4096, /*pairs=*/true), 128);
  PatternAttr window = parsePatternString("window<left = 255, right = 0>", &context, error);
  EXPECT_EQ(chooseQueryTile({{window, 1}}, halved, 16384, /*pairs=*/true), 32);
}

TEST_F(TileSizesTest, NarrowPatternsGetFewerRows) {
  EXPECT_EQ(rows("window<left = 1, right = 1>", avx512), 16);
  EXPECT_EQ(rows("window<left = 1, right = 1>", avx2), 8);
  EXPECT_EQ(rows("window<left = 255, right = 0>", halved, 16384), 16);
  // Loads for one vector of rows would take the place of multiply-adds.
  EXPECT_EQ(rows("window<left = 255, right = 0>", avx512, 16384), 32);
  EXPECT_EQ(rows("window<left = 255, right = 0>", avx2, 16384), 16);
}

TEST_F(TileSizesTest, PhasesShareOneSize) {
  EXPECT_EQ(rows("sparse_transformer_strided<stride = 128>", halved, 16384), 16);
}

TEST_F(TileSizesTest, AnySizeIsAnswered) {
  for (int64_t numQueries : {0, 1, 2, 15, 1 << 30})
    EXPECT_GT(rows("causal and window<left = 3>", avx512, numQueries), 0);
}
} // namespace
