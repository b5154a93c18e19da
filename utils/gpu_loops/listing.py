# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels of a listing, as `nvdisasm -c` and `cuobjdump -sass` print them.

Addresses may be left out (then instructions follow each other), and so may the header of
a section: a label before the first instruction names a kernel without one.
"""

import re

from .program import BYTES_PER_INSTRUCTION, BadInput, Instruction, Kernel, get_flow

SECTION = re.compile(r"\s*\.text\.(\S+):|\s*Function : (\S+)")
TARGET = re.compile(r"\s*\.target\s+sm_(\d+)|\s*code for sm_(\d+)")
REGISTERS = re.compile(r'.*SHI_REGISTERS=(\d+)')
LABEL = re.compile(r"\s*([.$\w]+):\s*$")
INSTRUCTION = re.compile(
    r"\s*(?:/\*([0-9a-f]{4,})\*/)?\s*(?:(@!?U?P\w+)\s+)?"
    r"([A-Z][A-Z0-9_]*)((?:\.\w+)*)(?:\s+(.*?))?\s*;")
PLACE = re.compile(r"`\(([^)]+)\)|\b(0x[0-9a-f]+)$")
PREDICATE = re.compile(r"!?U?P\d\b")
BRANCH_TARGETS = re.compile(r"BRANCH_TARGETS ([^\"]*)\"")
# Bytes of a load or store with this modifier; 4 without one.
WIDTHS = {"U8": 1, "S8": 1, "U16": 2, "S16": 2, "64": 8, "128": 16}
# Labels of places within a function; others are functions.
INNER_LABEL = re.compile(r"\.L")


def read_instruction(match, address):
    _, guard, name, modifiers, operands = match.groups("")
    modifiers = modifiers.split(".")[1:]
    instruction = Instruction(address, name)
    places = [label or int(number, 16) for label, number in PLACE.findall(operands)]
    if name in ("LDL", "STL"):
        instruction.local_bytes = next(
            (WIDTHS[part] for part in modifiers if part in WIDTHS), 4)
    elif name in ("EXIT", "RET", "KILL"):
        instruction.flow = get_flow(name, modifiers, guard, False)
    elif name in ("BRX", "JMX"):
        listed = BRANCH_TARGETS.search(operands)
        instruction.flow = get_flow(name, modifiers, guard, False)
        instruction.targets = tuple(listed.group(1).split(",")) if listed else ()
    elif name in ("BRA", "JMP") or (name == "CALL" and places
                                    and INNER_LABEL.match(str(places[0]))):
        instruction.flow = get_flow(name, modifiers, guard, bool(PREDICATE.match(operands)))
        instruction.targets = tuple(places)
    return instruction


def resolve(instructions, labels):
    """Replaces labels among the targets by addresses."""
    for instruction in instructions:
        for target in instruction.targets:
            if isinstance(target, str) and target not in labels:
                raise BadInput(f"expected label '{target}' in the listing, but found none")
        instruction.targets = tuple(labels.get(target, target) for target in instruction.targets)


def read_listing(text):
    # Kernels, their labels, and labels that wait for an instruction.
    kernels, labels, pending = [], [], []
    sm = registers = None

    def start(name):
        kernels.append(Kernel(name, [], sm, registers))
        labels.append({})

    for line in text.splitlines():
        if found := TARGET.match(line):
            sm = int(found.group(1) or found.group(2))
        elif found := REGISTERS.match(line):
            registers = int(found.group(1))
        elif found := SECTION.match(line):
            start(found.group(1) or found.group(2))
            registers, pending = None, []
        elif found := LABEL.match(line):
            pending.append(found.group(1))
        elif found := INSTRUCTION.match(line):
            if not kernels:
                start(pending[0] if pending else "kernel")
            code = kernels[-1].instructions
            following = code[-1].address + BYTES_PER_INSTRUCTION if code else 0
            address = int(found.group(1), 16) if found.group(1) else following
            labels[-1].update((label, address) for label in pending)
            pending = []
            code.append(read_instruction(found, address))
    for kernel, places in zip(kernels, labels):
        resolve(kernel.instructions, places)
    return [kernel for kernel in kernels if kernel.instructions]
