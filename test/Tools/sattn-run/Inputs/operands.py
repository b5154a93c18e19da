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
