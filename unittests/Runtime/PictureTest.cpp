// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===- PictureTest.cpp - Tests of pictures of patterns --------------------===//
///
/// \file
/// Protects: cells divide all pairs among them without gap or overlap; empty,
/// partial and full cells keep their colours; pictures of any shape, and of no
/// pair at all, come out; the text drawing shows the pattern.
///
//===----------------------------------------------------------------------===//

#include "SparseAttn/Runtime/Picture.h"

#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"
#include <cmath>
#include <limits>

using namespace llvm;
using namespace mlir::sattn;

namespace {

/// Law: a cell's coverage by counting pairs.
template <typename Predicate> auto count(Predicate predicate) {
  return [=](int64_t row0, int64_t row1, int64_t col0, int64_t col1) {
    int64_t live = 0;
    for (int64_t row = row0; row < row1; ++row)
      for (int64_t col = col0; col < col1; ++col)
        live += predicate(row, col);
    return static_cast<double>(live) /
           static_cast<double>((row1 - row0) * (col1 - col0));
  };
}

bool isCausal(int64_t row, int64_t col) { return col <= row; }

int64_t countPixels(const Canvas &canvas, Color color) {
  int64_t result = 0;
  for (int64_t y = 0; y < canvas.getHeight(); ++y)
    for (int64_t x = 0; x < canvas.getWidth(); ++x)
      result += canvas.getPixel(x, y) == color;
  return result;
}

//===----------------------------------------------------------------------===//
// CellGrid
//===----------------------------------------------------------------------===//

TEST(CellGridTest, CellsPartitionThePairs) {
  for (int64_t m : {1, 2, 7, 64, 100})
    for (int64_t n : {1, 3, 64, 101})
      for (int64_t maxCells : {1, 5, 64}) {
        int64_t pairs = 0;
        CellGrid grid = CellGrid::sample(
            m, n, maxCells,
            [&](int64_t r0, int64_t r1, int64_t c0, int64_t c1) {
              EXPECT_LT(r0, r1);
              EXPECT_LT(c0, c1);
              pairs += (r1 - r0) * (c1 - c0);
              return 0.5;
            });
        EXPECT_EQ(pairs, m * n);
        EXPECT_LE(grid.rows, maxCells);
        EXPECT_LE(grid.cols, maxCells);
        EXPECT_EQ(grid.getRowBegin(grid.rows), m);
        EXPECT_EQ(grid.getColBegin(grid.cols), n);
        EXPECT_EQ(static_cast<int64_t>(grid.values.size()),
                  grid.rows * grid.cols);
      }
}

TEST(CellGridTest, HugeAxesDoNotOverflow) {
  int64_t huge = int64_t(1) << 60;
  CellGrid grid = CellGrid::sample(
      huge, huge, 100, [](int64_t, int64_t, int64_t, int64_t) { return 0.0; });
  EXPECT_EQ(grid.getRowBegin(100), huge);
  EXPECT_EQ(grid.getRowBegin(50), huge / 2);
}

TEST(CellGridTest, NoTokensNoCells) {
  CellGrid grid = CellGrid::sample(0, 5, 10, count(isCausal));
  EXPECT_EQ(grid.rows, 0);
  EXPECT_TRUE(grid.values.empty());
}

TEST(CellGridTest, WeightsKeepTheLargest) {
  float nan = std::numeric_limits<float>::quiet_NaN();
  float weights[] = {0.1f, 0.9f, nan,  nan, //
                     0.2f, nan,  nan,  nan, //
                     0.0f, 0.0f, 0.5f, nan, //
                     0.0f, 0.0f, nan,  0.25f};
  CellGrid grid = CellGrid::fromWeights(weights, 4, 4, 2);
  EXPECT_FLOAT_EQ(grid.at(0, 0), 0.9f);
  EXPECT_TRUE(std::isnan(grid.at(0, 1)));
  EXPECT_EQ(grid.at(1, 0), 0.0);
  EXPECT_EQ(grid.at(1, 1), 0.5);
}

//===----------------------------------------------------------------------===//
// Pictures
//===----------------------------------------------------------------------===//

TEST(PictureTest, FullCellsCoverTheirShareOfThePlot) {
  PictureOptions options;
  options.side = 256;
  // 128 cells of 2 x 2 pixels, without lines between them.
  auto left = [](int64_t, int64_t col) { return col < 32; };
  Canvas canvas =
      drawPattern(CellGrid::sample(128, 128, 128, count(left)), options)
          .rasterize();
  constexpr Color full = {0x1b, 0x4f, 0x8a};
  constexpr int64_t legend = 14 * 14;
  EXPECT_EQ(countPixels(canvas, full), 64 * 256 + legend);
}

TEST(PictureTest, SizeFollowsTheSide) {
  for (int64_t side : {512, 1024}) {
    PictureOptions options;
    options.side = side;
    Drawing drawing =
        drawPattern(CellGrid::sample(64, 64, 64, count(isCausal)), options);
    EXPECT_GE(drawing.getWidth(), side);
    EXPECT_LE(drawing.getWidth(), side + 256);
    EXPECT_GE(drawing.getHeight(), side);
    EXPECT_LE(drawing.getHeight(), side + 256);
  }
}

TEST(PictureTest, AnyShapeComesOut) {
  PictureOptions options;
  options.side = 128;
  options.title =
      std::string(500, 'x') + " and (some pattern) or " + std::string(500, 'y');
  for (int64_t m : {0, 1, 5, 1000})
    for (int64_t n : {0, 1, 5, 1000})
      for (bool isLogScale : {false, true}) {
        options.isLogScale = isLogScale;
        CellGrid grid = CellGrid::sample(m, n, 50, count(isCausal));
        EXPECT_FALSE(
            cantFail(drawPattern(grid, options).rasterize().encodePng())
                .empty());
        EXPECT_FALSE(
            cantFail(drawHeatmap(grid, options).rasterize().encodePng())
                .empty());
        EXPECT_FALSE(drawText(grid).empty());
      }
}

TEST(PictureTest, HeatmapWithoutUsableWeights) {
  float nan = std::numeric_limits<float>::quiet_NaN();
  float infinity = std::numeric_limits<float>::infinity();
  PictureOptions options;
  for (float value : {nan, infinity, -infinity, 0.0f, -1.0f, 1e-45f, 3e38f})
    for (bool isLogScale : {false, true}) {
      options.isLogScale = isLogScale;
      CellGrid grid =
          CellGrid::fromWeights({value, nan, value, value}, 2, 2, 8);
      EXPECT_GT(drawHeatmap(grid, options).getWidth(), 0);
    }
}

TEST(PictureTest, LabelsReplaceNumbers) {
  PictureOptions options;
  options.queryLabels = {"alpha", "beta"};
  options.keyLabels = {"gamma", "a very long label of a token"};
  CellGrid grid = CellGrid::sample(2, 2, 2, count(isCausal));
  std::string svg = drawHeatmap(grid, options).toSvg();
  for (StringRef label : {"alpha", "beta", "gamma", "a very long la.."})
    EXPECT_NE(svg.find((">" + label + "<").str()), std::string::npos)
        << label.str();
  // A wrong number of labels is ignored.
  options.keyLabels.pop_back();
  EXPECT_EQ(drawHeatmap(grid, options).toSvg().find("gamma"),
            std::string::npos);
}

TEST(PictureTest, CropNumbersItsTokens) {
  CellGrid grid = CellGrid::sample(16, 16, 16, count(isCausal));
  grid.firstQuery = grid.firstKey = 1024;
  std::string svg = drawPattern(grid, PictureOptions()).toSvg();
  EXPECT_NE(svg.find(">1024<"), std::string::npos);
  EXPECT_NE(svg.find(">1040<"), std::string::npos);
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

TEST(PictureTextTest, Ascii) {
  CellGrid grid = CellGrid::sample(4, 4, 4, count(isCausal));
  EXPECT_EQ(drawText(grid, 64, TextStyle::Ascii), "+--------+\n"
                                                  "|##      |\n"
                                                  "|####    |\n"
                                                  "|######  |\n"
                                                  "|########|\n"
                                                  "+--------+\n");
}

TEST(PictureTextTest, HalfBlocks) {
  CellGrid grid = CellGrid::sample(4, 4, 4, count(isCausal));
  EXPECT_EQ(drawText(grid, 64, TextStyle::HalfBlocks), "┌────┐\n"
                                                       "│█▄  │\n"
                                                       "│███▄│\n"
                                                       "└────┘\n");
}

TEST(PictureTextTest, ShadesShowThinLines) {
  // One live column among 1024 must not vanish.
  auto column = [](int64_t, int64_t col) { return col == 500; };
  CellGrid grid = CellGrid::sample(64, 1024, 1024, count(column));
  EXPECT_NE(drawText(grid, 16).find("░"), std::string::npos);
}

TEST(PictureTextTest, WidthIsRespected) {
  for (int64_t width : {8, 33, 64}) {
    CellGrid grid = CellGrid::sample(1000, 1000, 200, count(isCausal));
    SmallVector<StringRef> lines;
    std::string text = drawText(grid, width, TextStyle::Ascii);
    StringRef(text).split(lines, '\n', -1, /*KeepEmpty=*/false);
    for (StringRef line : lines)
      EXPECT_EQ(static_cast<int64_t>(line.size()), width + 2);
    EXPECT_LE(static_cast<int64_t>(lines.size()), width + 2);
  }
}

} // namespace
