// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From named score modifiers to the `score` region.
#ifndef SPARSEATTN_DIALECT_SCOREEXPANSION_H
#define SPARSEATTN_DIALECT_SCOREEXPANSION_H

#include "SparseAttn/Dialect/AttentionOps.h"

namespace mlir::sattn {

/// Replaces `op` by an attention whose `score` region does what its named modifiers do,
/// and then what its own region does. Without modifiers, it stays.
AttentionOp expandScoreModifiers(AttentionOp op);

/// Copies the operations of a score region, but not its terminator, to the insertion
/// point, its arguments replaced by `arguments`; returns what it yields.
Value inlineScore(OpBuilder &b, Region &score, ValueRange arguments);

} // namespace mlir::sattn

#endif // SPARSEATTN_DIALECT_SCOREEXPANSION_H
