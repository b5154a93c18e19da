// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Barriers of blocks and warps, fences, and the end of a thread.
#include "InstructionTable.h"
#include "Machine.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::emulator;

namespace {
/// Which operands a barrier has, and its reduction.
enum BarrierAttribute { HasBarrier, HasThreadCount, Reduction };

std::string decodeBarrier(Operation *op, Attributes &attributes) {
  auto barrier = cast<NVVM::BarrierOp>(op);
  attributes[HasBarrier] = static_cast<bool>(barrier.getBarrierId());
  attributes[HasThreadCount] = static_cast<bool>(barrier.getNumberOfThreads());
  auto reduction = BarrierReduction::None;
  if (auto kind = barrier.getReductionOp())
    switch (*kind) {
    case NVVM::BarrierReduction::POPC:
      reduction = BarrierReduction::Count;
      break;
    case NVVM::BarrierReduction::AND:
      reduction = BarrierReduction::And;
      break;
    case NVVM::BarrierReduction::OR:
      reduction = BarrierReduction::Or;
      break;
    }
  attributes[Reduction] = static_cast<uint32_t>(reduction);
  return {};
}

std::string decodeBarrierArrive(Operation *op, Attributes &attributes) {
  attributes[HasBarrier] =
      static_cast<bool>(cast<NVVM::BarrierArriveOp>(op).getBarrierId());
  attributes[HasThreadCount] = true;
  attributes[Reduction] = static_cast<uint32_t>(BarrierReduction::None);
  return {};
}

BarrierArrival getArrival(const Call &call) {
  BarrierArrival arrival;
  const Attributes &attributes = call.site.attributes;
  unsigned operand = 0;
  if (attributes[HasBarrier])
    arrival.barrier = call.operand<uint32_t>(operand++);
  if (attributes[HasThreadCount]) {
    arrival.threadCount = call.operand<uint32_t>(operand++);
    if (!arrival.threadCount)
      call.machine.fail(
          call.site, llvm::formatv("expected a number of threads, but got 0"));
  }
  arrival.reduction = static_cast<BarrierReduction>(attributes[Reduction]);
  if (arrival.reduction != BarrierReduction::None)
    arrival.predicate = call.operand<uint32_t>(operand) != 0;
  return arrival;
}

void barrier(Call &call) {
  uint32_t result =
      call.machine.barriers.synchronize(call.site, getArrival(call));
  if (call.site.attributes[Reduction])
    call.setResult<uint32_t>(result);
}

void barrier0(Call &call) { call.machine.barriers.synchronize(call.site, {}); }

void barrierArrive(Call &call) {
  call.machine.barriers.arrive(call.site, getArrival(call));
}

/// Orders what the lanes did before with what they do after.
void barrierWarp(Call &call) {
  unsigned first = call.warp * warpSize;
  HappensBefore::Clocks handed;
  forEachLane(call.lanes, [&](unsigned lane) {
    call.machine.order.release(first + lane, handed);
  });
  forEachLane(call.lanes, [&](unsigned lane) {
    call.machine.order.acquire(first + lane, handed);
  });
}

void exitThread(Call &call) { call.machine.scheduler.exit(); }
void letOthersRun(Call &call) { call.machine.scheduler.yield(); }
/// Order of memory accesses among threads that do not synchronize is not
/// emulated, nor are caches and the number of registers.
void nothing(Call &) {}

const Instruction rows[] = {
    {"nvvm.barrier", Scope::Thread, barrier, decodeBarrier},
    {"nvvm.barrier0", Scope::Thread, barrier0},
    {"nvvm.barrier.arrive", Scope::Thread, barrierArrive, decodeBarrierArrive},
    {"nvvm.bar.warp.sync", Scope::WarpMaskedByFirst, barrierWarp},
    {"nvvm.exit", Scope::Thread, exitThread},
    {"nvvm.nanosleep", Scope::Thread, letOthersRun},
    {"nvvm.memory.barrier", Scope::Thread, nothing},
    {"nvvm.fence.proxy", Scope::Thread, nothing},
    {"nvvm.setmaxregister", Scope::Thread, nothing},
    {"nvvm.prefetch", Scope::Thread, nothing},
};
} // namespace

ArrayRef<Instruction> emulator::getSynchronization() { return rows; }
