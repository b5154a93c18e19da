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

using namespace mlir;
using namespace mlir::sattn;

static constexpr llvm::StringLiteral pipelineName = "sattn-to-llvm";

/// The first mistake in `options` that no pass would report, or "".
static std::string findInvalidOption(const ToLLVMOptions &options) {
  struct {
    StringRef name;
    int64_t value, most;
  } numbers[] = {{"threads", options.threads, maxThreads},
                 {"query-tile", options.queryTile, maxQueryTile},
                 {"key-tile", options.keyTile, maxKeyTile},
                 {"split-keys", options.splitKeys, maxSplitKeys}};
  for (auto &[name, value, most] : numbers)
    if (value < 0 || value > most)
      return ("expected '" + name + "' to be between 0 and " + Twine(most) +
              ", but got " + Twine(value))
          .str();
  int64_t width = options.vectorWidth;
  if (width != 0 && width != 4 && width != 8 && width != 16)
    return ("expected 'vector-width' to be 4, 8 or 16, but got " + Twine(width))
        .str();
  return "";
}

void mlir::sattn::buildToLLVMPipeline(OpPassManager &pm,
                                      const ToLLVMOptions &options) {
  std::string error;
  FailureOr<TargetInfo> found =
      getTargetInfo(options.cpu, options.features, error);
  // The schedule's processor decides about sizes and layouts, the code's about instructions.
  TargetInfo code;
  if (succeeded(found))
    code = *found;
  if (succeeded(found) && !options.targetSchedule.empty())
    found = getTargetInfo(options.targetSchedule, /*features=*/"", error);
  if (succeeded(found))
    error = findInvalidOption(options);
  if (!error.empty()) {
    addInvalidOptionsPass(pm, pipelineName, error);
    return;
  }
  TargetInfo target = *found;
  if (options.vectorWidth > 0 && options.vectorWidth != target.lanes) {
    target.lanes = options.vectorWidth;
    target.powerTable = 0;
    target.bf16Dot = false;
  }
  if (options.queryTile != 1 && options.queryTile % target.lanes) {
    addInvalidOptionsPass(
        pm, pipelineName,
        ("expected 'query-tile' to be 1 or a multiple of the vector width (" +
         Twine(target.lanes) + "), but got " +
         Twine(int64_t(options.queryTile)))
            .str());
    return;
  }

  addBufferizationPasses(pm);
  pm.addPass(createExpandMerge());
  pm.addPass(createExpandSelectBlocks());
  pm.addPass(createTileToBlockSparse(
      {options.queryTile, target.lanes, target.tileVectors, target.tileKeys,
       target.multiplyAddsPerCycle, target.bf16Dot, options.checkOperands, /*gpu=*/false,
       options.splitKeys}));
  pm.addPass(createFuseOnlineSoftmax({options.keyTile, target.bf16Dot}));
  pm.addPass(createOutlineTileKernels());
  pm.addPass(createConvertSparseAttnToVector(
      {target.lanes, target.tileVectors, target.tileKeys,
       // Larger tables are of processors that have the smaller ones' instructions too.
       target.powerTable <= code.powerTable ? target.powerTable : 0,
       target.bf16Dot && code.hasBF16}));
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
  // convert-scf-to-openmp leaves alloca scopes that only canonicalization
  // removes.
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
  addLowerToLLVMPasses(pm, code.hasBF16);
}
