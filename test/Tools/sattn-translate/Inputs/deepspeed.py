# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Imports DeepSpeed configurations and compares their patterns with layouts in NumPy, by the
definition of deepspeed.ops.sparse_attention: element by element, over whole sequences.

usage: deepspeed.py FOLDER
"""
import itertools
import json
import pathlib
import subprocess
import sys

import numpy as np

folder = pathlib.Path(sys.argv[1])
HEADS = 4


def layout(c, blocks):
    """[heads, blocks, blocks], and whether attention is causal within blocks."""
    uni = c.get("attention", "bidirectional") == "unidirectional"
    result = np.zeros((HEADS, blocks, blocks), bool)
    a, b = np.indices((blocks, blocks))
    mode = c["mode"]
    if mode == "dense":
        result[:] = True
        return result, False
    if mode == "fixed":
        n, g = c.get("num_local_blocks", 4), c.get("num_global_blocks", 1)
        kinds = c.get("num_different_global_patterns", 1)
        for h in range(HEADS):
            result[h] = a // n == b // n
            place = n - (1 + h % kinds) * g
            starts = list(range(place, blocks - blocks % n, n))
            if blocks % n:
                starts.append(min(blocks - blocks % n + place, blocks - g))
            for s in starts:
                result[h, (s if uni else 0):, s:s + g] = True
                if c.get("horizontal_global_attention"):
                    result[h, s:s + g] = True
    elif mode == "variable":
        sizes, begin = list(c.get("local_window_blocks", [4])), 0
        while begin < blocks:
            size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
            result[:, begin:begin + size, begin:begin + size] = True
            begin += size
    else:
        side = c.get("num_sliding_window_blocks", 3) // 2
        result |= abs(a - b) <= side
        if mode == "bigbird":
            g = c.get("num_global_blocks", 1)
            result[:, :g] = result[:, :, :g] = True
    if mode in ("variable", "bslongformer"):
        starts = c.get("global_block_indices", [0])
        for s, e in zip(starts, c.get("global_block_end_indices", [s + 1 for s in starts])):
            result[:, :, s:e] = True
            if mode == "bslongformer" or c.get("horizontal_global_attention"):
                result[:, s:e] = True
    return result, uni


def cases():
    for n, g, uni, seq in itertools.product([2, 4], [1, 2], [False, True], [16, 17, 18, 19]):
        yield {"mode": "fixed", "num_local_blocks": n, "num_global_blocks": g,
               "attention": "unidirectional" if uni else "bidirectional"}, seq
    for seq in [16, 17, 18, 19]:
        yield {"mode": "fixed", "horizontal_global_attention": True}, seq
        yield {"mode": "fixed", "num_global_blocks": 2, "different_layout_per_head": True,
               "num_different_global_patterns": 2}, seq
        yield {"mode": "variable", "local_window_blocks": [1, 2, 4]}, seq
        yield {"mode": "variable", "global_block_indices": [2, 7],
               "global_block_end_indices": [4, 8], "horizontal_global_attention": True}, seq
        yield {"mode": "variable", "local_window_blocks": [3, 5],
               "attention": "unidirectional"}, seq
        yield {"mode": "bslongformer", "global_block_indices": [0, 5, 40]}, seq
        yield {"mode": "bslongformer", "num_sliding_window_blocks": 5,
               "attention": "unidirectional"}, seq
        yield {"mode": "bigbird", "num_random_blocks": 0, "num_global_blocks": 2}, seq
        yield {"mode": "local_sliding_window", "attention": "bidirectional"}, seq
        yield {"mode": "local_sliding_window", "attention": "unidirectional"}, seq
    yield {"mode": "dense"}, 8


failed = count = 0
for config, blocks in cases():
    config["block"] = block = 4
    tokens = blocks * block
    (folder / "config.json").write_text(json.dumps({"sparse_attention": config}))
    shape = f"M={tokens},N={tokens},H={HEADS}"
    pattern = subprocess.run(
        ["sattn-translate", "--import-pattern", folder / "config.json", "--shape", shape,
         "--only-pattern"], capture_output=True, text=True, check=True).stdout.strip()
    subprocess.run(["sattn-explain", "--pattern", pattern, "--shape", shape, "--no-draw",
                    "--mask", folder / "mask.npy"], capture_output=True, check=True)
    ours = np.load(folder / "mask.npy")
    theirs, causal = layout(config, blocks)
    theirs = theirs.repeat(block, 1).repeat(block, 2)
    if causal:
        theirs &= np.tri(tokens, dtype=bool)
    count += 1
    if not (np.broadcast_to(ours, theirs.shape) == theirs).all():
        failed += 1
        print(f"{config} of {blocks} blocks: {pattern}")
print(f"{count} configurations, {failed} differ")
