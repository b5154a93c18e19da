// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Whether two patterns are the same set of pairs.
#ifndef SPARSEATTN_ANALYSIS_PATTERNEQUIVALENCE_H
#define SPARSEATTN_ANALYSIS_PATTERNEQUIVALENCE_H

#include "SparseAttn/Dialect/PatternInterface.h"

#include <optional>

namespace mlir::sattn {

/// A pair that exactly one of two patterns has.
struct PatternDifference {
  int64_t head = 0;
  int64_t row = 0;
  int64_t key = 0;
  bool liveInFirst = false;
};

/// Returns the first pair, by head, row and key, in which the patterns differ; nothing
/// if they are equal at this shape, for heads [firstHead, firstHead + numHeads).
///
/// Equal simplified forms decide at once. Otherwise the algebra searches the symmetric
/// difference (a and not b) or (b and not a) for a live pair: where both patterns have
/// a closed form, the work follows their boundaries, not their area.
std::optional<PatternDifference>
findDifference(PatternAttr a, PatternAttr b, const PatternShape &shape,
               int64_t firstHead, int64_t numHeads);

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_PATTERNEQUIVALENCE_H
