// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What each host's implementation of fibers provides.
#ifndef SPARSEATTN_LIB_GPUEMULATOR_FIBERCONTEXT_H
#define SPARSEATTN_LIB_GPUEMULATOR_FIBERCONTEXT_H

#include "Fiber.h"

#include <algorithm>
#include <cstdint>

extern "C" {
/// Saves the registers, writes where to `*from`, and restores those saved at
/// `to`.
void sattn_emulator_switch(void **from, void *to);
}

namespace mlir::sattn::emulator {
/// A context on `stack` that calls `entry(argument)` when it is switched to.
void *createContext(const FiberStack &stack, void (*entry)(void *),
                    void *argument);

/// The first words on an empty stack, which begins at a multiple of 16 bytes.
inline uintptr_t *pushZeros(const FiberStack &stack, int count) {
  auto top =
      reinterpret_cast<uintptr_t>(stack.base + stack.size) & ~uintptr_t(15);
  auto *words = reinterpret_cast<uintptr_t *>(top) - count;
  std::fill_n(words, count, 0);
  return words;
}
} // namespace mlir::sattn::emulator

#endif // SPARSEATTN_LIB_GPUEMULATOR_FIBERCONTEXT_H
