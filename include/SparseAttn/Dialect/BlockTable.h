// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Keys and values in pages: what lowerings do about `block_table`.
#ifndef SPARSEATTN_DIALECT_BLOCKTABLE_H
#define SPARSEATTN_DIALECT_BLOCKTABLE_H

#include "SparseAttn/Dialect/AttentionOps.h"

namespace mlir::sattn {

/// Restricts the pattern of `op` to the keys whose pages its block table has: p becomes
/// `p and pages<size>(%table)`. Nothing without a block table.
void addPagesToPattern(AttentionOp op);

/// Checks that entries are below P.
void checkBlockTable(OperandChecker &checker, AttentionOp op,
                     const PatternOperand &table);

} // namespace mlir::sattn

#endif // SPARSEATTN_DIALECT_BLOCKTABLE_H
