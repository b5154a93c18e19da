// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Ends the lifetime of buffers that do not leave the block that allocates them.
#include "SparseAttn/Transforms/Passes.h"

#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_FREETEMPORARIES
#include "SparseAttn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {
struct FreeTemporaries : sattn::impl::FreeTemporariesBase<FreeTemporaries> {
  void runOnOperation() override {
    BufferViewFlowAnalysis views(getOperation());
    SmallVector<std::pair<memref::AllocOp, Operation *>> temporaries;
    getOperation()->walk([&](memref::AllocOp op) {
      if (Operation *lastUse = findLastUse(op, views))
        temporaries.push_back({op, lastUse});
    });
    for (auto [op, lastUse] : temporaries) {
      OpBuilder b(op->getContext());
      b.setInsertionPointAfter(lastUse);
      memref::DeallocOp::create(b, op.getLoc(), op.getMemref());
    }
  }

  /// The last operation of the block of `op` that uses the buffer, or null if
  /// the buffer is freed already or might outlive the block.
  static Operation *findLastUse(memref::AllocOp op,
                                const BufferViewFlowAnalysis &views) {
    Block *block = op->getBlock();
    Operation *lastUse = op;
    for (Value alias : views.resolve(op.getMemref())) {
      if (alias.getParentBlock() != block &&
          !block->findAncestorOpInBlock(*alias.getParentBlock()->getParentOp()))
        return nullptr;
      for (Operation *user : alias.getUsers()) {
        Operation *ancestor = block->findAncestorOpInBlock(*user);
        if (!ancestor || ancestor->hasTrait<OpTrait::IsTerminator>() ||
            isa<memref::DeallocOp, memref::ExtractAlignedPointerAsIndexOp,
                UnrealizedConversionCastOp>(user) ||
            isStored(user, alias))
          return nullptr;
        if (lastUse->isBeforeInBlock(ancestor))
          lastUse = ancestor;
      }
    }
    return lastUse;
  }

  /// A buffer that is put into another one can be read from there later.
  static bool isStored(Operation *user, Value buffer) {
    auto store = dyn_cast<memref::StoreOp>(user);
    return store && store.getValueToStore() == buffer;
  }
};
} // namespace
