# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Patterns in two forms: the text that SparseAttn compiles, and a predicate for its peers.

A predicate `live(table, h, i, j)` is true where query i of head h may look at key j. It uses
only operators and indexing, so that NumPy arrays, tensors of PyTorch (also traced ones)
and plain integers all can be asked. `table` is the array of booleans that `make_table`
returns, as the peer's own array; None for closed forms.
"""

import dataclasses
import functools
import os
import subprocess
import tempfile
from typing import Callable, Optional

import numpy as np


@dataclasses.dataclass(frozen=True)
class Pattern:
    text: str
    live: Optional[Callable]  # None where only SparseAttn is asked
    # What peers have options for: dense, causal, window (left and right, causal or not).
    kind: str = "other"
    left: Optional[int] = None
    right: Optional[int] = None
    make_table: Callable = lambda: None
    block: int = 128  # the block size that suits a peer which works in blocks

    @functools.cached_property
    def table(self):
        return self.make_table()

    def dense_mask(self, heads, queries, keys):
        """Booleans [1 or heads, queries, keys]."""
        i, j = np.arange(queries)[:, None], np.arange(keys)[None, :]
        distinct = heads if "per_head" in self.text else 1
        mask = np.empty((distinct, queries, keys), bool)
        for head in range(distinct):
            mask[head] = self.live(self.table, head, i, j)
        return mask


def dense():
    return Pattern("dense", lambda t, h, i, j: (i >= 0) & (j >= 0), "dense")


def causal():
    return Pattern("causal", lambda t, h, i, j: j <= i, "causal")


def causal_window(width):
    """`width` keys, the query's own included."""
    left = width - 1
    return Pattern(f"causal and window<left = {left}>",
                   lambda t, h, i, j: (j <= i) & (i - j <= left),
                   "window", left, 0, block=64 if width <= 256 else 128)


def symmetric_window(left, right):
    return Pattern(f"window<left = {left}, right = {right}>",
                   lambda t, h, i, j: (i - j <= left) & (j - i <= right),
                   "window", left, right)


def dilated(taps, step):
    reach = taps * step
    return Pattern(f"window<left = {taps}, right = {taps}, dilation = {step}>",
                   lambda t, h, i, j: (i - j <= reach) & (j - i <= reach) & ((i - j) % step == 0))


def longformer(width, first):
    side = width // 2
    return Pattern(f"longformer<window = {width}, global = {first}>",
                   lambda t, h, i, j: ((i - j <= side) & (j - i <= side)) | (i < first) | (j < first))


def block_local(size):
    return Pattern(f"block_local<size = {size}>",
                   lambda t, h, i, j: i // size == j // size)


def strided(stride):
    return Pattern(f"strided<stride = {stride}>",
                   lambda t, h, i, j: (i - j) % stride == 0)


def sparse_transformer(stride):
    return Pattern(f"sparse_transformer_strided<stride = {stride}>",
                   lambda t, h, i, j: (j <= i) & ((i - j < stride) | ((i - j) % stride == 0)))


def per_head(width, stride, size):
    """Four heads, each with a pattern of its own."""
    left = width - 1
    return Pattern(
        f"per_head<[causal, causal and window<left = {left}>, "
        f"causal and strided<stride = {stride}>, causal and block_local<size = {size}>]>",
        lambda t, h, i, j: (j <= i) & ((h == 0) | ((h == 1) & (i - j <= left)) |
                                       ((h == 2) & ((i - j) % stride == 0)) |
                                       ((h == 3) & (i // size == j // size))))


def explained(text, queries, keys):
    """The dense mask of a pattern whose pairs are drawn, as sattn-explain tells them."""
    build = os.environ["SATTN_BUILD"]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "mask.npy")
        subprocess.run([os.path.join(build, "bin/sattn-explain"), "--pattern", text, "--shape",
                        f"M={queries},N={keys}", "--no-draw", "--mask", path],
                       check=True, stdout=subprocess.DEVNULL)
        return np.load(path).reshape(queries, keys).astype(bool)


def bigbird(block, random_blocks, global_blocks, length):
    text = (f"bigbird<block = {block}, window_blocks = 3, global_blocks = {global_blocks}, "
            f"random_blocks = {random_blocks}>")
    return Pattern(text, lambda t, h, i, j: t[i // block, j // block], block=block,
                   make_table=lambda: explained(text, length, length)[::block, ::block].copy())


def random_tokens(per_row, length):
    text = f"random<per_row = {per_row}>"
    return Pattern(text, lambda t, h, i, j: t[i, j],
                   make_table=lambda: explained(text, length, length))


def block_layout(block, empty, length):
    """Which blocks are live: the diagonal, and others drawn once."""
    blocks = length // block
    layout = np.eye(blocks, dtype=bool)
    live = max(round((1 - empty) * blocks * blocks), blocks)
    others = np.flatnonzero(~layout.ravel())
    drawn = np.random.default_rng(7).permutation(others)[:live - blocks]
    layout.ravel()[drawn] = True
    return layout


def compressed(layout):
    """Row pointers and columns, as `block_list` reads them."""
    return {"p": np.concatenate(([0], layout.sum(axis=1).cumsum())).astype(np.int32),
            "c": np.nonzero(layout)[1].astype(np.int32)}


def random_blocks(block, empty, length):
    """A block mask with that share of empty blocks, drawn once. The diagonal is live, so
    that no row is empty: peers differ in what they answer there."""
    blocks = length // block
    layout = block_layout(block, empty, length)
    bits = np.packbits(layout.ravel(), bitorder="little").tobytes().hex()
    elements = "true" if empty == 0 else f'"0x{bits}"'
    text = (f"block_mask<block = [{block}, {block}], "
            f"layout = dense<{elements}> : tensor<{blocks}x{blocks}xi1>>")
    return Pattern(text, lambda t, h, i, j: t[i // block, j // block], block=block,
                   make_table=lambda: layout)
