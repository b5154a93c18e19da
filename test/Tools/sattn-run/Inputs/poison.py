# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Dead pairs with NaN, infinities and huge numbers in keys, values and bias: the result must be
bit for bit what it is with zeros there. poison.py PREFIX."""

import itertools
import subprocess
import sys

import numpy as np

prefix = sys.argv[1]
rows, keys, live = 37, 90, 70


def save(name, array):
    np.save(f"{prefix}-{name}.npy", array.astype(np.float32))
    return f"{prefix}-{name}.npy"


def run(queries, poison, pattern, modify):
    """Keys from `live` on are dead, and so are pairs that the pattern leaves out."""
    random = np.random.default_rng(0)
    q = random.standard_normal((1, 4, queries, 16))
    k, v = (random.standard_normal((1, 2, keys, 16)) for _ in range(2))
    bias = random.standard_normal((1, 4, queries, keys))
    dead = ~np.tri(queries, keys, keys - queries, dtype=bool)
    dead[:, live:] = True
    bias[:, :, dead] = poison
    k[:, :, live:] = v[:, :, live:] = poison
    output = f"{prefix}-o.npy"
    subprocess.run(
        ["sattn-run", "--pattern", pattern, "--align", "bottom_right", "--modify",
         modify.format(bias=save("b", bias)), "--inputs", save("q", q), save("k", k),
         save("v", v), "--output", output], check=True)
    return np.load(output)


for queries, modify in itertools.product(
        (1, rows), ("bias({bias})", "bias({bias}), softcap<cap = 5>", "softcap<cap = 5>, alibi")):
    for pattern in (f"causal and prefix<len = {live}>",
                    f"causal and prefix<len = {live}> and strided<stride = 3>"):
        expected = run(queries, 0, pattern, modify)
        assert np.isfinite(expected).all()
        for poison in (np.nan, np.inf, -np.inf, 3e38):
            got = run(queries, poison, pattern, modify)
            assert (got == expected).all(), (queries, modify, pattern, poison)
print("dead pairs reach nothing")
