// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// cp.async and its groups.
#include "InstructionTable.h"
#include "Machine.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::emulator;

namespace {
enum CopyAttribute { Size, HasSourceSize };
enum WaitAttribute { Keep };

std::string decodeCopy(Operation *op, Attributes &attributes) {
  auto copy = cast<NVVM::CpAsyncOp>(op);
  attributes[Size] = copy.getSize();
  attributes[HasSourceSize] = static_cast<bool>(copy.getCpSize());
  return {};
}

std::string decodeWait(Operation *op, Attributes &attributes) {
  attributes[Keep] = cast<NVVM::CpAsyncWaitGroupOp>(op).getN();
  return {};
}

void copy(Call &call) {
  Machine &machine = call.machine;
  const Site &site = call.site;
  const Thread &self = machine.scheduler.getCurrent();
  uint32_t size = site.attributes[Size], sourceSize = size;
  auto *target = call.operand<char *>(0);
  auto *source = call.operand<const char *>(1);
  if (site.attributes[HasSourceSize])
    sourceSize = call.operand<uint32_t>(2);
  if (sourceSize > size)
    machine.fail(
        site, llvm::formatv("expected at most {0} bytes to copy, but got {1}",
                            size, sourceSize));
  machine.checkAlignment(site, self, target, size, size, AccessKind::Write);
  if (!machine.shared.contains(target))
    machine.fail(
        site, llvm::formatv("out of bounds: the target is {0} bytes from where "
                            "shared memory begins",
                            target - machine.shared.getBase()));
  // Of a source of which nothing is read even the address is free.
  if (sourceSize) {
    machine.checkAlignment(site, self, source, size, size, AccessKind::Read);
    machine.checkGlobal(site, source, sourceSize, AccessKind::Read);
  }
  uint32_t offset = machine.shared.getOffset(target);
  if (SharedFault fault = machine.shared.startCopy(self.index, offset, size);
      fault.reason)
    machine.failShared(site, self, fault, offset, size, AccessKind::Write);
  machine.copies.start(self.index, {offset, source, size, sourceSize});
  machine.countBanks(site, offset, size);
}

void commit(Call &call) {
  call.machine.copies.commit(call.machine.scheduler.getCurrent().index);
}

void wait(Call &call) {
  call.machine.copies.wait(call.machine.scheduler.getCurrent().index,
                           call.site.attributes[Keep], call.machine.shared);
}

const Instruction rows[] = {
    {"nvvm.cp.async.shared.global", Scope::Thread, copy, decodeCopy},
    {"nvvm.cp.async.commit.group", Scope::Thread, commit},
    {"nvvm.cp.async.wait.group", Scope::Thread, wait, decodeWait},
};
} // namespace

ArrayRef<Instruction> emulator::getAsyncCopy() { return rows; }
