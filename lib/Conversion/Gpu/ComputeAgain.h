// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Numbers that are not kept in registers over the loops of a tile: what they follow from is copied, or joined with a 0, so
/// that no later pass takes it for itself. Else what was computed first would be kept.
#ifndef SPARSEATTN_LIB_CONVERSION_GPU_COMPUTEAGAIN_H
#define SPARSEATTN_LIB_CONVERSION_GPU_COMPUTEAGAIN_H

#include "GpuBuilder.h"

#include "SparseAttn/Dialect/TiledOps.h"

#include "mlir/IR/IRMapping.h"

namespace mlir::sattn {

/// Computes what `op` and its regions use once more, right before it, from the number of the block (or of the iteration) and,
/// if so asked, the numbers that the kernel is given.
///
/// What is read from memory, and what has regions, is used as it is.
void computeOperandsAgain(TileAttentionOp op, bool withNumbers);

/// Maps numbers (index) that a region of `op` uses to themselves, computed once more at `b`.
void computeNumbersAgain(GpuBuilder &b, TileAttentionOp op, Region &region,
                         IRMapping &again);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_GPU_COMPUTEAGAIN_H
