# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The table of cases, and what each must reach."""

import dataclasses
import math
from typing import Callable, Optional, Tuple

import numpy as np

import patterns


@dataclasses.dataclass(frozen=True)
class Goal:
    """`kind` says of what: peak, bandwidth (shares of what the machine measured), dense
    (efficiency over live pairs as a share of our own dense code's), speedup (over our own
    dense code), plain (over our own code without what the case adds), or peer (times the best
    peer's speed). A goal has one value for each instruction set."""
    kind: str
    avx512: float
    avx2: float

    def value(self, isa):
        return {"avx512": self.avx512, "avx512bf16": self.avx512, "avx2": self.avx2}.get(isa)


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    pattern: patterns.Pattern
    queries: int
    keys: int
    head_size: int = 64
    dtype: str = "f32"
    batch: int = 1
    heads: int = 1
    kv_heads: int = 1
    goals: Tuple[Goal, ...] = ()
    real: Optional[str] = None  # arrays of examples/data instead of random ones
    compare_dense: bool = False  # time our own dense code beside it
    # What the case adds that peers have no common word for: --modify, where {name} is the file of
    # an array, and what the pattern reads. `arrays(random)` gives both, by name.
    modify: Optional[str] = None
    operands: Tuple[str, ...] = ()
    arrays: Optional[Callable] = None
    plain: Optional[str] = None  # the pattern without that, timed beside it
    quick: bool = False

    @property
    def total_pairs(self):
        return self.batch * self.heads * self.queries * self.keys

    @property
    def array_bytes(self):
        size = 4 if self.dtype == "f32" else 2
        return size * self.batch * self.head_size * 2 * (
            self.heads * self.queries + self.kv_heads * self.keys)

    @property
    def kv_bytes(self):
        size = 4 if self.dtype == "f32" else 2
        return size * self.batch * self.kv_heads * self.keys * self.head_size * 2

    @property
    def is_decode(self):
        return self.queries == 1

    @property
    def is_ours_alone(self):
        return bool(self.modify or self.operands)

    @property
    def scale(self):
        return 1 / math.sqrt(self.head_size)


# Dense work of our own code beside a sparse case is timed up to this many pairs.
dense_pairs_limit = 2 ** 28


def square(name, pattern, n, *goals, **options):
    sparse = pattern.kind != "dense"
    options.setdefault("compare_dense", sparse and options.get("batch", 1) *
                       options.get("heads", 1) * n * n <= dense_pairs_limit)
    return Case(name, pattern, n, n, goals=goals, **options)


def decode(keys, kv_heads, batch=1, dtype="f32", **options):
    name = f"decode-32x{kv_heads}-b{batch}-{keys // 1024}k" + ("" if dtype == "f32" else "-" + dtype)
    goals = (Goal("bandwidth", 0.85, 0.85), Goal("peer", 1.2, 1.2))
    return Case(name, patterns.dense(), 1, keys, heads=32, kv_heads=kv_heads, batch=batch,
                dtype=dtype, goals=goals, **options)


def peak(avx512, avx2):
    return Goal("peak", avx512, avx2)


def peer(ratio):
    return Goal("peer", ratio, ratio)


def of_dense(share):
    return Goal("dense", share, share)


def of_plain(share):
    return Goal("plain", share, share)


def bias(n):
    return lambda random: {"bias": random.standard_normal((n, n), dtype=np.float32)}


def lengths(*values):
    return lambda random: {"n": np.array(values, np.int32)}


def ends(*documents):
    """Cumulative lengths of documents."""
    return lambda random: {"ends": np.cumsum(documents).astype(np.int32)}


# 24 documents of 16384 tokens, from 64 to 2688, as a packed batch has them.
uneven = [64, 2688, 128, 512, 1000, 200, 1500, 88, 640, 96, 1024, 320, 2048, 72, 400, 904, 250,
          1200, 333, 667, 500, 750, 600, 400]


