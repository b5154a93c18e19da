// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which query heads share a pattern.
#ifndef SPARSEATTN_ANALYSIS_HEADGROUPS_H
#define SPARSEATTN_ANALYSIS_HEADGROUPS_H

#include "SparseAttn/Dialect/PatternInterface.h"

namespace mlir::sattn {

/// Heads that see the same pairs. `pattern` is simplified and has per_head resolved;
/// any of the heads stands for all.
struct HeadGroup {
  PatternAttr pattern;
  SmallVector<int64_t> heads;
};

/// Whether heads may see different pairs although they have the same attribute: drawn
/// blocks, a layout per head, or a pattern of another dialect.
bool mayDependOnHead(PatternAttr pattern);

/// The groups of heads [firstHead, firstHead + numHeads), in order of their first head.
SmallVector<HeadGroup> groupHeads(PatternAttr pattern, int64_t firstHead,
                                  int64_t numHeads);

/// Query heads first, first + step, ... (count of them) that share a pattern;
/// count is dynamic when no head is named.
struct HeadRange {
  int64_t first = 0, step = 1;
  std::optional<int64_t> count;
};

/// `heads`, which ascend, as few arithmetic progressions.
SmallVector<HeadRange> toHeadRanges(ArrayRef<int64_t> heads);

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_HEADGROUPS_H
