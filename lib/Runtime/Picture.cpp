// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===- Picture.cpp - Pictures of patterns and weights ---------------------===//
///
/// \file
/// Both kinds of picture share one layout, from top to bottom: title, subtitle,
/// the plot with the query axis to its left, the key axis, and the legend. A
/// heatmap has its colour scale to the right of the plot.
///
//===----------------------------------------------------------------------===//

#include "ColorScale.h"
#include "SparseAttn/Runtime/Picture.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace llvm;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

namespace {

constexpr Color kInk = {0x22, 0x2b, 0x36};
constexpr Color kMuted = {0x5c, 0x67, 0x73};
constexpr Color kFrame = {0x9a, 0xa5, 0xb1};
constexpr Color kGridLine = {0xff, 0xff, 0xff};

constexpr Color kEmpty = {0xf1, 0xf3, 0xf5};
constexpr Color kPartialLow = {0xf6, 0xcf, 0x94};
constexpr Color kPartialHigh = {0xd9, 0x7a, 0x1c};
constexpr Color kFull = {0x1b, 0x4f, 0x8a};
constexpr Color kNotLive = {0xe6, 0xe9, 0xec};

/// The sizes of text: see `Drawing::addText`.
constexpr int64_t kTitleScale = 3;
constexpr int64_t kTextScale = 2;
constexpr int64_t kAdvance = 6;
constexpr int64_t kLineHeight = 9;

constexpr int64_t kMargin = 24;
constexpr int64_t kTickLength = 6;
constexpr int64_t kBarWidth = 20;
constexpr size_t kMaxLabelLength = 16;

/// Draws one picture: construct, then the parts in any order.
class PictureLayout {
public:
  /// `rightWidth` is room for a colour scale, 0 for none.
  PictureLayout(const CellGrid &grid, const PictureOptions &options,
                int64_t rightWidth);

  void drawCells(function_ref<Color(double)> getColor);
  void drawPatternLegend();
  void drawColorScale(const ColorScale &scale, bool hasNotLive);
  Drawing take() { return std::move(drawing); }

private:
  struct Axis {
    int64_t cells;
    int64_t extent;
    int64_t first;
    ArrayRef<std::string> labels;
    /// Set by `layOutPlot`.
    int64_t pixels = 0;
    int64_t labelScale = kTextScale;

    /// The pixel where a cell begins.
    int64_t getEdge(int64_t cell) const {
      return cells == 0 ? 0 : cell * pixels / cells;
    }
    int64_t getCellPixels() const { return cells == 0 ? 0 : pixels / cells; }
  };

  void layOutPlot();
  void layOutLabels(Axis &axis);
  SmallVector<int64_t> getTicks(const Axis &axis, int64_t minDistance) const;
  int64_t getLabelWidth(const Axis &axis) const;
  int64_t getTitleScale() const;
  int64_t drawHeading(int64_t y, StringRef text, int64_t scale, Color color);
  void drawAxes();
  void drawFrame();
  std::string getCellDescription() const;

  const CellGrid &grid;
  const PictureOptions &options;
  Axis query, key;
  /// The upper left corner of the plot.
  int64_t plotX = 0, plotY = 0;
  int64_t legendY = 0;
  int64_t width = 0;
  Drawing drawing{1, 1};
};

} // namespace

/// Returns the width of text without the gap after it.
static int64_t getTextWidth(StringRef text, int64_t scale) {
  return (static_cast<int64_t>(text.size()) * kAdvance - 1) * scale;
}

/// Breaks `text` at spaces into at most three lines of `maxChars` characters;
/// what does not fit is replaced by dots.
static SmallVector<std::string> wrapText(StringRef text, size_t maxChars) {
  SmallVector<std::string> lines;
  std::string printable = toPrintable(text);
  StringRef rest = StringRef(printable).trim();
  constexpr size_t maxLines = 3;
  while (!rest.empty()) {
    if (lines.size() + 1 == maxLines && rest.size() > maxChars) {
      lines.push_back(rest.take_front(maxChars - 3).str() + "...");
      break;
    }
    size_t length = rest.size();
    if (length > maxChars) {
      size_t space = rest.take_front(maxChars + 1).rfind(' ');
      length = space == StringRef::npos || space == 0 ? maxChars : space;
    }
    lines.push_back(rest.take_front(length).rtrim().str());
    rest = rest.drop_front(length).ltrim();
  }
  return lines;
}

