# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX's Attention and FlexAttention nodes as one attention each: what the operators' reference
says of their attributes and optional inputs, for any node without a subgraph.

A node's arrays become query, key and value of rank 4; what a node was given before (past_key,
past_value) is in front of its keys and values. present_key and present_value are these, and
qk_matmul_output, a matrix of scores, is what a fused attention does not have.
"""

import pathlib

import numpy as np

from recipes import Run, every_row, recipes


def to_heads(array, heads):
    """[B, S, heads * D] as [B, heads, S, D]; rank 4 is that already."""
    if array.ndim == 4:
        return array
    return np.ascontiguousarray(
        array.reshape(*array.shape[:2], heads, -1).swapaxes(1, 2))


def node(case):
    attributes = case.call["attributes"]
    optional = lambda name: case["in_" + name] if case.has("in_" + name) else None
    heads = attributes.get("q_num_heads")
    kv_heads = attributes.get("kv_num_heads")
    q = to_heads(case["in_Q"], heads)
    k, v = (to_heads(case["in_" + name], kv_heads) for name in "KV")
    past = 0
    if optional("past_key") is not None:
        past = optional("past_key").shape[2]
        k, v = (np.concatenate((optional("past_" + name), array), axis=2)
                for name, array in (("key", k), ("value", v)))
        for name, array in (("key", k), ("value", v)):
            assert (case["out_present_" + name] == array).all(), "present is not past and own"
    batch, _, rows, _ = q.shape
    keys = k.shape[2]

    # A row stands behind what was there before: past keys, or keys that are no padding.
    lengths = optional("nonpad_kv_seqlen")
    offsets = np.full(batch, past) if lengths is None else lengths - rows
    terms, conditions, operands = [], [], {}
    if attributes.get("is_causal", 0):
        terms.append("causal")
        conditions.append(lambda b, h, i, j: j <= i + offsets[b])
    window = attributes.get("left_window_size", -1)
    if window >= 0:
        terms.append(f"window<left = {window}>")
        conditions.append(lambda b, h, i, j: j >= i + offsets[b] - window)
    if lengths is not None:
        terms.append("padding(%n)")
        operands["n"] = lengths
        conditions.append(lambda b, h, i, j: j < lengths[b])

    modify, arrays, score = [], {}, lambda s, h, i, j: s
    if attributes.get("softcap", 0):
        cap = attributes["softcap"]
        modify.append(f"softcap<cap = {cap}>")
        score = lambda s, h, i, j: cap * np.tanh(s / cap)
    mask = optional("attn_mask")
    if mask is not None:
        # Leading dimensions may be missing; keys beyond a mask are not seen.
        no = False if mask.dtype == bool else -np.inf
        if mask.shape[-1] < keys:
            mask = np.pad(mask, [(0, 0)] * (mask.ndim - 1) + [(0, keys - mask.shape[-1])],
                          constant_values=no)
        full = np.broadcast_to(mask, (batch, q.shape[1], rows, keys))
        if mask.dtype == bool:
            terms.append("mask(%m)")
            operands["m"] = mask
            conditions.append(lambda b, h, i, j: full[b, h, i, j])
        else:
            modify.append("bias({bias})")
            arrays["bias"] = mask
            capped, added = score, full.astype(np.float64)
            score = lambda s, h, i, j: capped(s, h, i, j) + added

    for name, array in (("q", q), ("k", k), ("v", v)):
        case.put("node_" + name, array)
    case.put("node_y", to_heads(case["out_Y"], q.shape[1]))
    is_batched = lengths is not None or "m" in operands
    moved = offsets if lengths is not None else str(past)

    def live(*at):
        b, (h, i, j) = (at[0], at[1:]) if is_batched else (0, at)
        result = j >= 0
        for condition in conditions:
            result = result & condition(b, h, i, j)
        return result

    return [Run(" and ".join(terms) or "dense", live, ("--offset", moved),
                ("node_q", "node_k", "node_v"), every_row(0, np.arange(rows)), operands,
                is_batched, "node_y", modify=", ".join(modify) or None, arrays=arrays,
                score=score if modify else None, scale=attributes.get("scale"))]


for folder in (pathlib.Path(__file__).parent / "cases" / "onnx").iterdir():
    recipes["onnx/" + folder.name] = node
