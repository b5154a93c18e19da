# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PyTorch: scaled_dot_product_attention, and flex_attention under torch.compile."""

import numpy as np
import torch
from torch.nn.functional import scaled_dot_product_attention

from peers.base import Declined, Peer

types = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}


class Torch(Peer):
    def __init__(self, threads):
        super().__init__(threads)
        torch.set_num_threads(threads)

    def load(self, case, arrays, folder):
        self.tensors = [torch.from_numpy(array.view(np.int16) if case.dtype == "bf16" else array)
                        .view(types[case.dtype]) for array in arrays]

    def run(self):
        with torch.inference_mode():
            self.result = self.call()

    def output(self):
        return self.result.float().numpy()


class ScaledDotProduct(Torch):
    def build(self, case):
        if case.pattern.kind not in ("dense", "causal") and case.queries * case.keys > 2**28:
            raise Declined("its mask has n * n elements")
        mask = None
        if case.pattern.kind not in ("dense", "causal"):
            mask = torch.from_numpy(case.pattern.dense_mask(case.heads, case.queries, case.keys))
        options = {"attn_mask": mask, "is_causal": case.pattern.kind == "causal",
                   "enable_gqa": case.heads != case.kv_heads}
        self.call = lambda: scaled_dot_product_attention(*self.tensors, **options)


class Flex(Torch):
    def build(self, case):
        from torch.nn.attention.flex_attention import create_block_mask, flex_attention

        if case.queries * case.keys > 2**28:
            raise Declined("it makes its mask in O(n * n) time and memory")
        pattern = case.pattern
        table = None if pattern.table is None else torch.from_numpy(pattern.table)
        mask = None
        if pattern.kind != "dense":
            heads = case.heads if "per_head" in pattern.text else None
            mask = create_block_mask(lambda b, h, i, j: pattern.live(table, h, i, j), None, heads,
                                     case.queries, case.keys, device="cpu",
                                     BLOCK_SIZE=pattern.block)
        compiled = torch.compile(flex_attention, dynamic=False)
        self.call = lambda: compiled(*self.tensors, block_mask=mask,
                                     enable_gqa=case.heads != case.kv_heads)
