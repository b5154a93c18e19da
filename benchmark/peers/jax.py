# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""JAX: jax.nn.dot_product_attention under jit, with its own options where it has one for
the pattern, else with a mask."""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import ml_dtypes
import numpy as np

from peers.base import Declined, Peer

scores_limit = 6 * 2**30  # bytes; XLA keeps all of them


class Jax(Peer):
    def load(self, case, arrays, folder):
        size = 4 * case.batch * case.heads * case.queries * case.keys
        if size > scores_limit:
            raise Declined(f"its scores would take {size / 2**30:.0f} GiB")
        if case.dtype == "bf16":
            arrays = [array.view(ml_dtypes.bfloat16) for array in arrays]
        # It has heads after rows.
        self.arrays = [jax.numpy.asarray(array.transpose(0, 2, 1, 3)) for array in arrays]

    def build(self, case):
        pattern = case.pattern
        options = {}
        if pattern.kind == "causal":
            options["is_causal"] = True
        elif pattern.kind == "window":
            options["local_window_size"] = (pattern.left, pattern.right)
        elif pattern.kind == "other":
            mask = pattern.dense_mask(case.heads, case.queries, case.keys)
            options["mask"] = jax.numpy.asarray(mask[None])
        function = jax.jit(lambda q, k, v, options: jax.nn.dot_product_attention(
            q, k, v, scale=case.scale, **{**options, **static}))
        static = {name: options.pop(name) for name in list(options) if name != "mask"}
        self.compiled = function.lower(*self.arrays, options).compile()
        self.options = options

    def run(self):
        self.result = self.compiled(*self.arrays, self.options).block_until_ready()

    def output(self):
        return np.ascontiguousarray(
            np.asarray(self.result).astype(np.float32).transpose(0, 2, 1, 3))
