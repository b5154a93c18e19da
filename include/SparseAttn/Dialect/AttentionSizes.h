// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The sizes of an attention, as IR.
#ifndef SPARSEATTN_DIALECT_ATTENTIONSIZES_H
#define SPARSEATTN_DIALECT_ATTENTIONSIZES_H

#include "SparseAttn/Dialect/AttentionOps.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::sattn {

/// Values of type index; static sizes are constants.
struct AttentionSizes {
  Value batch, heads, kvHeads, queries, keys;
  /// Query heads that share a key/value head.
  Value group;
  /// Position of query row 0, without what a batch adds to it.
  Value offset;
  /// Number of query head 0.
  Value firstHead;
  /// Batch 0 and row 0 in the terms of the pattern's operands.
  Value firstBatch, firstRow;

  /// What leaves that read operands see.
  RuntimeSizes getRuntimeSizes(ImplicitLocOpBuilder &b) const;

  /// For an operation on tensors or memrefs, emitted at the builder's insertion point.
  static AttentionSizes emit(ImplicitLocOpBuilder &b, AttentionOp op);
};

} // namespace mlir::sattn

#endif // SPARSEATTN_DIALECT_ATTENTIONSIZES_H
