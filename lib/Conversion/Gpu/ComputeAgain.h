// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Operands of tiles that are not kept in registers.
#ifndef SPARSEATTN_LIB_CONVERSION_GPU_COMPUTEAGAIN_H
#define SPARSEATTN_LIB_CONVERSION_GPU_COMPUTEAGAIN_H

#include "SparseAttn/Dialect/TiledOps.h"

namespace mlir::sattn {

/// Computes what `op` and its regions use once more, right before it. It follows from the number of the block (or
/// of the iteration), of which a copy is made that no later pass takes for the number itself: else what was
/// computed first would be kept, over all loops between.
///
/// What is read from memory, and what has regions, is used as it is.
void computeOperandsAgain(TileAttentionOp op);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_GPU_COMPUTEAGAIN_H
