# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels of a cubin, the ELF file that ptxas writes.

Code of a kernel is in the section .text.NAME, its static shared memory in .nv.shared.NAME,
and attributes are records of .nv.info (for all kernels) and .nv.info.NAME: a byte of
format, the attribute, two bytes that are the value or the size of what follows.
"""

import struct

from .decoder import decode
from .program import BYTES_PER_INSTRUCTION, BadInput, Kernel

MACHINE_CUDA = 190
# From this ABI version on, the architecture is in another byte of the flags.
ABI_CUDA_13 = 8
SUPPORTED = range(80, 122)

# Attributes (EIATTR_...), and the format of those with a payload.
MAX_THREADS, REQUIRED_THREADS, FRAME_SIZE = 0x05, 0x10, 0x11
REGISTERS, INDIRECT_TARGETS = 0x2f, 0x34
WITH_PAYLOAD = 4


class Elf:
    """Sections and symbols of a 64-bit little-endian ELF file."""

    def __init__(self, data):
        self.data = data
        if data[:4] != b"\x7fELF":
            raise BadInput("expected an ELF file or a listing of nvdisasm")
        if data[4:6] != b"\2\1":
            raise BadInput("expected a 64-bit little-endian ELF file")
        self.abi = self.unpack("<B", 8)[0]
        self.machine = self.unpack("<H", 18)[0]
        if self.machine != MACHINE_CUDA:
            raise BadInput(f"expected ELF machine {MACHINE_CUDA} (CUDA), but got {self.machine}")
        (offset,) = self.unpack("<Q", 40)
        (self.flags,) = self.unpack("<I", 48)
        _, count, names = self.unpack("<HHH", 58)
        headers = [self.unpack("<IIQQQQIIQQ", offset + 64 * index) for index in range(count)]
        if names >= count:
            raise BadInput("truncated: no section names")
        self.sections = {}
        self.order = []
        for name, kind, _, _, start, size, link, info, _, _ in headers:
            # NOBITS sections have a size, but no bytes.
            body = b"" if kind == 8 else self.get_bytes(start, size)
            text = self.get_string(headers[names][4], headers[names][5], name)
            self.order.append(text)
            self.sections[text] = (body, size, link, info)

    def get_bytes(self, start, size):
        if start + size > len(self.data):
            raise BadInput(f"truncated: expected at least {start + size} bytes, but got "
                           f"{len(self.data)}")
        return self.data[start:start + size]

    def unpack(self, form, offset):
        return struct.unpack(form, self.get_bytes(offset, struct.calcsize(form)))

    def get_string(self, start, size, at):
        return self.get_bytes(start, size)[at:].split(b"\0")[0].decode(errors="replace")

    def read_symbols(self):
        """(name, section's name, value, whether it is a function) of each."""
        body = self.sections.get(".symtab", (b"",))[0]
        names = self.sections.get(".strtab", (b"",))[0]
        for name, info, _, section, value, _ in struct.iter_unpack(
                "<IBBHQQ", body[:len(body) // 24 * 24]):
            text = names[name:].split(b"\0")[0].decode(errors="replace")
            place = self.order[section] if section < len(self.order) else ""
            yield text, place, value, info & 15 == 2


def read_attributes(body):
    """(attribute, 32-bit words of its payload) of each record."""
    at = 0
    while at + 4 <= len(body):
        form, attribute, size = struct.unpack_from("<BBH", body, at)
        at += 4
        if form == WITH_PAYLOAD:
            count = len(body[at:at + size]) // 4
            yield attribute, struct.unpack_from(f"<{count}I", body, at)
            at += size


def read_indirect_targets(words):
    """Records of an instruction's address, a word, a count, and as many targets."""
    targets, at = {}, 0
    while at + 3 <= len(words):
        address, _, count = words[at:at + 3]
        targets[address] = tuple(words[at + 3:at + 3 + count])
        at += 3 + count
    return targets


def get_architecture(elf):
    sm = elf.flags >> 8 & 0xff if elf.abi >= ABI_CUDA_13 else elf.flags & 0xff
    if sm not in SUPPORTED:
        raise BadInput(f"expected code for sm_{SUPPORTED[0]} to sm_{SUPPORTED[-1]}, "
                       f"but got sm_{sm}")
    return sm


def read_cubin(data):
    elf = Elf(data)
    sm = get_architecture(elf)
    symbols = list(elf.read_symbols())
    # (attribute, symbol's name) -> value
    known = {}
    for attribute, words in read_attributes(elf.sections.get(".nv.info", (b"",))[0]):
        if attribute in (REGISTERS, FRAME_SIZE) and len(words) == 2 and words[0] < len(symbols):
            known[attribute, symbols[words[0]][0]] = words[1]
    kernels = []
    for section in elf.order:
        if not section.startswith(".text."):
            continue
        name = section[len(".text."):]
        body, _, _, info = elf.sections[section]
        if not body or len(body) % BYTES_PER_INSTRUCTION:
            raise BadInput(f"truncated: expected whole instructions in {section}, but got "
                           f"{len(body)} bytes")
        indirect, threads = {}, None
        for attribute, words in read_attributes(elf.sections.get(".nv.info." + name, (b"",))[0]):
            if attribute == INDIRECT_TARGETS:
                indirect.update(read_indirect_targets(words))
            elif attribute in (MAX_THREADS, REQUIRED_THREADS) and len(words) == 3:
                threads = words[0] * words[1] * words[2]
        functions = {value for _, place, value, is_function in symbols
                     if place == section and is_function}
        kernels.append(Kernel(
            name, decode(body, sm, functions, indirect), sm,
            # Without the attribute, older files have it in the section's header.
            known.get((REGISTERS, name), info >> 24 or None), known.get((FRAME_SIZE, name), 0),
            elf.sections.get(".nv.shared." + name, (b"", 0))[1], threads))
    return kernels
