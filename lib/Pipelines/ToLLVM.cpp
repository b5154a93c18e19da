// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `sattn-to-llvm`: attention to CPU code.
#include "SparseAttn/Pipelines/Pipelines.h"

#include "LowerToLLVM.h"
#include "SparseAttn/Analysis/TargetInfo.h"
#include "SparseAttn/Conversion/Passes.h"
#include "SparseAttn/Transforms/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/ErrorHandling.h"

using namespace mlir;
using namespace mlir::sattn;

/// Keys that share one softmax update: their scores and values stay in the first-level
/// cache, and the cost of an update is spread.
static constexpr int64_t defaultKeyTile = 96;

void mlir::sattn::buildToLLVMPipeline(OpPassManager &pm,
                                      const ToLLVMOptions &options) {
  std::string error;
  TargetInfo target =
      getTargetInfo(options.cpu, options.features, error).value_or(TargetInfo());
  if (options.vectorWidth > 0)
    target.lanes = options.vectorWidth;
  int64_t queryTile =
      options.queryTile > 0 ? options.queryTile : target.queryTile();
  int64_t keyTile = options.keyTile > 0 ? options.keyTile : defaultKeyTile;

  addBufferizationPasses(pm);
  pm.addPass(createTileToBlockSparse({queryTile}));
  pm.addPass(createFuseOnlineSoftmax({keyTile}));
  pm.addPass(createConvertSparseAttnToVector(
      {target.lanes, target.tileVectors, target.tileKeys}));
  if (options.threads == 1) {
    pm.addPass(createForallToForLoopPass());
  } else {
    pm.addPass(createForallToParallelLoopPass());
    ConvertSCFToOpenMPPassOptions openMP;
    openMP.numThreads = std::max<int64_t>(options.threads, 0);
    pm.addPass(createConvertSCFToOpenMPPass(openMP));
    pm.addPass(createScheduleDynamically());
  }
  pm.addPass(createHoistTileBuffers());
  // convert-scf-to-openmp leaves alloca scopes that only canonicalization removes.
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
  addLowerToLLVMPasses(pm);
}
