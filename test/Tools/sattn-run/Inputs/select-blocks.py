"""Compares attention over selected blocks with NumPy's selection and softmax."""
import subprocess
import sys

import numpy as np

prefix, examples = sys.argv[1:]
random = np.random.default_rng(5)


def run(path, entry, files, outputs):
    subprocess.run(["sattn-run", path, "--entry", entry, "--inputs", *files,
                    "--output", outputs[0], "--lse", outputs[1], *outputs[2:]], check=True)
    return [np.load(output).astype(np.float64) for output in outputs[:2]]


def choose(q, k, blocks, top, pool, candidate, always, grouped, offset):
    """The lists [B][H][t] of blocks; `candidate(p, c)` and `always(p, c)` speak of blocks."""
    batch, heads, rows, _ = q.shape
    kv_heads, keys = k.shape[1:3]
    group = heads // kv_heads
    lists = np.empty((batch, heads, -(-rows // blocks[0])), object)
    for b, h, t in np.ndindex(lists.shape):
        own = range(h // group * group, h // group * group + group) if grouped else [h]
        last = min((t + 1) * blocks[0], rows) - 1 + offset
        scores = {}
        for c in range(-(-keys // blocks[1])):
            if not candidate(last // blocks[1], c):
                continue
            block = k[b, h // group, c * blocks[1]:(c + 1) * blocks[1]]
            score = 0
            for head in own:
                mean = q[b, head, t * blocks[0]:(t + 1) * blocks[0]].mean(axis=0)
                if pool == "bounds":
                    score += np.maximum(mean * block.min(axis=0), mean * block.max(axis=0)).sum()
                else:
                    score += mean @ (block.mean(axis=0) if pool == "mean" else block.max(axis=0))
            scores[c] = np.inf if always(last // blocks[1], c) else score
        lists[b, h, t] = sorted(sorted(scores, key=lambda c: (-scores[c], c))[:top])
    return lists


def attend(q, k, v, blocks, lists, offset):
    """Causal attention over the listed blocks."""
    group = q.shape[1] // k.shape[1]
    out = np.zeros(q.shape)
    for b, h, i in np.ndindex(q.shape[:3]):
        keys = [j for c in lists[b, h, i // blocks[0]]
                for j in range(c * blocks[1], min((c + 1) * blocks[1], k.shape[2]))
                if j <= i + offset]
        if keys:
            scores = k[b, h // group, keys] @ q[b, h, i] / np.sqrt(q.shape[3])
            weights = np.exp(scores - scores.max())
            out[b, h, i] = weights @ v[b, h // group, keys] / weights.sum()
    return out


causal = lambda p, c: c <= p
never = lambda p, c: False
cases = [
    # B, Hq, Hkv, M, N, D, blocks, top_k, pool, candidates, always, grouped, align, index
    (1, 2, 2, 64, 64, 8, (16, 16), 2, "mean", ("causal", causal), None, False, False, "i32"),
    (2, 4, 2, 70, 90, 16, (16, 8), 3, "max", ("causal", causal), None, False, True, "i64"),
    (1, 6, 2, 33, 50, 8, (1, 8), 2, "bounds", ("causal", causal),
     ("window<left = 0, right = 0>", lambda p, c: p == c), True, True, "i32"),
    (2, 3, 1, 41, 41, 4, (10, 4), 5, "mean", ("dense", lambda p, c: True),
     ("prefix<len = 1>", lambda p, c: c == 0), True, False, "i32"),
    (1, 2, 1, 1, 100, 32, (1, 16), 100, "mean", ("causal", causal), None, False, True, "i32"),
    (1, 2, 2, 5, 0, 8, (4, 4), 2, "mean", ("dense", lambda p, c: True), None, False, False, "i32"),
    (1, 2, 2, 40, 20, 8, (8, 4), 2, "bounds", ("not causal", lambda p, c: c > p), None, False,
     False, "i64"),
]
for number, (batch, heads, kv_heads, rows, keys, size, blocks, top, pool, candidates, always,
             grouped, align, index) in enumerate(cases):
    q = random.standard_normal((batch, heads, rows, size)).astype(np.float32)
    k = random.standard_normal((batch, kv_heads, keys, size)).astype(np.float32)
    v = random.standard_normal((batch, kv_heads, keys, size)).astype(np.float32)
    files = [f"{prefix}-{number}-{name}.npy" for name in "qkv"]
    for file, array in zip(files, (q, k, v)):
        np.save(file, array)
    count = -(-rows // blocks[0])
    tq = f"tensor<{batch}x{heads}x{rows}x{size}xf32>"
    tk = f"tensor<{batch}x{kv_heads}x{keys}x{size}xf32>"
    tl = f"tensor<{batch}x{heads}x{rows}xf32>"
    tp = f"tensor<{batch}x{heads}x{count + 1}x{index}>"
    tc = f"tensor<{batch * heads * count * top}x{index}>"
    bottom = " align(bottom_right)" if align else ""
    with open(f"{prefix}-{number}.mlir", "w") as file:
        file.write(f"""func.func @f(%q: {tq}, %k: {tk}, %v: {tk}) -> ({tq}, {tl}) {{
  %p0 = tensor.empty() : {tp}
  %c0 = tensor.empty() : {tc}
  %p, %c = sattn.select_blocks ins(%q, %k : {tq}, {tk}) outs(%p0, %c0 : {tp}, {tc})
    blocks[{blocks[0]}, {blocks[1]}] top_k({top}) pool({pool}) candidates({candidates[0]})
    {f"always({always[0]})" if always else ""} {"grouped" if grouped else ""} {bottom}
  %o = tensor.empty() : {tq}
  %l = tensor.empty() : {tl}
  %r:2 = sattn.attention ins(%q, %k, %v : {tq}, {tk}, {tk}) outs(%o, %l : {tq}, {tl})
    pattern(causal and block_list<block = [{blocks[0]}, {blocks[1]}]>(%p, %c) : {tp}, {tc}){bottom}
  return %r#0, %r#1 : {tq}, {tl}
}}
""")
    offset = keys - rows if align else 0
    lists = choose(q, k, blocks, top, pool, candidates[1], always[1] if always else never, grouped,
                   offset)
    assert keys == 0 or any(0 < len(chosen) <= top for chosen in lists.flat)
    expected = attend(q, k, v, blocks, lists, offset)
    for threads in "12":
        out, lse = run(f"{prefix}-{number}.mlir", "f", files,
                       [f"{prefix}-o.npy", f"{prefix}-l.npy", "--threads", threads])
        assert abs(out - expected).max() < 1e-5, number

# Of a real model's attention, an eighth of the keys keep most of the weight, and more than a window of as many.
data = [f"{examples}/data/smollm2-{name}.npy" for name in "qkv"]
outputs = [f"{prefix}-o.npy", f"{prefix}-l.npy"]
_, share = run(f"{examples}/selected-blocks.mlir", "recall", data, outputs)
_, lse = run(f"{examples}/selected-blocks.mlir", "selected", data, outputs)
subprocess.run(["sattn-run", "--pattern", "causal and window<left = 255>", "--inputs", *data,
                "--lse", outputs[1]], check=True)
window = np.load(outputs[1])
subprocess.run(["sattn-run", "--pattern", "causal", "--inputs", *data, "--lse", outputs[1]],
               check=True)
dense = np.load(outputs[1])
assert abs(share - np.exp(lse - dense)).max() < 1e-5
assert share.max() <= 1 + 1e-5 and share[:, :, :256].min() > 0.99
assert (share.mean(axis=2) > np.exp(window - dense).mean(axis=2) + 0.1).all()
print("kept by head:", share.mean(axis=2)[0].round(2), "by a window of 256:",
      np.exp(window - dense).mean(axis=2)[0].round(2))
