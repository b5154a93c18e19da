# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the cases of a file, two lines each: `$ arguments` and the error expected.

usage: expect-error.py TOOL EXIT_CODE CASES FOLDER

Each must exit with that code, print nothing to stdout and exactly that line to stderr, and
leave the folder, where they run, as it was.
"""
import os
import shlex
import subprocess
import sys

tool, code, cases, folder = sys.argv[1:]
lines = [line.rstrip("\n") for line in open(cases) if line.startswith(("$", ">"))]
failed = 0
for command, error in zip(lines[::2], lines[1::2]):
    before = sorted(os.listdir(folder))
    result = subprocess.run(
        [tool] + shlex.split(command[1:]), capture_output=True, text=True, cwd=folder
    )
    expected = f"{os.path.basename(tool)}: error: {error[2:]}\n"
    got = (result.returncode, result.stdout, result.stderr, sorted(os.listdir(folder)))
    if got != (int(code), "", expected, before):
        failed += 1
        print(f"{command}\n  expected {expected!r}\n  but got {result}")
print(f"{len(lines) // 2} cases, {failed} failed")
sys.exit(failed != 0)
