// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Masks of patterns are recognized: always as the same pairs, and simple ones
/// as the expression that made them.
#include "SparseAttn/Import/MaskRecognizer.h"

#include "SparseAttn/Dialect/PatternAlgebra.h"
#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/FormatVariadic.h"

#include <gtest/gtest.h>

#include <random>

using namespace mlir;
using namespace mlir::sattn;

namespace {
struct MaskRecognizerTest : testing::Test {
  MaskRecognizerTest() { context.loadDialect<SparseAttnDialect>(); }

  SparsityPatternAttrInterface parse(StringRef text) {
    std::string error;
    SparsityPatternAttrInterface pattern =
        parsePatternString(text, &context, error);
    EXPECT_TRUE(pattern) << text.str() << ": " << error;
    return pattern;
  }

  PairMatrix getMask(SparsityPatternAttrInterface pattern, int64_t numQueries,
                     int64_t numKeys, int64_t offset = 0, int64_t head = 0) {
    pattern = getPatternForHead(pattern, head);
    PairMatrix mask(numQueries, numKeys);
    PatternShape shape{numQueries, numKeys, head, offset};
    for (int64_t row = 0; row < numQueries; ++row)
      for (int64_t key = 0; key < numKeys; ++key)
        if (isLive(pattern, shape, row, key))
          mask.set(row, key);
    return mask;
  }

  /// Recognizes, and checks every pair.
  RecognizedMask recognize(ArrayRef<PairMatrix> masks,
                           const MaskRecognizerOptions &options = {}) {
    llvm::Expected<RecognizedMask> found =
        recognizeMask(masks, &context, options);
    EXPECT_TRUE(bool(found));
    if (!found) {
      ADD_FAILURE() << llvm::toString(found.takeError());
      return {};
    }
    EXPECT_TRUE(found->isExact());
    for (size_t head = 0; head < masks.size(); ++head)
      EXPECT_TRUE(masks[head] ==
                  getMask(found->pattern, masks[head].getNumRows(),
                          masks[head].getNumKeys(), found->offset, head))
          << patternToString(found->pattern);
    return *found;
  }

  /// What the mask of `text` is recognized as.
  std::string roundTrip(StringRef text, int64_t numQueries, int64_t numKeys,
                        int64_t offset = 0) {
    RecognizedMask found =
        recognize(getMask(parse(text), numQueries, numKeys, offset));
    return patternToString(found.pattern) +
           (found.offset ? " at " + std::to_string(found.offset) : "");
  }

