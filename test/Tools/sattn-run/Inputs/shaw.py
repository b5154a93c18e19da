# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs examples/shaw.mlir against its definition in fp64: shaw.py FILE PREFIX."""

import subprocess
import sys

import numpy as np

file, prefix = sys.argv[1:]
random = np.random.default_rng(1)
q, k, v = (random.standard_normal((1, 2, 64, 16)).astype(np.float32) for _ in range(3))
rk, rv = (random.standard_normal((9, 16)).astype(np.float32) for _ in range(2))
arrays = {"q": q, "k": k, "v": v, "rk": rk, "rv": rv}
paths = {name: f"{prefix}-{name}.npy" for name in [*arrays, "o"]}
for name, array in arrays.items():
    np.save(paths[name], array)
subprocess.run(["sattn-run", file, "--score-array", paths["rk"], "--score-array", paths["rv"],
                "--inputs", paths["q"], paths["k"], paths["v"], "--output", paths["o"]], check=True)

i, j = np.ogrid[:64, :64]
distance = np.clip(j - i, -4, 4) + 4
scores = np.einsum("bhid,bhijd->bhij", q.astype(float), k[:, :, None] + rk.astype(float)[distance])
weights = np.exp(0.25 * scores - (0.25 * scores).max(-1, keepdims=True))
weights /= weights.sum(-1, keepdims=True)
exact = np.einsum("bhij,bhijd->bhid", weights, v[:, :, None] + rv.astype(float)[distance])
error = abs(np.load(paths["o"]) - exact).max()
assert error < 2e-6, error
print("relative keys and values agree")
