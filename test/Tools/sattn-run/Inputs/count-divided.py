# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whether --json, on standard input, counts the live pairs of @divided in mask-region.mlir.
count-divided.py Q.npy < JSON."""

import json
import sys

import numpy as np

rows, keys = np.load(sys.argv[1]).shape[2], 90
i, j = np.arange(rows)[:, None] + keys - rows, np.arange(keys)[None]
asked = 100 // np.where(j <= i, i + 1 - j, 1) % 2 == 0
live = ((j <= i) & asked) | ((i - j) % 7 == 0)
counted = json.load(sys.stdin)["live_pairs"]
assert counted == 8 * live.sum(), (counted, 8 * live.sum())
