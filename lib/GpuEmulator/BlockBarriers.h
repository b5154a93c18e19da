// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The 16 barriers of a block.
#ifndef SPARSEATTN_LIB_GPUEMULATOR_BLOCKBARRIERS_H
#define SPARSEATTN_LIB_GPUEMULATOR_BLOCKBARRIERS_H

#include "HappensBefore.h"
#include "Site.h"

#include <array>
#include <string>
#include <vector>

namespace mlir::sattn::emulator {

/// What a barrier computes of its threads' predicates.
enum class BarrierReduction : uint32_t { None, Count, And, Or };

struct BarrierArrival {
  uint32_t barrier = 0;
  /// Threads that take part; 0 means all of the block that have not ended.
  uint32_t threadCount = 0;
  BarrierReduction reduction = BarrierReduction::None;
  bool predicate = false;
};

class BlockBarriers {
public:
  static constexpr unsigned barrierCount = 16;

  explicit BlockBarriers(Machine &machine) : machine(machine) {}

  /// Starts a block.
  void reset();
  /// The current thread waits for the others; returns what the reduction gives.
  uint32_t synchronize(const Site &site, const BarrierArrival &arrival);
  /// The current thread counts as there and goes on.
  void arrive(const Site &site, const BarrierArrival &arrival);
  /// The current thread has ended: barriers of all threads no longer wait for
  /// it.
  void threadExited();

  /// "barrier 1, which has 32 of 64 threads".
  std::string describe(unsigned barrier) const;

private:
  struct State {
    std::vector<uint32_t> waiting;
    /// Also threads that arrived without waiting.
    uint32_t arrived = 0;
    uint32_t threadCount = 0;
    BarrierReduction reduction = BarrierReduction::None;
    uint32_t trueCount = 0;
    /// What threads that do not wait hand over.
    HappensBefore::Clocks handed;
  };

  State &join(const Site &site, const BarrierArrival &arrival);
  /// Threads that `state` waits for in all.
  uint32_t getExpected(const State &state) const;
  bool isComplete(const State &state) const;
  /// Wakes the threads of a complete barrier, all but `last`.
  uint32_t complete(State &state, uint32_t last);

  Machine &machine;
  std::array<State, barrierCount> states;
  /// What each waiting thread is given.
  std::vector<uint32_t> results;
};

} // namespace mlir::sattn::emulator

#endif // SPARSEATTN_LIB_GPUEMULATOR_BLOCKBARRIERS_H
