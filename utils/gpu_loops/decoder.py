# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Names and branches of the machine code of sm_80 to sm_121.

An instruction has 128 bits. Those that are read here, as nvdisasm 13 showed by its output
for every opcode (NVIDIA publishes names, but no encoding):

    0-8     operation
    9-11    kinds of its operands
    12-15   guard: a predicate, 7 for none, and whether it is negated
    32-33   of BRA: 0, 1 by a uniform predicate, 2 if diverged, 3 if converged
    34-81   of a branch, its target minus the next address, divided by 4; from sm_90 on
            without its low 8 bits, which are in 16-23
    73-75   width of LDL and STL
    87-90   of a branch, a predicate among its operands, 7 for none
"""

import struct

from .program import BYTES_PER_INSTRUCTION, Instruction, get_flow

NAMES = {
    0x002: "MOV", 0x003: "P2R", 0x004: "R2P", 0x005: "CS2R", 0x006: "VOTE", 0x007: "SEL",
    0x008: "FSEL", 0x009: "FMNMX", 0x00a: "FSET", 0x00b: "FSETP", 0x00c: "ISETP",
    0x00f: "VIMNMX3", 0x010: "IADD3", 0x011: "LEA", 0x012: "LOP3", 0x013: "IABS",
    0x016: "PRMT", 0x017: "IMNMX", 0x019: "SHF", 0x01a: "SGXT", 0x01b: "BMSK", 0x01c: "PLOP3",
    0x020: "FMUL", 0x021: "FADD", 0x023: "FFMA", 0x024: "IMAD", 0x025: "IMAD", 0x026: "IDP",
    0x027: "IMAD", 0x028: "DMUL", 0x029: "DADD", 0x02a: "DSETP", 0x02b: "DFMA", 0x02f: "ELECT",
    0x030: "HADD2", 0x031: "HFMA2", 0x032: "HMUL2", 0x033: "HSET2", 0x034: "HSETP2",
    0x035: "HFMA2", 0x036: "VIADD", 0x037: "IMMA", 0x038: "I2I", 0x039: "I2IP", 0x03a: "MOVM",
    0x03b: "LDSM", 0x03c: "HMMA", 0x03d: "BMMA", 0x03e: "F2FP", 0x03f: "DMMA", 0x040: "HMNMX2",
    0x043: "F2IP", 0x044: "STSM", 0x045: "I2FP", 0x046: "VIADDMNMX", 0x047: "VHMNMX",
    0x048: "VIMNMX", 0x049: "FFMA2", 0x04a: "FMUL2", 0x04b: "FADD2", 0x076: "FMNMX3",
    0x07a: "QMMA", 0x07f: "OMMA", 0x082: "UMOV", 0x083: "UP2UR", 0x086: "VOTEU", 0x087: "USEL",
    0x08c: "UISETP", 0x090: "UIADD3", 0x091: "ULEA", 0x092: "ULOP3", 0x097: "UIADD3",
    0x099: "USHF", 0x09c: "UPLOP3", 0x0a4: "UIMAD", 0x0a5: "UIMAD", 0x0b9: "ULDC",
    0x0ca: "R2UR", 0x101: "BREV", 0x102: "FCHK", 0x105: "F2I", 0x106: "I2F", 0x107: "FRND",
    0x108: "MUFU", 0x109: "POPC", 0x110: "F2F", 0x112: "I2F", 0x113: "FRND", 0x118: "NOP",
    0x119: "S2R", 0x11a: "DEPBAR", 0x11b: "ENDCOLLECTIVE", 0x11c: "B2R", 0x11d: "BAR",
    0x141: "BSYNC", 0x142: "BREAK", 0x143: "CALL", 0x144: "CALL", 0x145: "BSSY",
    0x146: "YIELD", 0x147: "BRA", 0x148: "WARPSYNC", 0x149: "BRX", 0x14a: "JMP", 0x14c: "JMX",
    0x14d: "EXIT", 0x150: "RET", 0x15b: "KILL", 0x15d: "NANOSLEEP", 0x180: "LD", 0x181: "LDG",
    0x182: "LDC", 0x183: "LDL", 0x184: "LDS", 0x185: "ST", 0x186: "STG", 0x187: "STL",
    0x188: "STS", 0x189: "SHFL", 0x192: "MEMBAR", 0x1a1: "MATCH", 0x1a7: "SYNCS",
    0x1ab: "ERRBAR", 0x1ac: "LDCU", 0x1ae: "LDGSTS", 0x1af: "LDGDEPBAR", 0x1b1: "SYNCS",
    0x1c2: "R2UR", 0x1c3: "S2UR", 0x1c4: "REDUX",
}
# Operations that mean something else from sm_120 on.
NAMES_FROM_SM120 = {0x035: "IADD", 0x04a: "UVIMNMX"}

LOCAL_BYTES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 8, 6: 16}
GUARDS = [f"@P{number}" for number in range(7)] + [""]
GUARDS += [guard.replace("@", "@!") for guard in GUARDS[:7]] + ["@!PT"]
BRA_MODIFIERS = {0: [], 1: ["U"], 2: ["DIV"], 3: ["CONV"]}


def get_bits(word, first, last):
    return word >> first & ((1 << (last - first + 1)) - 1)


def get_target(word, address, sm):
    offset = get_bits(word, 34, 81)
    if offset >> 47:
        offset -= 1 << 48
    if sm >= 90:
        offset = offset << 8 | get_bits(word, 16, 23)
    return address + BYTES_PER_INSTRUCTION + offset * 4


def decode_one(word, address, sm, functions, indirect):
    operation = get_bits(word, 0, 8)
    name = NAMES.get(operation, f"0x{operation:03x}")
    if sm >= 120:
        name = NAMES_FROM_SM120.get(operation, name)
    instruction = Instruction(address, name)
    guard = GUARDS[get_bits(word, 12, 15)]
    if name in ("LDL", "STL"):
        instruction.local_bytes = LOCAL_BYTES.get(get_bits(word, 73, 75), 0)
    elif name in ("EXIT", "RET", "KILL"):
        instruction.flow = get_flow(name, [], guard, False)
    elif name == "BRA" or operation == 0x144 and get_bits(word, 9, 11) == 4:
        # CALL to a place that is no function is a jump out of a loop.
        target = get_target(word, address, sm)
        modifiers = BRA_MODIFIERS[get_bits(word, 32, 33)] if name == "BRA" else []
        predicate = get_bits(word, 24, 26) if modifiers == ["U"] else get_bits(word, 87, 89)
        if name == "BRA" or target not in functions:
            instruction.flow = get_flow(name, modifiers, guard, name == "BRA" and predicate != 7)
            instruction.targets = (target,)
    elif name in ("BRX", "JMP", "JMX"):
        instruction.flow = get_flow(name, [], guard, False)
        instruction.targets = indirect.get(address, ())
    return instruction


def decode(code, sm, functions=(), indirect=None):
    """The instructions of `code`, which begins at address 0. `functions` holds where
    functions begin, `indirect` the targets of the indirect branch at an address."""
    return [decode_one(low | high << 64, index * BYTES_PER_INSTRUCTION, sm, functions,
                       indirect or {})
            for index, (low, high) in enumerate(struct.iter_unpack("<QQ", code))]
