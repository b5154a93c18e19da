# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the masks and tables of masks.test and flashmask.test.

usage: make-masks.py FOLDER
"""
import pathlib
import sys

import numpy as np

folder = pathlib.Path(sys.argv[1])
n = 96
i, j = np.indices((n, n))
masks = {
    "causal": j <= i,
    "window": (j <= i) & (i - j < 12),
    "longformer": (abs(i - j) <= 8) | (i < 2) | (j < 2),
    "streaming": (j <= i) & ((j < 4) | (i - j < 16)),
    "dilated": (abs(i - j) <= 12) & ((i - j) % 3 == 0),
    "chunks": (j <= i) & (i // 16 == j // 16),
    "prefix": (j <= i) | (j < 20),
    "none": j < 0,
    "blocks": np.kron(np.random.default_rng(0).random((6, 6)) < 0.4, np.ones((16, 16))) > 0,
    "documents": np.searchsorted([30, 50], i, "right") == np.searchsorted([30, 50], j, "right"),
    "heads": np.stack([j <= i, (i - j) % 8 == 0]),
    "batch": (j <= i)[None, None],
    "bytes": (j <= i).astype(np.uint8),
    "decode": np.tri(8, n, n - 8, dtype=bool),
    "layout": np.tri(6, dtype=np.uint8) * (1 - np.tri(6, k=-2, dtype=np.uint8)),
    "noise": np.random.default_rng(0).random((2048, 2048)) < 0.5,
}
for name, mask in masks.items():
    np.save(folder / f"{name}.npy", mask)

# FlashMask: rows that do not see a key.
keys = np.arange(n)
ends = np.array([30, 50, n])[np.searchsorted([30, 50], keys, "right")]
tables = {
    "one": np.minimum(keys + 12, n)[None, None, :, None],
    "two": np.stack([ends, ends - np.array([30, 20, 46])[np.searchsorted([30, 50], keys,
                                                                         "right")]], -1)[None, None],
    "batches": np.stack([np.full(n, n), ends])[:, None, :, None],
    "irregular": np.random.default_rng(0).integers(0, n, (1, 2, n, 4)),
}
for name, table in tables.items():
    np.save(folder / f"{name}.npy", table.astype(np.int32))
