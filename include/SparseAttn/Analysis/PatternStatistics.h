// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How many keys the rows of a pattern see, counted exactly.
#ifndef SPARSEATTN_ANALYSIS_PATTERNSTATISTICS_H
#define SPARSEATTN_ANALYSIS_PATTERNSTATISTICS_H

#include "SparseAttn/Dialect/PatternInterface.h"

namespace mlir::sattn {

/// Live keys per query row of one head.
struct RowStatistics {
  int64_t livePairs = 0;
  /// Zero if there is no row.
  int64_t minPerRow = 0;
  int64_t maxPerRow = 0;
  int64_t emptyRows = 0;
  /// The number of keys that most rows see, and how many rows do.
  int64_t commonPerRow = 0;
  int64_t commonRows = 0;
};

/// Counts exactly. `pattern` is of one head.
RowStatistics computeRowStatistics(PatternAttr pattern,
                                   const PatternShape &shape);

/// The keys of a row as a textbook adds them up, without clipping at the edges and
/// without overlaps: the sum, over the parts of an `or`, of the number of keys that the
/// rows of the part see (at least half of the rows the same number; if there is no such
/// number, the largest). 64 local + one of each 128 + one global of 4096 is 97.
/// `rows` are the statistics of the whole pattern.
int64_t computeTextbookWidth(PatternAttr pattern, const PatternShape &shape,
                             const RowStatistics &rows);

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_PATTERNSTATISTICS_H