static std::string shortenLabel(StringRef label) {
  std::string text = toPrintable(label);
  if (text.size() > kMaxLabelLength)
    text = text.substr(0, kMaxLabelLength - 2) + "..";
  return text;
}

PictureLayout::PictureLayout(const CellGrid &grid,
                             const PictureOptions &options, int64_t rightWidth)
    : grid(grid), options(options),
      query{grid.rows, grid.numQueries, grid.firstQuery, options.queryLabels},
      key{grid.cols, grid.numKeys, grid.firstKey, options.keyLabels} {
  layOutPlot();
  layOutLabels(query);
  layOutLabels(key);

  int64_t axisTitle = kLineHeight * kTextScale + 12;
  plotX = kMargin + axisTitle + getLabelWidth(query) + kTickLength + 6;
  // The last number of the key axis stands half outside of the plot.
  int64_t right = rightWidth ? rightWidth + kMargin
                             : std::max(kMargin, getLabelWidth(key) / 2 + 12);
  constexpr int64_t minWidth = 560;
  width = std::max(minWidth, plotX + key.pixels + right);

  int64_t titleScale = getTitleScale();
  auto countLines = [&](StringRef text, int64_t scale) {
    return static_cast<int64_t>(
        wrapText(text, (width - 2 * kMargin) / (kAdvance * scale)).size());
  };
  auto headingHeight = [](int64_t lines, int64_t scale) {
    return lines ? lines * (kLineHeight + 1) * scale + 8 : 0;
  };
  plotY = kMargin + kLineHeight +
          headingHeight(countLines(options.title, titleScale), titleScale) +
          headingHeight(countLines(options.subtitle, kTextScale), kTextScale);

  int64_t keyLabelHeight =
      key.labels.empty() ? kLineHeight * kTextScale : getLabelWidth(key);
  int64_t keyTitleY =
      plotY + query.pixels + kTickLength + 6 + keyLabelHeight + 8;
  legendY = keyTitleY + axisTitle + 8;
  drawing = Drawing(width, legendY + kLineHeight * kTextScale + kMargin);

  int64_t y = drawHeading(kMargin, options.title, titleScale, kInk);
  drawHeading(y, options.subtitle, kTextScale, kMuted);
  drawing.addText(plotX + key.pixels / 2, keyTitleY, "key", kTextScale, kInk,
                  TextAnchor::Middle);
  drawing.addText(kMargin, plotY + query.pixels / 2, "query", kTextScale, kInk,
                  TextAnchor::Middle, /*isVertical=*/true);
  drawAxes();
}

/// Chooses the size of the plot in pixels. Tokens are as wide as high, unless
/// one axis is more than four times longer than the other.
void PictureLayout::layOutPlot() {
  int64_t side = std::clamp<int64_t>(options.side, 64, 4096);
  double ratio = static_cast<double>(std::max<int64_t>(query.extent, 1)) /
                 static_cast<double>(std::max<int64_t>(key.extent, 1));
  ratio = std::clamp(ratio, 0.25, 4.0);
  auto fit = [](Axis &axis, double target) {
    int64_t pixels = std::max<int64_t>(std::llround(target), 1);
    if (axis.cells > 0 && axis.cells <= pixels)
      pixels =
          std::llround(static_cast<double>(pixels) / axis.cells) * axis.cells;
    axis.pixels = pixels;
  };
  fit(query, ratio >= 1 ? side : side * ratio);
  fit(key, ratio >= 1 ? side / ratio : side);
}

/// Chooses a size of labels that fits the cells.
void PictureLayout::layOutLabels(Axis &axis) {
  if (static_cast<int64_t>(axis.labels.size()) != axis.cells)
    axis.labels = {};
  if (axis.getCellPixels() < kLineHeight * kTextScale)
    axis.labelScale = 1;
}

