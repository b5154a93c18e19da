// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The operands of an attention's pattern in code: what every lowering does with them.
#ifndef SPARSEATTN_DIALECT_RUNTIMEOPERANDS_H
#define SPARSEATTN_DIALECT_RUNTIMEOPERANDS_H

#include "SparseAttn/Dialect/AttentionOps.h"
#include "SparseAttn/Dialect/AttentionSizes.h"

namespace mlir::sattn {

/// Reads the operands of `op` at the builder's insertion point. Nothing is emitted for a
/// pattern without operands.
class RuntimeOperands {
public:
  RuntimeOperands(ImplicitLocOpBuilder &builder, AttentionOp op,
                  const AttentionSizes &sizes);

  /// Emits the checks, and moves the builder to where all have passed.
  void check();
  /// Tables of all leaves; they live until `releaseTables`.
  void buildTables();
  void releaseTables();

  /// Position of query row 0 of a batch.
  IndexExpr getOffset(Value batch) const;
  /// The rows of all batches, and the heads. Emits a loop over batches if they have offsets.
  TableExtent getTableExtent(const AttentionSizes &sizes) const;

  /// What predicates and segments of a head and a batch may depend on. Keeps references to
  /// `tables` and to this.
  PatternScope getScope(Value head, Value batch,
                        const PatternTables &tables) const;

private:
  ImplicitLocOpBuilder &b;
  AttentionOp op;
  RuntimeSizes runtimeSizes;
  IndexExpr offset, firstRow, firstBatch;
  /// The offsets of batches, if they have some.
  std::optional<PatternOperand> offsets;
  RuntimeValues values;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_DIALECT_RUNTIMEOPERANDS_H
