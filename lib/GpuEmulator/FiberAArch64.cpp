// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Switching fibers on AArch64 (AAPCS64).
#include "FiberContext.h"

// Registers that a call keeps: x19 to x30, d8 to d15 and sp.
asm(R"(
.text
.globl sattn_emulator_switch
.hidden sattn_emulator_switch
.type sattn_emulator_switch, %function
.p2align 4
sattn_emulator_switch:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size sattn_emulator_switch, .-sattn_emulator_switch

.globl sattn_emulator_start
.hidden sattn_emulator_start
.type sattn_emulator_start, %function
.p2align 4
sattn_emulator_start:
  mov x0, x20
  blr x19
  brk #1
.size sattn_emulator_start, .-sattn_emulator_start
)");

extern "C" void sattn_emulator_start();

void *mlir::sattn::emulator::createContext(const FiberStack &stack,
                                           void (*entry)(void *),
                                           void *argument) {
  // As `sattn_emulator_switch` leaves a stack: x19 to x30, then d8 to d15.
  uintptr_t *words = pushZeros(stack, 20);
  words[0] = reinterpret_cast<uintptr_t>(entry);
  words[1] = reinterpret_cast<uintptr_t>(argument);
  words[11] = reinterpret_cast<uintptr_t>(&sattn_emulator_start);
  return words;
}
