// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Searching by halving rectangles, and what looks like a dead one only once.
#include "SparseAttn/Analysis/FirstLivePair.h"

#include "SparseAttn/Analysis/RectangleClasses.h"

#include <algorithm>
#include <vector>

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// The first live pair of rectangles. Where none was found, none is looked for again
/// (RectangleClasses.h).
class FirstPairSearch {
public:
  using Pair = std::pair<int64_t, int64_t>;

  FirstPairSearch(const Phase &phase, const PatternShape &shape)
      : classes(phase, shape) {}

  /// Of the rows firstRow, firstRow + step, ... below rowEnd.
  std::optional<Pair> search(int64_t firstRow, int64_t rowEnd) {
    if (firstRow >= rowEnd)
      return std::nullopt;
    int64_t step = classes.getStep();
    Rectangle rectangle =
        classes.getAllKeys(firstRow, (rowEnd - firstRow + step - 1) / step);
    return rectangle.numKeys ? search(rectangle) : std::nullopt;
  }

  int64_t getStep() const { return classes.getStep(); }

private:
  /// Rectangles up to this size are not split further.
  static constexpr int64_t smallSize = 64;

  std::optional<Pair> search(const Rectangle &rectangle) {
    RectangleSignature signature;
    RectangleClass found = classes.classify(rectangle, signature);
    switch (found.kind) {
    case RectangleClass::Empty:
      return std::nullopt;
    case RectangleClass::Full:
      return Pair{rectangle.firstRow, rectangle.firstKey};
    case RectangleClass::Irregular:
      return found.splitRows ? searchRows(rectangle, found.splitRows)
                             : searchKeys(rectangle, found.splitKeys);
    case RectangleClass::Regular:
      break;
    }
    if (dead.find(signature))
      return std::nullopt;
    std::optional<Pair> pair;
    if (found.edgeKeys)
      return searchKeys(rectangle, found.edgeKeys);
    if (std::max(rectangle.numRows, rectangle.numKeys) <= smallSize)
      pair = searchSegments(rectangle);
    else if (rectangle.numRows >= rectangle.numKeys)
      pair = searchRows(rectangle, getSplit(rectangle.numRows));
    else
      pair = searchKeys(rectangle, getSplit(rectangle.numKeys));
    if (!pair)
      dead.insert(signature, true);
    return pair;
  }

  std::optional<Pair> searchRows(const Rectangle &rectangle, int64_t rows) {
    auto [top, bottom] = classes.splitRows(rectangle, rows);
    if (std::optional<Pair> pair = search(top))
      return pair;
    return search(bottom);
  }

  std::optional<Pair> searchKeys(const Rectangle &rectangle, int64_t keys) {
    auto [left, right] = classes.splitKeys(rectangle, keys);
    std::optional<Pair> pair = search(left);
    if (!pair)
      return search(right);
    // Only an earlier row is better.
    right.numRows = (pair->first - rectangle.firstRow) / classes.getStep();
    if (right.numRows > 0)
      if (std::optional<Pair> earlier = search(right))
        return earlier;
    return pair;
  }

  std::optional<Pair> searchSegments(const Rectangle &rectangle) {
    for (int64_t row = 0; row < rectangle.numRows; ++row) {
      Rectangle ofRow = rectangle;
      ofRow.firstRow += row * classes.getStep();
      ofRow.numRows = 1;
      std::optional<Pair> pair;
      classes.forEachSegment(ofRow, [&](const KeyRange &range) {
        if (!pair)
          pair = Pair{ofRow.firstRow, range.begin};
      });
      if (pair)
        return pair;
    }
    return std::nullopt;
  }

  RectangleClassifier classes;
  SignatureMap<bool> dead;
};
} // namespace

std::optional<std::pair<int64_t, int64_t>>
mlir::sattn::findFirstLivePair(PatternAttr pattern, const PatternShape &shape) {
  // Bands of rows: a pair that is found early bounds the work of later phases.
  constexpr int64_t bandRows = int64_t(1) << 18;
  std::vector<FirstPairSearch> searches;
  for (const Phase &phase : decompose(pattern))
    searches.emplace_back(phase, shape);
  for (int64_t band = 0; band < shape.numQueries; band += bandRows) {
    int64_t bandEnd = std::min(band + bandRows, shape.numQueries);
    std::optional<std::pair<int64_t, int64_t>> best;
    for (FirstPairSearch &search : searches)
      for (int64_t first = band;
           first < std::min(band + search.getStep(), bandEnd); ++first) {
        // Only rows up to the best one can still improve it.
        auto found = search.search(first, best ? best->first + 1 : bandEnd);
        if (found && (!best || *found < *best))
          best = found;
      }
    if (best)
      return best;
  }
  return std::nullopt;
}
