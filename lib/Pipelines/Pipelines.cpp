// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Registration of the pipelines.
#include "SparseAttn/Pipelines/Pipelines.h"

#include "mlir/Pass/PassRegistry.h"

using namespace mlir;
using namespace mlir::sattn;

void mlir::sattn::registerPipelines() {
  PassPipelineRegistration<ToLLVMOptions>(
      "sattn-to-llvm", "compile sattn.attention to CPU code (LLVM dialect)",
      buildToLLVMPipeline);
  PassPipelineRegistration<ToNVVMOptions>(
      "sattn-to-nvvm", "compile sattn.attention to kernels for NVIDIA GPUs",
      buildToNVVMPipeline);
  PassPipelineRegistration<>(
      "sattn-to-reference",
      "compile sattn.attention to fp64 loops over every pair: the oracle",
      buildToReferencePipeline);
}
