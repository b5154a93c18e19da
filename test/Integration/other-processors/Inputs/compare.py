# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares a result with fp64 loops over a pattern's mask: compare.py Q K V OUT MASK (.npy
all). The rule is that of lib/Reference: at most twice the largest error of the plain f32
formula, over a few orders of its sums, or one unit in the last place."""

import sys

import numpy as np


def load(path):
    """Values, and the digits of their type. Two raw bytes are a bfloat16."""
    array = np.load(path)
    if array.dtype.kind == "V":
        return (array.view(np.uint16).astype(np.uint32) << 16).view(np.float32), 8
    return array, {2: 11, 4: 24}[array.dtype.itemsize]


def rounded(values, digits):
    """To the nearest number with so many digits (all of the cases' results are normal)."""
    mantissa, exponent = np.frexp(values.astype(np.float64))
    return np.ldexp(np.rint(np.ldexp(mantissa, digits)), exponent - digits)


def attend(query, key, value, mask, dtype, order):
    """[rows, Dv], every sum one addition after the other, keys in `order`."""
    query, key, value = (array.astype(dtype) for array in (query, key[order], value[order]))
    mask = mask[:, order]
    scores = np.zeros(mask.shape, dtype)
    for column in range(query.shape[1]):
        scores += query[:, column, None] * key[None, :, column]
    scores *= dtype(1 / np.sqrt(query.shape[1]))
    scores[~mask] = -np.inf
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    total, out = np.zeros(len(query), dtype), np.zeros((len(query), value.shape[1]), dtype)
    for at in range(len(key)):
        total += weights[:, at]
        out += weights[:, at, None] * value[None, at]
    return out / total[:, None]


def main():
    arrays = [load(path) for path in sys.argv[1:5]]
    (query, _), (key, _), (value, _), (out, digits) = arrays
    mask = np.load(sys.argv[5]).astype(bool)
    group = query.shape[1] // key.shape[1]
    orders = [np.arange(key.shape[2]), np.arange(key.shape[2])[::-1],
              np.random.default_rng(1).permutation(key.shape[2])]
    ours = plain = largest = 0.0
    for batch, head in np.ndindex(query.shape[:2]):
        inputs = (query[batch, head], key[batch, head // group], value[batch, head // group], mask)
        oracle = attend(*inputs, np.float64, orders[0])
        largest = max(largest, np.abs(oracle).max())
        # NaN anywhere makes this NaN, which no comparison accepts.
        ours = np.maximum(ours, np.abs(out[batch, head].astype(np.float64) - oracle).max())
        for order in orders:
            result = rounded(attend(*inputs, np.float32, order), digits)
            plain = max(plain, np.abs(result - oracle).max())
    limit = max(2 * plain, largest * 2.0 ** (1 - digits))
    if not ours <= limit:
        sys.exit(f"expected an error of at most {limit:.3g}, but got {ours:.3g}")
    print(f"verified: error {ours:.3g}, limit {limit:.3g}")


main()
