// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Patterns of which a row's keys are drawn, and need no search.
#ifndef SPARSEATTN_ANALYSIS_ROWCANDIDATES_H
#define SPARSEATTN_ANALYSIS_ROWCANDIDATES_H

#include "SparseAttn/Dialect/PatternAttrs.h"

namespace mlir::sattn {

/// The keys of a row are those of `rest`, and of the blocks that `drawn` has for the row those for
/// which `filter` holds. No key is in both.
struct RowCandidates {
  RandomAttr drawn;
  PatternAttr rest, filter;

  /// For a pattern with drawn blocks, the first of them if there are several, that only
  /// ever add pairs; none for any other.
  static std::optional<RowCandidates> find(PatternAttr pattern);
};

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_ROWCANDIDATES_H
