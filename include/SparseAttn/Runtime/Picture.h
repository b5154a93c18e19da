// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===- Picture.h - Pictures of patterns and weights -------------*- C++ -*-===//
///
/// \file
/// Pictures of a sparsity pattern and of attention weights, as a drawing (PNG,
/// SVG) or as text for a terminal. All show a grid of cells, queries from top
/// to bottom and keys from left to right, and a cell stands for a rectangle of
/// (query, key) pairs: a picture of a million tokens takes as long as one of a
/// thousand.
///
///     CellGrid grid = CellGrid::sample(m, n, 512, coverage);
///     PictureOptions options;
///     options.title = "causal";
///     if (Error error = drawPattern(grid, options).write("causal.png")) ...
///     llvm::outs() << drawText(grid);
///
//===----------------------------------------------------------------------===//

#ifndef SPARSEATTN_RUNTIME_PICTURE_H
#define SPARSEATTN_RUNTIME_PICTURE_H

#include "SparseAttn/Runtime/Image.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <string>
#include <vector>

namespace mlir::sattn {

/// Returns the share of live pairs, in [0, 1], among queries [row0, row1) and
/// keys [col0, col1). Exactly 0 means none and exactly 1 means all; any other
/// rectangle must give a value strictly between.
using CoverageFn = llvm::function_ref<double(int64_t row0, int64_t row1,
                                             int64_t col0, int64_t col1)>;

/// `rows` x `cols` values, row by row, that divide `numQueries` x `numKeys`
/// pairs evenly: cell row i covers the queries from `getRowBegin(i)` up to
/// `getRowBegin(i + 1)`, counted from 0. In a pattern a value is a coverage; in
/// a heatmap it is a weight, and NaN where no pair is live.
struct CellGrid {
  int64_t rows = 0, cols = 0;
  int64_t numQueries = 0, numKeys = 0;
  /// What the axes call the first query and key: not 0 for a crop.
  int64_t firstQuery = 0, firstKey = 0;
  std::vector<double> values;

  double at(int64_t row, int64_t col) const { return values[row * cols + col]; }
  int64_t getRowBegin(int64_t row) const;
  int64_t getColBegin(int64_t col) const;

  /// Asks `coverage` once per cell. Each side gets `maxCells` cells, or one per
  /// token if that is fewer. An axis of length 0 gives a grid without cells.
  static CellGrid sample(int64_t numQueries, int64_t numKeys, int64_t maxCells,
                         CoverageFn coverage);

  /// Reduces `numQueries` x `numKeys` weights (C order) to at most `maxCells`
  /// cells a side. A cell takes the largest weight in it, so that single
  /// columns with a high weight stay visible; NaN is a pair that is not live.
  static CellGrid fromWeights(llvm::ArrayRef<float> weights, int64_t numQueries,
                              int64_t numKeys, int64_t maxCells);
};

struct PictureOptions {
  /// Wrapped to the width of the picture.
  std::string title;
  std::string subtitle;
  /// The longer side of the plot, without margins, in pixels, in [64, 4096].
  /// All cells have the same whole number of pixels where that is possible, so
  /// the plot may be a third larger or smaller.
  int64_t side = 768;
  /// Heatmap: colours by the logarithm of the weight.
  bool isLogScale = false;
  /// Heatmap: what a value is, beside the colour scale.
  std::string valueTitle = "attention weight";
  /// One label per cell row or column, for crops of a few dozen tokens, in
  /// UTF-8. They replace the axis' numbers; empty for none.
  std::vector<std::string> queryLabels, keyLabels;
};

/// Draws a pattern: empty, partial (the darker, the more of the cell is live)
/// and full cells, axes and legend.
Drawing drawPattern(const CellGrid &grid, const PictureOptions &options);

/// Draws weights in viridis colours with their scale. Cells that are NaN are
/// light grey, "not live" in the legend. On a log scale the colours span at
/// most five decades below the largest weight.
Drawing drawHeatmap(const CellGrid &grid, const PictureOptions &options);

/// The characters of a drawing in text.
enum class TextStyle {
  /// Unicode shades, by coverage: one cell per character.
  Shades,
  /// Unicode half blocks, two cells per character, live or not: twice the
  /// resolution in height.
  HalfBlocks,
  /// Shades in plain ASCII.
  Ascii
};

/// Returns a pattern as lines of UTF-8 text with a frame, at most `width` (at
/// least 8) characters wide inside the frame and as many lines high. Each line
/// ends with a line break.
std::string drawText(const CellGrid &grid, int64_t width = 64,
                     TextStyle style = TextStyle::Shades);

} // namespace mlir::sattn

#endif // SPARSEATTN_RUNTIME_PICTURE_H
