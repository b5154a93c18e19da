// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What compiled kernels call, and the checks of each access.
#include "Machine.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::emulator;

llvm::raw_ostream &emulator::operator<<(llvm::raw_ostream &os, LaneList list) {
  StringRef separator;
  for (unsigned first = 0; first < warpSize;) {
    if (!(list.lanes >> first & 1)) {
      ++first;
      continue;
    }
    unsigned last = first;
    while (last + 1 < warpSize && list.lanes >> (last + 1) & 1)
      ++last;
    os << separator << first;
    if (last > first)
      os << "-" << last;
    separator = ", ";
    first = last + 1;
  }
  return os;
}

llvm::raw_ostream &sattn::operator<<(llvm::raw_ostream &os, const Dim3 &index) {
  return os << "(" << index.x << ", " << index.y << ", " << index.z << ")";
}

namespace {
StringRef describe(AccessKind kind) {
  switch (kind) {
  case AccessKind::Read:
    return "read";
  case AccessKind::Write:
    return "write";
  case AccessKind::Atomic:
    return "atomic access";
  }
  llvm_unreachable("all kinds handled");
}
} // namespace

Dim3 Machine::getPosition(const Thread &thread) const {
  return {thread.index % blockSize.x, thread.index / blockSize.x % blockSize.y,
          thread.index / blockSize.x / blockSize.y};
}

bool Machine::runBlock(const std::vector<SharedRegion> &regions,
                       void (*run)(void *), void *argument) {
  size_t threadCount = scheduler.getThreads().size();
  order.reset(static_cast<uint32_t>(threadCount));
  shared.reset(regions, order);
  copies.reset(threadCount);
  barriers.reset();
  scheduler.runBlock(run, argument);
  if (!errors.empty())
    return false;
  if (std::string waits = scheduler.describeDeadlock(); !waits.empty()) {
    errors.push_back(
        llvm::formatv("block {0}: deadlock: {1}", blockIndex, waits));
    return false;
  }
  return true;
}

void Machine::fail(const Site &site, const llvm::formatv_object_base &message,
                   const Thread *thread) {
  const Thread &culprit = thread ? *thread : scheduler.getCurrent();
  {
    errors.emplace_back();
    llvm::raw_string_ostream os(errors.back());
    os << site.location << ": '" << site.operation << "': block " << blockIndex
       << ", thread " << getPosition(culprit) << ": " << message;
  }
  scheduler.abandon();
}

void Machine::failShared(const Site &site, const Thread &thread,
                         SharedFault fault, uint32_t offset, uint32_t size,
                         AccessKind kind) {
  auto report = [&](const auto &reason) {
    fail(site,
         llvm::formatv("{0} of {1} bytes at shared offset {2}: {3}",
                       describe(kind), size, offset, reason),
         &thread);
  };
  const Thread &other = scheduler.getThreads()[fault.thread];
  switch (fault.reason) {
  case SharedFault::None:
    break;
  case SharedFault::OutOfBounds:
    report(llvm::formatv(
        "out of bounds: offset {0} is in no array (the block has {1} "
        "bytes of shared memory)",
        fault.offset, totalSharedSize));
  case SharedFault::Uninitialized:
    report(llvm::formatv("uninitialized: offset {0} was never written",
                         fault.offset));
  case SharedFault::Pending:
    report(llvm::formatv(
        "use before wait: a cp.async of thread {0} to offset {1} has not "
        "been waited for",
        getPosition(other), fault.offset));
  case SharedFault::UnorderedWrite:
    report(llvm::formatv(
        "missing barrier: thread {0} wrote offset {1}, and no barrier "
        "orders that before this",
        getPosition(other), fault.offset));
  case SharedFault::UnorderedRead:
    report(llvm::formatv(
        "missing barrier: thread {0} read offset {1}, and no barrier "
        "orders that before this",
        getPosition(other), fault.offset));
  }
  llvm_unreachable("all faults reported");
}

void Machine::checkAlignment(const Site &site, const Thread &thread,
                             const char *address, uint32_t size,
                             uint32_t alignment, AccessKind kind) {
  if (reinterpret_cast<uintptr_t>(address) & (alignment - 1))
    fail(site,
         llvm::formatv(
             "misaligned {0} of {1} bytes at {2:x}: expected a multiple of {3}",
             describe(kind), size, reinterpret_cast<uintptr_t>(address),
             alignment),
         &thread);
}

