// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Groups of asynchronous copies.
#include "AsyncCopies.h"

#include "SharedMemory.h"

#include <cstring>

using namespace mlir::sattn::emulator;

void AsyncCopies::commit(uint32_t thread) {
  Queue &queue = queues[thread];
  queue.groups.push_back(std::move(queue.open));
  queue.open.clear();
}

void AsyncCopies::wait(uint32_t thread, size_t keep, SharedMemory &shared) {
  Queue &queue = queues[thread];
  while (queue.groups.size() > keep) {
    for (const Copy &copy : queue.groups.front()) {
      char *target = shared.getBase() + copy.offset;
      std::memcpy(target, copy.source, copy.sourceSize);
      std::memset(target + copy.sourceSize, 0, copy.size - copy.sourceSize);
      shared.finishCopy(thread, copy.offset, copy.size);
    }
    queue.groups.pop_front();
  }
}
