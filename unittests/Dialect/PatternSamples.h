// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Patterns to test with: leaves with several parameter sets, random
/// expressions, and their live keys by brute force over the predicate.
#ifndef SPARSEATTN_UNITTESTS_DIALECT_PATTERNSAMPLES_H
#define SPARSEATTN_UNITTESTS_DIALECT_PATTERNSAMPLES_H

#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace mlir::sattn::test {

/// Heads that the samples which name heads name.
constexpr int64_t numSampleHeads = 2;

/// Every leaf, each with parameters on both sides of its special cases.
inline std::vector<std::string> getSampleLeaves() {
  return {
      "dense",
      "none",
      "causal",
      "window",
      "window<left = 3>",
      "window<right = 0>",
      "window<right = 2>",
      "window<left = 0, right = 0>",
      "window<left = 2, right = 1>",
      "window<left = 1, right = 4>",
      "window<dilation = 2>",
      "window<left = 2, dilation = 3>",
      "window<left = 0, right = 0, dilation = 2>",
      "window<left = 2, right = 1, dilation = 2>",
      "block_local<size = 1>",
      "block_local<size = 3>",
      "block_local<size = 6>",
      "block_local<size = 2, left_blocks = 1>",
      "block_local<size = 3, right_blocks = 2>",
      "block_local<size = 4, boundary = 1>",
      "block_local<size = 3, left_blocks = 1, boundary = 2>",
      "strided<stride = 1>",
      "strided<stride = 2>",
      "strided<stride = 3>",
      "strided<stride = 6>",
      "columns<stride = 3>",
      "columns<stride = 3, phase = 1, width = 2>",
      "columns<stride = 2, phase = 1>",
      "columns<stride = 4, phase = 0, width = 4>",
      "columns<stride = 6, phase = 1, width = 2>",
      "global<first = 0>",
      "global<first = 2>",
      "global<first = 2, columns>",
      "global<first = 3, rows>",
      "global<last = 2>",
      "global<last = 1, last_block = 3>",
      "global<first = 1, last = 2, last_block = 4, rows>",
      "global<positions = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]>",
      "global<first = 1, last = 1, columns>",
      "global<positions = [0, 2, 5, 6]>",
      "global<positions = [3, 7], rows>",
      "global<positions = [1, 4], columns>",
      "prefix<len = 0>",
      "prefix<len = 2>",
      "prefix<len = 5>",
      "random<block = 1, per_row = 2, seed = 7>",
      "random<block = 3, per_row = 2>",
      "block_mask<block = [2, 3], layout = dense<[[1, 0, 1], [0, 1, 1], "
      "[0, 0, 0], [1, 1, 1]]> : tensor<4x3xi1>>",
      "block_mask<block = [4, 2], layout = dense<false> : tensor<2x6xi1>>",
      "block_mask<block = [3, 4], layout = dense<true> : tensor<3x2xi1>>",
      "block_mask<block = [3, 4], layout = dense<[[[1, 0], [1, 1]], [[0, 1], "
      "[1, 0]]]> : tensor<2x2x2xi1>>",
      "neighborhood<grid = [3, 4], kernel = [2, 3]>",
      "neighborhood<grid = [3, 4], kernel = [3, 2], border = clip>",
      "neighborhood<grid = [2, 5], kernel = [1, 4]>",
      "per_head<[causal, strided<stride = 2>]>",
      "per_head<[window<left = 1, right = 1>, window<left = 1, right = 1>]>",
  };
}

/// Every named composition.
inline std::vector<std::string> getSampleCompositions() {
  return {
      "fixed<block = 4>",
      "fixed<block = 5, summary = 2>",
      "axial<rows = 3, cols = 4>",
      "longformer<window = 4, global = 1>",
      "longformer<window = 2, global = 2, dilation = 2>",
      "longformer<window = 6>",
      "bigbird<block = 2>",
      "bigbird<block = 2, random_blocks = 1, last_global = false>",
      "bigbird<block = 1, window_blocks = 5, global_blocks = 2, "
      "random_blocks = 2, seed = 3>",
      "bigbird<block = 3, window_blocks = 1, global_blocks = 0>",
      "sparse_transformer_strided<stride = 3>",
      "sparse_transformer_strided<stride = 4>",
      "sparse_transformer_fixed<block = 4>",
      "sparse_transformer_fixed<block = 3, summary = 2>",
      "mistral<window = 1>",
      "mistral<window = 4>",
      "prefix_lm<len = 0>",
      "prefix_lm<len = 3>",
      "streaming<sinks = 0, window = 3>",
      "streaming<sinks = 2, window = 2>",
  };
}

