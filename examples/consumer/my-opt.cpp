// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A compiler that knows upstream MLIR, a pass of its own, and SparseAttn.

#include "SparseAttn/InitAll.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

namespace {
/// The embedding compiler's own pass: a remark at every attention operation.
struct ReportAttentionPass
    : mlir::PassWrapper<ReportAttentionPass, mlir::OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ReportAttentionPass)

  llvm::StringRef getArgument() const final { return "my-report-attention"; }
  llvm::StringRef getDescription() const final {
    return "remark on every sattn.attention and its pattern";
  }
  void runOnOperation() override {
    getOperation()->walk([](mlir::sattn::AttentionOp op) {
      op.emitRemark("attention with pattern ") << op->getAttr("pattern");
    });
  }
};
} // namespace

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllToLLVMIRTranslations(registry);
  mlir::sattn::registerAllDialects(registry);

  mlir::registerAllPasses();
  mlir::sattn::registerAllPasses();
  mlir::sattn::registerAllPipelines();
  mlir::PassRegistration<ReportAttentionPass>();

  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "my compiler\n", registry));
}
