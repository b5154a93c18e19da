// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Counts, coverages, differences and distances of patterns against brute force over
/// their predicate.
#include "SparseAttn/Analysis/Connectivity.h"
#include "SparseAttn/Analysis/FlowGraph.h"
#include "SparseAttn/Analysis/PatternCoverage.h"
#include "SparseAttn/Analysis/PatternEquivalence.h"
#include "SparseAttn/Analysis/PatternStatistics.h"
#include "SparseAttn/Analysis/TileStatistics.h"
#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

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
    "strided<stride = 6>",
    "columns<stride = 5, phase = 3, width = 2>",
    "global<positions = [3, 9]>",
    "global<last = 1, columns>",
    "random<block = 4, per_row = 2>",
    "longformer<window = 6, global = 1>",
    "bigbird<block = 4, random_blocks = 1>",
    "sparse_transformer_strided<stride = 6>",
    "sparse_transformer_fixed<block = 6>",
    "streaming<sinks = 2, window = 4>",
    "causal and (strided<stride = 4> or window<left = 5, dilation = 2>)",
    "not (causal or strided<stride = 3>)",
    "random<per_row = 3>",
    "causal or random<per_row = 2>",
    "neighborhood<grid = [6, 7], kernel = [3, 3]>",
    "window<left = 6, right = 6> and not columns<stride = 2>",
    "causal and axial<rows = 6, cols = 7>",
    "window<left = 3, right = 9, dilation = 6>",
    "window<left = 3, right = 2> or columns<stride = 4>",
    "causal or columns<stride = 2>",
    "window<left = 9, right = 8> and columns<stride = 3, width = 2>",
    "window<left = 3, right = 3, dilation = 2> and not columns<stride = 4>",
    "global<positions = [4, 5], rows> or window<left = 1, right = 1>",
    "not global<first = 2, last = 1>",
    "prefix<len = 9> and window<left = 30, right = 4>",
    "window<left = 12, right = 12> and random<per_row = 9>",
    "block_local<size = 6> or random<block = 3, per_row = 1>",
    "block_local<size = 6> and not random<per_row = 4>",
    "global<first = 3, rows> and columns<stride = 2> or window<left = 1, right = 0>",
    "block_local<size = 4> or strided<stride = 4>",
    "random<per_row = 2> or random<block = 4, per_row = 1, seed = 2>",
    "neighborhood<grid = [6, 7], kernel = [5, 5]> and not columns<stride = 3>",
    "neighborhood<grid = [6, 7], kernel = [5, 5]> and fixed<block = 4>",
};

struct AnalysisTest : testing::Test {
  AnalysisTest() { context.loadDialect<SparseAttnDialect>(); }

  PatternAttr parse(StringRef text) {
    std::string error;
    PatternAttr pattern = parsePatternString(text, &context, error);
    EXPECT_TRUE(pattern) << text.str() << ": " << error;
    return pattern;
  }

  /// The dense mask, by the predicate of the pattern as written.
  std::vector<char> getMask(PatternAttr pattern, const PatternShape &shape) {
    PatternAttr ofHead = getPatternForHead(pattern, shape.head);
    std::vector<char> mask(shape.numQueries * shape.numKeys);
    for (int64_t row = 0; row < shape.numQueries; ++row)
      for (int64_t key = 0; key < shape.numKeys; ++key)
        mask[row * shape.numKeys + key] = isLive(ofHead, shape, row, key);
    return mask;
  }

  PatternAttr simplified(PatternAttr pattern, const PatternShape &shape) {
    return simplifyPattern(
        getPatternForHead(simplifyPattern(pattern), shape.head));
  }

  MLIRContext context;
};

const PatternShape shapes[] = {
    {1, 1, 0, 0}, {23, 23, 0, 0}, {40, 40, 1, 0}, {9, 31, 0, 22}, {31, 9, 0, -4}};

TEST_F(AnalysisTest, RowStatisticsCountThePredicate) {
  for (const char *text : patterns)
    for (const PatternShape &shape : shapes) {
      SCOPED_TRACE(text);
      PatternAttr pattern = parse(text);
      std::vector<char> mask = getMask(pattern, shape);
      RowStatistics rows =
          computeRowStatistics(simplified(pattern, shape), shape);
      int64_t live = 0, least = shape.numKeys, most = 0, empty = 0;
      for (int64_t row = 0; row < shape.numQueries; ++row) {
        int64_t inRow = 0;
        for (int64_t key = 0; key < shape.numKeys; ++key)
          inRow += mask[row * shape.numKeys + key];
        live += inRow;
        least = std::min(least, inRow);
        most = std::max(most, inRow);
        empty += inRow == 0;
      }
      EXPECT_EQ(rows.livePairs, live);
      EXPECT_EQ(rows.minPerRow, least);
      EXPECT_EQ(rows.maxPerRow, most);
      EXPECT_EQ(rows.emptyRows, empty);
    }
}