class PatternTest : public testing::Test {
protected:
  PatternTest() { context.loadDialect<SparseAttnDialect>(); }

  PatternAttr parse(const std::string &text) {
    std::string error;
    PatternAttr pattern = parsePatternString(text, &context, error);
    EXPECT_TRUE(pattern) << text << ": " << error;
    return pattern;
  }

  std::vector<PatternAttr> parseAll(const std::vector<std::string> &texts) {
    std::vector<PatternAttr> patterns;
    for (const std::string &text : texts)
      patterns.push_back(parse(text));
    return patterns;
  }

  MLIRContext context;
};

/// Bit j: the query at `position` sees key j, by the predicate.
inline uint64_t getLiveKeys(PatternAttr pattern, int64_t numKeys, int64_t head,
                            int64_t position) {
  PatternShape shape;
  shape.numKeys = numKeys;
  shape.head = head;
  uint64_t live = 0;
  for (int64_t key = 0; key < numKeys; ++key)
    live |= uint64_t(isLive(pattern, shape, position, key)) << key;
  return live;
}

/// Random expressions, drawn from a seed; the same on every platform.
class RandomPattern {
public:
  explicit RandomPattern(uint64_t seed) : random(seed) {}

  int64_t pick(int64_t least, int64_t most) {
    return least + static_cast<int64_t>(random() % (most - least + 1));
  }

  std::string leaf() {
    auto number = [&](int64_t least, int64_t most) {
      return std::to_string(pick(least, most));
    };
    switch (pick(0, 13)) {
    case 0:
      return "causal";
    case 1:
      return "window<left = " + number(0, 6) + ", right = " + number(0, 6) +
             ">";
    case 2:
      return "window<left = " + number(0, 6) + ">";
    case 3:
      return "window<right = " + number(0, 6) + ", dilation = " + number(1, 4) +
             ">";
    case 4:
      return "window<left = " + number(0, 3) + ", right = " + number(0, 3) +
             ", dilation = " + number(1, 5) + ">";
    case 5: {
      int64_t size = pick(1, 6);
      return "block_local<size = " + std::to_string(size) +
             ", left_blocks = " + number(0, 2) +
             ", right_blocks = " + number(0, 2) +
             ", boundary = " + number(0, size) + ">";
    }
    case 6:
      return "strided<stride = " + number(1, 6) + ">";
    case 7: {
      int64_t stride = pick(1, 6), phase = pick(0, stride - 1);
      return "columns<stride = " + std::to_string(stride) +
             ", phase = " + std::to_string(phase) +
             ", width = " + number(1, stride - phase) + ">";
    }
    case 8:
      return "global<first = " + number(0, 3) + ", last = " + number(0, 2) +
             oneSide() + ">";
    case 9:
      return "global<first = " + number(0, 2) + ", positions = [" +
             number(0, 2) + ", " + number(3, 5) + ", " + number(6, 9) + "]" +
             oneSide() + ">";
    case 10:
      return "prefix<len = " + number(0, 8) + ">";
    case 11: {
      std::vector<std::string> leaves = getSampleLeaves();
      return leaves[pick(0, leaves.size() - 1)];
    }
    case 12: {
      std::vector<std::string> names = getSampleCompositions();
      return names[pick(0, names.size() - 1)];
    }
    default:
      return "block_local<size = " + number(1, 6) + ">";
    }
  }

  std::string expression(int64_t depth) {
    if (depth == 0)
      return leaf();
    int64_t kind = pick(0, 9);
    if (kind < 2)
      return "not (" + expression(depth - 1) + ")";
    if (kind == 2)
      return "per_head<[" + expression(depth - 1) + ", " +
             expression(pick(0, depth - 1)) + "]>";
    std::string text = "(" + expression(depth - 1) + ")";
    const char *chain = kind < 6 ? " and " : " or ";
    for (int64_t more = pick(1, 2); more > 0; --more)
      text += chain + ("(" + expression(pick(0, depth - 1)) + ")");
    return text;
  }

private:
  std::string oneSide() {
    static const char *const sides[] = {"", ", rows", ", columns"};
    return sides[pick(0, 2)];
  }

  std::mt19937_64 random;
};

} // namespace mlir::sattn::test

#endif // SPARSEATTN_UNITTESTS_DIALECT_PATTERNSAMPLES_H
