# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What each golden case is in our notation, read from the case's own definition.

A recipe gets the case (case.json as `call`, arrays by name) and returns its runs. A run
says the same thing twice, in two languages that share nothing: `pattern` for the tools,
and `live(h, i, j)`, NumPy on index arrays, for the fp64 evaluation. No recipe looks at
an expected mask or output, except where the README says that the layout itself is drawn
at random.
"""

import dataclasses
from typing import Callable, Dict, Optional, Sequence

import numpy as np


@dataclasses.dataclass
class Run:
    pattern: str
    live: Callable
    placement: Sequence[str] = ()  # --align or --offset, as the tools take them
    inputs: Sequence[str] = ("q", "k", "v")
    # The rows of the source's output it answers for, [M] or [B, H, M].
    rows: Optional[np.ndarray] = None
    # Arrays that the pattern reads, by name; `batched`: live(b, h, i, j).
    operands: Dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    batched: bool = False
    output: str = "out"
    # What `region` in the pattern says: lines of a mask region that make %live. Its tables are
    # the operands.
    region: Optional[str] = None
    # Of scores: for the tools --modify, where {name} is a file of one of the arrays, and
    # for fp64 score(s, h, i, j) on whole arrays; and a sink for each head.
    modify: Optional[str] = None
    arrays: dict = dataclasses.field(default_factory=dict)
    score: Optional[Callable] = None
    # Unless it is the case's, or 1 / sqrt(D).
    scale: Optional[float] = None
    sink: Optional[np.ndarray] = None


recipes = {}


def recipe(*names):
    def register(function):
        for name in names:
            recipes[name] = function
        return function

    return register


def simple(name, pattern, live, placement=()):
    recipes[name] = lambda case: [Run(pattern, live, placement)]


# Building blocks -------------------------------------------------------------------


def all_of(*patterns):
    return " and ".join(patterns)


def any_of(*patterns):
    return " or ".join(f"({pattern})" for pattern in patterns)


def span(leaf, begin, end):
    """Positions begin <= p < end, where `leaf(n)` is p < n."""
    return leaf(end) if begin == 0 else f"{leaf(end)} and not {leaf(begin)}"


def keys(begin, end):
    return span(lambda n: f"prefix<len = {n}>", begin, end)


def queries(begin, end):
    return span(lambda n: f"global<first = {n}, rows>", begin, end)


def band(low, high):
    """low <= j - i <= high, of any signs."""
    if low <= 0 <= high:
        return f"window<left = {-low}, right = {high}>"
    if low > 0:
        return f"window<right = {high}> and not window<right = {low - 1}>"
    return f"window<left = {-low}> and not window<left = {-high - 1}>"


def positions(values, kind):
    return f"global<positions = {[int(v) for v in values]}, {kind}>"


def layout(values, block):
    values = np.asarray(values).astype(np.uint8)
    shape = "x".join(map(str, values.shape))
    return (f"block_mask<block = [{block}, {block}], "
            f"layout = dense<{values.tolist()}> : tensor<{shape}xi1>>")


def causal(h, i, j):
    return j <= i


def every_row(b, i):
    return i >= 0


# torch-sdpa, torch-flex, torch-flex-mixed ------------------------------------------

top_left = ("--align", "top_left")
bottom_right = ("--align", "bottom_right")

for name in ("dense", "cross", "scale", "gqa-8-2-16x16"):
    simple("torch-sdpa/" + name, "dense", lambda h, i, j: j >= 0)
for name in ("torch-sdpa/causal-float16-40", "torch-sdpa/causal-bfloat16-40",
             "torch-flex/causal", "torch-flex/gqa-causal", "hf-llama/n50-h8-2"):
    simple(name, "causal", causal)
simple("torch-sdpa/causal-top-left-12x20", "causal", causal, top_left)
simple("torch-sdpa/causal-bottom-right-12x20", "causal",
       lambda h, i, j: j <= i + 20 - 12, bottom_right)



@recipe("torch-sdpa/bool-mask-20x24")
def boolean_mask(case):
    mask = np.broadcast_to(case["mask"], (*case["q"].shape[:3], case["k"].shape[2]))
    return [batched_run(case, "mask(%m)", lambda b, h, i, j: mask[b, h, i, j],
                        {"m": case["mask"]}, rows=every_row)]


simple("torch-flex/causal-strided-100", "sparse_transformer_strided<stride = 8>",
       lambda h, i, j: (j <= i) & ((i - j < 8) | ((i - j) % 8 == 0)))
simple("torch-flex/dilated-32-4", "window<left = 8, right = 8, dilation = 4>",
       lambda h, i, j: (abs(i - j) <= 32) & ((i - j) % 4 == 0))
simple("torch-flex/global-window-100", "longformer<window = 16, global = 3>",
       lambda h, i, j: (abs(i - j) <= 8) | (i < 3) | (j < 3))
simple("torch-flex/per-head-100",
       "per_head<[" + ", ".join(f"causal and window<left = {8 * (h + 1) - 1}>"
                                for h in range(3)) + "]>",
       lambda h, i, j: (i - j >= 0) & (i - j < 8 * (h + 1)))
simple("torch-flex/prefix-lm-20", "prefix_lm<len = 20>",
       lambda h, i, j: (j <= i) | (j < 20))
simple("torch-flex/sliding-window-16", "window<left = 16, right = 0>",
       lambda h, i, j: (i - j >= 0) & (i - j <= 16))


@recipe("torch-flex/document-90", "torch-flex/document-causal-90")
def documents(case):
    """Contiguous documents at places known when compiling: one square each."""
    ids = case["segment_ids"]
    starts = [0, *(np.flatnonzero(np.diff(ids)) + 1), len(ids)]
    assert len(starts) - 1 == len(set(ids)), "a document in two pieces"
    pattern = any_of(*(all_of(queries(a, b), keys(a, b))
                       for a, b in zip(starts, starts[1:])))
    # The same by what arrives with the data.
    patterns = [(f"({pattern})", {}), ("segments(%ids)", {"ids": ids}),
                ("documents(%ends)", {"ends": np.array(starts, np.int32)})]
    if "causal" in case.name:
        return [Run("causal and " + pattern,
                    lambda h, i, j: (ids[i] == ids[j]) & (j <= i), operands=operands)
                for pattern, operands in patterns]
    return [Run(pattern, lambda h, i, j: ids[i] == ids[j], operands=operands)
            for pattern, operands in patterns]


def clamp_shift(at, kernel, size):
    """The start of a window of `kernel` around `at`, moved to stay within `size`."""
    return np.clip(at - kernel // 2, 0, size - kernel)


def neighborhood(height, width, kernel_height, kernel_width):
    def live(h, i, j):
        row = clamp_shift(i // width, kernel_height, height)
        column = clamp_shift(i % width, kernel_width, width)
        return ((j // width >= row) & (j // width < row + kernel_height) &
                (j % width >= column) & (j % width < column + kernel_width))

    return live


simple("torch-flex/natten-8x8-k3", "neighborhood<grid = [8, 8], kernel = [3, 3]>",
       neighborhood(8, 8, 3, 3))

simple("torch-flex-mixed/blocks-or-columns-77",
       "causal and (block_local<size = 16> or columns<stride = 8>)",
       lambda h, i, j: (j <= i) & ((i // 16 == j // 16) | (j % 8 == 0)))
simple("torch-flex-mixed/bottom-right-empty-rows-50x20", "causal",
       lambda h, i, j: j <= i - 30, bottom_right)
simple("torch-flex-mixed/bottom-right-window-24x60", "window<left = 8, right = 0>",
       lambda h, i, j: (i + 36 - 9 < j) & (j <= i + 36), bottom_right)
simple("torch-flex-mixed/sinks-and-window-61", "streaming<sinks = 7, window = 10>",
       lambda h, i, j: (j <= i) & ((j < 7) | (i - j < 10)))

# Hugging Face ----------------------------------------------------------------------


@recipe("hf-mistral/n100-window24-h4-2")
def mistral(case):
    window = case.call["sliding_window"]
    return [Run(f"mistral<window = {window}>",
                lambda h, i, j: (i - j >= 0) & (i - j < window))]


@recipe("hf-mistral/padded-n60")
def mistral_padded(case):
    """Padding on either side, as a mask of the keys of each batch."""
    window, mask = case.call["sliding_window"], case["attention_mask"] != 0
    live = lambda b, h, i, j: (i - j >= 0) & (i - j < window) & mask[b, j]
    return [batched_run(case, f"mistral<window = {window}> and mask(%m)", live,
                        {"m": mask[:, None, None, :]})]


@recipe("hf-modernbert/n70-local16")
def modernbert(case):
    side, lengths = case.call["local_attention"] // 2, case["key_lengths"]
    live = lambda b, h, i, j: (abs(i - j) <= side) & (j < lengths[b])
    return [batched_run(case, f"window<left = {side}, right = {side}> and padding(%n)",
                        live, {"n": lengths})]


@recipe("hf-llama4/left-padded-n40-chunk8")
def chunked_padded(case):
    """A chunk is a segment, counted from the first token of the batch; what comes before
    is in chunks below 0, which only rows without meaning see."""
    chunk, padding = case.call["attention_chunk_size"], case["left_padding"]
    ids = (np.arange(case["k"].shape[2]) - padding[:, None]) // chunk
    live = lambda b, h, i, j: (j <= i) & (ids[b, i] == ids[b, j])
    return [batched_run(case, "causal and segments(%ids)", live, {"ids": ids},
                        rows=lambda b, i: i >= padding[b])]


def batched_run(case, pattern, live, operands, placement=(), rows=None, names="qkv",
                output="out"):
    """A run whose batches differ, for the rows with a live key, or those of `rows`."""
    b, h, i, j = np.indices((*case[names[0]].shape[:3], case[names[1]].shape[2]))
    if rows is None:
        answered = live(b, h, i, j).any(axis=-1)
    else:
        answered = rows(b, i)[..., 0]
    return Run(pattern, live, placement, tuple(names), answered, operands, True, output)


@recipe("hf-llama4/n70-chunk16")
def chunked(case):
    chunk = case.call["attention_chunk_size"]
    return [Run(f"causal and block_local<size = {chunk}>",
                lambda h, i, j: (j <= i) & (i // chunk == j // chunk))]


@recipe("hf-longformer/n64-w16-g1", "hf-longformer/n96-w32-g3")
def longformer(case):
    """Two attentions, each for its rows, as in examples/longformer.mlir."""
    side = case.call["attention_window"] // 2
    places = case["global_positions"]
    is_global = np.isin(np.arange(case["q"].shape[2]), places)
    return [
        Run(any_of(f"window<left = {side}, right = {side}>",
                   positions(places, "columns")),
            lambda h, i, j: (abs(i - j) <= side) | is_global[j],
            rows=~is_global),
        # The other rows have no live key here.
        Run(positions(places, "rows"), lambda h, i, j: is_global[i] & (j >= 0),
            inputs=("qg", "kg", "vg"), rows=is_global),
    ]


@recipe("hf-bigbird/n128-r1-seed0", "hf-bigbird/n192-r2-seed3")
def bigbird_hf(case):
    """The drawn blocks are given; the rest is the closed form. No block counts twice
    in these two cases (`duplicates`), so a set says the same."""
    assert case.json["duplicates"] == 0
    block = case.call["block_size"]
    drawn_blocks = case["random_blocks"]
    heads, middle, _ = drawn_blocks.shape
    drawn = np.zeros((heads, middle + 2, middle + 2), bool)
    for head in range(heads):
        for row in range(middle):
            drawn[head, row + 1, drawn_blocks[head, row]] = True
    last = middle + 1

    def live(h, i, j):
        bi, bj = i // block, j // block
        return ((bi == 0) | (bi == last) | (bj == 0) | (bj == last) |
                (abs(bi - bj) <= 1) | drawn[h, bi, bj])

    return [Run(any_of(f"bigbird<block = {block}>", layout(drawn, block)), live)]


@recipe("hf-bigbird/inference-n128-r2")
def bigbird_inference(case):
    """Every drawn block is block 0, which then counts once more for each draw."""
    block, draws = case.call["block_size"], case.call["num_random_blocks"]
    last = case["q"].shape[2] // block - 1
    lists = [list(range(last + 1))]
    for row in range(1, last):
        lists.append(sorted([0] * (1 + draws) + [row - 1, row, row + 1, last]))
    lists[1].remove(0)  # Its neighbour before it is the global block: counted once.
    lists[last - 1].remove(last)
    lists.append(lists[0])
    counts = np.array([np.bincount(blocks, minlength=last + 1) for blocks in lists])
    pointers = np.cumsum([0] + [len(blocks) for blocks in lists])
    return [Run(f"block_list<block = [{block}, {block}], multiset = {1 + draws}>(%p, %c)",
                lambda h, i, j: counts[i // block, j // block],
                operands={"p": pointers, "c": np.concatenate(lists)})]


# FlashMask -------------------------------------------------------------------------


@recipe("flashmask-definition/causal-document-96", "flashmask-definition/document-96",
        "flashmask-definition/four-bounds-96", "flashmask-definition/global-sliding-96",
        "flashmask-definition/sliding-window-96")
def flashmask(case):
    """Intervals of rows that do not see a key."""
    bounds = np.moveaxis(case["start"], -1, 0)
    rows = bounds.shape[-1]
    is_causal, count = case.call["causal"], case.call["bounds"]
    r = [bound[0, 0] for bound in bounds]
    if is_causal and count == 1:
        dead = lambda i, j: i >= r[0][j]
        pattern = "causal and not key_rows(%a, %n)"
    elif is_causal:
        dead = lambda i, j: (r[0][j] <= i) & (i < r[1][j])
        pattern = "causal and not key_rows(%a, %b)"
    elif count == 2:
        dead = lambda i, j: (i >= r[0][j]) | (i < r[1][j])
        pattern = "key_rows(%b, %a)"
    else:
        dead = lambda i, j: (((r[0][j] <= i) & (i < r[1][j])) |
                             ((r[2][j] <= i) & (i < r[3][j])))
        pattern = "not key_rows(%a, %b) and not key_rows(%c, %d)"
    operands = {"n": np.array([rows]), **dict(zip("abcd", bounds))}
    return [Run(pattern,
                lambda h, i, j: ~dead(i, j) & ((j <= i) | (not is_causal)),
                operands={name: operands[name] for name in operands
                          if f"%{name}" in pattern})]
