// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Dynamic scheduling of tiles over threads.
///
/// To take a chunk costs about a microsecond (libomp), of 20 to 30 for a tile of a narrow window; so chunks are several tiles
/// where there are many for each thread.
#include "SparseAttn/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SCHEDULEDYNAMICALLY
#include "SparseAttn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

static constexpr StringLiteral numThreadsName = "omp_get_num_threads";

static func::FuncOp declareNumThreads(ModuleOp module) {
  auto b = OpBuilder::atBlockBegin(module.getBody());
  auto function = func::FuncOp::create(b, module.getLoc(), numThreadsName,
                                       b.getFunctionType({}, b.getI32Type()));
  function.setPrivate();
  return function;
}

/// How many iterations a thread takes at a time.
static Value emitChunk(omp::WsloopOp loop, func::FuncOp numThreads) {
  constexpr int64_t chunksOfThread = 64, most = 8;
  auto nest = cast<omp::LoopNestOp>(loop.getWrappedLoop());
  ImplicitLocOpBuilder b(loop.getLoc(), loop);
  auto index = [&](int64_t value) { return arith::ConstantIndexOp::create(b, value); };
  Value total = index(1);
  for (auto [lower, upper, step] : llvm::zip_equal(
           nest.getLoopLowerBounds(), nest.getLoopUpperBounds(), nest.getLoopSteps())) {
    Value distance = arith::SubIOp::create(b, upper, lower);
    total = arith::MulIOp::create(b, total, arith::CeilDivSIOp::create(b, distance, step));
  }
  auto call = func::CallOp::create(b, numThreads);
  Value threads = arith::IndexCastOp::create(b, b.getIndexType(), call.getResult(0));
  Value chunks = arith::MulIOp::create(b, threads, index(chunksOfThread));
  Value chunk = arith::DivSIOp::create(b, total, chunks);
  return arith::MaxSIOp::create(b, index(1), arith::MinSIOp::create(b, chunk, index(most)));
}

namespace {
struct ScheduleDynamically
    : sattn::impl::ScheduleDynamicallyBase<ScheduleDynamically> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    // A module that has the name for itself has chunks of one.
    bool isTaken = module.lookupSymbol(numThreadsName);
    func::FuncOp function;
    module.walk([&](omp::WsloopOp loop) {
      if (loop.getScheduleKind())
        return;
      loop.setScheduleKind(omp::ClauseScheduleKind::Dynamic);
      auto nest = cast<omp::LoopNestOp>(loop.getWrappedLoop());
      bool isOfTiles = nest.getLoopUpperBounds().front().getType().isIndex();
      if (isTaken || !isOfTiles)
        return;
      if (!function)
        function = declareNumThreads(module);
      loop.getScheduleChunkMutable().assign(emitChunk(loop, function));
    });
  }
};
} // namespace
