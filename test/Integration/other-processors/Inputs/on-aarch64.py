# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles attentions to AArch64 objects, runs them in C programs under qemu-aarch64 and
compares their results with fp64 loops: on-aarch64.py FOLDER ARRAYS.PY."""

import os
import subprocess
import sys

# Name, processor that the code is for, pattern, element type, query, key and value shape.
CASES = [
    ("dense", "neoverse-n1", "dense", "float32", "1x2x70x32", "1x2x90x32"),
    ("window", "cortex-a76", "causal and window<left = 40>", "float32", "2x4x150x64", "2x2x150x64"),
    ("strided", "neoverse-n1", "causal and strided<stride = 7>", "float32", "1x1x130x20", "1x1x130x20"),
    ("longformer", "cortex-a53", "longformer<window = 32, global = 2>", "float32", "1x1x150x64", "1x1x150x64"),
    ("f16", "cortex-a76", "causal", "float16", "1x2x100x64", "1x1x100x64"),
    ("bf16", "neoverse-n1", "causal and window<left = 50>", "bfloat16", "1x2x100x64", "1x2x100x64"),
    ("decode", "neoverse-n1", "causal", "float32", "1x8x1x64", "1x2x333x64"),
    ("decode-f16", "cortex-a76", "causal and window<left = 200>", "float16", "1x2x1x64", "1x2x333x64"),
]

folder, arrays = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
here = os.path.dirname(os.path.abspath(__file__))


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\nexit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


for name, cpu, pattern, element, query, key in CASES:
    base = os.path.join(folder, name)
    run(sys.executable, arrays, base, element, query, key)
    inputs = [f"{base}-{letter}.npy" for letter in "qkv"]
    rows, keys = query.split("x")[2], key.split("x")[2]
    place = ["--pattern", pattern, "--align", "bottom_right"]
    run("sattn-run", *place, "--inputs", *inputs, "--emit=obj", "--threads", "1",
        "--target-cpu", cpu, "--output-file", f"{base}.o")
    run(os.path.join(here, "link-aarch64.sh"), f"{base}.o", base)
    run("qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", base, *inputs, f"{base}-out.npy")
    run("sattn-explain", *place, "--shape", f"M={rows},N={keys}", "--no-draw",
        "--mask", f"{base}-mask.npy")
    print(name, run(sys.executable, os.path.join(here, "compare.py"), *inputs,
                    f"{base}-out.npy", f"{base}-mask.npy"), end="")
print(f"{len(CASES)} cases")
