// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Counting rows by halving rectangles; those that look alike are counted
/// once (RectangleClasses.h).
#include "SparseAttn/Analysis/PatternStatistics.h"

#include "SparseAttn/Analysis/DrawnKeys.h"
#include "SparseAttn/Analysis/RectangleClasses.h"
#include "SparseAttn/Dialect/PatternAttrs.h"

#include <algorithm>
#include <optional>
#include <vector>

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// Counts the live keys of each row.
class RowCounter {
public:
  RowCounter(const Phase &phase, const PatternShape &shape)
      : classes(phase, shape) {}

  /// All keys of the rows firstRow, firstRow + step, ...: returns a number that holds
  /// for all of them and adds the rest to `perRow`.
  int64_t add(int64_t firstRow, MutableArrayRef<int64_t> perRow) {
    Rectangle rectangle =
        classes.getAllKeys(firstRow, static_cast<int64_t>(perRow.size()));
    return rectangle.numKeys ? add(rectangle, perRow) : 0;
  }

  /// The number of live keys of each row of a rectangle.
  SmallVector<int64_t> count(const Rectangle &rectangle) {
    SmallVector<int64_t> perRow(rectangle.numRows, 0);
    int64_t common = add(rectangle, perRow);
    for (int64_t &live : perRow)
      live += common;
    return perRow;
  }

  /// Of a single pair.
  bool isLive(const Rectangle &pair) {
    return classes.classify(pair, signatureOfPair).kind == RectangleClass::Full;
  }

  int64_t getStep() const { return classes.getStep(); }

private:
  /// Rectangles up to this size are not split further.
  static constexpr int64_t smallSize = 64;
  /// Rows of the largest rectangle that is remembered.
  static constexpr int64_t maxKnownRows = 4096;

  struct Counts {
    int64_t common = 0;
    /// In addition; empty if there is none.
    std::vector<int32_t> perRow;
  };

  int64_t add(const Rectangle &rectangle, MutableArrayRef<int64_t> perRow) {
    RectangleSignature signature;
    RectangleClass found = classes.classify(rectangle, signature);
    switch (found.kind) {
    case RectangleClass::Empty:
      return 0;
    case RectangleClass::Full:
      return rectangle.numKeys;
    case RectangleClass::Irregular:
      return found.splitRows ? addRows(rectangle, found.splitRows, perRow)
                             : addKeys(rectangle, found.splitKeys, perRow);
    case RectangleClass::Regular:
      break;
    }
    if (found.edgeKeys)
      return addKeys(rectangle, found.edgeKeys, perRow);
    if (rectangle.numRows > maxKnownRows)
      return addRows(rectangle, getSplit(rectangle.numRows), perRow);
    if (const Counts *counts = known.find(signature)) {
      for (size_t row = 0; row < counts->perRow.size(); ++row)
        perRow[row] += counts->perRow[row];
      return counts->common;
    }
    std::vector<int64_t> own(rectangle.numRows, 0);
    int64_t common = 0;
    if (std::max(rectangle.numRows, rectangle.numKeys) <= smallSize)
      addSegments(rectangle, own);
    else if (rectangle.numRows >= rectangle.numKeys)
      common = addRows(rectangle, getSplit(rectangle.numRows), own);
    else
      common = addKeys(rectangle, getSplit(rectangle.numKeys), own);
    int64_t least = *std::min_element(own.begin(), own.end());
    Counts counts{common + least, {}};
    if (*std::max_element(own.begin(), own.end()) > least)
      for (auto [row, count] : llvm::enumerate(own)) {
        counts.perRow.push_back(static_cast<int32_t>(count - least));
        perRow[row] += count - least;
      }
    int64_t cost = 1 + counts.perRow.size();
    int64_t result = counts.common;
    known.insert(signature, std::move(counts), cost);
    return result;
  }

  int64_t addRows(const Rectangle &rectangle, int64_t rows,
                  MutableArrayRef<int64_t> perRow) {
    auto [top, bottom] = classes.splitRows(rectangle, rows);
    int64_t ofTop = add(top, perRow.take_front(rows));
    int64_t ofBottom = add(bottom, perRow.drop_front(rows));
    int64_t common = std::min(ofTop, ofBottom);
    if (ofTop > common)
      for (int64_t &count : perRow.take_front(rows))
        count += ofTop - common;
    if (ofBottom > common)
      for (int64_t &count : perRow.drop_front(rows))
        count += ofBottom - common;
    return common;
  }

  int64_t addKeys(const Rectangle &rectangle, int64_t keys,
                  MutableArrayRef<int64_t> perRow) {
    auto [left, right] = classes.splitKeys(rectangle, keys);
    int64_t ofLeft = add(left, perRow);
    return ofLeft + add(right, perRow);
  }

  /// By halving rows until no segment is partial.
  void addSegments(const Rectangle &rectangle,
                   MutableArrayRef<int64_t> perRow) {
    int64_t common = 0;
    classes.forEachSegment(rectangle, [&](const KeyRange &range) {
      if (range.full) {
        common += classes.countKeys(range);
        return;
      }
      assert(rectangle.numRows > 1 && "a tile of one row has no partial segment");
      Rectangle part = rectangle;
      part.firstKey = range.begin;
      part.numKeys = classes.countKeys(range);
      int64_t half = part.numRows / 2;
      auto [top, bottom] = classes.splitRows(part, half);
      addSegments(top, perRow.take_front(half));
      addSegments(bottom, perRow.drop_front(half));
    });
    if (common)
      for (int64_t &count : perRow)
        count += common;
  }

