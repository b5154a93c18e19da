# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the cases of a file, two lines each: `$ arguments` and the error expected.

Each must exit with code 2, print nothing to stdout and exactly that line to stderr.
"""
import shlex
import subprocess
import sys

tool, cases = sys.argv[1], sys.argv[2]
lines = [line.rstrip("\n") for line in open(cases) if line.startswith(("$", ">"))]
failed = 0
for command, error in zip(lines[::2], lines[1::2]):
    result = subprocess.run(
        [tool] + shlex.split(command[1:]), capture_output=True, text=True
    )
    expected = f"{tool}: error: {error[2:]}\n"
    if (result.returncode, result.stdout, result.stderr) != (2, "", expected):
        failed += 1
        print(f"{command}\n  expected {expected!r}\n  but got {result}")
print(f"{len(lines) // 2} cases, {failed} failed")
sys.exit(failed != 0)
