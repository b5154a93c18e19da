// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A query tile as the code of a block of GPU threads.
#ifndef SPARSEATTN_LIB_CONVERSION_GPU_TILEKERNEL_H
#define SPARSEATTN_LIB_CONVERSION_GPU_TILEKERNEL_H

#include "SparseAttn/Analysis/GpuTile.h"
#include "SparseAttn/Dialect/TiledOps.h"

namespace mlir::sattn {

/// The size that a tile has on a GPU.
GpuTile chooseGpuTile(TileAttentionOp op, const GpuTileOptions &options);

/// Replaces `op`, in the body of a kernel, by the code of one thread. `shared` points to shared
/// memory.
void lowerTileForGpu(TileAttentionOp op, const GpuTile &tile, Value shared);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_GPU_TILEKERNEL_H
