"""Runs merges beside one attention over all keys. Arguments: prefix, examples, test inputs."""

import subprocess
import sys

import numpy as np

prefix, example, inputs = sys.argv[1:4]
rng = np.random.default_rng(5)


def save(name, array):
    np.save(f"{prefix}-{name}.npy", array)
    return f"{prefix}-{name}.npy"


def run(arguments, name):
    out, lse = f"{prefix}-{name}.npy", f"{prefix}-{name}-lse.npy"
    subprocess.run(["sattn-run", *arguments, "--output", out, "--lse", lse], check=True)
    return np.load(out), np.load(lse)


def compare(a, b):
    for x, y in zip(a, b):
        dead = np.isneginf(y)
        assert (np.isneginf(x) == dead).all()
        assert np.abs(np.where(dead, 0, x) - np.where(dead, 0, y)).max() < 2e-6


# A shared prompt.
q = rng.standard_normal((4, 8, 16, 32), np.float32)
k, v = rng.standard_normal((2, 4, 2, 144, 32), np.float32)
k[:, :, :96], v[:, :, :96] = k[:1, :, :96], v[:1, :, :96]
files = ["--inputs", save("q", q), save("k", k), save("v", v)]
whole = run(["--pattern", "causal", "--align", "bottom_right", *files], "whole")
compare(run([example, *files], "merged"), whole)
compare(run([example, *files, "--threads", "1"], "merged"), whole)

# Three parts of a pattern; rows that no part sees; one part holds NaN where it sees nothing.
for entry in ("three", "unseen"):
    pattern = {"three": "window<left = 40, right = 3>", "unseen": "window<left = 40> and causal and not prefix<len = 30>"}[entry]
    merged = run([inputs, "--entry", entry, *files], entry)
    compare(merged, run(["--pattern", pattern, *files], "whole"))
    assert not np.isnan(merged[0]).any()
