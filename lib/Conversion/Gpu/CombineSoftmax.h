// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One result from softmaxes over disjoint keys, on a GPU.
#ifndef SPARSEATTN_LIB_CONVERSION_GPU_COMBINESOFTMAX_H
#define SPARSEATTN_LIB_CONVERSION_GPU_COMBINESOFTMAX_H

#include "SparseAttn/Dialect/TiledOps.h"

namespace mlir::sattn {

/// Threads of the block that combines the softmaxes of a group of rows.
inline constexpr int64_t combineThreads = 128;

/// Replaces `op`, in the body of a kernel, by the code of one of `combineThreads`.
void lowerCombineForGpu(SoftmaxCombineOp op);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_GPU_COMBINESOFTMAX_H
