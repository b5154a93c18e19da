// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Stacks of fibers, and what AddressSanitizer wants to know of them.
#include "Fiber.h"

#include "FiberContext.h"

#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SATTN_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SATTN_ADDRESS_SANITIZER 1
#endif
#endif

#ifdef SATTN_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif

using namespace mlir::sattn::emulator;

namespace {
/// Of one stack; pages that are never touched cost no memory.
constexpr size_t stackSize = size_t(2) << 20;

/// What a new fiber runs first. Both are read before anything else runs.
struct Start {
  void (*entry)(void *);
  void *argument;
};

#ifdef SATTN_ADDRESS_SANITIZER
/// Who switched last.
thread_local Fiber *switchedFrom = nullptr;

/// Tells the sanitizer that a switch is done. What it says of the stack before
/// is the only way to know the host's.
void finishSwitch(void *fakeStack) {
  const void *base = nullptr;
  size_t size = 0;
  __sanitizer_finish_switch_fiber(fakeStack, &base, &size);
  if (!switchedFrom->stack.base)
    switchedFrom->stack = {static_cast<char *>(const_cast<void *>(base)), size};
}
#endif

void startFiber(void *data) {
  Start start = *static_cast<Start *>(data);
#ifdef SATTN_ADDRESS_SANITIZER
  finishSwitch(nullptr);
#endif
  start.entry(start.argument);
  __builtin_unreachable();
}
} // namespace

void mlir::sattn::emulator::prepareFiber(Fiber &fiber, void (*entry)(void *),
                                         void *argument) {
#ifdef SATTN_ADDRESS_SANITIZER
  // Forgets frames that an earlier fiber left behind on this stack: new memory
  // has none.
  mmap(fiber.stack.base, fiber.stack.size, PROT_READ | PROT_WRITE,
       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
#endif
  fiber.fakeStack = nullptr;
  // The start's data lies at the top of the stack, which is not part of what
  // the context may use.
  FiberStack rest = fiber.stack;
  rest.size -= 64;
  auto *start = reinterpret_cast<Start *>(rest.base + rest.size);
  *start = {entry, argument};
  fiber.context = createContext(rest, startFiber, start);
}

void mlir::sattn::emulator::switchFiber(Fiber &from, Fiber &to) {
#ifdef SATTN_ADDRESS_SANITIZER
  __sanitizer_start_switch_fiber(&from.fakeStack, to.stack.base, to.stack.size);
  switchedFrom = &from;
  sattn_emulator_switch(&from.context, to.context);
  finishSwitch(from.fakeStack);
#else
  sattn_emulator_switch(&from.context, to.context);
#endif
}

void mlir::sattn::emulator::endFiber(Fiber &from, Fiber &to) {
#ifdef SATTN_ADDRESS_SANITIZER
  // Without a place to keep it the sanitizer frees what it has of the stack.
  __sanitizer_start_switch_fiber(nullptr, to.stack.base, to.stack.size);
  switchedFrom = &from;
#endif
  sattn_emulator_switch(&from.context, to.context);
  __builtin_unreachable();
}

FiberStacks::~FiberStacks() {
  size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  for (const FiberStack &stack : stacks)
    munmap(stack.base - page, stack.size + page);
}

bool FiberStacks::reserve(size_t count) {
  size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  while (stacks.size() < count) {
    void *memory = mmap(nullptr, stackSize + page, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
      return false;
    mprotect(memory, page, PROT_NONE);
    stacks.push_back({static_cast<char *>(memory) + page, stackSize});
  }
  return true;
}