  RectangleClassifier classes;
  SignatureMap<Counts> known;
  RectangleSignature signatureOfPair;
};

/// Counts the live keys of each row, apart from drawn keys and at these.
class DrawnRowCounter {
public:
  DrawnRowCounter(const Phase &phase, const PatternShape &shape)
      : drawn(DrawnKeys::find(phase, shape)),
        without(simplify(drawn ? drawn->getWithout() : phase), shape) {
    if (!drawn)
      return;
    with.emplace(simplify(drawn->getWith()), shape);
    isDrawAlone = isa<RandomAttr>(phase.pattern);
  }

  /// As of RowCounter.
  int64_t add(int64_t firstRow, MutableArrayRef<int64_t> perRow) {
    int64_t common = without.add(firstRow, perRow);
    if (!drawn)
      return common;
    int64_t rows = static_cast<int64_t>(perRow.size()), step = getStep();
    for (int64_t done = 0; done < rows;) {
      int64_t row = firstRow + done * step;
      int64_t alike = std::min(drawn->countAlike(row), rows - done);
      drawn->getRuns(row, alike, runs);
      for (const DrawnKeys::Run &run : runs)
        addRun({row, alike, run.firstKey, run.numKeys},
               perRow.slice(done, alike));
      done += alike;
    }
    return common;
  }

  int64_t getStep() const { return without.getStep(); }

private:
  static Phase simplify(const Phase &phase) {
    return {simplifyPattern(phase.getPattern()), phase.step};
  }

  /// Of keys that all rows draw: what is live then, and was not before.
  void addRun(const Rectangle &keys, MutableArrayRef<int64_t> perRow) {
    if (isDrawAlone) {
      for (int64_t &live : perRow)
        live += keys.numKeys;
      return;
    }
    if (keys.numRows == 1 && keys.numKeys == 1) {
      perRow.front() += with->isLive(keys) - without.isLive(keys);
      return;
    }
    for (auto [live, now, before] :
         llvm::zip_equal(perRow, with->count(keys), without.count(keys)))
      live += now - before;
  }

  std::optional<DrawnKeys> drawn;
  RowCounter without;
  std::optional<RowCounter> with;
  bool isDrawAlone = false;
  std::vector<DrawnKeys::Run> runs;
};

/// Adds the live keys of the rows [begin, begin + perRow.size()).
void addLivePerRow(DrawnRowCounter &counter, int64_t begin,
                   MutableArrayRef<int64_t> perRow) {
  int64_t step = counter.getStep();
  std::vector<int64_t> ofClass;
  int64_t rows = static_cast<int64_t>(perRow.size());
  for (int64_t first = 0; first < std::min(step, rows); ++first) {
    ofClass.assign((rows - first + step - 1) / step, 0);
    int64_t common = counter.add(begin + first, ofClass);
    for (auto [index, live] : llvm::enumerate(ofClass))
      perRow[first + index * step] += live + common;
  }
}
} // namespace

RowStatistics mlir::sattn::computeRowStatistics(PatternAttr pattern,
                                                const PatternShape &shape) {
  constexpr int64_t chunkRows = int64_t(1) << 20;
  RowStatistics result;
  if (shape.numQueries <= 0)
    return result;
  result.minPerRow = shape.numKeys;
  std::vector<DrawnRowCounter> counters;
  for (const Phase &phase :
       decompose(getPatternForHead(simplifyPattern(pattern), shape.head)))
    counters.emplace_back(phase, shape);
  /// How many rows see that many keys.
  std::vector<int32_t> rowsWith;
  std::vector<int64_t> perRow;
  for (int64_t begin = 0; begin < shape.numQueries; begin += chunkRows) {
    perRow.assign(std::min(chunkRows, shape.numQueries - begin), 0);
    for (DrawnRowCounter &counter : counters)
      addLivePerRow(counter, begin, perRow);
    for (int64_t live : perRow) {
      result.livePairs += live;
      result.minPerRow = std::min(result.minPerRow, live);
      result.maxPerRow = std::max(result.maxPerRow, live);
      result.emptyRows += live == 0;
      if (live >= static_cast<int64_t>(rowsWith.size()))
        rowsWith.resize(live + 1, 0);
      ++rowsWith[live];
    }
  }
  for (auto [live, rows] : llvm::enumerate(rowsWith))
    if (rows && rows >= result.commonRows) {
      result.commonPerRow = live;
      result.commonRows = rows;
    }
  return result;
}

/// The parts of nested `or`s, with names expanded.
static void collectParts(PatternAttr pattern,
                         SmallVectorImpl<PatternAttr> &parts) {
  if (!isa<OrAttr>(pattern))
    pattern = simplifyPattern(pattern);
  if (auto orAttr = dyn_cast<OrAttr>(pattern)) {
    for (Attribute operand : orAttr.getOperands())
      collectParts(cast<PatternAttr>(operand), parts);
    return;
  }
  parts.push_back(pattern);
}

int64_t mlir::sattn::computeTextbookWidth(PatternAttr pattern,
                                          const PatternShape &shape,
                                          const RowStatistics &rows) {
  auto widthOf = [&](const RowStatistics &part) {
    return 2 * part.commonRows >= shape.numQueries ? part.commonPerRow
                                                   : part.maxPerRow;
  };
  SmallVector<PatternAttr> parts;
  collectParts(getPatternForHead(pattern, shape.head), parts);
  if (parts.size() == 1)
    return widthOf(rows);
  int64_t width = 0;
  for (PatternAttr part : parts)
    width += widthOf(computeRowStatistics(part, shape));
  return std::min(width, shape.numKeys);
}
