# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes arrays whose scores, with scale 1, are all near a number: near-scores.py PREFIX NUMBER."""

import sys

import numpy as np

prefix, number = sys.argv[1], float(sys.argv[2])
random = np.random.default_rng(7)
query = np.zeros((1, 2, 20, 4), np.float32)
query[..., 0] = 1
key, value = random.standard_normal((2, 1, 2, 150, 4)).astype(np.float32)
key[..., 0] = number + 2 * random.standard_normal((1, 2, 150))
for name, array in ("q", query), ("k", key), ("v", value):
    np.save(f"{prefix}-{name}.npy", array)
