// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Special registers: indices and sizes of thread, warp, block, cluster and
/// grid. A cluster is one block.
#include "InstructionTable.h"
#include "Machine.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::emulator;

namespace {
using Register = void (*)(Call &);

Dim3 getThreadIndex(Call &call) {
  return call.machine.getPosition(call.machine.scheduler.getCurrent());
}

template <uint32_t Dim3::*dim> void threadIndex(Call &call) {
  call.setResult<uint32_t>(getThreadIndex(call).*dim);
}
template <Dim3 Machine::*size, uint32_t Dim3::*dim>
void machineSize(Call &call) {
  call.setResult<uint32_t>((call.machine.*size).*dim);
}
template <uint32_t value> void constant(Call &call) {
  call.setResult<uint32_t>(value);
}

void laneId(Call &call) { call.setResult<uint32_t>(call.lane()); }
void warpId(Call &call) { call.setResult<uint32_t>(call.warp); }
void warpCount(Call &call) {
  call.setResult<uint32_t>(call.machine.scheduler.getWarps().size());
}
void dynamicSharedSize(Call &call) {
  call.setResult<uint32_t>(call.machine.dynamicSharedSize);
}
void totalSharedSize(Call &call) {
  call.setResult<uint32_t>(call.machine.totalSharedSize);
}

/// Lanes below this one.
LaneMask lanesBelow(Call &call) { return (LaneMask(1) << call.lane()) - 1; }
void lanesEqual(Call &call) {
  call.setResult<uint32_t>(LaneMask(1) << call.lane());
}
void lanesLess(Call &call) { call.setResult<uint32_t>(lanesBelow(call)); }
void lanesLessEqual(Call &call) {
  call.setResult<uint32_t>(lanesBelow(call) | LaneMask(1) << call.lane());
}
void lanesGreaterEqual(Call &call) {
  call.setResult<uint32_t>(~lanesBelow(call));
}
void lanesGreater(Call &call) {
  call.setResult<uint32_t>(~lanesBelow(call) & ~(LaneMask(1) << call.lane()));
}

constexpr Register blockX = machineSize<&Machine::blockIndex, &Dim3::x>;
constexpr Register blockY = machineSize<&Machine::blockIndex, &Dim3::y>;
constexpr Register blockZ = machineSize<&Machine::blockIndex, &Dim3::z>;
constexpr Register gridX = machineSize<&Machine::gridSize, &Dim3::x>;
constexpr Register gridY = machineSize<&Machine::gridSize, &Dim3::y>;
constexpr Register gridZ = machineSize<&Machine::gridSize, &Dim3::z>;

const Instruction rows[] = {
    {"nvvm.read.ptx.sreg.tid.x", Scope::Thread, threadIndex<&Dim3::x>},
    {"nvvm.read.ptx.sreg.tid.y", Scope::Thread, threadIndex<&Dim3::y>},
    {"nvvm.read.ptx.sreg.tid.z", Scope::Thread, threadIndex<&Dim3::z>},
    {"nvvm.read.ptx.sreg.ntid.x", Scope::Thread,
     machineSize<&Machine::blockSize, &Dim3::x>},
    {"nvvm.read.ptx.sreg.ntid.y", Scope::Thread,
     machineSize<&Machine::blockSize, &Dim3::y>},
    {"nvvm.read.ptx.sreg.ntid.z", Scope::Thread,
     machineSize<&Machine::blockSize, &Dim3::z>},
    {"nvvm.read.ptx.sreg.ctaid.x", Scope::Thread, blockX},
    {"nvvm.read.ptx.sreg.ctaid.y", Scope::Thread, blockY},
    {"nvvm.read.ptx.sreg.ctaid.z", Scope::Thread, blockZ},
    {"nvvm.read.ptx.sreg.nctaid.x", Scope::Thread, gridX},
    {"nvvm.read.ptx.sreg.nctaid.y", Scope::Thread, gridY},
    {"nvvm.read.ptx.sreg.nctaid.z", Scope::Thread, gridZ},
    {"nvvm.read.ptx.sreg.clusterid.x", Scope::Thread, blockX},
    {"nvvm.read.ptx.sreg.clusterid.y", Scope::Thread, blockY},
    {"nvvm.read.ptx.sreg.clusterid.z", Scope::Thread, blockZ},
    {"nvvm.read.ptx.sreg.nclusterid.x", Scope::Thread, gridX},
    {"nvvm.read.ptx.sreg.nclusterid.y", Scope::Thread, gridY},
    {"nvvm.read.ptx.sreg.nclusterid.z", Scope::Thread, gridZ},
    {"nvvm.read.ptx.sreg.cluster.ctaid.x", Scope::Thread, constant<0>},
    {"nvvm.read.ptx.sreg.cluster.ctaid.y", Scope::Thread, constant<0>},
    {"nvvm.read.ptx.sreg.cluster.ctaid.z", Scope::Thread, constant<0>},
    {"nvvm.read.ptx.sreg.cluster.nctaid.x", Scope::Thread, constant<1>},
    {"nvvm.read.ptx.sreg.cluster.nctaid.y", Scope::Thread, constant<1>},
    {"nvvm.read.ptx.sreg.cluster.nctaid.z", Scope::Thread, constant<1>},
    {"nvvm.read.ptx.sreg.cluster.ctarank", Scope::Thread, constant<0>},
    {"nvvm.read.ptx.sreg.cluster.nctarank", Scope::Thread, constant<1>},
    {"nvvm.read.ptx.sreg.laneid", Scope::Thread, laneId},
    {"nvvm.read.ptx.sreg.warpid", Scope::Thread, warpId},
    {"nvvm.read.ptx.sreg.nwarpid", Scope::Thread, warpCount},
    {"nvvm.read.ptx.sreg.warpsize", Scope::Thread, constant<warpSize>},
    {"nvvm.read.ptx.sreg.lanemask.eq", Scope::Thread, lanesEqual},
    {"nvvm.read.ptx.sreg.lanemask.lt", Scope::Thread, lanesLess},
    {"nvvm.read.ptx.sreg.lanemask.le", Scope::Thread, lanesLessEqual},
    {"nvvm.read.ptx.sreg.lanemask.ge", Scope::Thread, lanesGreaterEqual},
    {"nvvm.read.ptx.sreg.lanemask.gt", Scope::Thread, lanesGreater},
    {"nvvm.read.ptx.sreg.dynamic.smem.size", Scope::Thread, dynamicSharedSize},
    {"nvvm.read.ptx.sreg.total.smem.size", Scope::Thread, totalSharedSize},
};
} // namespace

ArrayRef<Instruction> emulator::getSpecialRegisters() { return rows; }
