# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Query, key and value of a case, as .npy files that sattn-run and all peers read.

bf16 has no name in NumPy: files hold it as two opaque bytes (V2), as sattn-run has it.
"""

import os

import numpy as np

source_root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def to_bf16(values):
    """Bits of the nearest bf16 of f32 `values`."""
    bits = values.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def from_bf16(bits):
    return (bits.astype(np.uint32) << 16).view(np.float32)


def make(case, folder):
    """Writes the three arrays; returns their paths."""
    random = np.random.default_rng(42)
    paths = []
    for name, heads, rows in (("q", case.heads, case.queries), ("k", case.kv_heads, case.keys),
                              ("v", case.kv_heads, case.keys)):
        if case.real:
            array = np.load(os.path.join(source_root, "examples/data", f"{case.real}-{name}.npy"))
            array = array.astype(np.float32)
        else:
            shape = (case.batch, heads, rows, case.head_size)
            array = random.standard_normal(shape, dtype=np.float32)
        if case.dtype == "f16":
            array = array.astype(np.float16)
        elif case.dtype == "bf16":
            array = to_bf16(array).view("V2")
        path = os.path.join(folder, name + ".npy")
        np.save(path, np.ascontiguousarray(array))
        paths.append(path)
    if case.arrays:
        for name, array in case.arrays(random).items():
            np.save(os.path.join(folder, name + ".npy"), array)
    return paths


def load(paths, dtype):
    """The three arrays; bf16 as uint16."""
    arrays = [np.load(path) for path in paths]
    return [array.view(np.uint16) if dtype == "bf16" else array for array in arrays]
