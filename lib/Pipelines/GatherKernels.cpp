// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One module for all kernels.
#include "GatherKernels.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

/// The name with nothing but what PTX and C have in names.
static std::string toIdentifier(StringRef name) {
  std::string result = name.str();
  for (char &c : result)
    if (!llvm::isAlnum(c) && c != '_')
      c = '_';
  return result;
}

namespace {
constexpr StringLiteral moduleName = "sattn_kernels";

struct GatherKernels : PassWrapper<GatherKernels, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(GatherKernels)
  StringRef getArgument() const override { return "sattn-gather-kernels"; }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto sources = llvm::to_vector(module.getOps<gpu::GPUModuleOp>());
    if (sources.empty())
      return;
    OpBuilder builder(sources.front());
    auto gathered =
        gpu::GPUModuleOp::create(builder, module.getLoc(), moduleName);
    SymbolTable modules(module);
    modules.insert(gathered);
    SymbolTable kernels(gathered);
    // Where each kernel was, and where it is.
    llvm::DenseMap<Attribute, SymbolRefAttr> places;
    for (gpu::GPUModuleOp source : sources) {
      SymbolTable symbols(source);
      for (Operation &op :
           llvm::make_early_inc_range(source.getBody()->getOperations())) {
        // In the module that it leaves its uses follow its name.
        StringAttr old = SymbolTable::getSymbolName(&op);
        if (kernels.lookup(old))
          if (failed(symbols.renameToUnique(&op, {&kernels})))
            return signalPassFailure();
        op.remove();
        if (isa<gpu::GPUFuncOp>(op))
          SymbolTable::setSymbolName(&op, toIdentifier(old));
        StringAttr name = kernels.insert(&op);
        places[SymbolRefAttr::get(source.getSymNameAttr(),
                                  {FlatSymbolRefAttr::get(old)})] =
            SymbolRefAttr::get(gathered.getSymNameAttr(),
                               {FlatSymbolRefAttr::get(name)});
      }
      source.erase();
    }
    module.walk([&](gpu::LaunchFuncOp launch) {
      if (SymbolRefAttr place = places.lookup(launch.getKernelAttr()))
        launch.setKernelAttr(place);
    });
  }
};
} // namespace

std::unique_ptr<Pass> mlir::sattn::createGatherKernels() {
  return std::make_unique<GatherKernels>();
}
