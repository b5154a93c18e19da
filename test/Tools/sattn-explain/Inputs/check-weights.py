# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares kept.json with the shares computed from a whole matrix, for a causal window."""

import json
import pathlib
import sys

import numpy as np

out, window = pathlib.Path(sys.argv[1]), int(sys.argv[2])
q = np.load(out / "q.npy")[0].astype(np.float64)
k = np.load(out / "k.npy")[0].astype(np.float64)
found = json.loads((out / "kept.json").read_text())

distance = np.arange(32)[:, None] - np.arange(32)[None, :]
causal, live = distance >= 0, (distance >= 0) & (distance < window)
assert len(found["heads"]) == 4
for head, entry in enumerate(found["heads"]):
    weights = np.exp(0.5 * q[head] @ k[head // 2].T) * causal
    weights /= weights.sum(axis=1, keepdims=True)
    kept = (weights * live).sum(axis=1)
    assert (entry["batch"], entry["head"], entry["rows"]) == (0, head, 32)
    np.testing.assert_allclose(entry["kept"], kept.mean(), rtol=1e-5)
    np.testing.assert_allclose(entry["least_kept"], kept.min(), rtol=1e-5)
    assert entry["least_query"] == kept.argmin()
mean = np.mean([entry["kept"] for entry in found["heads"]])
np.testing.assert_allclose(found["kept"], mean, rtol=1e-12)