def make_cases():
    p = patterns
    yield from [
        square("dense-4k", p.dense(), 4096, peak(0.90, 0.87), peer(1.1), quick=True),
        square("dense-4k-d128", p.dense(), 4096, peak(0.93, 0.89), peer(1.1), head_size=128),
        square("dense-4k-bf16", p.dense(), 4096, peak(0.82, 0.80), peer(1.3), dtype="bf16", quick=True),
        square("dense-4k-bf16-d128", p.dense(), 4096, peak(0.85, 0.80), peer(1.3), dtype="bf16",
               head_size=128),
        square("dense-4k-f16", p.dense(), 4096, peak(0.80, 0.80), peer(1.3), dtype="f16"),
        square("dense-1k-b8", p.dense(), 1024, peer(1.1), batch=8, heads=4, kv_heads=4),
        square("dense-ragged-1000", p.dense(), 1000, peer(1.1), heads=4, kv_heads=4),
        square("causal-4k", p.causal(), 4096, peak(0.86, 0.84), peer(1.3), quick=True),
        square("causal-4k-d128", p.causal(), 4096, peer(1.3), head_size=128),
        square("causal-4k-bf16", p.causal(), 4096, peer(1.3), dtype="bf16"),
        square("causal-4k-f16", p.causal(), 4096, peer(1.3), dtype="f16"),
        square("causal-ragged-3001", p.causal(), 3001, peer(1.3)),
        square("causal-1k-b8", p.causal(), 1024, peer(1.3), batch=8, heads=4, kv_heads=4),
        square("gqa-32x8-causal-2k", p.causal(), 2048, peak(0.82, 0.80), peer(1.5), heads=32,
               kv_heads=8),
        square("gqa-32x8-causal-2k-bf16", p.causal(), 2048, peer(1.3), heads=32, kv_heads=8,
               dtype="bf16"),
        square("window-256-16k", p.causal_window(256), 16384, peak(0.66, 0.76), peer(2.5),
               quick=True),
        square("window-1024-16k", p.causal_window(1024), 16384, peak(0.80, 0.84), peer(3.3)),
        square("window-4096-16k", p.causal_window(4096), 16384, peer(3.3)),
        square("window-256-16k-d128", p.causal_window(256), 16384, peer(2.5), head_size=128),
        square("window-256-16k-bf16", p.causal_window(256), 16384, peer(2.5), dtype="bf16"),
        square("window-256-4k-b8", p.causal_window(256), 4096, peer(2.5), batch=8),
        square("symmetric-512-16k", p.symmetric_window(256, 256), 16384, peak(0.70, 0.76), peer(2.6)),
        square("longformer-512-16k", p.longformer(512, 1), 16384, peak(0.70, 0.76), peer(2.6)),
        square("bigbird-64-16k", p.bigbird(64, 3, 2, 16384), 16384, peak(0.70, 0.76), peer(2.6)),
        square("block-local-256-16k", p.block_local(256), 16384, peak(0.80, 0.80), peer(1.7)),
        square("dilated-128x4-16k", p.dilated(128, 4), 16384, peak(0.50, 0.55), peer(9)),
        square("strided-64-16k", p.strided(64), 16384, peer(9)),
        square("sparse-transformer-128-16k", p.sparse_transformer(128), 16384, peak(0.50, 0.55),
               peer(100)),
        square("per-head-mix-4k", p.per_head(256, 128, 512), 4096, peer(1.3), heads=4, kv_heads=4),
        # Sparsity that pays: speed against our own dense code.
        square("window-128-1k", p.symmetric_window(64, 63), 1024, Goal("speedup", 6.8, 6.8),
               quick=True),
        square("mask-64-0%-4k", p.random_blocks(64, 0.0, 4096), 4096, of_dense(0.97)),
        square("mask-64-50%-8k", p.random_blocks(64, 0.5, 8192), 8192, peer(3)),
        square("mask-64-90%-8k", p.random_blocks(64, 0.9, 8192), 8192, of_dense(0.95), peer(3),
               quick=True),
        square("mask-64-95%-8k", p.random_blocks(64, 0.95, 8192), 8192, peer(3)),
        square("mask-64-99%-8k", p.random_blocks(64, 0.99, 8192), 8192, peer(3)),
        square("mask-32-90%-4k", p.random_blocks(32, 0.9, 4096), 4096, of_dense(0.88)),
        square("mask-16-90%-4k", p.random_blocks(16, 0.9, 4096), 4096, of_dense(0.75)),
        square("random-64-4k", p.random_tokens(64, 4096), 4096, of_dense(0.40)),
    ]
    # What a modifier costs, and patterns that arrive with the data.
    blocks = p.block_layout(64, 0.9, 8192)
    yield from [
        square("alibi-4k", p.dense(), 4096, of_plain(0.85), modify="alibi", plain="dense"),
        square("softcap-4k", p.dense(), 4096, of_plain(0.70), modify="softcap<cap = 30.0>",
               plain="dense"),
        square("bias-4k", p.dense(), 4096, of_plain(0.75), modify="bias({bias})", arrays=bias(4096),
               plain="dense"),
        square("block-list-64-90%-8k", p.Pattern("block_list<block = [64, 64]>(%p, %c)", None), 8192,
               of_plain(0.95), operands=("p", "c"), arrays=lambda random: p.compressed(blocks),
               plain=p.random_blocks(64, 0.9, 8192).text),
        square("padding-4k", p.Pattern("padding(%n)", None), 4096, of_dense(0.95), operands=("n",),
               arrays=lengths(2900)),
        square("documents-16k", p.Pattern("documents(%ends)", None), 16384, of_dense(0.95),
               operands=("ends",), arrays=ends(*[2048] * 8)),
        square("documents-uneven-16k", p.Pattern("documents(%ends)", None), 16384, of_dense(0.95),
               operands=("ends",), arrays=ends(*uneven)),
    ]
    # Linear in n: time per token stays, and so does memory beyond the arrays.
    for n in (1024, 4096, 65536, 262144, 1048576):
        name = f"window-256-{n // 1024}k"
        if n == 1048576:
            yield square("window-256-1m", p.causal_window(256), n, Goal("linear", 1.1, 1.1),
                         Goal("memory", 64, 64))
        else:
            yield square(name, p.causal_window(256), n)
    for keys in (4096, 32768, 131072):
        yield decode(keys, 8, quick=keys == 32768)
        yield decode(keys, 32)
    yield decode(4096, 8, batch=8)
    yield decode(32768, 8, dtype="bf16")
    # Real queries, keys and values of two language models.
    yield Case("real-minilm-longformer", p.longformer(256, 1), 4096, 4096, head_size=32, heads=2,
               kv_heads=2, real="minilm", compare_dense=True)
    yield Case("real-smollm2-causal", p.causal(), 2048, 2048, heads=3, kv_heads=1,
               real="smollm2", compare_dense=True, quick=True)


cases = list(make_cases())


def by_name(name):
    return next(case for case in cases if case.name == name)
