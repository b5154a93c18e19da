// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===- Image.h - Drawings written as PNG and SVG ----------------*- C++ -*-===//
///
/// \file
/// A `Drawing` is a list of filled rectangles and lines of text, all that the
/// pictures of patterns need. It is written as PNG (pixels, by libpng) or as
/// SVG (the same shapes), so that both formats always show the same. Text uses
/// an embedded 5x7 bitmap font: no font file is needed at run time.
///
/// Coordinates are pixels; x grows to the right and y down.
///
//===----------------------------------------------------------------------===//

#ifndef SPARSEATTN_RUNTIME_IMAGE_H
#define SPARSEATTN_RUNTIME_IMAGE_H

#include "SparseAttn/Runtime/AtomicFile.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace mlir::sattn {

/// An opaque sRGB colour.
struct Color {
  uint8_t red = 0, green = 0, blue = 0;

  bool operator==(const Color &other) const {
    return red == other.red && green == other.green && blue == other.blue;
  }
  bool operator!=(const Color &other) const { return !(*this == other); }
};

/// Returns the colour at `t` in [0, 1] between two colours.
Color mix(Color from, Color to, double t);

/// Returns the colour of `t` in [0, 1] on the viridis scale: perceptually
/// uniform, from dark violet to yellow, and readable in black and white.
Color getViridis(double t);

/// Returns `text` (UTF-8) in the characters that the font has, printable ASCII.
/// Marks that tokenizers put for a leading space are dropped, typographic
/// quotes and dashes become plain ones, control characters are escaped, and
/// everything else becomes '?'.
std::string toPrintable(llvm::StringRef text);

/// Pixels in RGB, row by row.
class Canvas {
public:
  /// Both sides must lie in [1, 16384].
  Canvas(int64_t width, int64_t height, Color background);

  int64_t getWidth() const { return width; }
  int64_t getHeight() const { return height; }
  Color getPixel(int64_t x, int64_t y) const;

  /// Fills the part of the rectangle that lies on the canvas.
  void fillRect(int64_t x, int64_t y, int64_t w, int64_t h, Color color);

  /// Returns the bytes of a PNG file.
  llvm::Expected<std::string> encodePng() const;

private:
  int64_t width, height;
  std::vector<uint8_t> pixels;
};

/// Where the anchor of a text stands on its line.
enum class TextAnchor { Start, Middle, End };

class Drawing {
public:
  /// The sides are clamped to what a `Canvas` takes.
  Drawing(int64_t width, int64_t height, Color background = {255, 255, 255});

  int64_t getWidth() const { return width; }
  int64_t getHeight() const { return height; }

  void addRect(int64_t x, int64_t y, int64_t w, int64_t h, Color color);

  /// Adds one line of text. `scale` is the size of a font pixel: capitals are
  /// `7 * scale` high and a character takes `6 * scale`. For horizontal text
  /// `y` is the top of the capitals and the anchor refers to `x`; vertical text
  /// reads upwards, `x` is the top of the capitals (its left edge) and the
  /// anchor refers to `y`. The text passes through `toPrintable`.
  void addText(int64_t x, int64_t y, llvm::StringRef text, int64_t scale,
               Color color, TextAnchor anchor = TextAnchor::Start,
               bool isVertical = false);

  /// Returns the drawing as pixels.
  Canvas rasterize() const;

  /// Returns the drawing as an SVG document.
  std::string toSvg() const;

  /// Adds a picture to the files that are written together; see `AtomicFiles`
  /// for the errors.
  llvm::Error writePng(AtomicFiles &files, llvm::StringRef path) const;
  llvm::Error writeSvg(AtomicFiles &files, llvm::StringRef path) const;

  /// Writes one file alone, in the format of its ending, `.png` or `.svg`;
  /// refuses any other.
  llvm::Error write(llvm::StringRef path) const;

private:
  struct Rect {
    int64_t x, y, width, height;
    Color color;
  };
  struct Text {
    /// The left edge of horizontal text; the lower edge of vertical text.
    int64_t x, y;
    std::string text;
    int64_t scale;
    Color color;
    bool isVertical;
  };

  int64_t width, height;
  Color background;
  std::vector<Rect> rects;
  /// Drawn above all rectangles.
  std::vector<Text> texts;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_RUNTIME_IMAGE_H
