# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Recipes of sources that give a mask or a layout and no outputs: attention-gym, JAX splash
attention, DeepSpeed; recipes.py says what a recipe is."""

import numpy as np

from recipes import (Run, all_of, any_of, band, causal, keys, layout, neighborhood, positions,
                     queries, recipe, simple)

# attention-gym ---------------------------------------------------------------------


@recipe("attn-gym-mask/block-diffusion-32-8")
def block_diffusion(case):
    """Noised positions are below n, clean ones above; block b of the clean half is
    block n / size + b of all."""
    n, size = case.call["seq_len"], case.call["block_size"]
    assert n % size == 0
    noised, clean = queries(0, n), f"not {queries(0, n)}"
    clean_keys = f"not {keys(0, n)}"
    blocks = n // size

    def live(h, i, j):
        bi, bj = i % n // size, j % n // size
        return (((bi == bj) & ((i < n) == (j < n))) |
                ((bi > bj) & (i < n) & (j >= n)) |
                ((bi >= bj) & (i >= n) & (j >= n)))

    return [Run(any_of(
        f"block_local<size = {size}>",
        all_of(noised, clean_keys,
               f"block_local<size = {size}, right_blocks = {blocks - 1}>"),
        all_of(clean, clean_keys,
               f"block_local<size = {size}, left_blocks = {blocks - 1}>")), live)]


@recipe("attn-gym-mask/draft-tree-6x12")
def draft_tree(case):
    """Node c is seen by its subtree: by every node that has c among its ancestors."""
    prefix, parents = case.call["prefix_length"], case.call["parents"]
    path = []
    for node in range(len(parents)):
        ancestors = {node}
        while parents[node] >= 0:
            node = parents[node]
            ancestors.add(node)
        path.append(ancestors)
    subtree = [[r for r in range(len(parents)) if c in path[r]]
               for c in range(len(parents))]
    related = np.array([[c in path[r] for c in range(len(parents))]
                        for r in range(len(parents))])
    nodes = [all_of(positions([prefix + c], "columns"), positions(subtree[c], "rows"))
             for c in range(len(parents))]
    return [Run(any_of(f"prefix<len = {prefix}>", *nodes),
                lambda h, i, j: (j < prefix) | related[i, np.maximum(j - prefix, 0)])]


@recipe("attn-gym-mask/image-cross-30x18")
def image_cross(case):
    spans = np.array(case.call["intervals"])
    tokens = case.call["image_token_length"]
    images = [all_of(keys(tokens * n, tokens * (n + 1)), queries(begin, end))
              for n, (begin, end) in enumerate(spans)]
    begin, end = spans.T
    return [Run(any_of(*images), lambda h, i, j: (begin[j // tokens] <= i) &
                (i < end[j // tokens]))]


simple("attn-gym-mask/natten-10x10-k5",
       "neighborhood<grid = [10, 10], kernel = [5, 5]>", neighborhood(10, 10, 5, 5))


@recipe("attn-gym-mask/shared-prefix-48")
def shared_prefix(case):
    offsets = case.call["offsets"]
    prefix_of = np.array(case.call["prefix_document_id"])
    documents = []
    for document, prefix in enumerate(prefix_of):
        own = queries(offsets[document], offsets[document + 1])
        documents.append(all_of("causal", own,
                                keys(offsets[document], offsets[document + 1])))
        if prefix != document:
            documents.append(all_of(own, keys(offsets[prefix], offsets[prefix + 1])))
    ids = np.repeat(np.arange(len(prefix_of)), np.diff(offsets))
    return [Run(any_of(*documents),
                lambda h, i, j: ((ids[i] == ids[j]) & (j <= i)) |
                ((prefix_of[ids[i]] == ids[j]) & (ids[i] != ids[j])))]


@recipe("attn-gym-mask/sliding-tiles-8x8-k4x6-t2x2-text0")
def sliding_tiles(case):
    """Tiles are stored one after the other, so a tile is a block of 4 positions and
    the pattern is a neighborhood of blocks: an explicit layout of 16 x 16 tiles."""
    call = case.call
    height, width = (c // t for c, t in zip(call["canvas"], call["tile"]))
    kernel = [k // t for k, t in zip(call["kernel"], call["tile"])]
    tokens = call["tile"][0] * call["tile"][1]
    assert call["text"] == 0
    near = neighborhood(height, width, *kernel)
    a, b = np.indices((height * width, height * width))
    return [Run(layout(near(0, a, b), tokens),
                lambda h, i, j: near(h, i // tokens, j // tokens))]


@recipe("attn-gym-mask/video-spatial-74")
def video_spatial(case):
    prompt = case.call["prompt_length"]
    reach = case.call["token_per_frame"] * case.call["width"]
    return [Run(f"longformer<window = {2 * (reach - 1)}, global = {prompt}>",
                lambda h, i, j: (i < prompt) | (j < prompt) | (abs(i - j) < reach))]


@recipe("attn-gym-mask/video-temporal-74")
def video_temporal(case):
    """Places in the frame closer than 8: for each pair of frames, a band around the
    places' own diagonal."""
    prompt, frame = case.call["prompt_length"], case.call["token_per_frame"]
    frames, reach = case.call["num_frames"], 8  # 8: as `meaning` says

    def of(which, n):
        return which(prompt + frame * n, prompt + frame * (n + 1))

    pairs = [all_of(of(queries, a), of(keys, b),
                    band(frame * (b - a) - (reach - 1), frame * (b - a) + (reach - 1)))
             for a in range(frames) for b in range(frames)]
    return [Run(any_of(f"global<first = {prompt}>", *pairs),
                lambda h, i, j: (i < prompt) | (j < prompt) |
                (abs((i - prompt) % frame - (j - prompt) % frame) < reach))]


