// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Pictures made of characters, for terminals.
#include "SparseAttn/Runtime/Picture.h"
#include "SplitEvenly.h"

#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cmath>

using namespace llvm;
using namespace mlir::sattn;

/// Returns the mean of the cells of rows [row0, row1) and columns [col0, col1),
/// with NaN as 0.
static double getMean(const CellGrid &grid, int64_t row0, int64_t row1,
                      int64_t col0, int64_t col1) {
  double sum = 0;
  for (int64_t row = row0; row < row1; ++row)
    for (int64_t col = col0; col < col1; ++col)
      if (double value = grid.at(row, col); !std::isnan(value))
        sum += value;
  return sum / static_cast<double>((row1 - row0) * (col1 - col0));
}

/// Returns the character for a coverage.
static StringRef getShade(double coverage, TextStyle style) {
  static constexpr StringLiteral unicode[] = {" ", "░", "▒", "▓", "█"};
  static constexpr StringLiteral ascii[] = {" ", ".", ":", "+", "#"};
  int level = coverage <= 0 ? 0 : coverage >= 1 ? 4 : 1 + int(coverage * 3);
  return style == TextStyle::Ascii ? ascii[level] : unicode[level];
}

std::string mlir::sattn::drawText(const CellGrid &grid, int64_t width,
                                  TextStyle style) {
  width = std::max<int64_t>(width, 8);
  // A character is about twice as high as wide, so a small cell takes two
  // columns, or half of a line.
  int64_t columns = std::min(
      width, style == TextStyle::HalfBlocks ? grid.cols : 2 * grid.cols);
  int64_t lines = 0;
  if (grid.rows > 0 && grid.cols > 0) {
    double ratio = static_cast<double>(grid.numQueries) /
                   static_cast<double>(grid.numKeys);
    lines = std::clamp<int64_t>(std::llround(columns * ratio / 2), 1, width);
    lines = std::min(lines, grid.rows);
  } else {
    columns = 0;
  }

  auto getValue = [&](int64_t line, int64_t lineCount, int64_t column) {
    int64_t row0 = splitEvenly(grid.rows, lineCount, line);
    int64_t row1 =
        std::max(row0 + 1, splitEvenly(grid.rows, lineCount, line + 1));
    int64_t col0 = splitEvenly(grid.cols, columns, column);
    int64_t col1 =
        std::max(col0 + 1, splitEvenly(grid.cols, columns, column + 1));
    return getMean(grid, row0, row1, col0, col1);
  };

  std::string text;
  raw_string_ostream os(text);
  bool isAscii = style == TextStyle::Ascii;
  auto printEdge = [&](StringRef left, StringRef right) {
    os << (isAscii ? "+" : left);
    for (int64_t i = 0; i < columns; ++i)
      os << (isAscii ? "-" : "─");
    os << (isAscii ? "+" : right) << '\n';
  };
  StringRef side = isAscii ? "|" : "│";
  printEdge("┌", "┐");
  for (int64_t line = 0; line < lines; ++line) {
    os << side;
    for (int64_t column = 0; column < columns; ++column) {
      if (style != TextStyle::HalfBlocks) {
        os << getShade(getValue(line, lines, column), style);
        continue;
      }
      bool upper = getValue(2 * line, 2 * lines, column) > 0;
      bool lower = getValue(2 * line + 1, 2 * lines, column) > 0;
      os << (upper ? (lower ? "█" : "▀") : (lower ? "▄" : " "));
    }
    os << side << '\n';
  }
  printEdge("└", "┘");
  return text;
}
