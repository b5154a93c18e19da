# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs sattn-run on patterns that read arrays: operands.py FOLDER PADDED.mlir."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np

folder, padded = sys.argv[1:]
shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder)
random = np.random.default_rng(5)
failures = 0
B, H, M, N, D = 2, 2, 40, 50, 16


def save(name, values, dtype=None):
    path = os.path.join(folder, name + ".npy")
    np.save(path, np.asarray(values, dtype))
    return path


inputs = [save(name, random.standard_normal((B, H, rows, D)), np.float32)
          for name, rows in (("q", M), ("k", N), ("v", N))]


def run(*arguments):
    done = subprocess.run(["sattn-run", *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr.splitlines()


def check(what, condition, result):
    global failures
    if not condition:
        failures += 1
        print("FAILED", what, result)


def passes(what, pattern, operands, mask, *more):
    """Verified, and as many live pairs as `mask` [B, H, M, N] has."""
    result = run("--pattern", pattern, "--inputs", *inputs, "--verify", "--json",
                 *(word for name, path in operands.items()
                   for word in ("--operand", f"{name}={path}")), *more)
    pairs = int(np.broadcast_to(mask, (B, H, M, N)).sum())
    check(what, result[0] == 0 and json.loads(result[1])["live_pairs"] == pairs, result)


def fails(what, message, *arguments):
    code, out, err = run(*arguments)
    check(what, code == 1 and err == ["sattn-run: error: " + message] and not out,
          (code, out, err))


b, h, i, j = np.indices((B, H, M, N))
keys, rows = np.array([50, 17]), np.array([40, 3])
long, short = save("long", keys, np.int64), save("short", rows, np.int32)
bad = save("bad", [50, 51], np.int32)

passes("padding", "causal and padding(%n)", {"n": long}, (j <= i) & (j < keys[b]))
passes("padding of rows", "padding(%n, %m)", {"m": short, "n": long},
       (j < keys[b]) & (i < rows[b]))

ends = np.array([0, 7, 7, 31, 45])
document = np.searchsorted(ends, np.arange(N), side="right")
passes("documents", "causal and documents(%e)", {"e": save("ends", ends, np.int32)},
       (j <= i) & (document[i] == document[j]) & (j < 45) & (i < 45))
row_ends = save("row_ends", [0, 10, 10, 20, 40], np.int64)
row_document = np.searchsorted([0, 10, 10, 20, 40], np.arange(M), side="right")
passes("documents of rows and keys", "documents(%r, %e)",
       {"e": save("ends", ends, np.int32), "r": row_ends},
       (row_document[i] == document[j]) & (j < 45))
ids = random.integers(0, 4, (B, N))
passes("segments", "segments(%ids)", {"ids": save("ids", ids, np.int32)},
       ids[b, i] == ids[b, j])
row_ids = np.sort(random.integers(0, 9, M))
key_ids = np.sort(random.integers(0, 9, N))
passes("segments of rows and keys", "segments(%r, %k)",
       {"r": save("row_ids", row_ids, np.int64), "k": save("key_ids", key_ids, np.int64)},
       row_ids[i] == key_ids[j])
blocks = random.random((B, H, 3, 7)) < 0.4
pointers = np.concatenate([[0], np.cumsum(blocks.sum(axis=3).ravel())])
pointers = np.array([pointers[3 * n:3 * n + 4] for n in range(B * H)]).reshape(B, H, 4)
passes("block list", "block_list<block = [16, 8]>(%p, %c)",
       {"p": save("pointers", pointers, np.int32),
        "c": save("cols", np.argwhere(blocks)[:, 3], np.int32)}, blocks[b, h, i // 16, j // 8])
mask = random.random((B, 1, M, N)) < 0.3
passes("mask", "mask(%m) and window<left = 20>", {"m": save("mask", mask)},
       mask & (j >= i - 20))
passes("mask of bytes", "mask(%m)", {"m": save("bytes", 7 * mask, np.int8)}, mask)

offsets = np.array([3, -5])
passes("offsets", "causal and padding(%n)", {"n": long},
       (j <= i + offsets[b]) & (j < keys[b]), "--offset", save("offsets", offsets, np.int32))
fails("offsets of another batch size",
      "'sattn.attention' op expected dimension 0 of the offsets to be 2 or 1, but got 3",
      "--pattern", "causal",
      "--inputs", *inputs, "--offset", save("three", [1, 2, 3], np.int64))
fails("offsets that are none", f"expected --offset to be i32 or i64, but '{inputs[0]}' is f32",
      "--pattern", "causal", "--inputs", *inputs, "--offset", inputs[0])

# The arguments of a file, in their order.
passing = run(padded, "--inputs", *inputs, "--operand", long, "--operand", short, "--verify")
check("file", passing[0] == 0 and passing[1].startswith("verified"), passing)
fails("too few for a file",
      "expected --operand FILE.npy for argument 6 of 'padded', tensor<?xi32>",
      padded, "--inputs", *inputs, "--operand", long)
fails("wrong type for a file",
      "expected --operand number 1 to fit argument 4 of 'padded', tensor<?xi64>, but got "
      "i32 [2]", padded, "--inputs", *inputs, "--operand", short, "--operand", short)
fails("a name for a file",
      f"expected --operand FILE.npy without a name for a .mlir file: its arguments say which",
      padded, "--inputs", *inputs, "--operand", "n=" + long, "--operand", short)

# What arrays hold: found by the code that runs.
given = ["--inputs", *inputs, "--pattern", "causal and padding(%n)", "--output",
         os.path.join(folder, "out.npy")]
range_error = ("expected the key lengths of 'padding' to be between 0 and 50, but got 51 at "
               "element 1")
fails("values", range_error, *given, "--operand", "n=" + bad)
fails("values, one thread", range_error, *given, "--operand", "n=" + bad, "--threads", "1")
check("no output", not os.path.exists(os.path.join(folder, "out.npy")), None)
fails("sizes", "expected dimension 0 of the key lengths of 'padding' to be 2 or 1, but got 3",
      padded, "--inputs", *inputs, "--operand", save("three", [1, 2, 3], np.int64),
      "--operand", short)
unchecked = run(*given, "--operand", "n=" + long, "--no-operand-checks")
check("unchecked", unchecked[0] == 0, unchecked)

# The command line.
fails("missing", "expected --operand n=FILE.npy for '%n' in --pattern", *given)
fails("not read", "expected --pattern to read '%m', which is given by --operand", *given,
      "--operand", "n=" + long, "--operand", "m=" + long)
fails("twice", "expected --operand n=FILE.npy once", *given, "--operand", "n=" + long,
      "--operand", "n=" + long)
fails("no name", f"expected --operand NAME=FILE.npy, but got '{long}'", *given, "--operand",
      long)
fails("no file", "expected --operand NAME=FILE.npy, but got 'n='", *given, "--operand", "n=")
fails("float", "expected --operand to be an array of integers or truth values, but "
      f"'{inputs[0]}' is f32", *given, "--operand", "n=" + inputs[0])
fails("a number", "--pattern: expected operands by name, as in 'padding(%lengths)'",
      "--inputs", *inputs, "--pattern", "padding(0)")

sys.exit(failures != 0)
