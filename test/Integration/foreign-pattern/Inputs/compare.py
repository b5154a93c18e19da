# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares what two programs printed, number by number: compare.py A B."""

import re
import sys

numbers = [[float(text) for text in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", line.split("data =")[-1])]
           for line in (re.sub(r"Unranked[^\n]*", "", open(path).read()) for path in sys.argv[1:])]
ours, oracle = numbers
assert len(ours) == len(oracle) == 2 * 41 * 8, (len(ours), len(oracle))
assert any(abs(value) > 0.1 for value in ours), "all results are near 0"
worst = max(abs(a - b) for a, b in zip(ours, oracle))
# Six digits are printed.
assert worst < 2e-6, worst
print(f"{len(ours)} numbers, largest difference {worst:.1e}")
