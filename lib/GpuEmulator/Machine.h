// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The emulated GPU: memories, threads and barriers of the block that runs, and
/// the errors found.
#ifndef SPARSEATTN_LIB_GPUEMULATOR_MACHINE_H
#define SPARSEATTN_LIB_GPUEMULATOR_MACHINE_H

#include "AsyncCopies.h"
#include "BankCounter.h"
#include "BlockBarriers.h"
#include "GlobalMemory.h"
#include "Scheduler.h"
#include "SharedMemory.h"
#include "SparseAttn/GpuEmulator/GpuEmulator.h"

#include "llvm/Support/FormatVariadic.h"

namespace mlir::sattn {
/// Prints an index as "(1, 0, 0)".
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const Dim3 &index);
} // namespace mlir::sattn

namespace mlir::sattn::emulator {

/// Prints a mask as "0-15, 31".
struct LaneList {
  LaneMask lanes;
};
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, LaneList list);

class Machine {
public:
  Machine() : scheduler(*this), barriers(*this) {}

  Dim3 gridSize, blockSize, blockIndex;
  uint32_t dynamicSharedSize = 0;
  uint32_t totalSharedSize = 0;

  HappensBefore order;
  SharedMemory shared;
  GlobalMemory global;
  BankCounter banks;
  AsyncCopies copies;
  Scheduler scheduler;
  BlockBarriers barriers;
  std::vector<std::string> errors;
  /// Accesses since the last time that a thread had to let others run.
  uint32_t accessCount = 0;

  /// Runs the block `blockIndex`; false if an error was found. `regions` are
  /// the arrays of its shared memory.
  bool runBlock(const std::vector<SharedRegion> &regions, void (*run)(void *),
                void *argument);

  /// Reports an error of `thread`, by default the current one, and ends the
  /// launch. The fiber is left where it is, so nothing on its stack may own
  /// memory; that is why messages are formatted here.
  [[noreturn]] void fail(const Site &site,
                         const llvm::formatv_object_base &message,
                         const Thread *thread = nullptr);

  /// Checks an access of `size` bytes at `address` in any space, by the current
  /// thread.
  void access(const Site &site, char *address, uint32_t size,
              uint32_t alignment, AccessKind kind, Space space);

  /// Checks one of shared memory by lane `lane` of the current warp, and notes
  /// it. Does not count banks.
  void accessShared(const Site &site, unsigned lane, const char *address,
                    uint32_t size, AccessKind kind);
  /// The same of a row of 16 bytes, each part by another thread.
  void accessSharedRow(const Site &site,
                       const SharedMemory::RowThreads &threads, uint32_t offset,
                       AccessKind kind);
  void checkAlignment(const Site &site, const Thread &thread,
                      const char *address, uint32_t size, uint32_t alignment,
                      AccessKind kind);
  /// Checks that global memory holds these bytes.
  void checkGlobal(const Site &site, const char *address, uint32_t size,
                   AccessKind kind);
  /// Reports a fault of shared memory.
  [[noreturn]] void failShared(const Site &site, const Thread &thread,
                               SharedFault fault, uint32_t offset,
                               uint32_t size, AccessKind kind);
  /// Counts the current lane's access of shared memory.
  void countBanks(const Site &site, uint32_t offset, uint32_t size);

  Thread &threadOfLane(unsigned warp, unsigned lane) {
    return scheduler.getThreads()[warp * warpSize + lane];
  }
  /// Index of a thread in its block.
  Dim3 getPosition(const Thread &thread) const;
  /// What the current thread's end means for others.
  void threadExited() { barriers.threadExited(); }
};

/// What compiled kernels call.
extern "C" {
void sattn_emulator_execute(const Site *site, char *frame);
void sattn_emulator_access(const Site *site, char *address);
}

} // namespace mlir::sattn::emulator

#endif // SPARSEATTN_LIB_GPUEMULATOR_MACHINE_H
