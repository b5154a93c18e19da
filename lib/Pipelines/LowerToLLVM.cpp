// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the pipelines have in common: bufferization, and the conversions to LLVM.
#include "LowerToLLVM.h"

#include "SparseAttn/Conversion/LoopAnnotation.h"
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
#include "mlir/IR/ImplicitLocOpBuilder.h"
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
/// Branches keep what loops ask of LLVM in a discardable attribute. Translation to LLVM IR reads
/// their property of the same kind.
struct KeepLoopAnnotations : PassWrapper<KeepLoopAnnotations, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(KeepLoopAnnotations)
  StringRef getArgument() const override { return "sattn-keep-loop-annotations"; }

  void runOnOperation() override {
    getOperation().walk([](LLVM::BrOp op) {
      if (auto annotation = dyn_cast_or_null<LLVM::LoopAnnotationAttr>(
              op->removeDiscardableAttr(sattn::loopAnnotationName)))
        op.setLoopAnnotationAttr(annotation);
    });
  }
};
/// Reads bf16 under a mask as integers of its size. LLVM chooses between what is read and what
/// stands in for it, and where a processor does not know bf16, does so by calls of a compiler's runtime.
struct ReadBF16AsIntegers : PassWrapper<ReadBF16AsIntegers, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ReadBF16AsIntegers)
  StringRef getArgument() const override { return "sattn-read-bf16-as-integers"; }

  void runOnOperation() override {
    getOperation().walk([](Operation *op) {
      if (!isa<LLVM::masked_gather, LLVM::MaskedLoadOp>(op))
        return;
      auto type = cast<VectorType>(op->getResult(0).getType());
      if (!type.getElementType().isBF16())
        return;
      ImplicitLocOpBuilder b(op->getLoc(), op);
      auto bits = type.clone(b.getI16Type());
      for (OpOperand &operand : op->getOpOperands())
        if (operand.get().getType() == type)
          operand.set(LLVM::BitcastOp::create(b, bits, operand.get()));
      op->getResult(0).setType(bits);
      b.setInsertionPointAfter(op);
      auto read = LLVM::BitcastOp::create(b, type, op->getResult(0));
      op->getResult(0).replaceAllUsesExcept(read, read);
    });
  }
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
  pm.addPass(std::make_unique<KeepLoopAnnotations>());
  if (!hasBF16)
    pm.addPass(std::make_unique<ReadBF16AsIntegers>());
  addCheckLoweredPass(pm, /*hasKernels=*/false);
}

void mlir::sattn::addCheckLoweredPass(OpPassManager &pm, bool hasKernels) {
  pm.addPass(std::make_unique<CheckLowered>(hasKernels));
}

void mlir::sattn::addInvalidOptionsPass(OpPassManager &pm, StringRef pipeline,
                                        StringRef message) {
  pm.addPass(std::make_unique<InvalidOptions>(pipeline, message));
}
