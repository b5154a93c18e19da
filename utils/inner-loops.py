#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lists the innermost loops of x86 or AArch64 assembly, one line each:

    build/bin/sattn-run kernel.mlir --emit=asm --threads 1 | utils/inner-loops.py

    inner-loops.py [FILE] [--function REGEX] [--text]

Counts, over all blocks of a loop: instructions, multiply-adds (one a vector, with the
widest register they use), loads of vectors (on AArch64 of one or two vectors or scalars of
them), spills (stores to and loads from the stack that LLVM marks), and instructions that
select lanes (compare, blend, and of vectors; opmasks). --text prints the loops' code too.
"""

import argparse
import collections
import re
import signal
import sys

function_start = re.compile(r"^([A-Za-z_][\w.$]*):")
header = re.compile(r"This Inner Loop Header: Depth=(\d+)")
block_start = (".LBB", "# %bb.", "// %bb.")
member = re.compile(r"in Loop: Header=(BB\w+) Depth=")
instruction = re.compile(r"^\t([a-z]\w*)\b")
multiply_add = re.compile(r"\tv(fn?m(add|sub)|dpbf16)\w*p|\t(fml[as]l?|bfdot)\w*\tv")
select = re.compile(r"%k[0-7]|^\tv(blend|pblend|p?cmp|p?and|p?andn)"
                    r"|^\t(f?cm|fac|bi[cft]|bsl|and)\w*\tv", re.M)
# The widest first: x86's in AT&T syntax, and the only one of AArch64.
registers = (("zmm", "%zmm"), ("ymm", "%ymm"), ("xmm", "%xmm"), ("neon", "\tv"))

Loop = collections.namedtuple("Loop", "function label depth lines")


def blocks(lines):
    """(function, label, comment, code) of each basic block. The comment is what follows
    the label up to the first instruction."""
    function, label, comment, code, in_comment = None, None, "", [], True
    for line in lines:
        start = function_start.match(line)
        block = line.startswith(block_start)
        if start or block:
            if function:
                yield function, label, comment, code
            if start:
                function = start.group(1)
            label = line.split(":")[0].lstrip(".#/% L") if block else "entry"
            comment, code, in_comment = line, [], True
        elif instruction.match(line):
            in_comment = False
            code.append(line.rstrip())
        elif in_comment:
            comment += line
    if function:
        yield function, label, comment, code


def innermost_loops(lines):
    """In the order of their headers. Labels are unique in a file."""
    loops = {}
    later = collections.defaultdict(list)
    for function, label, comment, code in blocks(lines):
        if found := header.search(comment):
            loops[label] = Loop(function, label, int(found.group(1)), list(code))
        elif found := member.search(comment):
            later[found.group(1)] += code
    for label, loop in loops.items():
        loop.lines.extend(later[label])
    return loops.values()


def describe(loop):
    counts = collections.Counter()
    used = "".join(line for line in loop.lines if multiply_add.match(line))
    widest = next((name for name, mark in registers if mark in used), "")
    for line in loop.lines:
        counts["instructions"] += 1
        counts["multiply-adds"] += bool(multiply_add.match(line))
        counts["loads"] += bool(re.match(r"\tv\w+\t[^#]*\(", line)) and not re.search(
            r", -?\w*\(%\w[^)]*\)\s*(#|$)", line)
        counts["loads"] += bool(re.match(r"\tld\w+\t(\{ ?)?[vqs]\d", line))
        counts["spills"] += bool(re.search(r"(Spill|Reload)$", line))
        counts["selects"] += bool(select.search(line))
    names = {"instructions": "instructions", "multiply-adds": f"{widest} multiply-adds".strip(),
             "loads": "loads", "spills": "spills", "selects": "selects"}
    figures = ", ".join(f"{counts[name]} {text}" for name, text in names.items())
    return f"{loop.function} {loop.label} depth {loop.depth}: {figures}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("file", nargs="?", help="assembly; standard input if there is none")
    parser.add_argument("--function", default="", metavar="REGEX",
                        help="only loops of functions whose name it matches")
    parser.add_argument("--text", action="store_true", help="print the loops' code too")
    arguments = parser.parse_args()
    try:
        function = re.compile(arguments.function)
    except re.error as error:
        parser.error(f"--function: {error}")
    try:
        with open(arguments.file, errors="replace") if arguments.file else sys.stdin as file:
            loops = innermost_loops(file)
    except OSError as error:
        parser.error(f"cannot read '{arguments.file}': {error.strerror}")
    loops = [loop for loop in loops if function.search(loop.function)]
    if not loops:
        sys.exit("inner-loops.py: error: expected assembly with loops and LLVM's comments"
                 " that mark them, but found no loop")
    for loop in loops:
        print(describe(loop))
        if arguments.text:
            print("\n".join(loop.lines), end="\n\n")


if __name__ == "__main__":
    # A reader that stops early, such as head, is no error.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
