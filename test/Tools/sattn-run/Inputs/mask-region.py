# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mask regions of mask-region.mlir against the oracle, and dead keys with NaN, infinities and
huge numbers: the result must be bit for bit what it is with zeros there.
mask-region.py FILE.mlir PREFIX."""

import subprocess
import sys

import numpy as np

source, prefix = sys.argv[1:]
keys = 90


def save(name, array):
    np.save(f"{prefix}-{name}.npy", array)
    return f"{prefix}-{name}.npy"


def run(entry, queries, *options, poison=None):
    random = np.random.default_rng(0)
    q = random.standard_normal((2, 4, queries, 16))
    k, v = (random.standard_normal((2, 2, keys, 16)) for _ in range(2))
    ids = np.sort(random.integers(0, 6, (2, keys)), axis=1)
    live = random.random((4, keys)) < 0.6
    if poison is not None:
        ids = random.integers(0, 3, (2, keys))
        dead = np.broadcast_to((ids == 0)[:, None], (2, 2, keys))
        k[dead] = v[dead] = poison
    return subprocess.run(
        ["sattn-run", source, "--entry", entry,
         "--inputs", *(save(n, x.astype(np.float32)) for n, x in (("q", q), ("k", k), ("v", v))),
         "--operand", save("ids", ids.astype(np.int32)), "--operand", save("live", live),
         *options], check=True, stdout=subprocess.PIPE, text=True).stdout


for entry in ("documents", "poisoned", "divided", "function"):
    for queries in (1, 37, 90):
        for options in ((), ("--target-schedule", "haswell"),
                        ("--target-schedule", "x86-64", "--query-tile", "16", "--threads", "1")):
            said = run(entry, queries, "--verify", *options)
            assert said.startswith(f"verified: {8 * queries} rows"), said

for queries in (1, 37):
    output = f"{prefix}-o.npy"
    run("poisoned", queries, "--output", output, poison=0)
    expected = np.load(output)
    assert np.isfinite(expected).all() and expected.any()
    for poison in (np.nan, np.inf, -np.inf, 3e38):
        run("poisoned", queries, "--output", output, poison=poison)
        assert (np.load(output) == expected).all(), (queries, poison)
run("divided", 37)  # The arrays that are left hold no poison.
print("mask regions agree")
