// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `sattn-to-nvvm`: attention to kernels for NVIDIA GPUs.
#include "SparseAttn/Pipelines/Pipelines.h"

#include "GatherKernels.h"
#include "JitLevel.h"
#include "LowerToLLVM.h"
#include "SparseAttn/Analysis/GpuChip.h"
#include "SparseAttn/Analysis/GpuTile.h"
#include "SparseAttn/Analysis/TargetInfo.h"
#include "SparseAttn/Conversion/Passes.h"
#include "SparseAttn/Transforms/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Target/LLVM/NVVM/Utils.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

using namespace mlir;
using namespace mlir::sattn;

/// From kernels with `sattn` operations to the NVVM dialect.
static void addKernelPasses(OpPassManager &pm, const ToNVVMOptions &options) {
  OpPassManager &kernels = pm.nest<gpu::GPUModuleOp>();
  // A kernel becomes hundreds of times as long in the conversion: what can be done before is.
  kernels.addPass(memref::createExpandStridedMetadataPass());
  kernels.addPass(createLowerAffinePass());
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createConvertSparseAttnToGpu(
      {options.warps, options.keyTile, options.stages, options.allowTF32}));
  kernels.addPass(createCSEPass());
  // Before the conversion to NVVM, which makes calls of a library of mathematical functions.
  kernels.addPass(createConvertMathToLLVMPass());
  kernels.addPass(createSCFToControlFlowPass());
  ConvertGpuOpsToNVVMOpsOptions toNVVM;
  kernels.addPass(createConvertGpuOpsToNVVMOps(toNVVM));
  kernels.addPass(createCSEPass());
  kernels.addPass(createReconcileUnrealizedCastsPass());
}

void mlir::sattn::addGpuHostPasses(OpPassManager &pm) {
  pm.addNestedPass<func::FuncOp>(createGpuAsyncRegionPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(arith::createArithExpandOpsPass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createGpuToLLVMConversionPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  addCheckLoweredPass(pm, /*hasKernels=*/true);
}

std::string mlir::sattn::findCudaToolError(StringRef tool, StringRef purpose) {
  llvm::SmallString<128> inToolkit(NVVM::getCUDAToolkitPath());
  llvm::sys::path::append(inToolkit, "bin", tool);
  if (llvm::sys::fs::can_execute(inToolkit) || llvm::sys::findProgramByName(tool))
    return "";
  return ("expected NVIDIA's " + tool + " for " + purpose +
          ", on PATH or in the CUDA Toolkit that CUDA_HOME names, but there is none")
      .str();
}

/// The first mistake in `options` that no pass would report, or "".
static std::string findInvalidOption(const ToNVVMOptions &options) {
  constexpr llvm::StringLiteral formats[] = {"none", "isa", "bin", "fatbin"};
  if (!llvm::is_contained(formats, options.format.getValue()))
    return "expected 'format' to be none, isa, bin or fatbin, but got '" +
           options.format + "'";
  GpuTileOptions tile{options.warps, options.keyTile, options.stages,
                      options.allowTF32};
  if (std::string error = tile.findError(); !error.empty())
    return error;
  struct {
    StringRef name;
    int64_t value, most, unit;
  } numbers[] = {{"query-tile", options.queryTile, 256, 16},
                 {"split-keys", options.splitKeys, maxSplitKeys, 1},
                 {"blocks", options.blocks, 1 << 20, 1}};
  for (auto &[name, value, most, unit] : numbers)
    if (value < 0 || value > most || value % unit)
      return describeRangeError(name, value, most, unit);
  if (std::string error = findGpuTargetError(options.chip, options.features); !error.empty())
    return error;
  // A fatbin holds a cubin.
  std::string purpose = "format '" + options.format + "'", error;
  bool isFatbin = options.format == "fatbin";
  if (isFatbin || options.format == "bin")
    error = findCudaToolError("ptxas", purpose);
  if (isFatbin && error.empty())
    error = findCudaToolError("fatbinary", purpose);
  return error;
}

void mlir::sattn::buildToNVVMPipeline(OpPassManager &pm,
                                      const ToNVVMOptions &options) {
  if (std::string error = findInvalidOption(options); !error.empty())
    return addInvalidOptionsPass(pm, "sattn-to-nvvm", error);
  addBufferizationPasses(pm);
  pm.addPass(createExpandMerge());
  pm.addPass(createExpandSelectBlocks());
  TileToBlockSparseOptions tiling;
  tiling.queryTile = options.queryTile;
  tiling.gpu = true;
  tiling.splitKeys = options.splitKeys;
  tiling.checkOperands = options.checkOperands;
  pm.addPass(createTileToBlockSparse(tiling));
  pm.addPass(createMapTilesToGpu(
      {options.warps, options.keyTile, options.stages, options.allowTF32,
       getSharedMemoryPerBlock(options.chip), options.blocks}));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createGpuLaunchSinkIndexComputationsPass());
  pm.addPass(createGpuKernelOutliningPass());
  pm.addPass(createGatherKernels());
  addKernelPasses(pm, options);
  if (options.format == "none")
    return;
  GpuNVVMAttachTargetOptions target;
  target.chip = options.chip;
  target.features = completeGpuFeatures(options.chip, options.features);
  // More of LLVM's passes take twice the time and make the same loops. ptxas, and a driver that compiles PTX, are
  // asked for all of theirs.
  target.optLevel = 1;
  pm.addPass(createGpuNVVMAttachTarget(target));
  GpuModuleToBinaryPassOptions binary;
  binary.compilationTarget = options.format;
  binary.cmdOptions = "--opt-level 3";
  pm.addPass(createGpuModuleToBinaryPass(binary));
  pm.addPass(createSetJitLevel(3));
  // Only then the host's code, so that its passes do not walk through kernels.
  addGpuHostPasses(pm);
}