  MLIRContext context;
};

/// Expressions that are the simplest of their pairs at 48 x 48.
const char *const simplest[] = {
    "dense",
    "none",
    "causal",
    "not causal",
    "causal and window<left = 7>",
    "window<left = 5, right = 3>",
    "window<left = 5>",
    "window<right = 3>",
    "window<left = 3, right = 2, dilation = 3>",
    "window<left = 4, right = 0, dilation = 2>",
    "block_local<size = 6>",
    "block_local<size = 8, left_blocks = 1>",
    "block_local<size = 8, left_blocks = 1, right_blocks = 2>",
    "block_local<size = 8, boundary = 3>",
    "strided<stride = 6>",
    "columns<stride = 6>",
    "columns<stride = 8, phase = 5, width = 3>",
    "global<first = 3>",
    "global<first = 3, rows>",
    "global<last = 2, columns>",
    "global<last = 2, rows>",
    "global<first = 2, last = 3>",
    "global<positions = [3, 11, 30]>",
    "global<positions = [3, 11, 30], rows>",
    "global<positions = [3, 11, 30], columns>",
    "prefix<len = 9>",
    "neighborhood<grid = [6, 8], kernel = [3, 5]>",
    "neighborhood<grid = [6, 8], kernel = [3, 4], border = clip>",
    "random<block = 4, per_row = 2, seed = 5>",
    "random<block = 1, per_row = 5>",
    "causal and block_local<size = 8>",
    "causal and strided<stride = 6>",
    "window<left = 4, right = 4> or global<first = 2>",
    "window<left = 4, right = 4> or global<positions = [7, 30]>",
    "prefix<len = 9> or causal",
    "block_local<size = 6> or strided<stride = 6>",
    "causal and (prefix<len = 3> or window<left = 5>)",
    "causal and (window<left = 5> or strided<stride = 6>)",
    "causal and (block_local<size = 8> or columns<stride = 8, phase = 7>)",
    "causal and not block_local<size = 8>",
};

/// The same set of operands, whatever their order.
std::string sorted(StringRef text) {
  std::string letters = text.str();
  llvm::sort(letters);
  return letters;
}

TEST_F(MaskRecognizerTest, FindsTheSimplestExpression) {
  for (const char *text : simplest) {
    std::string found = roundTrip(text, 48, 48);
    EXPECT_LE(found.size(), std::string(text).size()) << text << ": " << found;
    if (found.size() == std::string(text).size())
      EXPECT_EQ(sorted(found), sorted(text)) << text << ": " << found;
  }
}

TEST_F(MaskRecognizerTest, RecognizesPairsOfLeaves) {
  const char *const leaves[] = {
      "causal",
      "window<left = 5, right = 3>",
      "window<left = 3, right = 2, dilation = 3>",
      "block_local<size = 6>",
      "block_local<size = 8, left_blocks = 1>",
      "strided<stride = 6>",
      "columns<stride = 6, phase = 2, width = 2>",
      "global<first = 3>",
      "global<last = 4, columns>",
      "global<positions = [3, 11, 30], rows>",
      "prefix<len = 9>",
      "random<block = 4, per_row = 2>",
      "neighborhood<grid = [5, 8], kernel = [3, 3]>",
      "block_mask<block = [8, 8], layout = dense<[[1, 0, 0, 1, 0], [1, 1, 0, "
      "0, 1], [0, 1, 0, 1, 1], [0, 1, 1, 0, 0], [0, 0, 0, 1, 1]]> : "
      "tensor<5x5xi1>>",
  };
  for (StringRef a : leaves)
    for (StringRef b : leaves)
      for (const char *form : {"{0} and {1}", "{0} or {1}", "{0} and not {1}"})
        if (a < b || StringRef(form).contains("not"))
          roundTrip(llvm::formatv(form, a, b).str(), 40, 40);
}

TEST_F(MaskRecognizerTest, FindsWhereRowsStand) {
  EXPECT_EQ(roundTrip("causal", 30, 50), "causal");
  EXPECT_EQ(roundTrip("causal", 30, 50, 20), "causal at 20");
  EXPECT_EQ(roundTrip("causal", 50, 30, -20), "causal at -20");
  EXPECT_EQ(roundTrip("causal and window<left = 6>", 30, 50, 20),
            "causal and window<left = 6> at 20");
  EXPECT_EQ(roundTrip("window<left = 6, right = 6>", 30, 90, 30),
            "window<left = 6, right = 6> at 30");
  EXPECT_EQ(roundTrip("causal and block_local<size = 8>", 30, 50, 20),
            "causal and block_local<size = 8> at 20");
}

TEST_F(MaskRecognizerTest, JoinsEqualHeads) {
  auto masks = [&](StringRef text, int64_t count) {
    std::vector<PairMatrix> result;
    for (int64_t head = 0; head < count; ++head)
      result.push_back(getMask(parse(text), 32, 32, 0, head));
    return result;
  };
  EXPECT_EQ(patternToString(recognize(masks("causal", 3)).pattern), "causal");
  EXPECT_EQ(patternToString(
                recognize(masks("random<block = 4, per_row = 2>", 3)).pattern),
            "random<block = 4, per_row = 2>");
  std::string mixed = "per_head<[causal, strided<stride = 4>]>";
  EXPECT_EQ(patternToString(recognize(masks(mixed, 2)).pattern), mixed);
}

TEST_F(MaskRecognizerTest, ElementsAreBlocks) {
  PairMatrix blocks = getMask(parse("window<left = 1, right = 1>"), 6, 6);
  MaskRecognizerOptions options;
  options.elementSize = 16;
  auto found = recognizeMask(blocks, &context, options);
  ASSERT_TRUE(bool(found));
  EXPECT_EQ(patternToString(found->pattern),
            "block_local<size = 16, left_blocks = 1, right_blocks = 1>");
}

TEST_F(MaskRecognizerTest, AnyMaskIsExact) {
  std::mt19937 random(1);
  for (auto [rows, keys] : {std::pair<int64_t, int64_t>{1, 1},
                            {1, 70},
                            {70, 1},
                            {2, 3},
                            {17, 65},
                            {64, 64},
                            {33, 20}})
    for (unsigned density : {10, 50, 90}) {
      PairMatrix mask(rows, keys);
      for (int64_t row = 0; row < rows; ++row)
        for (int64_t key = 0; key < keys; ++key)
          if (random() % 100 < density)
            mask.set(row, key);
      recognize(mask);
    }
}

TEST_F(MaskRecognizerTest, SmallMasksOfEveryKind) {
  // All masks of 3 x 3 pairs.
  for (unsigned bits = 0; bits < 512; ++bits) {
    PairMatrix mask(3, 3);
    for (unsigned i = 0; i < 9; ++i)
      if (bits >> i & 1)
        mask.set(i / 3, i % 3);
    recognize(mask);
  }
}

TEST_F(MaskRecognizerTest, EnclosesWhatIsTooLarge) {
  std::mt19937 random(2);
  PairMatrix mask(64, 64);
  for (int64_t row = 0; row < 64; ++row)
    for (int64_t key = 0; key < 64; ++key)
      if (random() % 2)
        mask.set(row, key);
  MaskRecognizerOptions options;
  options.maxTableElements = 256;
  auto found = recognizeMask(mask, &context, options);
  ASSERT_TRUE(bool(found));
  EXPECT_FALSE(found->isExact());
  PairMatrix theirs = getMask(found->pattern, 64, 64);
  EXPECT_EQ(theirs.count() - mask.count(), found->extraPairs);
}
} // namespace
