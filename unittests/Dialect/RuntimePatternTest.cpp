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

//===----------------------------------------------------------------------===//
// documents
//===----------------------------------------------------------------------===//

/// The document of a row or key, -1 if it is in none.
int64_t documentOf(const std::vector<int64_t> &ends, int64_t at) {
  for (size_t d = 0; d + 1 < ends.size(); ++d)
    if (ends[d] <= at && at < ends[d + 1])
      return d;
  return -1;
}

TEST_F(RuntimePatternTest, Documents) {
  const std::vector<std::vector<int64_t>> cases = {
      {0, 12},   {0, 5, 12},  {0, 1, 2, 7, 7, 9}, {2, 4, 4, 12}, {0, 0, 0},
      {12, 12},  {3},         {0, 4, 8, 12}};
  for (const std::vector<int64_t> &ends : cases) {
    set("ends", ends, {int64_t(ends.size())});
    checkDefinition("documents(%ends)", [&](const Pair &p) {
      return documentOf(ends, p.i) >= 0 &&
             documentOf(ends, p.i) == documentOf(ends, p.j);
    });
    checkPromises("documents(%ends)");
    checkDefinition("document_causal(%ends)", [&](const Pair &p) {
      return p.j <= p.i && documentOf(ends, p.i) >= 0 &&
             documentOf(ends, p.i) == documentOf(ends, p.j);
    });
    checkPromises("document_causal(%ends)");
  }
}

TEST_F(RuntimePatternTest, DocumentsOfRowsAndKeys) {
  const std::vector<int64_t> rows[] = {{0, 3, 3, 9}, {1, 2, 12, 12}};
  const std::vector<int64_t> keys[] = {{0, 5, 6, 6}, {0, 4, 4, 11}};
  std::vector<int64_t> allRows = rows[0], allKeys = keys[0];
  llvm::append_range(allRows, rows[1]);
  llvm::append_range(allKeys, keys[1]);
  set("rows", allRows, {2, 4});
  set("keys", allKeys, {2, 4});
  checkDefinition("documents(%rows, %keys)", [&](const Pair &p) {
    return documentOf(rows[p.b], p.r) >= 0 &&
           documentOf(rows[p.b], p.r) == documentOf(keys[p.b], p.j);
  });
  // One for all batches, with one for each.
  set("rows", rows[0], {4});
  checkDefinition("documents(%rows, %keys)", [&](const Pair &p) {
    return documentOf(rows[0], p.r) >= 0 &&
           documentOf(rows[0], p.r) == documentOf(keys[p.b], p.j);
  });
  checkPromises("documents(%rows, %keys)");
}

TEST_F(RuntimePatternTest, DocumentsAreChecked) {
  set("ends", {0, 5, 4}, {3});
  EXPECT_EQ(errorOf("documents(%ends)"),
            "expected the ends of 'documents' to ascend, but got 4 after 5 at "
            "element 2");
  set("ends", {0, 5, 13}, {3});
  EXPECT_EQ(errorOf("documents(%ends)"),
            "expected the ends of 'documents' to be between 0 and 12, but got 13 at "
            "element 2");
  set("ends", {}, {0});
  EXPECT_EQ(errorOf("documents(%ends)"),
            "expected dimension 0 of the ends of 'documents' to be at least 1, but "
            "got 0");
  set("rows", {0, 7, 5, 5, 5, 5}, {2, 3});
  set("keys", {0, 7, 12}, {3});
  EXPECT_EQ(errorOf("documents(%rows, %keys)"),
            "expected the ends of rows of 'documents' to ascend, but got 5 after 7 "
            "at element 2");
  set("rows", {0, 12}, {2});
  EXPECT_EQ(errorOf("documents(%rows, %keys)"),
            "expected dimension 0 of the ends of keys of 'documents' to be 2, but "
            "got 3");
}

//===----------------------------------------------------------------------===//
// segments
//===----------------------------------------------------------------------===//

TEST_F(RuntimePatternTest, Segments) {
  const std::vector<std::vector<int64_t>> cases = {
      {0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2},
      {5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5},
      {-3, -3, 0, 1, 1, 2, 7, 7, 7, 7, 8, 9},
      {1, 1, 1, 0, 0, 1, 1, 2, 2, 0, 0, 0},
      {2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1}};
  for (const std::vector<int64_t> &ids : cases) {
    set("ids", ids, {12});
    checkDefinition("segments(%ids)", [&](const Pair &p) {
      return p.i >= 0 && p.i < p.n && ids[p.i] == ids[p.j];
    });
    checkPromises("segments(%ids)");
  }
}

