// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Stack buffers of tiles, allocated once per thread.
#include "SparseAttn/Transforms/Passes.h"

#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_HOISTTILEBUFFERS
#include "SparseAttn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {
struct HoistTileBuffers : sattn::impl::HoistTileBuffersBase<HoistTileBuffers> {
  void runOnOperation() override {
    SmallVector<memref::AllocaOp> buffers;
    getOperation()->walk([&](memref::AllocaOp op) {
      if (op.getMemref().getType().hasStaticShape())
        buffers.push_back(op);
    });
    for (memref::AllocaOp op : buffers) {
      Operation *owner = op->getParentOp();
      while (owner && !isa<omp::ParallelOp, FunctionOpInterface>(owner)) {
        // A parallel loop that is still there has iterations of several
        // threads.
        if (isa<scf::ParallelOp, scf::ForallOp>(owner))
          break;
        owner = owner->getParentOp();
      }
      if (!isa_and_nonnull<omp::ParallelOp, FunctionOpInterface>(owner))
        continue;
      Block &entry = owner->getRegion(0).front();
      op->moveBefore(&entry, entry.begin());
    }
    SmallVector<memref::AllocaScopeOp> scopes;
    getOperation()->walk(
        [&](memref::AllocaScopeOp op) { scopes.push_back(op); });
    for (memref::AllocaScopeOp op : scopes)
      unwrapIfEmpty(op);
  }

  /// Replaces a scope that allocates nothing by its body. Functions that are
  /// called there have frames of their own.
  static void unwrapIfEmpty(memref::AllocaScopeOp scope) {
    WalkResult found =
        scope.walk([](memref::AllocaOp) { return WalkResult::interrupt(); });
    if (found.wasInterrupted())
      return;
    Block &body = scope.getBodyRegion().front();
    Operation *terminator = body.getTerminator();
    scope->replaceAllUsesWith(terminator->getOperands());
    terminator->erase();
    scope->getBlock()->getOperations().splice(scope->getIterator(),
                                              body.getOperations());
    scope->erase();
  }
};
} // namespace
