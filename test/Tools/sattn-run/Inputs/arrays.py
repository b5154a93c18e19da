# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes query, key and value arrays: arrays.py PREFIX DTYPE Q_SHAPE K_SHAPE [V_SHAPE].

Shapes are as 1x2x33x16; DTYPE is float32, float16 or bfloat16 (two raw bytes, as ml_dtypes
writes it)."""

import sys

import numpy as np


def write(path, values, dtype):
    if dtype != "bfloat16":
        np.save(path, values.astype(dtype))
        return
    words = np.ascontiguousarray(values.astype(np.float32)).view(np.uint32)
    rounded = ((words + 0x7FFF + ((words >> 16) & 1)) >> 16).astype(np.uint16)
    np.save(path, rounded.view("V2"))


def main():
    prefix, dtype, *shapes = sys.argv[1:]
    if len(shapes) == 2:
        shapes.append(shapes[1])
    random = np.random.default_rng(7)
    for name, shape in zip("qkv", shapes):
        size = tuple(int(dim) for dim in shape.split("x"))
        write(f"{prefix}-{name}.npy", random.standard_normal(size), dtype)


main()
