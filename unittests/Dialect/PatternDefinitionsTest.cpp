// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Each pattern against its textbook definition, written out a second time here
/// as a plain function of (i, j).
#include "PatternSamples.h"

#include <functional>
#include <set>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::test;

namespace {

/// The pair asked about: query i, key j of n keys, head h.
struct Pair {
  int64_t i, j, n, h;
};
using Definition = std::function<bool(const Pair &)>;

int64_t floorOf(int64_t a, int64_t b) {
  int64_t quotient = a / b;
  return quotient * b > a ? quotient - 1 : quotient;
}
int64_t modOf(int64_t a, int64_t b) { return a - floorOf(a, b) * b; }

std::string number(int64_t value) { return std::to_string(value); }

class PatternDefinitionsTest : public PatternTest {
protected:
  /// Compares at all positions around lengths that are and are not multiples.
  void check(const std::string &text, const Definition &definition,
             const std::vector<int64_t> &lengths = {1, 7, 12, 25}) {
    PatternAttr pattern = parse(text);
    ASSERT_TRUE(pattern);
    PatternAttr simple = simplifyPattern(pattern);
    for (int64_t n : lengths)
      for (int64_t h = 0; h < numSampleHeads; ++h)
        for (int64_t i = -8; i < n + 8; ++i)
          for (int64_t j = 0; j < n; ++j) {
            PatternShape shape;
            shape.numKeys = n;
            shape.head = h;
            bool expected = definition({i, j, n, h});
            ASSERT_EQ(isLive(pattern, shape, i, j), expected)
                << text << " at i = " << i << ", j = " << j << ", n = " << n
                << ", h = " << h;
            ASSERT_EQ(isLive(simple, shape, i, j), expected)
                << patternToString(simple) << " of " << text;
          }
  }
};

//===----------------------------------------------------------------------===//
// Leaves
//===----------------------------------------------------------------------===//

TEST_F(PatternDefinitionsTest, Constants) {
  check("dense", [](const Pair &) { return true; });
  check("none", [](const Pair &) { return false; });
}

TEST_F(PatternDefinitionsTest, Causal) {
  check("causal", [](const Pair &p) { return p.j <= p.i; });
}

TEST_F(PatternDefinitionsTest, Window) {
  for (int64_t left : {-1, 0, 1, 4})
    for (int64_t right : {-1, 0, 2, 3})
      for (int64_t dilation : {1, 2, 3}) {
        std::string text = "window";
        std::vector<std::string> parts;
        if (left >= 0)
          parts.push_back("left = " + number(left));
        if (right >= 0)
          parts.push_back("right = " + number(right));
        if (dilation > 1)
          parts.push_back("dilation = " + number(dilation));
        for (size_t at = 0; at < parts.size(); ++at)
          text += (at ? ", " : "<") + parts[at];
        text += parts.empty() ? "" : ">";
        check(text, [=](const Pair &p) {
          int64_t leftTaps = left < 0 ? 100 : left;
          int64_t rightTaps = right < 0 ? 100 : right;
          for (int64_t tap = -leftTaps; tap <= rightTaps; ++tap)
            if (p.j - p.i == tap * dilation)
              return true;
          return false;
        });
      }
}

/// What other implementations mean by "a window of w".
TEST_F(PatternDefinitionsTest, WindowConventions) {
  const int64_t w = 4;
  // Hugging Face's sliding_window_overlay: j > i - w.
  check("causal and window<left = 3>",
        [=](const Pair &p) { return p.j <= p.i && p.j > p.i - w; });
  // FlashAttention, ONNX: i - w <= j <= i.
  check("causal and window<left = 4>",
        [=](const Pair &p) { return p.j <= p.i && p.j >= p.i - w; });
  // start = i - w // 2; end = i + w // 2 + 1.
  check("window<left = 2, right = 2>", [=](const Pair &p) {
    return p.i - w / 2 <= p.j && p.j < p.i + w / 2 + 1;
  });
  // attention-gym's dilated window, given by its span: |i - j| <= 6, i = j
  // mod 2.
  check("window<left = 3, right = 3, dilation = 2>", [](const Pair &p) {
    return std::abs(p.i - p.j) <= 6 && (p.i - p.j) % 2 == 0;
  });
}

TEST_F(PatternDefinitionsTest, BlockLocal) {
  for (int64_t size : {1, 2, 3, 5})
    for (int64_t left : {0, 1, 2})
      for (int64_t right : {0, 1, 2})
        for (int64_t boundary = 0; boundary <= size; ++boundary)
          check("block_local<size = " + number(size) + ", left_blocks = " +
                    number(left) + ", right_blocks = " + number(right) +
                    ", boundary = " + number(boundary) + ">",
                [=](const Pair &p) {
                  int64_t own = floorOf(p.i, size), other = floorOf(p.j, size);
                  if (own - left <= other && other <= own + right)
                    return true;
                  // Of the adjacent blocks, the keys next to the shared border.
                  if (other == own - 1)
                    return modOf(p.j, size) >= size - boundary;
                  if (other == own + 1)
                    return modOf(p.j, size) < boundary;
                  return false;
                },
                {7, 12});
}

TEST_F(PatternDefinitionsTest, Strided) {
  for (int64_t stride : {1, 2, 3, 7})
    check("strided<stride = " + number(stride) + ">",
          [=](const Pair &p) { return (p.i - p.j) % stride == 0; });
}

TEST_F(PatternDefinitionsTest, Columns) {
  for (int64_t stride : {1, 2, 5})
    for (int64_t phase = 0; phase < stride; ++phase)
      for (int64_t width = 1; width <= stride - phase; ++width)
        check("columns<stride = " + number(stride) + ", phase = " +
                  number(phase) + ", width = " + number(width) + ">",
              [=](const Pair &p) {
                for (int64_t column = phase; column < phase + width; ++column)
                  if (p.j % stride == column)
                    return true;
                return false;
              });
}

TEST_F(PatternDefinitionsTest, Global) {
  struct Side {
    const char *text;
    bool rows, columns;
  };
  for (const Side &side : {Side{"", true, true}, Side{", rows", true, false},
                           Side{", columns", false, true}})
    for (int64_t first : {0, 1, 4})
      for (auto [last, lastBlock] :
           {std::pair<int64_t, int64_t>{0, 1}, {1, 1}, {3, 1}, {1, 3}, {2, 4}})
        for (const std::set<int64_t> &positions :
             {std::set<int64_t>{}, {0}, {2, 3, 9}, {5, 30}}) {
          std::string list;
          for (int64_t position : positions)
            list += (list.empty() ? "" : ", ") + number(position);
          check("global<first = " + number(first) + ", last = " + number(last) +
                    ", last_block = " + number(lastBlock) + ", positions = [" +
                    list + "]" + side.text + ">",
                [&, last = last, lastBlock = lastBlock](const Pair &p) {
                  int64_t numBlocks = (p.n + lastBlock - 1) / lastBlock;
                  auto inG = [&](int64_t at) {
                    return (0 <= at && at < first) ||
                           (0 <= at && at < p.n &&
                            at / lastBlock >= numBlocks - last) ||
                           positions.count(at);
                  };
                  return (side.rows && inG(p.i)) || (side.columns && inG(p.j));
                });
        }
}

TEST_F(PatternDefinitionsTest, Prefix) {
  for (int64_t len : {0, 1, 5, 40})
    check("prefix<len = " + number(len) + ">",
          [=](const Pair &p) { return p.j < len; });
}

/// The draw as PatternAttrs.td writes it down.
std::set<int64_t> drawByFormula(uint32_t seed, uint32_t head, uint32_t row,
                                int64_t numBlocks, int64_t perRow) {
  auto mix = [](uint32_t x) {
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    x ^= x >> 16;
    return x;
  };
  std::set<int64_t> drawn;
  int64_t draws = std::min(perRow, numBlocks);
  for (int64_t t = 0; t < draws; ++t) {
    uint32_t m = numBlocks - draws + t;
    uint32_t hash =
        mix(mix(mix(mix(seed) + head) + row) + static_cast<uint32_t>(t));
    uint32_t c = hash % (m + 1);
    drawn.insert(drawn.count(c) ? m : c);
  }
  EXPECT_EQ(static_cast<int64_t>(drawn.size()), draws);
  return drawn;
}

TEST_F(PatternDefinitionsTest, Random) {
  for (int64_t block : {1, 3, 4})
    for (int64_t perRow : {1, 2, 5})
      for (int64_t seed : {int64_t(0), int64_t(17), int64_t(UINT32_MAX)})
        check("random<block = " + number(block) + ", per_row = " +
                  number(perRow) + ", seed = " + number(seed) + ">",
              [=](const Pair &p) {
                if (p.i < 0)
                  return false;
                int64_t numBlocks = (p.n + block - 1) / block;
                return drawByFormula(seed, p.h, p.i / block, numBlocks, perRow)
                           .count(p.j / block) > 0;
              });
}

TEST_F(PatternDefinitionsTest, BlockMask) {
  const int bits[2][3][2] = {{{1, 0}, {0, 1}, {1, 1}},
                             {{0, 0}, {1, 0}, {0, 1}}};
  auto isSet = [&](int64_t layer, int64_t row, int64_t column) {
    return 0 <= row && row < 3 && column < 2 && bits[layer][row][column];
  };
  check("block_mask<block = [2, 3], layout = dense<[[1, 0], [0, 1], [1, 1]]> : "
        "tensor<3x2xi1>>",
        [&](const Pair &p) {
          return isSet(0, floorOf(p.i, 2), floorOf(p.j, 3));
        });
  check("block_mask<block = [4, 5], layout = dense<[[[1, 0], [0, 1], [1, 1]], "
        "[[0, 0], [1, 0], [0, 1]]]> : tensor<2x3x2xi1>>",
        [&](const Pair &p) {
          return isSet(p.h, floorOf(p.i, 4), floorOf(p.j, 5));
        });
}

/// NATTEN: of the windows that lie whole on the axis, the one nearest to
/// centred.
bool inShiftedWindow(int64_t query, int64_t key, int64_t size, int64_t kernel) {
  int64_t wanted = query - kernel / 2, best = 0;
  for (int64_t start = 0; start + kernel <= size; ++start)
    if (std::abs(start - wanted) < std::abs(best - wanted))
      best = start;
  return best <= key && key < best + kernel;
}

/// The same window, cut at the border instead.
bool inClippedWindow(int64_t query, int64_t key, int64_t kernel) {
  return -(kernel / 2) <= key - query && key - query <= (kernel - 1) / 2;
}

TEST_F(PatternDefinitionsTest, Neighborhood) {
  for (auto [height, width] :
       {std::pair<int64_t, int64_t>{3, 4}, {5, 5}, {1, 7}, {6, 2}})
    for (int64_t kernelHeight = 1; kernelHeight <= height; ++kernelHeight)
      for (int64_t kernelWidth = 1; kernelWidth <= width; ++kernelWidth)
        for (bool clip : {false, true}) {
          int64_t h = height, w = width, kh = kernelHeight, kw = kernelWidth;
          check("neighborhood<grid = [" + number(h) + ", " + number(w) +
                    "], kernel = [" + number(kh) + ", " + number(kw) + "]" +
                    (clip ? ", border = clip>" : ">"),
                [=](const Pair &p) {
                  if (p.i < 0 || p.i >= h * w || p.j >= h * w)
                    return false;
                  if (clip)
                    return inClippedWindow(p.i / w, p.j / w, kh) &&
                           inClippedWindow(p.i % w, p.j % w, kw);
                  return inShiftedWindow(p.i / w, p.j / w, h, kh) &&
                         inShiftedWindow(p.i % w, p.j % w, w, kw);
                },
                {h * w, h * w - 1, h * w + 3});
        }
}

TEST_F(PatternDefinitionsTest, PerHead) {
  check("per_head<[causal, strided<stride = 3>]>", [](const Pair &p) {
    return p.h == 0 ? p.j <= p.i : (p.i - p.j) % 3 == 0;
  });
}

//===----------------------------------------------------------------------===//
// Named compositions
//===----------------------------------------------------------------------===//

TEST_F(PatternDefinitionsTest, Fixed) {
  for (int64_t block : {1, 3, 4})
    for (int64_t summary = 1; summary <= block; ++summary) {
      auto isFixed = [=](const Pair &p) {
        return floorOf(p.i, block) == floorOf(p.j, block) ||
               p.j % block >= block - summary;
      };
      std::string parameters =
          "<block = " + number(block) + ", summary = " + number(summary) + ">";
      check("fixed" + parameters, isFixed);
      check("sparse_transformer_fixed" + parameters,
            [=](const Pair &p) { return p.j <= p.i && isFixed(p); });
    }
}

TEST_F(PatternDefinitionsTest, Axial) {
  for (int64_t cols : {1, 3, 5})
    check("axial<rows = 4, cols = " + number(cols) + ">", [=](const Pair &p) {
      return 0 <= p.i && p.i < 4 * cols && p.j < 4 * cols &&
             (floorOf(p.i, cols) == floorOf(p.j, cols) ||
              modOf(p.i, cols) == modOf(p.j, cols));
    });
}

TEST_F(PatternDefinitionsTest, Longformer) {
  for (int64_t window : {2, 6})
    for (int64_t global : {0, 2})
      for (int64_t dilation : {1, 3})
        check("longformer<window = " + number(window) + ", global = " +
                  number(global) + ", dilation = " + number(dilation) + ">",
              [=](const Pair &p) {
                bool isLocal = (p.i - p.j) % dilation == 0 &&
                               std::abs(p.i - p.j) <= window / 2 * dilation;
                bool isGlobal = (0 <= p.i && p.i < global) || p.j < global;
                return isLocal || isGlobal;
              });
}

TEST_F(PatternDefinitionsTest, BigBird) {
  for (int64_t block : {1, 3})
    for (int64_t windowBlocks : {1, 3, 5})
      for (int64_t globalBlocks : {0, 1, 2})
        for (int64_t randomBlocks : {0, 2})
          for (bool lastGlobal : {true, false})
            check("bigbird<block = " + number(block) +
                      ", window_blocks = " + number(windowBlocks) +
                      ", global_blocks = " + number(globalBlocks) +
                      ", random_blocks = " + number(randomBlocks) +
                      ", seed = 5, last_global = " +
                      (lastGlobal ? "true>" : "false>"),
                  [=](const Pair &p) {
                    int64_t row = floorOf(p.i, block), column = p.j / block;
                    if (std::abs(row - column) <= windowBlocks / 2)
                      return true;
                    int64_t numBlocks = (p.n + block - 1) / block;
                    for (int64_t at : {p.i, p.j})
                      if (0 <= at && at < p.n &&
                          (at / block < globalBlocks ||
                           (lastGlobal && at / block >= numBlocks - globalBlocks)))
                        return true;
                    // The first tokens are a set of positions, whatever n is.
                    if (0 <= p.i && p.i < globalBlocks * block)
                      return true;
                    return p.i >= 0 && randomBlocks > 0 &&
                           drawByFormula(5, p.h, row, numBlocks, randomBlocks)
                                   .count(column) > 0;
                  },
                  {7, 12});
}

TEST_F(PatternDefinitionsTest, SparseTransformerStrided) {
  for (int64_t stride : {1, 3, 4})
    check("sparse_transformer_strided<stride = " + number(stride) + ">",
          [=](const Pair &p) {
            return p.j <= p.i &&
                   (p.i - p.j < stride || (p.i - p.j) % stride == 0);
          });
}

TEST_F(PatternDefinitionsTest, Mistral) {
  for (int64_t window : {1, 4})
    check("mistral<window = " + number(window) + ">",
          [=](const Pair &p) { return p.j <= p.i && p.j > p.i - window; });
}

TEST_F(PatternDefinitionsTest, PrefixLM) {
  for (int64_t len : {0, 3})
    check("prefix_lm<len = " + number(len) + ">",
          [=](const Pair &p) { return p.j < len || p.j <= p.i; });
}

TEST_F(PatternDefinitionsTest, Streaming) {
  for (int64_t sinks : {0, 2})
    for (int64_t window : {1, 4})
      check("streaming<sinks = " + number(sinks) +
                ", window = " + number(window) + ">",
            [=](const Pair &p) {
              return p.j <= p.i && (p.j < sinks || p.i - p.j < window);
            });
}
} // namespace
