// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Patterns that read operands: each against its definition, written out a second time
/// here over the raw arrays; the promises of PatternAlgebra.h by brute force, alone and
/// composed; and what is refused.
#include "SegmentChecks.h"

#include <functional>
#include <map>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::test;

namespace {

constexpr int64_t numBatches = 2;

/// An array of integers by the name that patterns give it.
struct Array {
  std::vector<int64_t> values;
  std::vector<int64_t> shape;
};

/// The pair asked about: batch, head, row, position, key of n keys.
struct Pair {
  int64_t b, h, r, i, j, n;
};
using Definition = std::function<bool(const Pair &)>;

class RuntimePatternTest : public SegmentChecks {
protected:
  RuntimePatternTest() {
    set("lengths", {5, 12}, {2});
    set("none", {0}, {1});
    set("rows", {3, 9}, {2});
  }

  void set(const std::string &name, std::vector<int64_t> values,
           std::vector<int64_t> shape) {
    arrays[name] = {std::move(values), std::move(shape)};
  }

  /// The pattern, with its operands bound to `arrays`.
  PatternAttr bind(const std::string &text, int64_t numRows, int64_t numKeys,
                   RuntimeValues &values, std::string &error) {
    SmallVector<std::string> names;
    PatternAttr pattern = parsePatternString(text, &context, error, &names);
    EXPECT_TRUE(pattern) << text << ": " << error;
    SmallVector<PatternOperand> operands;
    for (const std::string &name : names)
      operands.emplace_back(arrays.at(name).values, arrays.at(name).shape);
    values = makeRuntimeValues(
        pattern, {numBatches, numSampleHeads, numRows, numKeys}, operands,
        error);
    return pattern;
  }

  PatternAttr bind(const std::string &text, int64_t numRows = 12,
                   int64_t numKeys = 12) {
    std::string error;
    PatternAttr pattern = bind(text, numRows, numKeys, values, error);
    EXPECT_EQ(error, "") << text;
    runtime = &values;
    return pattern;
  }

  /// What the checks say.
  std::string errorOf(const std::string &text, int64_t numRows = 12,
                      int64_t numKeys = 12) {
    std::string error;
    RuntimeValues checked;
    bind(text, numRows, numKeys, checked, error);
    return error;
  }

  void checkDefinition(const std::string &text, const Definition &definition,
                       int64_t numRows = 12, int64_t numKeys = 12) {
    PatternAttr pattern = bind(text, numRows, numKeys);
    for (int64_t offset : {0, 3, -2})
      for (int64_t b = 0; b < numBatches; ++b)
        for (int64_t h = 0; h < numSampleHeads; ++h)
          for (int64_t r = 0; r < numRows; ++r)
            for (int64_t j = 0; j < numKeys; ++j) {
              PatternShape shape{numRows, numKeys, h, offset, b, runtime};
              ASSERT_EQ(isLive(pattern, shape, r, j),
                        definition({b, h, r, r + offset, j, numKeys}))
                  << text << " at b = " << b << ", h = " << h << ", row " << r
                  << ", offset " << offset << ", j = " << j;
            }
  }

  /// The promises, for `text` and what others make of it.
  void checkPromises(const std::string &text) {
    static const char *const frames[] = {
        "{0}",
        "not {0}",
        "causal and {0}",
        "{0} or window<left = 1, right = 2>",
        "strided<stride = 3> and not {0}",
        "block_local<size = 4> or {0} and columns<stride = 3>",
        "per_head<[{0}, causal]>",
        "strided<stride = 2> or {0}"};
    for (std::string frame : frames) {
      frame.replace(frame.find("{0}"), 3, text);
      PatternAttr pattern = bind(frame);
      for (batch = 0; batch < numBatches; ++batch)
        for (PatternAttr form : {pattern, simplifyPattern(pattern)}) {
          checkSegments(form, {{12}, {1, 2, 3, 5}, {1, 2, 3}});
          checkPhases(form, {{12, 12, 0}, {12, 12, 3}, {7, 12, -2}},
                      {1, 3, 4});
          if (HasFailure())
            return;
        }
    }
  }

  std::map<std::string, Array> arrays;
  RuntimeValues values;
};

//===----------------------------------------------------------------------===//
// padding
//===----------------------------------------------------------------------===//

TEST_F(RuntimePatternTest, Padding) {
  const int64_t lengths[] = {5, 12}, rows[] = {3, 9};
  checkDefinition("padding(%lengths)",
                  [&](const Pair &p) { return p.j < lengths[p.b]; });
  checkDefinition("padding(%lengths, %rows)", [&](const Pair &p) {
    return p.j < lengths[p.b] && p.r < rows[p.b];
  });
  checkDefinition("padding(%none)", [](const Pair &) { return false; });
  for (const char *text :
       {"padding(%lengths)", "padding(%lengths, %rows)", "padding(%none)"})
    checkPromises(text);
}

TEST_F(RuntimePatternTest, PaddingIsChecked) {
  set("lengths", {5, 13}, {2});
  EXPECT_EQ(errorOf("padding(%lengths)"),
            "expected the key lengths of 'padding' to be between 0 and 12, but got "
            "13 at element 1");
  set("lengths", {-1, 3}, {2});
  EXPECT_EQ(errorOf("padding(%lengths)"),
            "expected the key lengths of 'padding' to be between 0 and 12, but got "
            "-1 at element 0");
  set("lengths", {5, 5, 5}, {3});
  EXPECT_EQ(errorOf("padding(%lengths)"),
            "expected dimension 0 of the key lengths of 'padding' to be 2 or 1, but "
            "got 3");
  set("lengths", {5, 5}, {2});
  set("rows", {5, 8}, {2});
  EXPECT_EQ(errorOf("padding(%lengths, %rows)", 7),
            "expected the query lengths of 'padding' to be between 0 and 7, but got "
            "8 at element 1");
}
} // namespace
