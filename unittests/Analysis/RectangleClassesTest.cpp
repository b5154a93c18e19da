// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Rectangles that a classifier calls alike are alike, pair by pair; and what is counted
/// by such rectangles is what the predicate says, at sizes where they repeat.
#include "SparseAttn/Analysis/FirstLivePair.h"
#include "SparseAttn/Analysis/PatternCoverage.h"
#include "SparseAttn/Analysis/PatternStatistics.h"
#include "SparseAttn/Analysis/RectangleClasses.h"
#include "SparseAttn/Analysis/TileStatistics.h"
#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

using namespace mlir;
using namespace mlir::sattn;

namespace {
const char *const patterns[] = {
    "dense",
    "none",
    "causal",
    "window<left = 2, right = 4>",
    "window<left = 3, right = 2, dilation = 3>",
    "block_local<size = 5, boundary = 2>",
    "block_local<size = 3, left_blocks = 1>",
    "strided<stride = 6>",
    "columns<stride = 5, phase = 3, width = 2>",
    "global<first = 2, last = 1, positions = [9, 10, 14]>",
    "global<positions = [3], rows>",
    "prefix<len = 7>",
    "random<block = 4, per_row = 2>",
    "random<per_row = 3>",
    "random<per_row = 30>",
    "random<per_row = 2> or random<block = 4, per_row = 1, seed = 2>",
    "window<left = 9, right = 5> and random<per_row = 20>",
    "window<left = 20, right = 30> and not random<per_row = 9>",
    "strided<stride = 3> or random<per_row = 4> and not columns<stride = 2>",
    ("block_mask<block = [11, 17], layout = dense<[[1, 0, 1], [0, 1, 1]]> : "
     "tensor<2x3xi1>>"),
    "neighborhood<grid = [9, 5], kernel = [3, 3]>",
    "neighborhood<grid = [9, 5], kernel = [4, 3], border = clip>",
    "bigbird<block = 4, random_blocks = 1>",
    "axial<rows = 6, cols = 7>",
    "sparse_transformer_strided<stride = 6>",
    "sparse_transformer_fixed<block = 6, summary = 2>",
    "causal and columns<stride = 3>",
    "not strided<stride = 4>",
    "causal and (strided<stride = 4> or window<left = 5, dilation = 2>)",
    "not (causal or strided<stride = 3>)",
    "strided<stride = 2> and columns<stride = 3>",
    "causal or random<per_row = 2>",
    "random<block = 5, per_row = 2> and not columns<stride = 2>",
    "causal and neighborhood<grid = [9, 5], kernel = [3, 3]>",
};

struct RectangleClassesTest : testing::Test {
  RectangleClassesTest() { context.loadDialect<SparseAttnDialect>(); }

  PatternAttr parse(StringRef text, int64_t head) {
    std::string error;
    PatternAttr pattern = parsePatternString(text, &context, error);
    EXPECT_TRUE(pattern) << text.str() << ": " << error;
    return simplifyPattern(
        getPatternForHead(simplifyPattern(pattern), head));
  }

  /// By rows, of the predicate.
  std::vector<char> getMask(PatternAttr pattern, const PatternShape &shape) {
    std::vector<char> mask(shape.numQueries * shape.numKeys);
    for (int64_t row = 0; row < shape.numQueries; ++row)
      for (int64_t key = 0; key < shape.numKeys; ++key)
        mask[row * shape.numKeys + key] = isLive(pattern, shape, row, key);
    return mask;
  }

