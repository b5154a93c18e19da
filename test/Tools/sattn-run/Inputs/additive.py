# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs examples/additive.mlir against its definition in fp64: additive.py FILE PREFIX."""

import subprocess
import sys

import numpy as np

file, prefix = sys.argv[1:]
random = np.random.default_rng(0)
q, k, v = (random.standard_normal((1, 2, 20, 8)).astype(np.float32) for _ in range(3))
w = random.standard_normal(8).astype(np.float32)
paths = {name: f"{prefix}-{name}.npy" for name in "qkvwo"}
for name, array in zip("qkvw", (q, k, v, w)):
    np.save(paths[name], array)
subprocess.run(["sattn-run", file, "--score-array", paths["w"], "--inputs", paths["q"],
                paths["k"], paths["v"], "--output", paths["o"]], check=True)

scores = np.tanh(q[:, :, :, None, :].astype(float) + k[:, :, None, :, :]) @ w.astype(float)
scores = np.where(np.tril(np.ones((20, 20), bool)), scores, -np.inf)
weights = np.exp(scores - scores.max(-1, keepdims=True))
exact = weights / weights.sum(-1, keepdims=True) @ v
error = abs(np.load(paths["o"]) - exact).max()
assert error < 1e-6, error
print("additive scores agree")
