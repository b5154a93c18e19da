// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Fibers: stacks of their own that hand control to each other. A switch saves
/// the registers that a called function has to keep, and nothing else; no
/// system call. Which of the implementations is built (x86-64, AArch64, or
/// ucontext for other hosts) is chosen at configure time.
#ifndef SPARSEATTN_LIB_GPUEMULATOR_FIBER_H
#define SPARSEATTN_LIB_GPUEMULATOR_FIBER_H

#include <cstddef>
#include <vector>

namespace mlir::sattn::emulator {

/// Memory that a fiber runs on, from its lowest address on.
struct FiberStack {
  char *base = nullptr;
  size_t size = 0;

  bool contains(const void *address) const {
    return static_cast<size_t>(static_cast<const char *>(address) - base) <
           size;
  }
};

/// Code that stopped in `switchFiber`, or has not started yet. Dropping one
/// that has not ended is allowed: no destructor on its stack runs.
struct Fiber {
  FiberStack stack;
  /// The implementation's: where the registers are saved.
  void *context = nullptr;
  /// AddressSanitizer's.
  void *fakeStack = nullptr;
};

/// Lets `fiber` start with `entry(argument)` on its stack when it is switched
/// to. `entry` must not return.
void prepareFiber(Fiber &fiber, void (*entry)(void *), void *argument);

/// Stops here, which becomes `from`, and goes on with `to`. Returns when
/// something switches to `from`.
void switchFiber(Fiber &from, Fiber &to);

/// Goes on with `to`; `from`, which runs, has ended.
[[noreturn]] void endFiber(Fiber &from, Fiber &to);

/// Stacks with a guard page below each, so that an overflow is a fault and not
/// silent.
class FiberStacks {
public:
  FiberStacks() = default;
  FiberStacks(const FiberStacks &) = delete;
  FiberStacks &operator=(const FiberStacks &) = delete;
  ~FiberStacks();

  /// Grows to `count` stacks; false if the system has no memory for them.
  bool reserve(size_t count);
  FiberStack get(size_t index) const { return stacks[index]; }

private:
  std::vector<FiberStack> stacks;
};

} // namespace mlir::sattn::emulator

#endif // SPARSEATTN_LIB_GPUEMULATOR_FIBER_H
