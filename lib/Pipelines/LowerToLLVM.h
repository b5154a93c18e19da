// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the pipelines have in common: bufferization, and the conversions to LLVM.
#ifndef SPARSEATTN_LIB_PIPELINES_LOWERTOLLVM_H
#define SPARSEATTN_LIB_PIPELINES_LOWERTOLLVM_H

#include "mlir/Pass/PassManager.h"

namespace mlir::sattn {

/// Canonicalizes patterns and bufferizes, with identity layout at function boundaries.
void addBufferizationPasses(OpPassManager &pm);

/// From scf, memref, 1-D vectors and OpenMP to the LLVM dialect. With `hasBF16`, the target
/// rounds to bf16 itself.
void addLowerToLLVMPasses(OpPassManager &pm, bool hasBF16 = false);

/// Fails where something is left that cannot be translated to LLVM IR, and names it.
/// Kernels may be there: as NVVM IR or as binaries, and launched.
void addCheckLoweredPass(OpPassManager &pm, bool hasKernels);

/// A pipeline's options are read before there is a place to report a mistake in them: the
/// pass that this adds stands in for the pipeline, and reports it when it is run.
void addInvalidOptionsPass(OpPassManager &pm, StringRef pipeline,
                           StringRef message);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_PIPELINES_LOWERTOLLVM_H
