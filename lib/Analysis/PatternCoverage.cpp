// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Adding rectangles of live pairs to cells.
#include "SparseAttn/Analysis/PatternCoverage.h"

#include "SparseAttn/Analysis/LiveRectangles.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::sattn;

std::vector<double> mlir::sattn::computeCoverage(PatternAttr pattern,
                                                 const PatternShape &shape,
                                                 ArrayRef<int64_t> rowBounds,
                                                 ArrayRef<int64_t> keyBounds) {
  if (rowBounds.size() < 2 || keyBounds.size() < 2)
    return {};
  int64_t rows = rowBounds.size() - 1, cols = keyBounds.size() - 1;
  std::vector<double> coverage(rows * cols, 0);
  std::vector<int64_t> live(cols);
  for (int64_t row = 0; row < rows; ++row) {
    std::fill(live.begin(), live.end(), 0);
    forEachLiveRectangle(
        pattern, shape, rowBounds[row], rowBounds[row + 1],
        [&](const LiveRectangle &part) {
          int64_t col = llvm::upper_bound(keyBounds, part.keyBegin) -
                        keyBounds.begin() - 1;
          for (int64_t key = part.keyBegin; key < part.keyEnd; ++col) {
            int64_t end = std::min(part.keyEnd, keyBounds[col + 1]);
            if (key >= end)
              continue;
            int64_t keys = (end - key + part.step - 1) / part.step;
            live[col] += keys * part.numRows;
            key += keys * part.step;
          }
        });
    for (int64_t col = 0; col < cols; ++col) {
      int64_t area = (rowBounds[row + 1] - rowBounds[row]) *
                     (keyBounds[col + 1] - keyBounds[col]);
      coverage[row * cols + col] = static_cast<double>(live[col]) / area;
    }
  }
  return coverage;
}
