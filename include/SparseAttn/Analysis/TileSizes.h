// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How many query rows a tile should have for a pattern.
#ifndef SPARSEATTN_ANALYSIS_TILESIZES_H
#define SPARSEATTN_ANALYSIS_TILESIZES_H

#include "SparseAttn/Analysis/TargetInfo.h"
#include "SparseAttn/Dialect/PatternAlgebra.h"

namespace mlir::sattn {

/// Rows of a query tile: a multiple of the target's lanes, at most its register tile.
///
/// A tile visits every key that one of its rows sees, so for narrow patterns a smaller
/// tile computes fewer pairs that are not live; a larger one loads each key for more rows.
/// The model counts, on sample tiles of a sequence of 4096, the keys visited and the cycles
/// that a register tile takes per key: two fused multiply-adds or two loads a cycle,
/// whichever is more. Ties go to the larger tile.
int64_t chooseQueryTile(const Phase &phase, const TargetInfo &target);

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_TILESIZES_H