  MLIRContext context;
};

TEST_F(RectangleClassesTest, SameSignatureSamePairs) {
  for (const char *text : patterns)
    for (const PatternShape &shape :
         {PatternShape{19, 19, 1, 0}, PatternShape{16, 21, 0, -5},
          PatternShape{17, 13, 0, 30}}) {
      SCOPED_TRACE(text);
      PatternAttr pattern = parse(text, shape.head);
      for (const Phase &phase : decompose(pattern)) {
        std::vector<char> mask = getMask(phase.getPattern(), shape);
        RectangleClassifier classes(phase, shape);
        std::map<std::vector<int64_t>, std::vector<char>> pairsOf;
        auto check = [&](const Rectangle &rectangle) {
          std::vector<char> pairs;
          for (int64_t row = 0; row < rectangle.numRows; ++row)
            for (int64_t key = 0; key < rectangle.numKeys; ++key)
              pairs.push_back(
                  mask[(rectangle.firstRow + row * phase.step) * shape.numKeys +
                       rectangle.firstKey + key * phase.step]);
          bool all = !llvm::is_contained(pairs, 0);
          bool any = llvm::is_contained(pairs, 1);
          RectangleSignature signature;
          RectangleClass found = classes.classify(rectangle, signature);
          switch (found.kind) {
          case RectangleClass::Empty:
            ASSERT_FALSE(any);
            break;
          case RectangleClass::Full:
            ASSERT_TRUE(all);
            break;
          case RectangleClass::Regular: {
            std::vector<int64_t> key(signature.begin(), signature.end());
            ASSERT_EQ(pairsOf.try_emplace(key, pairs).first->second, pairs);
            ASSERT_GE(found.edgeKeys, 0);
            ASSERT_LT(found.edgeKeys, rectangle.numKeys);
            break;
          }
          case RectangleClass::Irregular:
            ASSERT_TRUE(found.splitRows || found.splitKeys);
            ASSERT_LT(found.splitRows, rectangle.numRows);
            ASSERT_LT(found.splitKeys, rectangle.numKeys);
            break;
          }
        };
        for (int64_t row = 0; row < shape.numQueries; ++row)
          for (int64_t key = classes.getAllKeys(row, 1).firstKey;
               key < shape.numKeys; key += phase.step)
            for (int64_t rows = 1;
                 row + (rows - 1) * phase.step < shape.numQueries; ++rows)
              for (int64_t keys = 1;
                   key + (keys - 1) * phase.step < shape.numKeys; ++keys)
                check({row, rows, key, keys});
      }
    }
}

TEST_F(RectangleClassesTest, CountsWhereRectanglesRepeat) {
  for (const char *text : patterns)
    for (const PatternShape &shape :
         {PatternShape{331, 331, 0, 0}, PatternShape{150, 290, 2, -70}}) {
      SCOPED_TRACE(text);
      PatternAttr pattern = parse(text, shape.head);
      std::vector<char> mask = getMask(pattern, shape);
      int64_t live = 0, least = shape.numKeys, most = 0, empty = 0;
      std::map<int64_t, int64_t> rowsWith;
      for (int64_t row = 0; row < shape.numQueries; ++row) {
        int64_t inRow = 0;
        for (int64_t key = 0; key < shape.numKeys; ++key)
          inRow += mask[row * shape.numKeys + key];
        live += inRow;
        least = std::min(least, inRow);
        most = std::max(most, inRow);
        empty += inRow == 0;
        ++rowsWith[inRow];
      }
      RowStatistics rows = computeRowStatistics(pattern, shape);
      EXPECT_EQ(rows.livePairs, live);
      EXPECT_EQ(rows.minPerRow, least);
      EXPECT_EQ(rows.maxPerRow, most);
      EXPECT_EQ(rows.emptyRows, empty);
      EXPECT_EQ(rows.commonRows, rowsWith[rows.commonPerRow]);
      for (auto [count, ofCount] : rowsWith)
        EXPECT_LE(ofCount, rows.commonRows);

      EXPECT_EQ(computeTileStatistics(pattern, shape, 1, 1).computedPairs,
                live);

      auto first = findFirstLivePair(pattern, shape);
      auto at = std::find(mask.begin(), mask.end(), 1);
      ASSERT_EQ(first.has_value(), at != mask.end());
      if (first)
        EXPECT_EQ(first->first * shape.numKeys + first->second,
                  at - mask.begin());

      SmallVector<int64_t> rowBounds = {0, 100, shape.numQueries};
      SmallVector<int64_t> keyBounds = {0, 1, 137, shape.numKeys};
      std::vector<double> coverage =
          computeCoverage(pattern, shape, rowBounds, keyBounds);
      for (int64_t r = 0; r < 2; ++r)
        for (int64_t c = 0; c < 3; ++c) {
          int64_t inCell = 0;
          for (int64_t i = rowBounds[r]; i < rowBounds[r + 1]; ++i)
            for (int64_t j = keyBounds[c]; j < keyBounds[c + 1]; ++j)
              inCell += mask[i * shape.numKeys + j];
          double area = (rowBounds[r + 1] - rowBounds[r]) *
                        (keyBounds[c + 1] - keyBounds[c]);
          EXPECT_DOUBLE_EQ(coverage[r * 3 + c], inCell / area);
        }
    }
}

/// Groups of tiles are counted like each tile by itself.
TEST_F(RectangleClassesTest, TilesAreThoseThatAKernelVisits) {
  for (const char *text : patterns)
    for (const PatternShape &shape :
         {PatternShape{331, 331, 0, 0}, PatternShape{150, 290, 2, -70}})
      for (auto [queryTile, keyTile] :
           {std::pair<int64_t, int64_t>{16, 16}, {64, 7}, {5, 100}}) {
        SCOPED_TRACE(text);
        PatternAttr pattern = parse(text, shape.head);
        TileStatistics expected;
        for (const Phase &phase : decompose(pattern))
          for (int64_t first = 0;
               first < std::min(phase.step, shape.numQueries); ++first) {
            int64_t rows =
                (shape.numQueries - first + phase.step - 1) / phase.step;
            int64_t firstKey =
                mod(first + shape.offset, phase.step).getConstant();
            for (int64_t done = 0; done < rows; done += queryTile)
              for (int64_t key = firstKey; key < shape.numKeys;
                   key += keyTile * phase.step) {
                int64_t inTile = std::min(queryTile, rows - done);
                int64_t end =
                    std::min(key + keyTile * phase.step, shape.numKeys);
                int64_t keys = (end - key + phase.step - 1) / phase.step;
                int64_t full = 0, live = 0;
                forEachSegment(phase, shape, first + done * phase.step, inTile,
                               key, end, [&](const KeyRange &range) {
                                 int64_t count =
                                     (range.end - range.begin + phase.step -
                                      1) /
                                     phase.step;
                                 live += count;
                                 full += range.full ? count : 0;
                               });
                ++(live == 0       ? expected.emptyTiles
                   : full == keys ? expected.fullTiles
                                  : expected.partialTiles);
                expected.computedPairs += live * inTile;
                expected.keysRead += live;
              }
          }
        TileStatistics tiles =
            computeTileStatistics(pattern, shape, queryTile, keyTile);
        EXPECT_EQ(tiles.fullTiles, expected.fullTiles);
        EXPECT_EQ(tiles.partialTiles, expected.partialTiles);
        EXPECT_EQ(tiles.emptyTiles, expected.emptyTiles);
        EXPECT_EQ(tiles.computedPairs, expected.computedPairs);
        EXPECT_EQ(tiles.keysRead, expected.keysRead);
      }
}
} // namespace
