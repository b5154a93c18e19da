// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Shared memory and its checks.
#include "SharedMemory.h"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>
#include <type_traits>

using namespace mlir::sattn::emulator;

SharedMemory::~SharedMemory() {
  if (base)
    munmap(base, windowSize);
}

bool SharedMemory::map() {
  // From 1 GB on, away from programs that are linked to low addresses.
  for (uintptr_t address = uintptr_t(1) << 30; address < (uintptr_t(4) << 30);
       address += windowSize) {
    void *wanted = reinterpret_cast<void *>(address);
    void *memory = mmap(wanted, windowSize, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == wanted) {
      base = static_cast<char *>(memory);
      writeStamps.resize(windowSize);
      writers.resize(windowSize);
      readStamps.resize(windowSize);
      readers.resize(windowSize);
      return true;
    }
    if (memory == MAP_FAILED)
      return false;
    munmap(memory, windowSize);
  }
  return false;
}

void SharedMemory::reset(const std::vector<SharedRegion> &regions,
                         const HappensBefore &order) {
  this->order = &order;
  std::fill_n(writeStamps.begin(), used, outside);
  std::fill_n(readStamps.begin(), used, 0);
  used = 0;
  for (const SharedRegion &region : regions) {
    std::fill_n(writeStamps.begin() + region.offset, region.size, neverWritten);
    // NaN in every floating-point type.
    std::memset(base + region.offset, 0xff, region.size);
    used = std::max<size_t>(used, region.offset + region.size);
  }
}

SharedFault SharedMemory::findReadFault(uint32_t thread, uint32_t offset,
                                        uint32_t size, bool atomic) const {
  for (uint32_t byte = offset; byte < offset + size; ++byte) {
    uint32_t stamp = writeStamps[byte];
    auto fault = [&](SharedFault::Reason reason) {
      return SharedFault{reason, byte, writers[byte]};
    };
    if (stamp == outside)
      return fault(SharedFault::OutOfBounds);
    if (stamp == pending)
      return fault(SharedFault::Pending);
    if (stamp == neverWritten)
      return fault(SharedFault::Uninitialized);
    if (!atomic && !order->isOrdered(writers[byte], stamp, thread))
      return fault(SharedFault::UnorderedWrite);
  }
  return {};
}

SharedFault SharedMemory::findWriteFault(uint32_t thread, uint32_t offset,
                                         uint32_t size) const {
  for (uint32_t byte = offset; byte < offset + size; ++byte) {
    uint32_t stamp = writeStamps[byte];
    if (stamp == outside)
      return {SharedFault::OutOfBounds, byte, 0};
    if (stamp == pending)
      return {SharedFault::Pending, byte, writers[byte]};
    if (!order->isOrdered(readers[byte], readStamps[byte], thread))
      return {SharedFault::UnorderedRead, byte, readers[byte]};
  }
  return {};
}

bool SharedMemory::areSettled(uint32_t offset, uint32_t size) const {
  uint32_t floor = order->getFloor();
  const uint32_t *stamps = &writeStamps[offset];
  auto check = [&](auto count) {
    uint32_t unsettled = 0;
    for (uint32_t i = 0; i < count; ++i)
      unsettled |= stamps[i] - 1 >= floor;
    return !unsettled;
  };
  // With the count known the loop is a few vector instructions.
  if (size == rowSize)
    return check(std::integral_constant<uint32_t, rowSize>());
  return check(size);
}

SharedFault SharedMemory::read(uint32_t thread, uint32_t offset,
                               uint32_t size) {
  if (offset + size > windowSize)
    return {SharedFault::OutOfBounds, offset, 0};
  if (!areSettled(offset, size))
    if (SharedFault fault = findReadFault(thread, offset, size, false);
        fault.reason)
      return fault;
  std::fill_n(&readStamps[offset], size, order->clock(thread));
  std::fill_n(&readers[offset], size, static_cast<uint16_t>(thread));
  return {};
}

SharedFault SharedMemory::readRow(const RowThreads &threads, uint32_t offset) {
  if (offset + rowSize > windowSize)
    return {SharedFault::OutOfBounds, offset, 0};
  bool settled = areSettled(offset, rowSize);
  for (uint32_t part = 0; part < threads.size(); ++part) {
    uint32_t first = offset + part * partSize;
    if (!settled)
      if (SharedFault fault =
              findReadFault(threads[part], first, partSize, false);
          fault.reason)
        return fault;
    std::fill_n(&readStamps[first], partSize, order->clock(threads[part]));
    std::fill_n(&readers[first], partSize,
                static_cast<uint16_t>(threads[part]));
  }
  return {};
}

void SharedMemory::stampWrites(uint32_t thread, uint32_t offset, uint32_t size,
                               uint32_t stamp) {
  std::fill_n(&writeStamps[offset], size, stamp);
  std::fill_n(&writers[offset], size, static_cast<uint16_t>(thread));
}

SharedFault SharedMemory::write(uint32_t thread, uint32_t offset, uint32_t size,
                                bool atomic) {
  if (offset + size > windowSize)
    return {SharedFault::OutOfBounds, offset, 0};
  SharedFault fault = atomic ? findReadFault(thread, offset, size, true)
                             : findWriteFault(thread, offset, size);
  if (!fault.reason)
    stampWrites(thread, offset, size, order->clock(thread));
  return fault;
}

SharedFault SharedMemory::startCopy(uint32_t thread, uint32_t offset,
                                    uint32_t size) {
  if (offset + size > windowSize)
    return {SharedFault::OutOfBounds, offset, 0};
  SharedFault fault = findWriteFault(thread, offset, size);
  if (!fault.reason)
    stampWrites(thread, offset, size, pending);
  return fault;
}

void SharedMemory::finishCopy(uint32_t thread, uint32_t offset, uint32_t size) {
  stampWrites(thread, offset, size, order->clock(thread));
}
