// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Copies of `cp.async` on their way: they arrive when the thread that started
/// them waits for their group, and not before, so that a missing wait shows.
#ifndef SPARSEATTN_LIB_GPUEMULATOR_ASYNCCOPIES_H
#define SPARSEATTN_LIB_GPUEMULATOR_ASYNCCOPIES_H

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace mlir::sattn::emulator {

class SharedMemory;

class AsyncCopies {
public:
  struct Copy {
    uint32_t offset;
    const char *source;
    uint32_t size;
    /// Bytes that come from the source; the rest is zero.
    uint32_t sourceSize;
  };

  /// Starts a block.
  void reset(size_t threadCount) { queues.assign(threadCount, {}); }

  void start(uint32_t thread, const Copy &copy) {
    queues[thread].open.push_back(copy);
  }
  /// What `thread` started since its last group becomes a group.
  void commit(uint32_t thread);
  /// Lets all groups of `thread` arrive but the last `keep`.
  void wait(uint32_t thread, size_t keep, SharedMemory &shared);

private:
  using Group = std::vector<Copy>;
  struct Queue {
    Group open;
    std::deque<Group> groups;
  };
  std::vector<Queue> queues;
};

} // namespace mlir::sattn::emulator

#endif // SPARSEATTN_LIB_GPUEMULATOR_ASYNCCOPIES_H
