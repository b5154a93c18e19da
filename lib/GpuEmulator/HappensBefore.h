// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which accesses of a block's threads are ordered, by vector clocks.
///
/// Each thread has a clock that advances when it synchronizes. An access at
/// clock c of thread t comes before what thread u does now if u has seen clock
/// c of t: through barriers and `bar.warp.sync`, which are what PTX gives
/// memory ordering. A barrier of all threads of the block raises the floor
/// instead: what was before it, every thread has seen. That makes the usual
/// case O(threads), and a check one comparison.
#ifndef SPARSEATTN_LIB_GPUEMULATOR_HAPPENSBEFORE_H
#define SPARSEATTN_LIB_GPUEMULATOR_HAPPENSBEFORE_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mlir::sattn::emulator {

class HappensBefore {
public:
  /// What a synchronization hands over: the last clock seen of each thread.
  /// Empty is nothing.
  using Clocks = std::vector<uint32_t>;

  /// Starts a block.
  void reset(uint32_t threadCount);

  /// The clock that accesses of `thread` carry now; never 0.
  uint32_t clock(uint32_t thread) const { return clocks[thread]; }
  /// All accesses with clocks up to this one are ordered before every thread's
  /// next.
  uint32_t getFloor() const { return floor; }

  /// Whether `thread` comes after what `other` did at `clock`.
  bool isOrdered(uint32_t other, uint32_t clock, uint32_t thread) const {
    return clock <= floor || other == thread ||
           (!seen.empty() &&
            clock <= seen[size_t(thread) * clocks.size() + other]);
  }

  /// Adds all that `thread` has done or seen to `handed`.
  void release(uint32_t thread, Clocks &handed);
  /// Lets `thread` see what was handed over.
  void acquire(uint32_t thread, const Clocks &handed);
  /// All threads of the block meet.
  void synchronizeAll();

private:
  std::vector<uint32_t> clocks;
  uint32_t floor = 0;
  /// Row u: the clocks that thread u has seen. Empty until a synchronization of
  /// fewer than all.
  std::vector<uint32_t> seen;
};

} // namespace mlir::sattn::emulator

#endif // SPARSEATTN_LIB_GPUEMULATOR_HAPPENSBEFORE_H
