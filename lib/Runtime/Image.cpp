// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===- Image.cpp - Drawings written as PNG and SVG ------------------------===//
///
/// \file
/// The rasterizer and the two writers. PNG goes through libpng's simplified
/// interface, which reports errors by a return value instead of longjmp.
///
//===----------------------------------------------------------------------===//

#include "SparseAttn/Runtime/Image.h"

#include "BitmapFont.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <png.h>

using namespace llvm;
using namespace mlir::sattn;

static constexpr int64_t kMaxSide = 16384;

//===----------------------------------------------------------------------===//
// Colours
//===----------------------------------------------------------------------===//

Color mlir::sattn::mix(Color from, Color to, double t) {
  auto channel = [&](uint8_t a, uint8_t b) {
    return static_cast<uint8_t>(std::lround(a + (b - a) * t));
  };
  return {channel(from.red, to.red), channel(from.green, to.green),
          channel(from.blue, to.blue)};
}

Color mlir::sattn::getViridis(double t) {
  // Ten evenly spaced colours of the scale; linear between them.
  static constexpr Color anchors[] = {
      {68, 1, 84},    {72, 40, 120},  {62, 73, 137},  {49, 104, 142},
      {38, 130, 142}, {31, 158, 137}, {53, 183, 121}, {110, 206, 88},
      {181, 222, 43}, {253, 231, 37}};
  constexpr int last = std::size(anchors) - 1;
  double position = std::clamp(t, 0.0, 1.0) * last;
  int index = std::min(static_cast<int>(position), last - 1);
  return mix(anchors[index], anchors[index + 1], position - index);
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// Returns the printable form of one Unicode character.
static StringRef getReplacement(UTF32 character) {
  switch (character) {
  case '\n':
  case 0x010A: // Byte-level tokenizers' mark for a line break.
    return "\\n";
  case '\r':
    return "\\r";
  case '\t':
  case 0x0109:
    return "\\t";
  case 0x0120: // Byte-level tokenizers' mark for a space.
  case 0x2581: // SentencePiece's mark for a space.
    return "";
  case 0x00A0:
    return " ";
  case 0x2018:
  case 0x2019:
    return "'";
  case 0x201C:
  case 0x201D:
    return "\"";
  case 0x2010:
  case 0x2011:
  case 0x2012:
  case 0x2013:
  case 0x2014:
  case 0x2212:
    return "-";
  case 0x2026:
    return "...";
  case 0x00D7:
    return "x";
  default:
    return "?";
  }
}

std::string mlir::sattn::toPrintable(StringRef text) {
  std::string result;
  const UTF8 *position = text.bytes_begin();
  const UTF8 *end = text.bytes_end();
  while (position != end) {
    if (*position >= ' ' && *position <= '~') {
      result += static_cast<char>(*position++);
      continue;
    }
    UTF32 character;
    if (convertUTF8Sequence(&position, end, &character, strictConversion) ==
        conversionOK) {
      result += getReplacement(character);
    } else {
      result += '?';
      ++position;
    }
  }
  return result;
}

/// True if the subpixel (`x`, `y`) of a glyph drawn at `scale` is set. The
/// corners of diagonal steps are cut and filled, so that large text has smooth
/// edges: a subpixel near a corner of its pixel takes the value of the two
/// neighbours at that corner where they agree and the opposite ones do not.
static bool isSubpixelSet(const Glyph &glyph, int64_t x, int64_t y,
                          int64_t scale) {
  int column = x / scale, row = y / scale;
  bool own = glyph.isSet(column, row);
  if (scale == 1)
    return own;
  double dx = (x % scale + 0.5) / scale - 0.5;
  double dy = (y % scale + 0.5) / scale - 0.5;
  if (std::abs(dx) + std::abs(dy) <= 0.5 - 1e-9 && scale > 2)
    return own;
  bool horizontal = glyph.isSet(column + (dx > 0 ? 1 : -1), row);
  bool vertical = glyph.isSet(column, row + (dy > 0 ? 1 : -1));
  bool oppositeHorizontal = glyph.isSet(column - (dx > 0 ? 1 : -1), row);
  bool oppositeVertical = glyph.isSet(column, row - (dy > 0 ? 1 : -1));
  if (horizontal == vertical && horizontal != oppositeVertical &&
      vertical != oppositeHorizontal)
    return horizontal;
  return own;
}

/// Calls `plot(x, y)` for each set pixel of `text`, relative to its upper left
/// corner.
template <typename Plot>
static void plotText(StringRef text, int64_t scale, Plot plot) {
  for (auto [index, character] : enumerate(text)) {
    const Glyph &glyph = kGlyphs[character - ' '];
    int64_t left = static_cast<int64_t>(index) * kGlyphAdvance * scale;
    for (int64_t y = 0; y < kGlyphHeight * scale; ++y)
      for (int64_t x = 0; x < kGlyphWidth * scale; ++x)
        if (isSubpixelSet(glyph, x, y, scale))
          plot(left + x, y);
  }
}

//===----------------------------------------------------------------------===//
// Canvas
//===----------------------------------------------------------------------===//

Canvas::Canvas(int64_t width, int64_t height, Color background)
    : width(width), height(height) {
  assert(width >= 1 && width <= kMaxSide && height >= 1 && height <= kMaxSide &&
         "canvas side out of range");
  pixels.resize(3 * width * height);
  fillRect(0, 0, width, height, background);
}

Color Canvas::getPixel(int64_t x, int64_t y) const {
  const uint8_t *pixel = &pixels[3 * (y * width + x)];
  return {pixel[0], pixel[1], pixel[2]};
}

void Canvas::fillRect(int64_t x, int64_t y, int64_t w, int64_t h, Color color) {
  int64_t left = std::max<int64_t>(x, 0), right = std::min(x + w, width);
  int64_t top = std::max<int64_t>(y, 0), bottom = std::min(y + h, height);
  for (int64_t row = top; row < bottom; ++row)
    for (int64_t column = left; column < right; ++column) {
      uint8_t *pixel = &pixels[3 * (row * width + column)];
      pixel[0] = color.red;
      pixel[1] = color.green;
      pixel[2] = color.blue;
    }
}

Expected<std::string> Canvas::encodePng() const {
  png_image image;
  std::memset(&image, 0, sizeof(image));
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = PNG_FORMAT_RGB;

  auto fail = [&] {
    std::string message = image.message;
    png_image_free(&image);
    return createStringError("cannot encode the image as PNG: %s",
                             message.c_str());
  };
  // One pass into a buffer of the largest possible size.
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string bytes(size, '\0');
  if (!png_image_write_to_memory(&image, bytes.data(), &size,
                                 /*convert_to_8_bit=*/0, pixels.data(),
                                 /*row_stride=*/0, /*colormap=*/nullptr))
    return fail();
  bytes.resize(size);
  return bytes;
}

//===----------------------------------------------------------------------===//
// Drawing
//===----------------------------------------------------------------------===//

Drawing::Drawing(int64_t width, int64_t height, Color background)
    : width(std::clamp<int64_t>(width, 1, kMaxSide)),
      height(std::clamp<int64_t>(height, 1, kMaxSide)), background(background) {
}

void Drawing::addRect(int64_t x, int64_t y, int64_t w, int64_t h, Color color) {
  rects.push_back({x, y, w, h, color});
}

void Drawing::addText(int64_t x, int64_t y, StringRef text, int64_t scale,
                      Color color, TextAnchor anchor, bool isVertical) {
  std::string printable = toPrintable(text);
  if (printable.empty())
    return;
  // Without the gap after the last character.
  int64_t length =
      (static_cast<int64_t>(printable.size()) * kGlyphAdvance - 1) * scale;
  int64_t before = anchor == TextAnchor::Start    ? 0
                   : anchor == TextAnchor::Middle ? length / 2
                                                  : length;
  if (isVertical)
    y += before; // Vertical text starts at the bottom.
  else
    x -= before;
  texts.push_back({x, y, std::move(printable), scale, color, isVertical});
}

Canvas Drawing::rasterize() const {
  Canvas canvas(width, height, background);
  for (const Rect &rect : rects)
    canvas.fillRect(rect.x, rect.y, rect.width, rect.height, rect.color);
  for (const Text &text : texts)
    plotText(text.text, text.scale, [&](int64_t dx, int64_t dy) {
      if (text.isVertical)
        canvas.fillRect(text.x + dy, text.y - 1 - dx, 1, 1, text.color);
      else
        canvas.fillRect(text.x + dx, text.y + dy, 1, 1, text.color);
    });
  return canvas;
}

static void printColor(raw_ostream &os, Color color) {
  os << format("#%02x%02x%02x", color.red, color.green, color.blue);
}

std::string Drawing::toSvg() const {
  std::string svg;
  raw_string_ostream os(svg);
  os << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << width
     << "\" height=\"" << height << "\" viewBox=\"0 0 " << width << ' '
     << height << "\">\n<g shape-rendering=\"crispEdges\">\n";
  auto printRect = [&](const Rect &rect) {
    os << "<rect x=\"" << rect.x << "\" y=\"" << rect.y << "\" width=\""
       << rect.width << "\" height=\"" << rect.height << "\" fill=\"";
    printColor(os, rect.color);
    os << "\"/>\n";
  };
  printRect({0, 0, width, height, background});
  for (const Rect &rect : rects)
    printRect(rect);
  os << "</g>\n<g font-family=\"DejaVu Sans Mono, Menlo, Consolas, "
        "monospace\">\n";
  for (const Text &text : texts) {
    // A monospaced character is 0.6 of the font size wide, so that this size
    // gives the widths of the bitmap font.
    int64_t fontSize = 10 * text.scale;
    int64_t capitals = kCapitalHeight * text.scale;
    os << "<text xml:space=\"preserve\" font-size=\"" << fontSize
       << "\" fill=\"";
    printColor(os, text.color);
    if (text.isVertical)
      os << "\" transform=\"translate(" << text.x + capitals << ' ' << text.y
         << ") rotate(-90)\">";
    else
      os << "\" x=\"" << text.x << "\" y=\"" << text.y + capitals << "\">";
    printHTMLEscaped(text.text, os);
    os << "</text>\n";
  }
  os << "</g>\n</svg>\n";
  return svg;
}

Error Drawing::writePng(AtomicFiles &files, StringRef path) const {
  Expected<std::string> bytes = rasterize().encodePng();
  if (!bytes)
    return bytes.takeError();
  return files.add(path,
                   [text = std::move(*bytes)](raw_ostream &os) { os << text; });
}

Error Drawing::writeSvg(AtomicFiles &files, StringRef path) const {
  return files.add(path, [text = toSvg()](raw_ostream &os) { os << text; });
}

Error Drawing::write(StringRef path) const {
  bool isPng = path.ends_with_insensitive(".png");
  if (!isPng && !path.ends_with_insensitive(".svg"))
    return createStringError(
        "cannot write '%s': expected a name that ends in .png or .svg",
        path.str().c_str());
  AtomicFiles files;
  if (Error error = isPng ? writePng(files, path) : writeSvg(files, path))
    return error;
  return files.commit();
}
