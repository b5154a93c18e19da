// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From named score modifiers to the `score` region; the regions of pairs as code.
#ifndef SPARSEATTN_DIALECT_SCOREEXPANSION_H
#define SPARSEATTN_DIALECT_SCOREEXPANSION_H

#include "SparseAttn/Dialect/AttentionOps.h"
#include "SparseAttn/Dialect/PatternAlgebra.h"

namespace mlir::sattn {

/// Replaces `op` by an attention whose `score` region does what its named modifiers do,
/// and then what its own region does. Without modifiers, it stays.
AttentionOp expandScoreModifiers(AttentionOp op);

/// Copies the operations of a score or mask region, but not its terminator, to the insertion
/// point, its arguments replaced by `arguments`; returns what it yields.
Value inlinePairRegion(OpBuilder &b, Region &region, ValueRange arguments);

/// Whether a pair is in `pattern`, as an i1. A mask region, `mask`, is asked only if the
/// rest of the pattern leaves that open. `pair` is batch, head, query position and key, as
/// the region counts them.
Value emitIsLive(ImplicitLocOpBuilder &b, SparsityPatternAttrInterface pattern,
                 PatternScope scope, Region *mask, ArrayRef<Value> pair);

} // namespace mlir::sattn

#endif // SPARSEATTN_DIALECT_SCOREEXPANSION_H