TEST_F(AnalysisTest, TilesNeverHideLivePairs) {
  for (const char *text : patterns)
    for (const PatternShape &shape : shapes)
      for (int64_t tile : {1, 4, 16}) {
        SCOPED_TRACE(text);
        PatternAttr pattern = simplified(parse(text), shape);
        RowStatistics rows = computeRowStatistics(pattern, shape);
        TileStatistics tiles =
            computeTileStatistics(pattern, shape, tile, tile);
        EXPECT_GE(tiles.computedPairs, rows.livePairs);
        if (tile == 1)
          EXPECT_EQ(tiles.computedPairs, rows.livePairs);
        if (tiles.sweepSteps != SmallVector<int64_t>{1})
          continue;
        EXPECT_EQ(tiles.getVisitedTiles() + tiles.emptyTiles, tiles.denseTiles);
        std::vector<char> mask = getMask(pattern, shape);
        int64_t full = 0, empty = 0;
        for (int64_t row = 0; row < shape.numQueries; row += tile)
          for (int64_t key = 0; key < shape.numKeys; key += tile) {
            bool all = true, any = false;
            for (int64_t i = row; i < std::min(row + tile, shape.numQueries);
                 ++i)
              for (int64_t j = key; j < std::min(key + tile, shape.numKeys);
                   ++j) {
                all &= mask[i * shape.numKeys + j] != 0;
                any |= mask[i * shape.numKeys + j] != 0;
              }
            full += all;
            empty += !any;
          }
        // "Partial" is always a sound answer.
        EXPECT_LE(tiles.fullTiles, full);
        EXPECT_LE(tiles.emptyTiles, empty);
      }
}

TEST_F(AnalysisTest, CoverageCountsCells) {
  for (const char *text : patterns)
    for (const PatternShape &shape : shapes) {
      SCOPED_TRACE(text);
      PatternAttr pattern = parse(text);
      std::vector<char> mask = getMask(pattern, shape);
      auto bounds = [](int64_t size) {
        int64_t cells = std::min<int64_t>(size, 7);
        SmallVector<int64_t> result;
        for (int64_t i = 0; i <= cells; ++i)
          result.push_back(size * i / cells);
        return result;
      };
      SmallVector<int64_t> rows = bounds(shape.numQueries),
                           keys = bounds(shape.numKeys);
      std::vector<double> coverage =
          computeCoverage(simplified(pattern, shape), shape, rows, keys);
      for (size_t r = 0; r + 1 < rows.size(); ++r)
        for (size_t c = 0; c + 1 < keys.size(); ++c) {
          int64_t live = 0;
          for (int64_t i = rows[r]; i < rows[r + 1]; ++i)
            for (int64_t j = keys[c]; j < keys[c + 1]; ++j)
              live += mask[i * shape.numKeys + j];
          double area = (rows[r + 1] - rows[r]) * (keys[c + 1] - keys[c]);
          EXPECT_DOUBLE_EQ(coverage[r * (keys.size() - 1) + c], live / area);
        }
    }
}

TEST_F(AnalysisTest, FirstDifferenceIsTheFirst) {
  for (const char *textA : patterns)
    for (const char *textB : patterns) {
      SCOPED_TRACE(std::string(textA) + " against " + textB);
      PatternAttr a = parse(textA), b = parse(textB);
      for (const PatternShape &shape : {shapes[1], shapes[3]}) {
        std::vector<char> maskA = getMask(a, shape), maskB = getMask(b, shape);
        auto found = findDifference(a, b, shape, shape.head, 1);
        auto at = std::mismatch(maskA.begin(), maskA.end(), maskB.begin());
        ASSERT_EQ(found.has_value(), at.first != maskA.end());
        if (!found)
          continue;
        EXPECT_EQ(found->row * shape.numKeys + found->key,
                  at.first - maskA.begin());
        EXPECT_EQ(found->liveInFirst, *at.first != 0);
      }
    }
}

