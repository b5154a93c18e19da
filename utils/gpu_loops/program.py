# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the readers of cubins and of listings make: kernels of instructions."""

import dataclasses

BYTES_PER_INSTRUCTION = 16


class BadInput(Exception):
    """What a user reads in one line."""


@dataclasses.dataclass
class Instruction:
    address: int
    # Without modifiers: "HMMA", "BRA".
    name: str
    # How control goes on: "next", "jump" (to one of the targets), "branch" (to one of the
    # targets or to the next instruction), or "end".
    flow: str = "next"
    targets: tuple = ()
    # Bytes that each thread moves, of LDL and STL.
    local_bytes: int = 0


@dataclasses.dataclass
class Kernel:
    name: str
    # The first one is the kernel's entry. Functions that it calls may follow.
    instructions: list
    # 80 for sm_80; None where the input does not tell, like all that follows.
    sm: int = None
    registers: int = None
    # Local memory of a thread, and static shared memory, in bytes.
    stack: int = None
    shared: int = None
    threads: int = None


def get_flow(name, modifiers, guard, has_predicate):
    """The flow of a control instruction with the guard "", "@P0", ... `has_predicate` says
    whether a predicate among the operands decides too.

    Warps are taken to be converged, so that BRA.DIV (branch if they are not, to a copy of
    shuffles and barriers for each thread) never branches and BRA.CONV always does."""
    if guard == "@!PT":
        return "next"
    if name in ("EXIT", "RET", "KILL"):
        return "next" if guard else "end"
    if name == "BRA" and "DIV" in modifiers:
        return "next"
    if name == "BRA" and "CONV" in modifiers:
        return "jump"
    return "branch" if guard or has_predicate else "jump"
