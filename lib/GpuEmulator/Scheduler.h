// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs the threads of a block: a fiber each, that runs until it has to wait.
/// Warp by warp, lane by lane, so each launch does the same.
#ifndef SPARSEATTN_LIB_GPUEMULATOR_SCHEDULER_H
#define SPARSEATTN_LIB_GPUEMULATOR_SCHEDULER_H

#include "Fiber.h"
#include "Site.h"

#include <string>
#include <vector>

namespace mlir::sattn::emulator {

struct Thread {
  Fiber fiber;
  uint32_t index = 0;
  bool exited = false;
  /// Where it waits, null if it does not; and for which lanes, or for which
  /// barrier.
  const Site *waitsAt = nullptr;
  LaneMask waitsFor = 0;
  int waitsForBarrier = -1;

  unsigned warp() const { return index / warpSize; }
  unsigned lane() const { return index % warpSize; }
};

/// A collective that has not got all its lanes.
struct PendingCollective {
  const Site *site;
  LaneMask lanes;
  LaneMask arrived;
};

struct Warp {
  /// Lanes that exist, that have ended, and that can go on.
  LaneMask lanes = 0, exited = 0, ready = 0;
  SmallVector<PendingCollective, 2> pending;
  std::array<char *, warpSize> frames = {};
};

class Scheduler {
public:
  explicit Scheduler(Machine &machine) : machine(machine) {}

  /// Makes room for blocks of `threadCount` threads; false if the system has no
  /// memory for that.
  bool reserve(uint32_t threadCount);
  /// Runs a block: `run(argument)` is what each thread does. Returns once no
  /// thread can go on.
  void runBlock(void (*run)(void *), void *argument);

  Thread &getCurrent() { return *current; }
  std::vector<Thread> &getThreads() { return threads; }
  std::vector<Warp> &getWarps() { return warps; }
  uint32_t countExited() const { return exitedCount; }

  /// The current thread arrives at a collective of `lanes`. The last one to
  /// arrive executes it.
  void arrive(const Site &site, char *frame, LaneMask lanes);
  /// Stops the current thread until `wake`; other fields of the thread say what
  /// for.
  void wait(const Site &site);
  void wake(Thread &thread);
  /// Lets others run.
  void yield();
  /// Ends the current thread.
  [[noreturn]] void exit();
  /// Ends the block: the current thread and all others stay where they are.
  [[noreturn]] void abandon();

  /// What the threads of a block wait for that cannot go on; empty if all have
  /// ended.
  std::string describeDeadlock() const;

private:
  Thread *pickNext();
  void switchToNext();
  static void runThread(void *scheduler);
  void checkNoOtherWaits(const Site &site, LaneMask lanes, const Warp &warp);

  Machine &machine;
  FiberStacks stacks;
  Fiber host;
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  Thread *current = nullptr;
  uint32_t exitedCount = 0;
  void (*run)(void *) = nullptr;
  void *runArgument = nullptr;
};

} // namespace mlir::sattn::emulator

#endif // SPARSEATTN_LIB_GPUEMULATOR_SCHEDULER_H
