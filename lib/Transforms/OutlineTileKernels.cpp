// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One function for all operations on tiles that are alike.
#include "SparseAttn/Transforms/Passes.h"

#include "SparseAttn/Dialect/TiledOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Transforms/RegionUtils.h"

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
      if (isa<PackQueriesOp, SoftmaxInitOp, DropoutMaskOp, SoftmaxUpdateOp,
              SoftmaxSaveOp, SoftmaxFinishOp, SoftmaxCombineOp>(op))
        ops.push_back(op);
      // Closed forms are a few operations; what a mask region does is the user's.
      if (auto mask = dyn_cast<PairMaskOp>(op); mask && !mask.getAsked().empty())
        ops.push_back(op);
    });
    SymbolTable symbols(getOperation());
    using Likeness = std::tuple<OperationName, DictionaryAttr, FunctionType>;
    struct Kernel {
      func::FuncOp function;
      Operation *body;
    };
    llvm::MapVector<Likeness, SmallVector<Kernel>> kernels;
    for (Operation *op : ops) {
      SmallVector<Value> arguments = getArguments(op);
      auto type = FunctionType::get(&getContext(),
                                    ValueRange(arguments).getTypes(), {});
      SmallVector<Kernel> &alike =
          kernels[{op->getName(), op->getAttrDictionary(), type}];
      auto *found = llvm::find_if(alike, [&](const Kernel &kernel) {
        return haveEqualRegions(op, kernel.body);
      });
      func::FuncOp function;
      if (found != alike.end()) {
        function = found->function;
      } else {
        function = createKernel(op, arguments, type);
        symbols.insert(function);
        alike.push_back({function, &function.front().front()});
      }
      ImplicitLocOpBuilder b(op->getLoc(), op);
      func::CallOp::create(b, function, arguments);
      op->erase();
    }
  }

  /// Operands of `op`, and what its regions use from outside. Constants are
  /// first copied into the region: a kernel knows them.
  static SmallVector<Value> getArguments(Operation *op) {
    SmallVector<Value> arguments(op->getOperands());
    for (Region &region : op->getRegions()) {
      llvm::SetVector<Value> captured;
      getUsedValuesDefinedAbove(region, captured);
      for (Value value : captured) {
        Operation *source = value.getDefiningOp();
        if (!source || !source->hasTrait<OpTrait::ConstantLike>()) {
          arguments.push_back(value);
          continue;
        }
        OpBuilder b(op->getContext());
        b.setInsertionPointToStart(&region.front());
        Value copy = b.clone(*source)->getResult(0);
        replaceAllUsesInRegionWith(value, copy, region);
      }
    }
    return arguments;
  }

  /// Whether the regions do the same, apart from what they use from outside,
  /// which both find in the same order.
  static bool haveEqualRegions(Operation *a, Operation *b) {
    for (auto [regionA, regionB] :
         llvm::zip(a->getRegions(), b->getRegions())) {
      llvm::SetVector<Value> outsideA, outsideB;
      getUsedValuesDefinedAbove(regionA, outsideA);
      getUsedValuesDefinedAbove(regionB, outsideB);
      if (outsideA.size() != outsideB.size())
        return false;
      DenseMap<Value, Value> same;
      for (auto [valueA, valueB] : llvm::zip(outsideA, outsideB))
        same[valueA] = valueB;
      auto areEquivalent = [&](Value x, Value y) {
        auto known = same.find(x);
        return success(known == same.end() ? x == y : known->second == y);
      };
      auto markEquivalent = [&](Value x, Value y) { same[x] = y; };
      if (!OperationEquivalence::isRegionEquivalentTo(
              &regionA, &regionB, areEquivalent, markEquivalent,
              OperationEquivalence::IgnoreLocations))
        return false;
    }
    return true;
  }

  /// A private function `sattn_<operation>` whose body is a copy of `op`. Calls
  /// are not inlined: registers would have to hold what the caller needs as
  /// well.
  func::FuncOp createKernel(Operation *op, ValueRange arguments,
                            FunctionType type) {
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
    IRMapping mapping;
    mapping.map(arguments, entry->getArguments());
    Operation *body = b.clone(*op, mapping);
    // One value may be several arguments: operands have theirs by position.
    body->setOperands(entry->getArguments().take_front(op->getNumOperands()));
    func::ReturnOp::create(b, op->getLoc());
    return kernel;
  }
};
} // namespace
