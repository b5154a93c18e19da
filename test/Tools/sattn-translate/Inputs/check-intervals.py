# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the pattern of irregular.npy with its arrays and compares what it sees with FlashMask's
definition.

usage: check-intervals.py FOLDER
"""
import pathlib
import subprocess
import sys

import numpy as np

folder = pathlib.Path(sys.argv[1])
table = np.load(folder / "irregular.npy").repeat(2, axis=1)
heads, n = table.shape[1:3]
np.save(folder / "q.npy", np.zeros((1, heads, n, 1), np.float32))
np.save(folder / "v.npy", np.broadcast_to(np.eye(n, dtype=np.float32), (1, heads, n, n)).copy())
names = ["start1", "end1", "start2", "end2"]
operands = [word for name in names
            for word in ("--operand", f"{name}={folder}/arrays/{name}.npy")]
subprocess.run(
    ["sattn-run", "--pattern", "not key_rows(%start1, %end1) and not key_rows(%start2, %end2)",
     *operands, "--inputs", folder / "q.npy", folder / "q.npy", folder / "v.npy",
     "--output", folder / "weights.npy"], check=True)
rows = np.arange(n)[None, :, None]
r1, r2, r3, r4 = (table[0, :, None, :, k] for k in range(4))
live = ~((r1 <= rows) & (rows < r2)) & ~((r3 <= rows) & (rows < r4))
same = ((np.load(folder / "weights.npy")[0] > 0) == live).all(axis=(1, 2))
print(f"{same.sum()} heads agree")