/// Returns the length of the longest label of an axis in pixels.
int64_t PictureLayout::getLabelWidth(const Axis &axis) const {
  if (axis.labels.empty())
    return getTextWidth(std::to_string(axis.first + axis.extent), kTextScale);
  size_t longest = 1;
  for (const std::string &label : axis.labels)
    longest = std::max(longest, shortenLabel(label).size());
  return getTextWidth(std::string(longest, ' '), axis.labelScale);
}

/// Returns round positions along an axis, at least `minDistance` pixels apart:
/// multiples of a power of two where the length is a multiple of 16, and of 1,
/// 2 or 5 times a power of ten elsewhere.
SmallVector<int64_t> PictureLayout::getTicks(const Axis &axis,
                                             int64_t minDistance) const {
  SmallVector<int64_t> ticks;
  if (axis.extent == 0)
    return ticks;
  int64_t maxTicks = std::clamp<int64_t>(axis.pixels / minDistance, 1, 8);
  bool isBinary = axis.extent % 16 == 0;
  int64_t step = 1;
  for (int index = 0; axis.extent / step > maxTicks; ++index)
    step = isBinary ? step * 2 : index % 3 == 1 ? step / 2 * 5 : step * 2;
  int64_t begin = (axis.first + step - 1) / step * step;
  for (int64_t tick = begin; tick <= axis.first + axis.extent; tick += step)
    ticks.push_back(tick);
  return ticks;
}

/// Returns a large size for a title that fits on one line, else a smaller one.
int64_t PictureLayout::getTitleScale() const {
  int64_t length = getTextWidth(toPrintable(options.title), kTitleScale);
  return length <= width - 2 * kMargin ? kTitleScale : kTextScale;
}

/// Draws wrapped text from `y` and returns where the next text begins.
int64_t PictureLayout::drawHeading(int64_t y, StringRef text, int64_t scale,
                                   Color color) {
  SmallVector<std::string> lines =
      wrapText(text, (width - 2 * kMargin) / (kAdvance * scale));
  for (const std::string &line : lines) {
    drawing.addText(kMargin, y, line, scale, color);
    y += (kLineHeight + 1) * scale;
  }
  return lines.empty() ? y : y + 8;
}

void PictureLayout::drawAxes() {
  int64_t labelX = plotX - kTickLength - 6;
  int64_t labelY = plotY + query.pixels + kTickLength + 6;
  // Every label, or every second, third, ... where cells are too small.
  auto forEachLabel = [](const Axis &axis, auto draw) {
    int64_t room = std::max<int64_t>(axis.getCellPixels(), 1);
    int64_t stride = divideCeil(kLineHeight * axis.labelScale, room);
    for (int64_t cell = 0; cell < axis.cells; cell += stride)
      draw((axis.getEdge(cell) + axis.getEdge(cell + 1)) / 2,
           shortenLabel(axis.labels[cell]));
  };
  if (!query.labels.empty()) {
    forEachLabel(query, [&](int64_t middle, StringRef label) {
      drawing.addText(labelX + kTickLength,
                      plotY + middle - 7 * query.labelScale / 2, label,
                      query.labelScale, kInk, TextAnchor::End);
    });
  } else {
    for (int64_t tick : getTicks(query, 40)) {
      int64_t y = plotY + (tick - query.first) * query.pixels / query.extent;
      drawing.addRect(plotX - kTickLength, y, kTickLength, 1, kFrame);
      drawing.addText(labelX, y - 7 * kTextScale / 2, std::to_string(tick),
                      kTextScale, kMuted, TextAnchor::End);
    }
  }
  if (!key.labels.empty()) {
    forEachLabel(key, [&](int64_t middle, StringRef label) {
      drawing.addText(plotX + middle - 7 * key.labelScale / 2,
                      labelY - kTickLength, label, key.labelScale, kInk,
                      TextAnchor::End, /*isVertical=*/true);
    });
  } else {
    for (int64_t tick : getTicks(key, getLabelWidth(key) + 28)) {
      int64_t x = plotX + (tick - key.first) * key.pixels / key.extent;
      drawing.addRect(x, plotY + query.pixels, 1, kTickLength, kFrame);
      drawing.addText(x, labelY, std::to_string(tick), kTextScale, kMuted,
                      TextAnchor::Middle);
    }
  }
}

