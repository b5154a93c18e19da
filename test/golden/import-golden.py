#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Imports the masks, layouts, tables and configurations of cases/ with sattn-translate, and
compares what is found with the source, pair by pair.

    python3 test/golden/import-golden.py --tools build/bin
"""
import argparse
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
BLOCK = 16  # of DeepSpeed's layouts
MODES = {"Fixed": "fixed", "Variable": "variable", "BigBird": "bigbird",
         "BSLongformer": "bslongformer", "LocalSlidingWindow": "local_sliding_window"}


def translate(tools, path, *words):
    """The pattern and its options; it must be exact, or say nothing about that."""
    done = subprocess.run([tools / "sattn-translate", "--import-pattern", path, *words],
                          capture_output=True, text=True)
    if done.returncode:
        raise ValueError(done.stderr.strip())
    pattern, *lines = done.stdout.splitlines()
    if any(line.startswith("not exact") for line in lines):
        raise ValueError(done.stdout)
    options = [line.split(": ", 1)[1] for line in lines if line.startswith("options: ")]
    return pattern, [word for line in options for word in shlex.split(line)]


def mask_of(tools, pattern, options, shape, scratch):
    heads, rows, keys = shape
    subprocess.run([tools / "sattn-explain", "--pattern", pattern, "--shape",
                    f"M={rows},N={keys},H={heads}", *options, "--no-draw", "--mask",
                    scratch / "mask.npy"], capture_output=True, check=True)
    return np.broadcast_to(np.load(scratch / "mask.npy"), shape)


def expand(layout):
    return layout.astype(bool).repeat(BLOCK, 1).repeat(BLOCK, 2)


def imports(case, folder, scratch):
    """(what, file, options of sattn-translate, mask [H, M, N])"""
    call = case["call"]
    if (folder / "layout.npy").exists():
        layout = np.load(folder / "layout.npy")
        yield "layout", folder / "layout.npy", ["--element-size", str(BLOCK)], expand(layout)
        # A drawn layout is not in its configuration.
        if not call.get("num_random_blocks"):
            config = {**call, "mode": MODES[call["cls"]]}
            (scratch / "config.json").write_text(json.dumps(config))
            tokens, heads = call["seq_len"], layout.shape[0]
            theirs = expand(layout)
            uni = "bidirectional" if call["cls"] != "LocalSlidingWindow" else "unidirectional"
            if call.get("attention", uni) == "unidirectional":
                theirs &= np.tri(tokens, dtype=bool)
            yield ("configuration", scratch / "config.json",
                   ["--shape", f"M={tokens},N={tokens},H={heads}"], theirs)
    elif (folder / "mask.npy").exists():
        mask = np.load(folder / "mask.npy")
        mask = mask.reshape(-1, *mask.shape[-2:]) if mask.ndim != 3 else mask
        np.save(scratch / "source.npy", mask)
        yield "mask", scratch / "source.npy", [], mask
        if (folder / "start.npy").exists():
            causal = "--causal" if call["causal"] else "--no-causal"
            yield "table", folder / "start.npy", [causal], mask


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tools", type=pathlib.Path, required=True)
    parser.add_argument("--source", nargs="*", default=[
        "attn-gym-mask", "deepspeed-layout", "flashmask-definition", "jax-splash-mask",
        "torch-flex", "torch-flex-mixed"])
    arguments = parser.parse_args()
    failed = count = 0
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        for source in arguments.source:
            for path in sorted(HERE.glob(f"cases/{source}/*/case.json")):
                case = json.loads(path.read_text())
                for what, file, words, mask in imports(case, path.parent, scratch):
                    count += 1
                    name = f"{source}/{path.parent.name} {what}"
                    try:
                        pattern, options = translate(arguments.tools, file, *words)
                        ours = mask_of(arguments.tools, pattern, options, mask.shape, scratch)
                        if not (ours == mask).all():
                            raise ValueError(f"{(ours != mask).sum()} pairs differ: {pattern}")
                        print(f"ok {name}: {pattern[:100]}{' ' * bool(options)}"
                              f"{' '.join(options)}")
                    except (ValueError, subprocess.CalledProcessError) as problem:
                        failed += 1
                        print(f"FAILED {name}: {problem}")
    print(f"{count} imports, {failed} failed")
    sys.exit(failed > 0 or not count)


if __name__ == "__main__":
    main()
