# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How often keys count, with a list that counts and what stands beside it: multiset.py PREFIX.

All scores are equal, so exp(lse) is the number of keys that count for a row.
"""

import subprocess
import sys

import numpy as np

prefix = sys.argv[1]
M, N = 16, 32
counting = "block_list<block = [16, 16], multiset = 2>(%r, %c)"
plain = "block_list<block = [16, 16]>(%s, %d)"
arrays = {"r": [0, 3], "c": [0, 0, 1], "s": [0, 2], "d": [0, 1]}
for name, values in arrays.items():
    np.save(f"{prefix}-{name}.npy", np.array(values, np.int32))
i, j = np.ogrid[:M, :N]
twice = np.where(j < 16, 2, 1) + 0 * i
causal = j <= i


def count(pattern, heads=1):
    random = np.random.default_rng(3)
    for name, rows in (("q", M), ("k", N), ("v", N)):
        array = random.standard_normal((1, heads, rows, 8)).astype(np.float32)
        np.save(f"{prefix}-{name}.npy", 0 * array if name == "q" else array)
    operands = [word for name in arrays if f"%{name}" in pattern
                for word in ("--operand", f"{name}={prefix}-{name}.npy")]
    subprocess.run(["sattn-run", "--pattern", pattern, *operands, "--inputs",
                    *(f"{prefix}-{name}.npy" for name in "qkv"), "--verify",
                    "--lse", f"{prefix}-l.npy"], check=True)
    return np.exp(np.load(f"{prefix}-l.npy")[0])


def expect(pattern, counts, heads=1):
    found = count(pattern, heads)
    wanted = np.broadcast_to(counts, (heads, M, N)).sum(axis=2)
    assert abs(found - wanted).max() < 1e-3, (pattern, found, wanted)


expect(counting, twice)
expect(f"{counting} and {plain}", twice)
expect(f"{counting} and not {plain}", 0 * twice)
expect(f"{counting} and block_list<block = [16, 16], least = 2>(%r, %c)", twice * (j < 16))
expect(f"{counting} and (causal or {plain})", twice)
expect(f"{counting} and (causal or not {plain})", twice * causal)
expect(f"causal and {counting}", twice * causal)
expect(f"per_head<[{counting}, causal, {plain}]>",
       np.stack([twice, 1 * causal + 0 * j, 1 + 0 * twice]), heads=3)
expect(f"causal and per_head<[{counting}, dense]>", np.stack([twice * causal, 1 * causal]), heads=2)