# JAX splash attention --------------------------------------------------------------

simple("jax-splash-mask/causal", "causal", causal)
simple("jax-splash-mask/causal-offset", "causal", lambda h, i, j: j <= i + 20,
       ("--offset", "20"))
simple("jax-splash-mask/causal-or-local", "causal or window<left = 0, right = 9>",
       lambda h, i, j: (j <= i) | ((j - i >= 0) & (j - i <= 9)))
simple("jax-splash-mask/chunked", "causal and block_local<size = 16>",
       lambda h, i, j: (j <= i) & (i // 16 == j // 16))
simple("jax-splash-mask/local", "window<left = 10, right = 5>",
       lambda h, i, j: (j - i >= -10) & (j - i <= 5))
simple("jax-splash-mask/local-left-open", "window<right = 3>",
       lambda h, i, j: j - i <= 3)
simple("jax-splash-mask/local-offset", "window<left = 8, right = 8>",
       lambda h, i, j: (j - i - 30 >= -8) & (j - i - 30 <= 8), ("--offset", "30"))

# DeepSpeed sparse attention --------------------------------------------------------
# Parameters that `call` leaves out have DeepSpeed's defaults: block 16, 4 local blocks,
# 1 global block, 1 global pattern, global block 0, bidirectional (LocalSlidingWindow:
# unidirectional).

BLOCK = 16


@recipe("deepspeed-layout/fixed-bi", "deepspeed-layout/fixed-uni",
        "deepspeed-layout/fixed-patterns", "deepspeed-layout/fixed-short-last")
def deepspeed_fixed(case):
    call = case.call
    local = call.get("num_local_blocks", 4)
    summary = call.get("num_global_blocks", 1)
    patterns = call.get("num_different_global_patterns", 1)
    blocks = call["seq_len"] // BLOCK
    whole, rest = divmod(blocks, local)

    def of_head(h):
        first = (local - (1 + h % patterns) * summary) * BLOCK
        parts = [f"block_local<size = {local * BLOCK}>",
                 f"columns<stride = {local * BLOCK}, phase = {first}, "
                 f"width = {summary * BLOCK}>"]
        if rest:
            # The short last window also has its summary, moved in from behind the end.
            at = min(whole * local * BLOCK + first, (blocks - summary) * BLOCK)
            parts.append(keys(at, at + summary * BLOCK))
        return any_of(*parts)

    heads = [of_head(h) for h in range(call["num_heads"])]
    pattern = heads[0] if patterns == 1 else f"per_head<[{', '.join(heads)}]>"
    unidirectional = call.get("attention") == "unidirectional"
    if unidirectional:
        # The layout keeps whole diagonal blocks: no block after the query's own.
        pattern = (f"block_local<size = {BLOCK}, left_blocks = {blocks - 1}> "
                   f"and ({pattern})")

    def live(h, i, j):
        bi, bj = i // BLOCK, j // BLOCK
        result = bi // local == bj // local
        for window in range(whole + (rest > 0)):
            first = window * local + local - (1 + h % patterns) * summary
            first = np.minimum(first, blocks - summary)
            result = result | ((bj >= first) & (bj < first + summary))
        return result & (bj <= bi) if unidirectional else result

    return [Run(pattern, live)]


@recipe("deepspeed-layout/local-uni")
def deepspeed_local(case):
    side = case.call["num_sliding_window_blocks"] // 2

    def live(h, i, j):
        bi, bj = i // BLOCK, j // BLOCK
        return (bi - bj >= 0) & (bi - bj <= side)

    return [Run(f"block_local<size = {BLOCK}, left_blocks = {side}>", live)]


@recipe("deepspeed-layout/bslongformer")
def deepspeed_longformer(case):
    side = case.call["num_sliding_window_blocks"] // 2

    def live(h, i, j):
        bi, bj = i // BLOCK, j // BLOCK
        return (abs(bi - bj) <= side) | (bi == 0) | (bj == 0)

    return [Run(f"block_local<size = {BLOCK}, left_blocks = {side}, "
                f"right_blocks = {side}> or global<first = {BLOCK}>", live)]


@recipe("deepspeed-layout/variable")
def deepspeed_variable(case):
    """Local windows of the listed sizes, the last size repeated; global columns."""
    sizes = case.call["local_window_blocks"]
    places = case.call["global_block_indices"]
    blocks = case.call["seq_len"] // BLOCK
    bounds = [0]
    while bounds[-1] < blocks:
        size = sizes[min(len(bounds), len(sizes)) - 1]
        bounds.append(min(bounds[-1] + size, blocks))
    windows = [all_of(queries(a * BLOCK, b * BLOCK), keys(a * BLOCK, b * BLOCK))
               for a, b in zip(bounds, bounds[1:])]
    columns = [keys(g * BLOCK, (g + 1) * BLOCK) for g in places]
    window_of = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))

    def live(h, i, j):
        bi, bj = i // BLOCK, j // BLOCK
        return (window_of[bi] == window_of[bj]) | np.isin(bj, places)

    return [Run(any_of(*columns, *windows), live)]


@recipe("deepspeed-layout/bigbird")
def deepspeed_bigbird(case):
    """Window of 3 blocks and the first block in closed form. The drawn blocks come from
    Python's `random` and stand nowhere but in the layout: what the closed form leaves,
    which must be no more than was drawn."""
    expected = case["layout"].astype(bool)
    a, b = np.indices(expected.shape[1:])
    closed = (abs(a - b) <= 1) | (a == 0) | (b == 0)
    drawn = expected & ~closed
    assert drawn.sum(axis=2).max() <= case.call["num_random_blocks"]
    return [Run(any_of(f"bigbird<block = {BLOCK}, last_global = false>",
                       layout(drawn, BLOCK)),
                lambda h, i, j: closed[i // BLOCK, j // BLOCK] |
                drawn[h, i // BLOCK, j // BLOCK])]
