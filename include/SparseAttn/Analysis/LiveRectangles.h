// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A pattern with concrete sizes as a set of disjoint rectangles.
///
/// Rows are halved until every segment is full or empty, so a pattern costs what its
/// boundary costs, not its area: a window over a million tokens is a few million
/// rectangles, a dense pattern is one. Drawing and searching build on this.
#ifndef SPARSEATTN_ANALYSIS_LIVERECTANGLES_H
#define SPARSEATTN_ANALYSIS_LIVERECTANGLES_H

#include "SparseAttn/Dialect/PatternInterface.h"

#include <optional>
#include <utility>

namespace mlir::sattn {

/// All pairs of rows firstRow, firstRow + step, ... (numRows of them) and keys
/// keyBegin, keyBegin + step, ... below keyEnd are live. Rows are counted before the
/// offset.
struct LiveRectangle {
  int64_t firstRow = 0;
  int64_t numRows = 0;
  int64_t keyBegin = 0;
  int64_t keyEnd = 0;
  int64_t step = 1;

  /// The number of keys in a row.
  int64_t getNumKeys() const { return (keyEnd - keyBegin + step - 1) / step; }
};

/// Visits rectangles whose disjoint union is the live pairs of rows [rowBegin, rowEnd).
/// `pattern` is simplified and of one head; the order is not specified.
void forEachLiveRectangle(PatternAttr pattern, const PatternShape &shape,
                          int64_t rowBegin, int64_t rowEnd,
                          llvm::function_ref<void(const LiveRectangle &)> visit);

/// The first live pair (row, key) in row-major order. `pattern` is of one head.
std::optional<std::pair<int64_t, int64_t>>
findFirstLivePair(PatternAttr pattern, const PatternShape &shape);

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_LIVERECTANGLES_H
