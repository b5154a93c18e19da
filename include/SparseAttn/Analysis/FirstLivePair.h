// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Looking for a live pair.
#ifndef SPARSEATTN_ANALYSIS_FIRSTLIVEPAIR_H
#define SPARSEATTN_ANALYSIS_FIRSTLIVEPAIR_H

#include "SparseAttn/Dialect/PatternInterface.h"

#include <optional>
#include <utility>

namespace mlir::sattn {

/// The first live pair (row, key) in row-major order. `pattern` is of one head.
std::optional<std::pair<int64_t, int64_t>>
findFirstLivePair(PatternAttr pattern, const PatternShape &shape);

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_FIRSTLIVEPAIR_H
