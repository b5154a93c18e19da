// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Attention without a key.
#ifndef SPARSEATTN_LIB_TRANSFORMS_EMPTYROWS_H
#define SPARSEATTN_LIB_TRANSFORMS_EMPTYROWS_H

#include "SparseAttn/Dialect/AttentionOps.h"
#include "SparseAttn/Dialect/AttentionSizes.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::sattn {

/// The results of an attention that has no key at all, by type: there is nothing to slice.
void emitEmptyRows(ImplicitLocOpBuilder &b, AttentionOp op,
                   const AttentionSizes &sizes);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_TRANSFORMS_EMPTYROWS_H