TEST_F(RuntimePatternTest, SegmentsOfRowsAndKeys) {
  // Ascending in one batch, not in the other; ids that only one side has.
  set("rows", {0, 0, 1, 1, 1, 3, 3, 4, 4, 4, 4, 6, 2, 2, 0, 0, 1, 1, 1, 9, 9, 0, 0, 2},
      {2, 12});
  set("keys", {0, 1, 1, 2, 3, 3, 3, 5, 6, 6, 7, 7, 2, 2, 2, 0, 0, 0, 1, 1, 1, 0, 5, 5},
      {2, 12});
  auto at = [&](const char *name, int64_t b, int64_t i) {
    return arrays[name].values[b * 12 + i];
  };
  checkDefinition("segments(%rows, %keys)", [&](const Pair &p) {
    return at("rows", p.b, p.r) == at("keys", p.b, p.j);
  });
  checkPromises("segments(%rows, %keys)");
  set("keys", {0, 1, 1, 2, 3, 3, 3, 5, 6, 6, 7, 7}, {1, 12});
  checkDefinition("segments(%rows, %keys)", [&](const Pair &p) {
    return at("rows", p.b, p.r) == at("keys", 0, p.j);
  });
}

TEST_F(RuntimePatternTest, SegmentsAreChecked) {
  set("ids", {0, 1, 2}, {3});
  EXPECT_EQ(errorOf("segments(%ids)"),
            "expected dimension 0 of the ids of 'segments' to be 12, but got 3");
}

//===----------------------------------------------------------------------===//
// block_list
//===----------------------------------------------------------------------===//

TEST_F(RuntimePatternTest, BlockList) {
  // 4 blocks of 3 rows, 3 blocks of 5 keys; one list for all, or one a batch and head.
  set("ptr", {0, 2, 2, 5, 6}, {5});
  set("cols", {0, 2, 0, 1, 2, 1}, {6});
  auto isListed = [&](int64_t list, int64_t row, int64_t key) {
    const std::vector<int64_t> &ptr = arrays["ptr"].values,
                               &cols = arrays["cols"].values;
    for (int64_t at = ptr[list * 5 + row]; at < ptr[list * 5 + row + 1]; ++at)
      if (cols[at] == key)
        return true;
    return false;
  };
  std::string text = "block_list<block = [3, 5]>(%ptr, %cols)";
  checkDefinition(text, [&](const Pair &p) {
    return isListed(0, p.r / 3, p.j / 5);
  });
  checkPromises(text);
  // Lists of different lengths, and a block that is listed twice counts once.
  set("ptr", {0, 0, 1, 2, 3, 3, 4, 5, 6, 6, 6, 6, 9, 9, 10, 11, 11, 12, 14, 14},
      {2, 2, 5});
  set("cols", {1, 0, 2, 1, 1, 2, 0, 0, 2, 1, 2, 0, 1, 1}, {14});
  checkDefinition(text, [&](const Pair &p) {
    return isListed(p.b * 2 + p.h, p.r / 3, p.j / 5);
  });
  checkPromises(text);
  set("ptr", {0, 0, 0, 0, 0}, {1, 5});
  set("cols", {}, {0});
  checkDefinition(text, [](const Pair &) { return false; });
  checkPromises(text);
  // Single tokens.
  set("ptr", {0, 3, 5, 5, 6, 8, 10, 12, 12, 13, 14, 15, 19}, {13});
  set("cols", {0, 5, 11, 2, 3, 7, 1, 6, 0, 9, 4, 4, 8, 3, 10, 1, 2, 5, 11}, {19});
  checkPromises("block_list<block = [1, 1]>(%ptr, %cols)");
}

