// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Switching fibers with the C library, on hosts that have no code of their own
/// here: several times slower, because each switch also saves the signal mask.
#include "FiberContext.h"

#include <cstdint>
#include <ucontext.h>

using namespace mlir::sattn::emulator;

namespace {
/// `makecontext` passes integers.
void enter(unsigned entryHigh, unsigned entryLow, unsigned argumentHigh,
           unsigned argumentLow) {
  auto join = [](unsigned high, unsigned low) {
    return static_cast<uintptr_t>((uint64_t(high) << 32) | low);
  };
  reinterpret_cast<void (*)(void *)>(join(entryHigh, entryLow))(
      reinterpret_cast<void *>(join(argumentHigh, argumentLow)));
}
} // namespace

extern "C" void sattn_emulator_switch(void **from, void *to) {
  ucontext_t here;
  *from = &here;
  swapcontext(&here, static_cast<ucontext_t *>(to));
}

void *mlir::sattn::emulator::createContext(const FiberStack &stack,
                                           void (*entry)(void *),
                                           void *argument) {
  // The context itself lies at the top of the stack.
  size_t reserved = (sizeof(ucontext_t) + 63) / 64 * 64;
  auto *context =
      reinterpret_cast<ucontext_t *>(stack.base + stack.size - reserved);
  getcontext(context);
  context->uc_stack.ss_sp = stack.base;
  context->uc_stack.ss_size = stack.size - reserved;
  context->uc_link = nullptr;
  auto high = [](uintptr_t bits) {
    return static_cast<unsigned>(uint64_t(bits) >> 32);
  };
  auto low = [](uintptr_t bits) { return static_cast<unsigned>(bits); };
  auto code = reinterpret_cast<uintptr_t>(entry);
  auto data = reinterpret_cast<uintptr_t>(argument);
  makecontext(context, reinterpret_cast<void (*)()>(&enter), 4, high(code),
              low(code), high(data), low(data));
  return context;
}
