// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How densely a pattern covers the cells of a coarse grid: what its picture shows.
#ifndef SPARSEATTN_ANALYSIS_PATTERNCOVERAGE_H
#define SPARSEATTN_ANALYSIS_PATTERNCOVERAGE_H

#include "SparseAttn/Dialect/PatternInterface.h"

#include <vector>

namespace mlir::sattn {

/// Returns, row by row, the share of live pairs in each cell of the grid whose cell
/// (r, c) covers the query rows [rowBounds[r], rowBounds[r + 1]) and the keys
/// [keyBounds[c], keyBounds[c + 1]). Bounds ascend strictly, from 0 to the size.
/// Counted exactly: 0 means that no pair is live and 1 that all are. `pattern` is
/// simplified and of one head.
std::vector<double> computeCoverage(PatternAttr pattern,
                                    const PatternShape &shape,
                                    ArrayRef<int64_t> rowBounds,
                                    ArrayRef<int64_t> keyBounds);

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_PATTERNCOVERAGE_H