/// Draws the cells, equal neighbours as one rectangle, then lines between them
/// if they are large enough, and a frame.
void PictureLayout::drawCells(function_ref<Color(double)> getColor) {
  auto getRow = [&](int64_t row) {
    SmallVector<Color> colors;
    for (int64_t col = 0; col < grid.cols; ++col)
      colors.push_back(getColor(grid.at(row, col)));
    return colors;
  };
  drawing.addRect(plotX, plotY, key.pixels, query.pixels, kEmpty);
  for (int64_t row = 0; row < grid.rows;) {
    SmallVector<Color> colors = getRow(row);
    int64_t nextRow = row + 1;
    while (nextRow < grid.rows && getRow(nextRow) == colors)
      ++nextRow;
    for (int64_t col = 0; col < grid.cols;) {
      int64_t nextCol = col + 1;
      while (nextCol < grid.cols && colors[nextCol] == colors[col])
        ++nextCol;
      int64_t x = key.getEdge(col), y = query.getEdge(row);
      drawing.addRect(plotX + x, plotY + y, key.getEdge(nextCol) - x,
                      query.getEdge(nextRow) - y, colors[col]);
      col = nextCol;
    }
    row = nextRow;
  }

  constexpr int64_t minLined = 8;
  if (std::min(query.getCellPixels(), key.getCellPixels()) >= minLined) {
    for (int64_t row = 1; row < grid.rows; ++row)
      drawing.addRect(plotX, plotY + query.getEdge(row), key.pixels, 1,
                      kGridLine);
    for (int64_t col = 1; col < grid.cols; ++col)
      drawing.addRect(plotX + key.getEdge(col), plotY, 1, query.pixels,
                      kGridLine);
  }
  drawFrame();
}

void PictureLayout::drawFrame() {
  drawing.addRect(plotX - 1, plotY - 1, key.pixels + 2, 1, kFrame);
  drawing.addRect(plotX - 1, plotY + query.pixels, key.pixels + 2, 1, kFrame);
  drawing.addRect(plotX - 1, plotY - 1, 1, query.pixels + 2, kFrame);
  drawing.addRect(plotX + key.pixels, plotY - 1, 1, query.pixels + 2, kFrame);
}

/// Returns how many pairs a cell stands for, empty if that is one or varies.
std::string PictureLayout::getCellDescription() const {
  if (grid.rows == 0 || grid.cols == 0 || grid.numQueries % grid.rows ||
      grid.numKeys % grid.cols)
    return "";
  int64_t rows = grid.numQueries / grid.rows;
  int64_t cols = grid.numKeys / grid.cols;
  if (rows == 1 && cols == 1)
    return "";
  return "cell: " + std::to_string(rows) + " x " + std::to_string(cols) +
         " pairs";
}

void PictureLayout::drawPatternLegend() {
  constexpr int64_t size = 7 * kTextScale;
  int64_t x = kMargin;
  auto addEntry = [&](StringRef name, int64_t swatch,
                      function_ref<Color(int64_t)> getColor) {
    drawing.addRect(x - 1, legendY - 1, swatch + 2, size + 2, kFrame);
    for (int64_t i = 0; i < swatch; ++i)
      drawing.addRect(x + i, legendY, 1, size, getColor(i));
    x += swatch + 8;
    drawing.addText(x, legendY, name, kTextScale, kInk);
    x += getTextWidth(name, kTextScale) + 28;
  };
  addEntry("empty", size, [](int64_t) { return kEmpty; });
  constexpr int64_t gradient = 4 * size;
  addEntry("partial", gradient, [](int64_t i) {
    return mix(kPartialLow, kPartialHigh, static_cast<double>(i) / gradient);
  });
  addEntry("full", size, [](int64_t) { return kFull; });
  std::string cell = getCellDescription();
  if (x + getTextWidth(cell, kTextScale) <= width - kMargin)
    drawing.addText(width - kMargin, legendY, cell, kTextScale, kMuted,
                    TextAnchor::End);
}

