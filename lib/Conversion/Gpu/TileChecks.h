// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What GPU code does not support of a tile.
#ifndef SPARSEATTN_LIB_CONVERSION_GPU_TILECHECKS_H
#define SPARSEATTN_LIB_CONVERSION_GPU_TILECHECKS_H

#include "SparseAttn/Dialect/TiledOps.h"

namespace mlir::sattn {

/// Fails, with an error at `op`, where there is no GPU code for it.
LogicalResult checkForGpu(TileAttentionOp op);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_GPU_TILECHECKS_H
