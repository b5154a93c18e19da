// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Dynamic scheduling of tiles over threads.
#include "SparseAttn/Transforms/Passes.h"

#include "mlir/Dialect/OpenMP/OpenMPDialect.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SCHEDULEDYNAMICALLY
#include "SparseAttn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {
struct ScheduleDynamically
    : sattn::impl::ScheduleDynamicallyBase<ScheduleDynamically> {
  void runOnOperation() override {
    getOperation()->walk([](omp::WsloopOp loop) {
      if (!loop.getScheduleKind())
        loop.setScheduleKind(omp::ClauseScheduleKind::Dynamic);
    });
  }
};
} // namespace
