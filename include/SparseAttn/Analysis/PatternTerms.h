// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A pattern as a union of simpler ones.
///
/// A search may see a pair twice, so unlike a kernel (PatternAlgebra.h, decompose) it
/// can take the operands of an `or` one by one: `window or columns` is a run for each
/// row, and keys that are the same for all rows. Neither is as simple in the union.
#ifndef SPARSEATTN_ANALYSIS_PATTERNTERMS_H
#define SPARSEATTN_ANALYSIS_PATTERNTERMS_H

#include "SparseAttn/Dialect/PatternInterface.h"

namespace mlir::sattn {

/// The intersection of its patterns; none is dense.
struct PatternTerm {
  /// Whether a pair is live depends on its key (its row) only.
  SmallVector<PatternAttr> ofKey, ofRow;
  SmallVector<PatternAttr> ofBoth;

  /// The whole term.
  PatternAttr getPattern(MLIRContext *context) const;
};

/// Terms whose union is `pattern`, which is simplified.
SmallVector<PatternTerm> splitIntoTerms(PatternAttr pattern);

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_PATTERNTERMS_H