/// Phases hold a key as often as it is listed.
TEST_F(RuntimePatternTest, BlockListCounts) {
  set("ptr", {0, 4, 4, 7, 12}, {5});
  set("cols", {0, 0, 2, 2, 1, 1, 1, 0, 0, 1, 2, 2}, {12});
  const std::vector<int64_t> &ptr = arrays["ptr"].values,
                             &cols = arrays["cols"].values;
  auto countOf = [&](int64_t row, int64_t key) {
    return std::count(cols.begin() + ptr[row / 3], cols.begin() + ptr[row / 3 + 1],
                      key / 5);
  };
  for (int64_t times : {1, 2, 3, 4}) {
    std::string text = "block_list<block = [3, 5], least = " +
                       std::to_string(times) + ">(%ptr, %cols)";
    checkDefinition(text, [&](const Pair &p) {
      return countOf(p.r, p.j) >= times;
    });
    checkPromises(text);
  }
  PatternAttr pattern =
      bind("causal and block_list<block = [3, 5], multiset = 3>(%ptr, %cols)");
  EXPECT_EQ(getMultiplicity(pattern), 3);
  for (int64_t tileRows : {1, 3, 4}) {
    std::vector<int64_t> counts(12 * 12, 0);
    for (const Phase &phase : decompose(pattern))
      for (int64_t row = 0; row < 12; row += tileRows) {
        PatternShape shape{12, 12, 0, 0, 0, runtime};
        int64_t rows = std::min<int64_t>(tileRows, 12 - row);
        forEachSegment(phase, shape, row, rows, 0, 12, [&](const KeyRange &range) {
          for (int64_t r = row; r < row + rows; ++r)
            for (int64_t key = range.begin; key < range.end; ++key)
              counts[r * 12 + key] +=
                  range.full || isLive(phase.getPattern(), shape, r, key);
        });
      }
    for (int64_t row = 0; row < 12; ++row)
      for (int64_t key = 0; key < 12; ++key)
        EXPECT_EQ(counts[row * 12 + key], key <= row ? countOf(row, key) : 0);
  }
}

TEST_F(RuntimePatternTest, BlockListIsChecked) {
  std::string text = "block_list<block = [6, 4]>(%ptr, %cols)";
  set("cols", {0, 2, 1}, {3});
  set("ptr", {0, 2}, {2});
  EXPECT_EQ(errorOf(text), "expected dimension 0 of the row pointers of "
                           "'block_list' to be 3, but got 2");
  set("ptr", {0, 2, 4}, {3});
  EXPECT_EQ(errorOf(text), "expected the row pointers of 'block_list' to be "
                           "between 0 and 3, but got 4 at element 2");
  set("ptr", {0, 2, 1}, {3});
  EXPECT_EQ(errorOf(text), "expected the row pointers of 'block_list' to ascend, "
                           "but got 1 after 2 at element 2");
  set("ptr", {0, 0, 3}, {3});
  EXPECT_EQ(errorOf(text), "expected the columns of 'block_list' to ascend, but "
                           "got 1 after 2 at element 2");
  set("ptr", {0, 2, 3}, {3});
  EXPECT_EQ(errorOf(text), "");
  set("cols", {1, 1, 1}, {3});
  EXPECT_EQ(errorOf(text), "");
  EXPECT_EQ(errorOf("block_list<block = [6, 4], multiset = 2>(%ptr, %cols)"), "");
  set("ptr", {0, 3, 3}, {3});
  EXPECT_EQ(errorOf("block_list<block = [6, 4], multiset = 2>(%ptr, %cols)"),
            "expected the columns of 'block_list' to hold 1 at most 2 times in a "
            "row, but got one more at element 2");
  set("ptr", {0, 2, 3}, {3});
  set("cols", {0, 3, 1}, {3});
  EXPECT_EQ(errorOf(text), "expected the columns of 'block_list' to be between 0 "
                           "and 2, but got 3 at element 1");
}

//===----------------------------------------------------------------------===//
// key_rows
//===----------------------------------------------------------------------===//

