#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Counts the instructions of a cubin's main loops, those with tensor-core instructions:

    ptxas -arch=sm_80 kernel.ptx -o kernel.cubin && utils/gpu-loops.py kernel.cubin

    gpu-loops.py [FILE] [--function REGEX] [--loop all|shortest] [--json] [--check LIMITS]
                 [--nvdisasm PATH|none]

FILE is a cubin for sm_80 or later, or a listing as `nvdisasm -c` prints it. For each
kernel: registers, bytes of spilled values (all that STL stores), static shared memory. For
each loop, per iteration and warp, the ways around it of a full and of a partial tile, of a full
tile whose maximum grows, and of an empty one, where they differ
(gpu_loops/control_flow.py says which these are), by kind of instruction; select is FSEL
and SEL, local LDL and STL, int other integer arithmetic and moves. A loop within that has
tensor-core instructions is listed by itself and does not count; another one counts as one
iteration; code of called functions does not count. Cubins are decoded here, or by nvdisasm
where there is one. From sm_90 on shared memory includes 1024 bytes of the system.

--loop shortest leaves the loop of each kernel whose full tile has the fewest instructions: where full
tiles have a loop of their own that one.

--check takes limits such as "registers<=128,instructions<=320,spills=0": of a kernel
registers, spills, stack, shared; of its loops (each has to keep it) a column in lower
case, instructions of the full tile, partial (instructions of the partial tile), longer
(by how many percent it has more), share (percent of tensor-core instructions). A limit that is
not kept is one line on standard error.

Exit code: 0, 1 for input that cannot be read or a limit that is not kept, 2 for a mistake
on the command line.
"""

import argparse
import collections
import json
import operator
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from gpu_loops.control_flow import TENSOR, find_loops
from gpu_loops.cubin import read_cubin
from gpu_loops.listing import read_listing
from gpu_loops.program import BadInput

# Column -> instructions; a column for each kind that attention is made of.
COLUMNS = {
    "HMMA": TENSOR, "LDSM": {"LDSM"}, "LDGSTS": {"LDGSTS"}, "MUFU": {"MUFU"},
    "FFMA": {"FFMA", "FFMA2"}, "FMUL": {"FMUL", "FMUL2"}, "FADD": {"FADD", "FADD2"},
    "FMNMX": {"FMNMX", "FMNMX3"}, "SHFL": {"SHFL"}, "BAR": {"BAR"}, "F2FP": {"F2FP"},
    "ISETP": {"ISETP", "UISETP"}, "select": {"FSEL", "SEL"}, "local": {"LDL", "STL"},
    "int": {"IADD", "IADD3", "IMAD", "IABS", "IMNMX", "LEA", "LOP3", "SHF", "PRMT", "MOV",
            "PLOP3", "R2P", "P2R", "SGXT", "BMSK", "POPC", "VIADD", "VIADDMNMX", "VIMNMX",
            "VIMNMX3", "CS2R", "R2UR", "UIADD3", "UIMAD", "ULEA", "ULOP3", "USHF", "UMOV",
            "USEL", "UPLOP3", "UVIMNMX"},
}
COLUMN_OF = {name: column for column, names in COLUMNS.items() for name in names}

WAYS = ("full", "rescaled", "partial", "empty")

OPERATORS = {"<=": operator.le, ">=": operator.ge, "=": operator.eq, "<": operator.lt,
             ">": operator.gt}
LIMIT = re.compile(r"\s*(\w+)\s*(<=|>=|=|<|>)\s*(\d+(?:\.\d+)?)\s*$")
KERNEL_FIGURES = ("registers", "spills", "stack", "shared")
LOOP_FIGURES = ("instructions", "partial", "longer", "share", "other",
                *(column.lower() for column in COLUMNS))


def count(way):
    """Instructions of a way around a loop: all, by column, and the tensor cores' share."""
    kinds = collections.Counter(COLUMN_OF.get(one.name, "other") for one in way)
    figures = {"instructions": len(way)}
    figures.update((column, kinds[column]) for column in [*COLUMNS, "other"])
    figures["share"] = round(100 * kinds["HMMA"] / len(way), 1)
    return figures


def describe(kernel):
    stored = sum(one.local_bytes for one in kernel.instructions if one.name == "STL")
    loops = []
    for loop in find_loops(kernel.instructions):
        ways = {name: count(getattr(loop, name)) for name in WAYS}
        full, partial = (ways[name]["instructions"] for name in ("full", "partial"))
        loops.append({"address": loop.header, "depth": loop.depth, **ways,
                      "longer": round(100 * (partial / full - 1), 1)})
    return {"name": kernel.name, "sm": kernel.sm, "threads": kernel.threads,
            "registers": kernel.registers, "spills": stored, "stack": kernel.stack,
            "shared": kernel.shared, "loops": loops}


def keep_shortest(kernel):
    kernel["loops"] = sorted(kernel["loops"], key=lambda loop: loop["full"]["instructions"])[:1]


def print_text(kernel):
    facts = [f"{kernel['registers']} registers"] if kernel["registers"] else []
    facts.append(f"{kernel['spills']} spill bytes")
    if kernel["shared"] is not None:
        facts += [f"{kernel['stack']} bytes of stack",
                  f"{kernel['shared']} of static shared memory"]
    target = f" (sm_{kernel['sm']})" if kernel["sm"] else ""
    print(f"{kernel['name']}{target}: {', '.join(facts)}")
    if not kernel["loops"]:
        print("  no loop with tensor-core instructions")
    for loop in kernel["loops"]:
        names = [name for name in loop["full"] if name != "share"]
        widths = [max(5, len(name)) for name in names]
        title = f"loop at 0x{loop['address']:04x}, depth {loop['depth']}"
        print(f"  {title:24}", *(f"{name:>{width}}" for name, width in zip(names, widths)),
              " share")
        for row in WAYS:
            if (row == "rescaled" and loop[row]["SHFL"] == loop["full"]["SHFL"]
                    or row == "empty" and loop[row]["HMMA"] == loop["full"]["HMMA"]):
                continue
            cells = (f"{loop[row][name]:{width}}" for name, width in zip(names, widths))
            note = ""
            if row == "partial":
                note = f"  {loop['longer']:+.1f} %"
            print(f"  {row + ' tile':24}", *cells, f"{loop[row]['share']:4.1f} %{note}")


