# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Recipes of cases that do something to scores; recipes.py says what a recipe is."""

import numpy as np

from recipes import Run, causal, recipe, recipes


def modified(name, pattern, live, modify, score, placement=()):
    recipes[name] = lambda case: [Run(pattern, live, placement, modify=modify, score=score)]


def everywhere(h, i, j):
    return j >= 0


def capped(cap):
    return lambda s, h, i, j: cap * np.tanh(s / cap)


def sloped(slopes):
    slopes = np.asarray(slopes, np.float64)
    return lambda s, h, i, j: s + slopes[h] * (j - i)


def powers(count, maximum=8):
    """2^(-maximum m / count) for m = 1 .. count."""
    return 2.0 ** (-maximum * np.arange(1, count + 1) / count)


@recipe("torch-sdpa/bias-1x1x20x20", "torch-sdpa/bias-2x4x20x20")
def bias(case):
    values = case["bias"].astype(np.float64)
    return [Run("dense", everywhere, modify="bias({bias})", arrays={"bias": case["bias"]},
                score=lambda s, h, i, j: s + values)]


modified("torch-flex/softcap-5", "causal", causal, "softcap<cap = 5>", capped(5))
modified("torch-flex/alibi-4", "causal", causal, "alibi", sloped(powers(4)))


@recipe("torch-flex/relative-table-48")
def relative_table(case):
    """Entry i - j + n: turned around, it grows with the key."""
    table, n = case["table"].astype(np.float64), case["q"].shape[2]
    flipped = np.ascontiguousarray(case["table"][:, None, ::-1])
    return [Run("dense", everywhere,
                modify=f"relative_bias<center = {table.shape[1] - 1 - n}>({{table}})",
                arrays={"table": flipped},
                score=lambda s, h, i, j: s + table[h, i - j + n])]


@recipe("hf-gemma2/n80-layer0-cap5", "hf-gemma2/n80-layer1-cap5")
def gemma2(case):
    """Capped before the mask; the window counts its own position."""
    w = case.call["sliding_window"]
    slides = case.call["layer"] == "sliding_attention"
    cap = case.call["attn_logit_softcapping"]
    return [Run(f"mistral<window = {w}>" if slides else "causal",
                lambda h, i, j: (j <= i) & ((i - j < w) | (not slides)),
                modify=f"softcap<cap = {cap}>", score=capped(cap))]


@recipe("hf-gpt-oss/n64-layer0", "hf-gpt-oss/n64-layer1")
def gpt_oss(case):
    w = case.call["sliding_window"]
    slides = case.call["layer"] == "sliding_attention"
    return [Run(f"mistral<window = {w}>" if slides else "causal",
                lambda h, i, j: (j <= i) & ((i - j < w) | (not slides)),
                sink=case["sinks"])]


def t5_bucket(distance, buckets, longest):
    """How far back, one direction."""
    exact = buckets // 2
    far = exact + np.log(np.maximum(distance, 1) / exact) / np.log(longest / exact) * (
        buckets - exact)
    # Powers of 2 are whole numbers here.
    return np.where(distance < exact, distance,
                    np.minimum(np.floor(far + 1e-9), buckets - 1)).astype(int)


@recipe("hf-t5/encoder-n60", "hf-t5/decoder-n60")
def t5(case):
    """The table is [buckets, H]; ours is [H, buckets]."""
    both = "encoder" in case.name
    table = case["table"].astype(np.float64)

    def score(s, h, i, j):
        if both:
            bucket = 16 * (j > i) + t5_bucket(abs(j - i), 16, 128)
        else:
            bucket = t5_bucket(np.maximum(i - j, 0), 32, 128)
        return s + table[bucket, h]

    return [Run("dense" if both else "causal", everywhere if both else causal,
                modify=f"t5_bias<bidirectional = {str(both).lower()}>({{table}})",
                arrays={"table": np.ascontiguousarray(case["table"].T)}, score=score)]


@recipe("hf-bloom/n40-h6", "hf-bloom/n50-h4")
def bloom(case):
    """Of 6 heads, 4 as if they were 4, then every other slope of 8."""
    heads = case["q"].shape[1]
    slopes = powers(4) if heads == 4 else [*powers(4), *powers(8)[::2][:2]]
    return [Run("causal", causal, modify="alibi<order = press>", score=sloped(slopes))]


@recipe("hf-mpt/n36-h6-max8", "hf-mpt/n40-h4-max8")
def mpt(case):
    """Of 6 heads, the second, fourth, .. slope of 8, then the first, third, .."""
    heads, maximum = case["q"].shape[1], case.call["alibi_bias_max"]
    t = powers(8, maximum)
    slopes = powers(4, maximum) if heads == 4 else [*t[1::2], *t[::2]][:6]
    return [Run("causal", causal, modify=f"alibi<order = mpt, max_bias = {maximum}>",
                score=sloped(slopes))]