TEST_F(RuntimePatternTest, KeyRows) {
  std::mt19937_64 random(4);
  const std::vector<std::vector<int64_t>> shapes = {
      {2, 2, 12}, {1, 2, 12}, {2, 1, 12}, {12}, {1, 1}};
  for (size_t index = 0; index < shapes.size(); ++index) {
    // Also intervals of other shapes at both ends, beyond the rows, and empty ones.
    std::vector<int64_t> arraysOf[2];
    const std::vector<int64_t> shapeOf[] = {
        shapes[index], shapes[(index + 2) % shapes.size()]};
    for (int side : {0, 1}) {
      int64_t count = 1;
      for (int64_t size : shapeOf[side])
        count *= size;
      for (int64_t i = 0; i < count; ++i)
        arraysOf[side].push_back(side == 0 ? int64_t(random() % 9) - 2
                                           : int64_t(random() % 14) + 1);
      set(side ? "end" : "begin", arraysOf[side], shapeOf[side]);
    }
    auto at = [&](int side, const Pair &p) {
      int64_t indices[] = {p.b, p.h, p.j}, position = 0;
      const std::vector<int64_t> &shape = shapeOf[side];
      for (size_t dim = 0; dim < shape.size(); ++dim)
        position = position * shape[dim] +
                   (shape[dim] == 1 ? 0 : indices[3 - shape.size() + dim]);
      return arraysOf[side][position];
    };
    checkDefinition("key_rows(%begin, %end)", [&](const Pair &p) {
      return at(0, p) <= p.r && p.r < at(1, p);
    });
    checkPromises("key_rows(%begin, %end)");
  }
}

/// Blocks of keys that are alike are passed at once, also from within.
TEST_F(RuntimePatternTest, KeyRowsOfManyKeys) {
  constexpr int64_t numKeys = 200, numRows = 10;
  std::vector<int64_t> begin, end;
  for (int64_t key = 0; key < numKeys; ++key) {
    begin.push_back(key < 90 ? 0 : key < 150 ? 4 : key % 7);
    end.push_back(key < 40 ? 10 : key < 120 ? 5 : 10);
  }
  set("begin", begin, {numKeys});
  set("end", end, {numKeys});
  PatternAttr pattern = bind("key_rows(%begin, %end)", numRows, numKeys);
  for (int64_t first = 0; first < numRows; ++first)
    for (int64_t rows = 1; first + rows <= numRows; ++rows) {
      int64_t key = 0;
      PatternShape shape{numRows, numKeys, 0, 0, 0, runtime};
      forEachSegment({pattern, 1}, shape, first, rows, 0, numKeys,
                     [&](const KeyRange &range) {
                       for (; key < range.end; ++key) {
                         int64_t live = 0;
                         for (int64_t row = first; row < first + rows; ++row)
                           live += isLive(pattern, shape, row, key);
                         bool isInside = key >= range.begin;
                         ASSERT_EQ(live == rows, isInside && range.full)
                             << "rows " << first << " + " << rows << ", key "
                             << key;
                         ASSERT_EQ(live > 0, isInside);
                       }
                     });
      for (; key < numKeys; ++key)
        for (int64_t row = first; row < first + rows; ++row)
          ASSERT_FALSE(isLive(pattern, shape, row, key));
    }
}

//===----------------------------------------------------------------------===//
// mask
//===----------------------------------------------------------------------===//

TEST_F(RuntimePatternTest, Mask) {
  std::mt19937_64 random(3);
  const std::vector<std::vector<int64_t>> shapes = {
      {2, 2, 12, 12}, {1, 2, 12, 12}, {2, 1, 1, 12}, {2, 1, 12, 1},
      {2, 12, 12},    {12, 12},       {1, 1, 1, 1}};
  for (const std::vector<int64_t> &shape : shapes)
    for (int64_t density : {15, 50, 90}) {
      int64_t count = 1;
      for (int64_t size : shape)
        count *= size;
      std::vector<int64_t> bits;
      for (int64_t i = 0; i < count; ++i)
        bits.push_back(int64_t(random() % 100) < density);
      set("mask", bits, shape);
      checkDefinition("mask(%mask)", [&](const Pair &p) {
        int64_t indices[] = {p.b, p.h, p.r, p.j}, at = 0;
        for (size_t dim = 0; dim < shape.size(); ++dim)
          at = at * shape[dim] +
               (shape[dim] == 1 ? 0 : indices[4 - shape.size() + dim]);
        return bits[at] != 0;
      });
      checkPromises("mask(%mask)");
    }
}

TEST_F(RuntimePatternTest, MaskIsChecked) {
  set("mask", {1, 0, 1}, {1, 3});
  EXPECT_EQ(errorOf("mask(%mask)"), "expected dimension 1 of the truth values of "
                                    "'mask' to be 12 or 1, but got 3");
}
} // namespace
