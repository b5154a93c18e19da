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

static func::FuncOp getNumThreads(ModuleOp module) {
  constexpr StringLiteral name = "omp_get_num_threads";
  if (auto function = module.lookupSymbol<func::FuncOp>(name))
    return function;
  auto b = OpBuilder::atBlockBegin(module.getBody());
  auto function = func::FuncOp::create(b, module.getLoc(), name,
                                       b.getFunctionType({}, b.getI32Type()));
  function.setPrivate();
  return function;
}

/// How many iterations a thread takes at a time.
static Value emitChunk(omp::WsloopOp loop) {
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
  auto call = func::CallOp::create(b, getNumThreads(loop->getParentOfType<ModuleOp>()));
  Value threads = arith::IndexCastOp::create(b, b.getIndexType(), call.getResult(0));
  Value chunks = arith::MulIOp::create(b, threads, index(chunksOfThread));
  Value chunk = arith::DivSIOp::create(b, total, chunks);
  return arith::MaxSIOp::create(b, index(1), arith::MinSIOp::create(b, chunk, index(most)));
}

namespace {
struct ScheduleDynamically
    : sattn::impl::ScheduleDynamicallyBase<ScheduleDynamically> {
  void runOnOperation() override {
    getOperation()->walk([](omp::WsloopOp loop) {
      if (loop.getScheduleKind())
        return;
      loop.setScheduleKind(omp::ClauseScheduleKind::Dynamic);
      loop.getScheduleChunkMutable().assign(emitChunk(loop));
    });
  }
};
} // namespace
