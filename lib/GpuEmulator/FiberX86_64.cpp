// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Switching fibers on x86-64 (System V calling convention).
#include "FiberContext.h"

// Registers that a call keeps: rbx, rbp, r12 to r15 and rsp.
asm(R"(
.text
.globl sattn_emulator_switch
.hidden sattn_emulator_switch
.type sattn_emulator_switch, @function
.p2align 4
sattn_emulator_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  retq
.size sattn_emulator_switch, .-sattn_emulator_switch

.globl sattn_emulator_start
.hidden sattn_emulator_start
.type sattn_emulator_start, @function
.p2align 4
sattn_emulator_start:
  movq %r12, %rdi
  callq *%rbx
  ud2
.size sattn_emulator_start, .-sattn_emulator_start
)");

extern "C" void sattn_emulator_start();

void *mlir::sattn::emulator::createContext(const FiberStack &stack,
                                           void (*entry)(void *),
                                           void *argument) {
  // As `sattn_emulator_switch` leaves a stack: r15, r14, r13, r12, rbx, rbp and
  // the return address.
  uintptr_t *words = pushZeros(stack, 7);
  words[3] = reinterpret_cast<uintptr_t>(argument);
  words[4] = reinterpret_cast<uintptr_t>(entry);
  words[6] = reinterpret_cast<uintptr_t>(&sattn_emulator_start);
  return words;
}