def parse_limits(text):
    limits = []
    for part in text.split(","):
        found = LIMIT.match(part)
        if not found:
            raise ValueError(f"expected limits such as 'registers<=128,spills=0', but got '{part}'")
        name = found.group(1).lower()
        if name not in KERNEL_FIGURES + LOOP_FIGURES:
            raise ValueError(f"expected one of {', '.join(KERNEL_FIGURES + LOOP_FIGURES)}, but got "
                             f"'{found.group(1)}'")
        limits.append((name, found.group(2), float(found.group(3))))
    return limits


def find_violations(kernel, limits):
    """A line for each limit that is not kept."""
    scopes = [(kernel["name"], KERNEL_FIGURES, kernel)]
    for loop in kernel["loops"]:
        figures = {name.lower(): value for name, value in loop["full"].items()}
        figures.update(longer=loop["longer"],
                       partial=loop["partial"]["instructions"])
        scopes.append((f"{kernel['name']}, loop at 0x{loop['address']:04x}", LOOP_FIGURES, figures))
    for place, names, figures in scopes:
        for name, sign, bound in limits:
            if name not in names:
                continue
            value = figures[name]
            if value is None:
                yield f"{place}: expected {name} {sign} {bound:g}, but the input does not tell"
            elif not OPERATORS[sign](value, bound):
                yield f"{place}: expected {name} {sign} {bound:g}, but got {value:g}"


def find_nvdisasm(choice):
    if choice == "none":
        return None
    if choice != "auto":
        return choice
    homes = [os.environ.get(name) for name in ("CUDA_HOME", "CUDA_PATH")] + ["/usr/local/cuda"]
    path = os.pathsep.join([os.environ.get("PATH", "")] + [home + "/bin" for home in homes if home])
    return shutil.which("nvdisasm", path=path)


def disassemble(nvdisasm, data):
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(data)
        file.flush()
        try:
            result = subprocess.run([nvdisasm, "-c", file.name], capture_output=True, text=True)
        except OSError as error:
            raise BadInput(f"cannot run '{nvdisasm}': {error.strerror}") from error
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["no message"])[0]
        raise BadInput(f"{nvdisasm} failed: {reason}")
    return read_listing(result.stdout)


def read_kernels(data, nvdisasm):
    if not data.startswith(b"\x7fELF"):
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = ""
        kernels = read_listing(text)
        if not kernels:
            raise BadInput("expected a cubin (an ELF file) or a listing of nvdisasm")
        return kernels
    kernels = read_cubin(data)
    if nvdisasm:
        listed = {kernel.name: kernel.instructions for kernel in disassemble(nvdisasm, data)}
        for kernel in kernels:
            kernel.instructions = listed.get(kernel.name, kernel.instructions)
    if not kernels:
        raise BadInput("expected kernels, but found no code")
    return kernels


def fail(message):
    sys.exit(f"gpu-loops.py: error: {message}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("file", nargs="?", help="cubin or listing; standard input if there is none")
    parser.add_argument("--function", default="", metavar="REGEX",
                        help="only kernels whose name it matches")
    parser.add_argument("--loop", choices=("all", "shortest"), default="all",
                        help="only the loop with the fewest instructions for a full tile")
    parser.add_argument("--json", action="store_true", help="a JSON list of kernels")
    parser.add_argument("--check", default=[], metavar="LIMITS",
                        help="such as registers<=128,instructions<=320,spills=0")
    parser.add_argument("--nvdisasm", default="auto", metavar="PATH",
                        help="the program, or none; by default one that is found")
    arguments = parser.parse_args()
    try:
        function = re.compile(arguments.function)
        limits = parse_limits(arguments.check) if arguments.check else []
    except re.error as error:
        parser.error(f"--function: {error}")
    except ValueError as error:
        parser.error(f"--check: {error}")
    name = arguments.file or "standard input"
    try:
        if arguments.file:
            with open(arguments.file, "rb") as file:
                data = file.read()
        else:
            data = sys.stdin.buffer.read()
        kernels = read_kernels(data, find_nvdisasm(arguments.nvdisasm))
    except OSError as error:
        fail(f"cannot read '{name}': {error.strerror}")
    except BadInput as error:
        fail(f"{name}: {error}")
    kernels = [describe(kernel) for kernel in kernels if function.search(kernel.name)]
    if not kernels:
        fail(f"{name}: expected a kernel that matches '{arguments.function}', but found none")
    if not any(kernel["loops"] for kernel in kernels):
        fail(f"{name}: expected a loop with tensor-core instructions, but found none")
    if arguments.loop == "shortest":
        for kernel in kernels:
            keep_shortest(kernel)
    if arguments.json:
        print(json.dumps(kernels, indent=1))
    else:
        for kernel in kernels:
            print_text(kernel)
    violations = [line for kernel in kernels for line in find_violations(kernel, limits)]
    for line in violations:
        print(f"gpu-loops.py: limit: {line}", file=sys.stderr)
    sys.exit(1 if violations else 0)


if __name__ == "__main__":
    # A reader that stops early, such as head, is no error.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
