// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One function for all operations on tiles that are alike.
#include "SparseAttn/Transforms/Passes.h"

#include "SparseAttn/Dialect/TiledOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/SymbolTable.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_OUTLINETILEKERNELS
#include "SparseAttn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {
struct OutlineTileKernels
    : sattn::impl::OutlineTileKernelsBase<OutlineTileKernels> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa<PackQueriesOp, SoftmaxInitOp, SoftmaxUpdateOp, SoftmaxSaveOp,
              SoftmaxFinishOp>(op))
        ops.push_back(op);
    });
    SymbolTable symbols(getOperation());
    using Likeness = std::tuple<OperationName, DictionaryAttr, FunctionType>;
    llvm::MapVector<Likeness, func::FuncOp> kernels;
    for (Operation *op : ops) {
      auto type =
          FunctionType::get(&getContext(), op->getOperandTypes(), TypeRange());
      func::FuncOp &kernel =
          kernels[{op->getName(), op->getAttrDictionary(), type}];
      if (!kernel) {
        kernel = createKernel(op, type);
        symbols.insert(kernel);
      }
      ImplicitLocOpBuilder b(op->getLoc(), op);
      func::CallOp::create(b, kernel, op->getOperands());
      op->erase();
    }
  }

  /// A private function `sattn_<operation>` whose body is a copy of `op`. Calls
  /// are not inlined: registers would have to hold what the caller needs as
  /// well.
  func::FuncOp createKernel(Operation *op, FunctionType type) {
    std::string name = op->getName().getStringRef().str();
    llvm::replace(name, '.', '_');
    OpBuilder b(&getContext());
    auto kernel = func::FuncOp::create(op->getLoc(), name, type);
    kernel.setPrivate();
    kernel->setAttr(
        "llvm.linkage",
        LLVM::LinkageAttr::get(&getContext(), LLVM::Linkage::Internal));
    kernel->setAttr("passthrough", b.getStrArrayAttr({"noinline"}));
    Block *entry = kernel.addEntryBlock();
    b.setInsertionPointToStart(entry);
    b.clone(*op)->setOperands(entry->getArguments());
    func::ReturnOp::create(b, op->getLoc());
    return kernel;
  }
};
} // namespace
