// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `sattn-to-reference`: attention to the oracle's loops.
#include "SparseAttn/Pipelines/Pipelines.h"

#include "LowerToLLVM.h"
#include "SparseAttn/Conversion/Passes.h"
#include "SparseAttn/Transforms/Passes.h"

#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::sattn;

void mlir::sattn::buildToReferencePipeline(OpPassManager &pm) {
  addBufferizationPasses(pm);
  pm.addPass(createExpandMerge({/*fp64=*/true}));
  pm.addPass(createExpandSelectBlocks());
  pm.addPass(createForallToForLoopPass());
  pm.addPass(createConvertSparseAttnToReference());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  addLowerToLLVMPasses(pm);
}
