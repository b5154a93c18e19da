// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the pipelines have in common: bufferization, and the conversions to LLVM.
#include "LowerToLLVM.h"

#include "SparseAttn/Transforms/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace {
/// Kernels are functions of the outermost module, so their callers must be, too.
struct CheckModule : PassWrapper<CheckModule, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(CheckModule)
  StringRef getArgument() const override { return "sattn-check-module"; }

  void runOnOperation() override {
    for (auto nested : getOperation().getOps<ModuleOp>()) {
      nested.emitError("expected all functions in the outermost module, but got "
                       "a module inside of it");
      return signalPassFailure();
    }
  }
};

struct InvalidOptions : PassWrapper<InvalidOptions, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(InvalidOptions)
  InvalidOptions(StringRef pipeline, StringRef message)
      : message((pipeline + ": " + message).str()) {}
  StringRef getArgument() const override { return "sattn-invalid-options"; }

  void runOnOperation() override {
    emitError(getOperation()->getLoc()) << message;
    signalPassFailure();
  }

private:
  std::string message;
};

/// Says which operation no pass had a lowering for, where translation to LLVM IR
/// would only fail.
struct CheckLowered : PassWrapper<CheckLowered, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(CheckLowered)
  explicit CheckLowered(bool hasKernels) : hasKernels(hasKernels) {}
  StringRef getArgument() const override { return "sattn-check-lowered"; }

  void runOnOperation() override {
    // Casts are left around what has no lowering, which is what to name.
    Operation *left = nullptr;
    getOperation().walk([&](Operation *op) {
      if (op == getOperation() ||
          isa_and_present<LLVM::LLVMDialect, omp::OpenMPDialect>(
              op->getDialect()) ||
          (hasKernels && isOfKernels(op)))
        return WalkResult::advance();
      bool isCast = isa<UnrealizedConversionCastOp>(op);
      if (!left || !isCast)
        left = op;
      return isCast ? WalkResult::advance() : WalkResult::interrupt();
    });
    if (!left)
      return;
    left->emitError("cannot convert '")
        << left->getName() << "' to the LLVM dialect";
    signalPassFailure();
  }

private:
  static bool isOfKernels(Operation *op) {
    return isa_and_present<NVVM::NVVMDialect>(op->getDialect()) ||
           isa<gpu::GPUModuleOp, gpu::BinaryOp, gpu::LaunchFuncOp>(op);
  }

  bool hasKernels;
};
} // namespace

void mlir::sattn::addBufferizationPasses(OpPassManager &pm) {
  pm.addPass(std::make_unique<CheckModule>());
  // The functions that are there now are the user's.
  pm.addNestedPass<func::FuncOp>(LLVM::createLLVMRequestCWrappersPass());
  pm.addPass(createCanonicalizerPass());
  bufferization::OneShotBufferizePassOptions options;
  options.bufferizeFunctionBoundaries = true;
  options.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  pm.addPass(bufferization::createOneShotBufferizePass(options));
  pm.addPass(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createFreeTemporaries());
  // What stands around the attention.
  pm.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
}

void mlir::sattn::addLowerToLLVMPasses(OpPassManager &pm, bool hasBF16) {
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = !hasBF16;
  pm.addPass(arith::createArithExpandOpsPass(expand));
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  ConvertVectorToLLVMPassOptions vectorOptions;
  vectorOptions.force32BitVectorIndices = true;
  vectorOptions.x86Vector = true;
  pm.addPass(createConvertVectorToLLVMPass(vectorOptions));
  pm.addPass(createConvertOpenMPToLLVMPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  addCheckLoweredPass(pm, /*hasKernels=*/false);
}

void mlir::sattn::addCheckLoweredPass(OpPassManager &pm, bool hasKernels) {
  pm.addPass(std::make_unique<CheckLowered>(hasKernels));
}

void mlir::sattn::addInvalidOptionsPass(OpPassManager &pm, StringRef pipeline,
                                        StringRef message) {
  pm.addPass(std::make_unique<InvalidOptions>(pipeline, message));
}
