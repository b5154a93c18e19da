// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Grids of cells that stand for pairs of queries and keys.
#include "SparseAttn/Runtime/Picture.h"
#include "SplitEvenly.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

using namespace llvm;
using namespace mlir::sattn;

int64_t CellGrid::getRowBegin(int64_t row) const {
  return splitEvenly(numQueries, rows, row);
}

int64_t CellGrid::getColBegin(int64_t col) const {
  return splitEvenly(numKeys, cols, col);
}

/// Fills a grid with `value(row0, row1, col0, col1)`.
template <typename Value>
static CellGrid makeGrid(int64_t numQueries, int64_t numKeys, int64_t maxCells,
                         Value value) {
  CellGrid grid;
  grid.numQueries = numQueries;
  grid.numKeys = numKeys;
  grid.rows = std::min(numQueries, maxCells);
  grid.cols = std::min(numKeys, maxCells);
  grid.values.reserve(grid.rows * grid.cols);
  for (int64_t row = 0; row < grid.rows; ++row)
    for (int64_t col = 0; col < grid.cols; ++col)
      grid.values.push_back(
          value(grid.getRowBegin(row), grid.getRowBegin(row + 1),
                grid.getColBegin(col), grid.getColBegin(col + 1)));
  return grid;
}

CellGrid CellGrid::sample(int64_t numQueries, int64_t numKeys, int64_t maxCells,
                          CoverageFn coverage) {
  return makeGrid(numQueries, numKeys, maxCells, coverage);
}

CellGrid CellGrid::fromWeights(ArrayRef<float> weights, int64_t numQueries,
                               int64_t numKeys, int64_t maxCells) {
  assert(static_cast<int64_t>(weights.size()) == numQueries * numKeys &&
         "expected one weight per pair");
  return makeGrid(numQueries, numKeys, maxCells,
                  [&](int64_t row0, int64_t row1, int64_t col0, int64_t col1) {
                    double result = std::numeric_limits<double>::quiet_NaN();
                    for (int64_t row = row0; row < row1; ++row)
                      for (int64_t col = col0; col < col1; ++col)
                        // Ignores NaN, unless nothing else is there.
                        result = std::fmax(
                            result, double(weights[row * numKeys + col]));
                    return result;
                  });
}