/// Distances by repeated relaxation: layers[i * n + j] until i has heard of j.
std::vector<int64_t> getDistances(ArrayRef<char> mask, int64_t size) {
  constexpr int64_t never = 1 << 30;
  std::vector<int64_t> layers(size * size, never);
  for (int64_t i = 0; i < size; ++i) {
    for (int64_t j = 0; j < size; ++j)
      if (mask[i * size + j])
        layers[i * size + j] = 1;
    layers[i * size + i] = 0;
  }
  for (int64_t via = 0; via < size; ++via)
    for (int64_t i = 0; i < size; ++i)
      for (int64_t j = 0; j < size; ++j)
        layers[i * size + j] =
            std::min(layers[i * size + j],
                     layers[i * size + via] + layers[via * size + j]);
  return layers;
}

TEST_F(AnalysisTest, ConnectivityIsTheDiameter) {
  for (const char *text : patterns)
    for (int64_t size : {1, 2, 7, 24, 41}) {
      SCOPED_TRACE(std::string(text) + ", n = " + std::to_string(size));
      PatternAttr pattern = parse(text);
      PatternShape shape{size, size, 0, 0};
      std::vector<char> mask = getMask(pattern, shape);
      std::vector<int64_t> layers = getDistances(mask, size);
      bool all = true, forward = true, backward = true;
      int64_t diameter = 0;
      for (int64_t i = 0; i < size; ++i)
        for (int64_t j = 0; j < size; ++j) {
          int64_t distance = layers[i * size + j];
          if (distance >= (1 << 30))
            all = false;
          else
            diameter = std::max(diameter, distance);
          forward &= j <= i || !mask[i * size + j];
          backward &= j >= i || !mask[i * size + j];
        }
      Connectivity flow =
          computeConnectivity(groupHeads(pattern, 0, 1), size);
      EXPECT_TRUE(flow.isReachKnown);
      EXPECT_EQ(flow.allReachAll, all);
      EXPECT_EQ(flow.isForwardOnly, forward);
      EXPECT_EQ(flow.isBackwardOnly, backward);
      EXPECT_TRUE(flow.isExact());
      EXPECT_EQ(flow.leastLayers, diameter);

      // What is said without a search from each token.
      Connectivity bounds = computeConnectivity(groupHeads(pattern, 0, 1), size,
                                                /*maxAllSources=*/0);
      EXPECT_TRUE(bounds.isReachKnown);
      EXPECT_EQ(bounds.allReachAll, all);
      EXPECT_LE(bounds.leastLayers, diameter);
      EXPECT_GE(bounds.mostLayers.value_or(diameter), diameter);
    }
}

TEST_F(AnalysisTest, SearchesFindDistances) {
  for (const char *text : patterns)
    for (int64_t size : {7, 41, 149, 151}) {
      SCOPED_TRACE(std::string(text) + ", n = " + std::to_string(size));
      PatternAttr pattern = parse(text);
      std::vector<int64_t> layers =
          getDistances(getMask(pattern, {size, size, 0, 0}), size);
      FlowGraph graph(groupHeads(pattern, 0, 1), size);
      for (int64_t token = 0; token < size; token += 3)
        for (bool toKeys : {true, false}) {
          int64_t depth = 0, reached = 0;
          for (int64_t other = 0; other < size; ++other) {
            int64_t distance = toKeys ? layers[token * size + other]
                                      : layers[other * size + token];
            if (distance >= (1 << 30))
              continue;
            ++reached;
            depth = std::max(depth, distance);
          }
          FlowGraph::Search search = graph.search(token, toKeys);
          EXPECT_TRUE(search.isComplete);
          EXPECT_EQ(search.depth, depth);
          EXPECT_EQ(search.reached, reached);
        }
    }
}

TEST_F(AnalysisTest, TextbookWidthAddsParts) {
  PatternShape shape{4096, 4096, 0, 0};
  auto width = [&](StringRef text) {
    PatternAttr pattern = parse(text);
    return computeTextbookWidth(
        pattern, shape, computeRowStatistics(simplified(pattern, shape), shape));
  };
  EXPECT_EQ(width("window<left = 32, right = 31> or columns<stride = 128> or "
                  "global<first = 1>"),
            97);
  EXPECT_EQ(width("longformer<window = 512, global = 2>"), 515);
  EXPECT_EQ(width("mistral<window = 256>"), 256);
  EXPECT_EQ(width("causal"), 4096);
}

TEST_F(AnalysisTest, HeadsShareWhatIsEqual) {
  SmallVector<HeadGroup> groups =
      groupHeads(parse("per_head<[causal, dense, causal]>"), 0, 3);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].heads, (SmallVector<int64_t>{0, 2}));
  EXPECT_EQ(groupHeads(parse("random<per_row = 2>"), 0, 3).size(), 3u);
}
} // namespace