void PictureLayout::drawColorScale(const ColorScale &scale, bool hasNotLive) {
  constexpr int64_t size = 7 * kTextScale;
  int64_t x = plotX + key.pixels + 28;
  int64_t length = query.pixels;
  for (int64_t i = 0; i < length; ++i)
    drawing.addRect(x, plotY + i, kBarWidth, 1,
                    getViridis(1 - (i + 0.5) / length));
  int64_t widest = 0;
  for (double tick : scale.getTicks()) {
    int64_t y =
        plotY + std::llround((1 - scale.normalize(tick)) * (length - 1));
    std::string text = scale.format(tick);
    drawing.addRect(x + kBarWidth, y, kTickLength, 1, kFrame);
    drawing.addText(x + kBarWidth + kTickLength + 4, y - size / 2, text,
                    kTextScale, kMuted);
    widest = std::max(widest, getTextWidth(text, kTextScale));
  }
  std::string title = options.valueTitle + (scale.isLog ? ", log scale" : "");
  drawing.addText(x + kBarWidth + kTickLength + widest + 16, plotY + length / 2,
                  title, kTextScale, kInk, TextAnchor::Middle,
                  /*isVertical=*/true);

  int64_t legendX = kMargin;
  if (hasNotLive) {
    drawing.addRect(legendX - 1, legendY - 1, size + 2, size + 2, kFrame);
    drawing.addRect(legendX, legendY, size, size, kNotLive);
    legendX += size + 8;
    drawing.addText(legendX, legendY, "not live", kTextScale, kInk);
    legendX += getTextWidth("not live", kTextScale) + 28;
  }
  std::string cell = getCellDescription();
  if (!cell.empty()) {
    cell += ", the largest is shown";
    if (legendX + getTextWidth(cell, kTextScale) <= width - kMargin)
      drawing.addText(legendX, legendY, cell, kTextScale, kMuted);
  }
}

//===----------------------------------------------------------------------===//
// Pictures
//===----------------------------------------------------------------------===//

Drawing mlir::sattn::drawPattern(const CellGrid &grid,
                                 const PictureOptions &options) {
  PictureLayout layout(grid, options, /*rightWidth=*/0);
  layout.drawCells([](double coverage) {
    if (coverage <= 0)
      return kEmpty;
    if (coverage >= 1)
      return kFull;
    return mix(kPartialLow, kPartialHigh, coverage);
  });
  layout.drawPatternLegend();
  return layout.take();
}

Drawing mlir::sattn::drawHeatmap(const CellGrid &grid,
                                 const PictureOptions &options) {
  double largest = 0;
  double smallestPositive = std::numeric_limits<double>::infinity();
  bool hasNotLive = false;
  for (double value : grid.values) {
    if (std::isnan(value)) {
      hasNotLive = true;
      continue;
    }
    if (!std::isfinite(value))
      continue;
    largest = std::max(largest, value);
    if (value > 0)
      smallestPositive = std::min(smallestPositive, value);
  }
  ColorScale scale;
  scale.high = largest > 0 ? largest : 1;
  if (options.isLogScale && largest > 0) {
    constexpr double maxRange = 1e5;
    scale.isLog = true;
    scale.low = std::max(smallestPositive, largest / maxRange);
  }
  // The bar, a gap before it, its numbers and its title.
  constexpr int64_t rightWidth =
      28 + kBarWidth + kTickLength + 6 * kAdvance * kTextScale + 30;
  PictureLayout layout(grid, options, rightWidth);
  layout.drawCells([&](double value) {
    return std::isnan(value) ? kNotLive : getViridis(scale.normalize(value));
  });
  layout.drawColorScale(scale, hasNotLive);
  return layout.take();
}