void Machine::checkGlobal(const Site &site, const char *address, uint32_t size,
                          AccessKind kind) {
  if (global.find(address, size, kind != AccessKind::Read))
    return;
  if (global.find(address, size, false))
    fail(site, llvm::formatv("{0} of {1} bytes in read-only global memory",
                             describe(kind), size));
  const GlobalSpan *nearest = global.findNearest(address);
  if (!nearest)
    fail(site, llvm::formatv(
                   "out of bounds: {0} of {1} bytes at {2:x}, which is in no "
                   "global buffer",
                   describe(kind), size, reinterpret_cast<uintptr_t>(address)));
  fail(site, llvm::formatv(
                 "out of bounds: {0} of {1} bytes at {2:x}: offset {3} from a "
                 "global buffer of {4} bytes",
                 describe(kind), size, reinterpret_cast<uintptr_t>(address),
                 address - nearest->data, nearest->size));
}

void Machine::accessShared(const Site &site, unsigned lane, const char *address,
                           uint32_t size, AccessKind kind) {
  const Thread &thread = threadOfLane(scheduler.getCurrent().warp(), lane);
  uint32_t offset = shared.getOffset(address);
  SharedFault fault = kind == AccessKind::Read
                          ? shared.read(thread.index, offset, size)
                          : shared.write(thread.index, offset, size,
                                         kind == AccessKind::Atomic);
  if (fault.reason)
    failShared(site, thread, fault, offset, size, kind);
}

void Machine::accessSharedRow(const Site &site,
                              const SharedMemory::RowThreads &threads,
                              uint32_t offset, AccessKind kind) {
  SharedFault fault;
  unsigned part = 0;
  if (kind == AccessKind::Read)
    fault = shared.readRow(threads, offset);
  else
    for (; part < threads.size() && !fault.reason; ++part)
      fault =
          shared.write(threads[part], offset + part * SharedMemory::partSize,
                       SharedMemory::partSize);
  if (!fault.reason)
    return;
  part = (fault.offset - offset) / SharedMemory::partSize;
  failShared(site, scheduler.getThreads()[threads[part]], fault, offset,
             SharedMemory::rowSize, kind);
}

void Machine::countBanks(const Site &site, uint32_t offset, uint32_t size) {
  const Thread &self = scheduler.getCurrent();
  if (!banks.record(site, self.warp(), self.lane(), offset, size))
    scheduler.yield();
}

void Machine::access(const Site &site, char *address, uint32_t size,
                     uint32_t alignment, AccessKind kind, Space space) {
  // A thread that polls memory must not keep others from writing it.
  constexpr uint32_t accessesAtOnce = 1 << 16;
  if (++accessCount == accessesAtOnce) {
    accessCount = 0;
    scheduler.yield();
  }
  Thread &self = scheduler.getCurrent();
  bool isShared = shared.contains(address);
  if (space == Space::Generic && !isShared &&
      self.fiber.stack.contains(address))
    return;
  checkAlignment(site, self, address, size, alignment, kind);
  if (isShared && space != Space::Global) {
    accessShared(site, self.lane(), address, size, kind);
    countBanks(site, shared.getOffset(address), size);
    return;
  }
  if (space == Space::Shared)
    fail(site, llvm::formatv(
                   "out of bounds: {0} of {1} bytes at {2:x}, {3} bytes from "
                   "where shared memory begins",
                   describe(kind), size, reinterpret_cast<uintptr_t>(address),
                   address - shared.getBase()));
  checkGlobal(site, address, size, kind);
}

void emulator::sattn_emulator_access(const Site *site, char *address) {
  site->machine->access(*site, address, site->size, site->alignment, site->kind,
                        site->space);
}

void emulator::sattn_emulator_execute(const Site *site, char *frame) {
  Scheduler &scheduler = site->machine->scheduler;
  auto maskOperand = [&](unsigned index) {
    LaneMask mask;
    std::memcpy(&mask, frame + site->operandOffsets[index], sizeof(mask));
    return mask;
  };
  switch (site->instruction->scope) {
  case Scope::Thread: {
    std::array<char *, warpSize> frames;
    Thread &self = scheduler.getCurrent();
    frames[self.lane()] = frame;
    Call call(*site->machine, *site, self.warp(), LaneMask(1) << self.lane(),
              frames.data());
    site->instruction->execute(call);
    return;
  }
  case Scope::Warp:
    scheduler.arrive(*site, frame, allLanes);
    return;
  case Scope::WarpMaskedByFirst:
    scheduler.arrive(*site, frame,
                     site->operandOffsets.empty() ? allLanes : maskOperand(0));
    return;
  case Scope::WarpMaskedBySecond:
    scheduler.arrive(*site, frame, maskOperand(1));
    return;
  }
}
