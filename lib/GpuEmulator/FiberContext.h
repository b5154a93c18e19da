// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What each host's implementation of fibers provides.
#ifndef SPARSEATTN_LIB_GPUEMULATOR_FIBERCONTEXT_H
#define SPARSEATTN_LIB_GPUEMULATOR_FIBERCONTEXT_H

#include "Fiber.h"

extern "C" {
/// Saves the registers, writes where to `*from`, and restores those saved at
/// `to`.
void sattn_emulator_switch(void **from, void *to);
}

namespace mlir::sattn::emulator {
/// A context on `stack` that calls `entry(argument)` when it is switched to.
void *createContext(const FiberStack &stack, void (*entry)(void *),
                    void *argument);
} // namespace mlir::sattn::emulator

#endif // SPARSEATTN_LIB_GPUEMULATOR_FIBERCONTEXT_H
