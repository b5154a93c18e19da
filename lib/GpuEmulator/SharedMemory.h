// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The shared memory of a block and what is known of each byte of it: never
/// written, target of a copy that is still on its way, or who wrote and who
/// read it last.
#ifndef SPARSEATTN_LIB_GPUEMULATOR_SHAREDMEMORY_H
#define SPARSEATTN_LIB_GPUEMULATOR_SHAREDMEMORY_H

#include "HappensBefore.h"

#include <array>
#include <cstddef>

namespace mlir::sattn::emulator {

/// Bytes of shared memory that belong to one array.
struct SharedRegion {
  uint32_t offset;
  uint32_t size;
};

/// Why an access is wrong.
struct SharedFault {
  enum Reason {
    None,
    OutOfBounds,
    Uninitialized,
    Pending,
    UnorderedWrite,
    UnorderedRead
  };
  Reason reason = None;
  /// The first byte that is wrong.
  uint32_t offset = 0;
  /// Who wrote, reads or copies that byte.
  uint32_t thread = 0;
};

class SharedMemory {
public:
  /// The window of shared addresses. It lies below 4 GB and is aligned to its
  /// size, so that addresses fit into 32 bits, and offsets into the 18 bits
  /// that matrix descriptors have for them.
  static constexpr size_t windowSize = size_t(256) << 10;
  /// What a block may have on current hardware.
  static constexpr size_t maxBlockSize = size_t(227) << 10;

  SharedMemory() = default;
  SharedMemory(const SharedMemory &) = delete;
  SharedMemory &operator=(const SharedMemory &) = delete;
  ~SharedMemory();

  /// Reserves the window; false if the system has none.
  bool map();
  char *getBase() const { return base; }
  bool contains(const void *address) const {
    return static_cast<size_t>(static_cast<const char *>(address) - base) <
           windowSize;
  }
  uint32_t getOffset(const void *address) const {
    return static_cast<uint32_t>(static_cast<const char *>(address) - base);
  }

  /// Starts a block: bytes in `regions` are poisoned and count as never
  /// written, all others as out of bounds.
  void reset(const std::vector<SharedRegion> &regions,
             const HappensBefore &order);

  /// Checks and notes a read by `thread`; the window must hold all of it.
  SharedFault read(uint32_t thread, uint32_t offset, uint32_t size);
  /// The same of a row of 16 bytes that goes to four threads in parts of 4
  /// bytes.
  static constexpr uint32_t rowSize = 16, partSize = 4;
  using RowThreads = std::array<uint32_t, rowSize / partSize>;
  SharedFault readRow(const RowThreads &threads, uint32_t offset);
  /// Checks and notes a write. Atomic ones are not ordered among threads.
  SharedFault write(uint32_t thread, uint32_t offset, uint32_t size,
                    bool atomic = false);
  /// Checks and notes that a copy into these bytes is on its way.
  SharedFault startCopy(uint32_t thread, uint32_t offset, uint32_t size);
  /// Notes that a copy has arrived; bytes were written by `thread` now.
  void finishCopy(uint32_t thread, uint32_t offset, uint32_t size);

private:
  /// Stamps that are no clocks of a write.
  enum : uint32_t {
    neverWritten = 0,
    outside = 0xfffffffe,
    pending = 0xffffffff
  };

  /// Whether all `size` bytes were written before the last barrier of all
  /// threads.
  bool areSettled(uint32_t offset, uint32_t size) const;
  SharedFault findReadFault(uint32_t thread, uint32_t offset, uint32_t size,
                            bool atomic) const;
  SharedFault findWriteFault(uint32_t thread, uint32_t offset,
                             uint32_t size) const;
  void stampWrites(uint32_t thread, uint32_t offset, uint32_t size,
                   uint32_t stamp);

  char *base = nullptr;
  /// Bytes that the last block could reach.
  size_t used = windowSize;
  const HappensBefore *order = nullptr;
  /// Per byte: the writer's clock, or one of the above; and the writer.
  std::vector<uint32_t> writeStamps;
  std::vector<uint16_t> writers;
  /// Per byte: the last reader's clock, 0 if there was none; and the reader.
  std::vector<uint32_t> readStamps;
  std::vector<uint16_t> readers;
};

} // namespace mlir::sattn::emulator

#endif // SPARSEATTN_LIB_GPUEMULATOR_SHAREDMEMORY_H
