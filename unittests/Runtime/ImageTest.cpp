// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===- ImageTest.cpp - Tests of drawings ----------------------------------===//
///
/// \file
/// Protects: a drawing becomes a PNG that libpng reads back to the same pixels,
/// and an SVG with the same shapes; any text can be drawn; failed writes leave
/// no file.
///
//===----------------------------------------------------------------------===//

#include "SparseAttn/Runtime/Image.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace mlir::sattn;
namespace fs = llvm::sys::fs;

namespace {

constexpr Color kRed = {255, 0, 0};
constexpr Color kWhite = {255, 255, 255};

/// Counts the pixels of a colour in a rectangle.
int64_t countPixels(const Canvas &canvas, Color color) {
  int64_t count = 0;
  for (int64_t y = 0; y < canvas.getHeight(); ++y)
    for (int64_t x = 0; x < canvas.getWidth(); ++x)
      count += canvas.getPixel(x, y) == color;
  return count;
}

TEST(ColorTest, MixReachesBothEnds) {
  EXPECT_EQ(mix({0, 10, 200}, {255, 20, 100}, 0), (Color{0, 10, 200}));
  EXPECT_EQ(mix({0, 10, 200}, {255, 20, 100}, 1), (Color{255, 20, 100}));
  EXPECT_EQ(mix({0, 10, 200}, {254, 20, 100}, 0.5), (Color{127, 15, 150}));
}

TEST(ColorTest, ViridisGetsBrighter) {
  auto luminance = [](Color c) {
    return 0.2126 * c.red + 0.7152 * c.green + 0.0722 * c.blue;
  };
  for (int i = 1; i <= 100; ++i)
    EXPECT_GT(luminance(getViridis(i / 100.0)),
              luminance(getViridis((i - 1) / 100.0)))
        << i;
  EXPECT_EQ(getViridis(-1), getViridis(0));
  EXPECT_EQ(getViridis(2), getViridis(1));
}

TEST(TextTest, PrintableForms) {
  EXPECT_EQ(toPrintable("plain ~ text"), "plain ~ text");
  EXPECT_EQ(toPrintable("\xC4\xA0word"), "word");     // U+0120
  EXPECT_EQ(toPrintable("\xE2\x96\x81word"), "word"); // U+2581
  EXPECT_EQ(toPrintable("\n\xC4\x8A"), "\\n\\n");     // U+010A
  EXPECT_EQ(toPrintable("\xE2\x80\x9Cq\xE2\x80\x9D"), "\"q\"");
  EXPECT_EQ(toPrintable("\xE2\x80\x94"), "-");   // U+2014
  EXPECT_EQ(toPrintable("\xE6\xBC\xA2"), "?");   // U+6F22
  EXPECT_EQ(toPrintable("\xff\xfe\x80"), "???"); // Not UTF-8.
  EXPECT_EQ(toPrintable(StringRef("\0\x7f", 2)), "??");
}

TEST(CanvasTest, FillIsClipped) {
  Canvas canvas(4, 3, kWhite);
  canvas.fillRect(-2, -2, 3, 4, kRed);
  EXPECT_EQ(countPixels(canvas, kRed), 2);
  canvas.fillRect(100, 100, 5, 5, kRed);
  canvas.fillRect(-100, 0, 5, 5, kRed);
  EXPECT_EQ(countPixels(canvas, kRed), 2);
}

TEST(CanvasTest, PngHasSignatureAndSize) {
  std::string bytes = cantFail(Canvas(37, 5, kWhite).encodePng());
  ASSERT_GT(bytes.size(), 33u);
  EXPECT_EQ(bytes.substr(0, 8), "\x89PNG\r\n\x1a\n");
  EXPECT_EQ(bytes.substr(12, 4), "IHDR");
  EXPECT_EQ(support::endian::read32be(bytes.data() + 16), 37u);
  EXPECT_EQ(support::endian::read32be(bytes.data() + 20), 5u);
  EXPECT_EQ(bytes[24], 8); // Bits per channel.
  EXPECT_EQ(bytes[25], 2); // RGB.
  EXPECT_TRUE(StringRef(bytes).ends_with(StringRef("IEND\xae\x42\x60\x82", 8)));
}

TEST(DrawingTest, SidesAreClamped) {
  EXPECT_EQ(Drawing(0, -5).getWidth(), 1);
  EXPECT_EQ(Drawing(0, -5).getHeight(), 1);
  EXPECT_EQ(Drawing(int64_t(1) << 40, 1).getWidth(), 16384);
}

TEST(DrawingTest, EveryCharacterHasAGlyph) {
  for (char c = '!'; c <= '~'; ++c) {
    Drawing drawing(20, 20);
    drawing.addText(2, 2, StringRef(&c, 1), 1, kRed);
    EXPECT_GT(countPixels(drawing.rasterize(), kRed), 0) << c;
  }
}

TEST(DrawingTest, AnchorsKeepTextInside) {
  // Text that touches all four borders, drawn whole: the same number of pixels.
  Drawing reference(100, 100);
  reference.addText(30, 30, "HgH", 2, kRed);
  int64_t expected = countPixels(reference.rasterize(), kRed);
  constexpr int64_t length = (3 * 6 - 1) * 2;
  for (bool isVertical : {false, true})
    for (TextAnchor anchor :
         {TextAnchor::Start, TextAnchor::Middle, TextAnchor::End}) {
      int64_t along = anchor == TextAnchor::Start    ? 0
                      : anchor == TextAnchor::Middle ? length / 2
                                                     : length;
      // Vertical text runs upwards.
      if (isVertical)
        along = length - along;
      Drawing drawing(isVertical ? 18 : length, isVertical ? length : 18);
      drawing.addText(isVertical ? 0 : along, isVertical ? along : 0, "HgH", 2,
                      kRed, anchor, isVertical);
      EXPECT_EQ(countPixels(drawing.rasterize(), kRed), expected);
    }
}

TEST(DrawingTest, SvgHoldsTheSameShapes) {
  Drawing drawing(50, 40);
  drawing.addRect(1, 2, 3, 4, kRed);
  drawing.addText(5, 6, "a<b & \"c\"", 1, kRed);
  std::string svg = drawing.toSvg();
  EXPECT_TRUE(StringRef(svg).starts_with("<svg xmlns="));
  EXPECT_TRUE(StringRef(svg).ends_with("</svg>\n"));
  EXPECT_NE(svg.find("width=\"50\" height=\"40\""), std::string::npos);
  EXPECT_NE(svg.find("<rect x=\"1\" y=\"2\" width=\"3\" height=\"4\" "
                     "fill=\"#ff0000\"/>"),
            std::string::npos);
  EXPECT_NE(svg.find("a&lt;b &amp; &quot;c&quot;"), std::string::npos);
}

TEST(DrawingTest, WriteChoosesByEnding) {
  SmallString<128> folder;
  ASSERT_FALSE(fs::createUniqueDirectory("sattn-image", folder));
  auto path = [&](StringRef name) {
    SmallString<128> result(folder);
    sys::path::append(result, name);
    return std::string(result);
  };
  Drawing drawing(8, 8);
  cantFail(drawing.write(path("a.png")));
  cantFail(drawing.write(path("a.SVG")));
  auto png = MemoryBuffer::getFile(path("a.png"));
  ASSERT_TRUE(bool(png));
  EXPECT_TRUE((*png)->getBuffer().starts_with("\x89PNG"));
  EXPECT_EQ(toString(drawing.write(path("a.gif"))),
            "cannot write '" + path("a.gif") +
                "': expected a name that ends in .png or .svg");
  EXPECT_FALSE(fs::exists(path("a.gif")));
  EXPECT_EQ(toString(drawing.write(path("none/a.png"))),
            "cannot write '" + path("none/a.png") +
                "': no such file or directory");
  fs::remove_directories(folder);
}

} // namespace
