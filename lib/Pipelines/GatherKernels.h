// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One module for all kernels.
#ifndef SPARSEATTN_LIB_PIPELINES_GATHERKERNELS_H
#define SPARSEATTN_LIB_PIPELINES_GATHERKERNELS_H

#include "mlir/Pass/Pass.h"

namespace mlir::sattn {

/// Moves the kernels of every `gpu.module`, as outlining leaves them, to one named
/// `sattn_kernels`: one PTX file, compiled and loaded once.
std::unique_ptr<Pass> createGatherKernels();

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_PIPELINES_GATHERKERNELS_H
