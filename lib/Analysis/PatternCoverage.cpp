// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Counting the live pairs of cells by halving rectangles; those that look alike are
/// counted once (RectangleClasses.h).
#include "SparseAttn/Analysis/PatternCoverage.h"

#include "SparseAttn/Analysis/DrawnKeys.h"
#include "SparseAttn/Analysis/RectangleClasses.h"

#include <algorithm>
#include <optional>
#include <vector>

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// The cells of one row of the grid, for one phase.
class CellCounter {
public:
  CellCounter(const Phase &phase, const PatternShape &shape,
              ArrayRef<int64_t> keyBounds)
      : classes(phase, shape), keyBounds(keyBounds) {}

  /// Adds to `live[c]` the live pairs of rows [rowBegin, rowEnd) in column c.
  void add(int64_t rowBegin, int64_t rowEnd, MutableArrayRef<int64_t> live) {
    int64_t step = classes.getStep();
    for (int64_t first = rowBegin; first < std::min(rowBegin + step, rowEnd);
         ++first) {
      Rectangle rectangle =
          classes.getAllKeys(first, (rowEnd - first + step - 1) / step);
      if (rectangle.numKeys)
        add(rectangle, live);
    }
  }

  /// Adds those of a rectangle; or takes them away, with `sign` -1.
  void add(const Rectangle &rectangle, MutableArrayRef<int64_t> live,
           int64_t sign = 1) {
    RectangleClass found = classes.classify(rectangle, signature);
    if (found.kind == RectangleClass::Empty)
      return;
    if (found.kind == RectangleClass::Irregular) {
      auto [first, second] =
          found.splitRows ? classes.splitRows(rectangle, found.splitRows)
                          : classes.splitKeys(rectangle, found.splitKeys);
      add(first, live, sign);
      add(second, live, sign);
      return;
    }
    // Cut at the bounds of the cells.
    int64_t step = classes.getStep();
    int64_t col = llvm::upper_bound(keyBounds, rectangle.firstKey) -
                  keyBounds.begin() - 1;
    Rectangle rest = rectangle;
    for (;; ++col) {
      int64_t keys = (keyBounds[col + 1] - rest.firstKey + step - 1) / step;
      if (keys <= 0)
        continue;
      auto [cell, others] =
          classes.splitKeys(rest, std::min(keys, rest.numKeys));
      live[col] += sign * (found.kind == RectangleClass::Full
                               ? cell.numRows * cell.numKeys
                               : count(cell));
      if (others.numKeys == 0)
        return;
      rest = others;
    }
  }

  int64_t getStep() const { return classes.getStep(); }

private:
  /// Rectangles up to this size are not split further.
  static constexpr int64_t smallSize = 64;

  /// Of a rectangle in which lists are constant.
  int64_t count(const Rectangle &rectangle) {
    RectangleSignature signature;
    RectangleClass found = classes.classify(rectangle, signature);
    if (found.kind == RectangleClass::Empty)
      return 0;
    if (found.kind == RectangleClass::Full)
      return rectangle.numRows * rectangle.numKeys;
    if (found.edgeKeys) {
      auto [left, right] = classes.splitKeys(rectangle, found.edgeKeys);
      return count(left) + count(right);
    }
    if (const int64_t *before = known.find(signature))
      return *before;
    int64_t live;
    if (std::max(rectangle.numRows, rectangle.numKeys) <= smallSize) {
      live = countSegments(rectangle);
    } else {
      auto [first, second] =
          rectangle.numRows >= rectangle.numKeys
              ? classes.splitRows(rectangle, getSplit(rectangle.numRows))
              : classes.splitKeys(rectangle, getSplit(rectangle.numKeys));
      live = count(first) + count(second);
    }
    known.insert(signature, live);
    return live;
  }

  /// By halving rows until no segment is partial.
  int64_t countSegments(const Rectangle &rectangle) {
    int64_t live = 0;
    classes.forEachSegment(rectangle, [&](const KeyRange &range) {
      Rectangle part = rectangle;
      part.firstKey = range.begin;
      part.numKeys = classes.countKeys(range);
      if (range.full) {
        live += part.numRows * part.numKeys;
        return;
      }
      auto [top, bottom] = classes.splitRows(part, part.numRows / 2);
      live += countSegments(top) + countSegments(bottom);
    });
    return live;
  }

  RectangleClassifier classes;
  ArrayRef<int64_t> keyBounds;
  SignatureMap<int64_t> known;
  RectangleSignature signature;
};

/// Counts as if nothing were drawn, and what is drawn by itself.
class DrawnCellCounter {
public:
  DrawnCellCounter(const Phase &phase, const PatternShape &shape,
                   ArrayRef<int64_t> keyBounds)
      : drawn(DrawnKeys::find(phase, shape)),
        without(drawn ? drawn->getWithout() : phase, shape, keyBounds) {
    if (drawn)
      with.emplace(drawn->getWith(), shape, keyBounds);
  }

  /// As of CellCounter.
  void add(int64_t rowBegin, int64_t rowEnd, MutableArrayRef<int64_t> live) {
    without.add(rowBegin, rowEnd, live);
    if (!drawn)
      return;
    int64_t step = without.getStep();
    std::vector<DrawnKeys::Run> runs;
    for (int64_t first = rowBegin; first < std::min(rowBegin + step, rowEnd);
         ++first)
      for (int64_t row = first; row < rowEnd;) {
        int64_t alike = std::min(drawn->countAlike(row),
                                 (rowEnd - row + step - 1) / step);
        drawn->getRuns(row, alike, runs);
        for (const DrawnKeys::Run &run : runs) {
          Rectangle keys{row, alike, run.firstKey, run.numKeys};
          with->add(keys, live);
          without.add(keys, live, /*sign=*/-1);
        }
        row += alike * step;
      }
  }

private:
  std::optional<DrawnKeys> drawn;
  CellCounter without;
  std::optional<CellCounter> with;
};
} // namespace

std::vector<double> mlir::sattn::computeCoverage(PatternAttr pattern,
                                                 const PatternShape &shape,
                                                 ArrayRef<int64_t> rowBounds,
                                                 ArrayRef<int64_t> keyBounds) {
  if (rowBounds.size() < 2 || keyBounds.size() < 2)
    return {};
  int64_t rows = rowBounds.size() - 1, cols = keyBounds.size() - 1;
  std::vector<DrawnCellCounter> counters;
  for (const Phase &phase : decompose(pattern))
    counters.emplace_back(phase, shape, keyBounds);
  std::vector<double> coverage(rows * cols, 0);
  std::vector<int64_t> live(cols);
  for (int64_t row = 0; row < rows; ++row) {
    std::fill(live.begin(), live.end(), 0);
    for (DrawnCellCounter &counter : counters)
      counter.add(rowBounds[row], rowBounds[row + 1], live);
    for (int64_t col = 0; col < cols; ++col) {
      int64_t area = (rowBounds[row + 1] - rowBounds[row]) *
                     (keyBounds[col + 1] - keyBounds[col]);
      coverage[row * cols + col] = static_cast<double>(live[col]) / area;
    }
  }
  return coverage;
}
