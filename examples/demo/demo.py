# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles, runs, verifies and draws sparse attention on real data.

For each pattern: sattn-run compiles it, compares the result with the fp64 oracle and
takes the time; sattn-explain says how much of the model's attention weight the pattern
keeps on this text, and draws the pattern and those weights. Everything stands in
build/demo afterwards, the figures also as results.json.
"""

import json
import pathlib
import subprocess
import sys
import time

import numpy as np

TIMED_RUNS = 9


class Model:
    """The data of one model and how it attends."""

    def __init__(self, name, title, baseline, scale, prefix):
        self.name = name
        self.title = title
        # The attention that the model was trained with: all times and weights are
        # relative to it.
        self.baseline = baseline
        self.scale = scale
        self.prefix = prefix


class Case:
    """One pattern. `crop` is the query, key and size of the labelled picture; `program`
    a file with the pattern in it."""

    def __init__(self, name, pattern, crop=None, program=None):
        self.name = name
        self.pattern = pattern
        self.crop = crop
        self.program = program


ENCODER = Model("minilm", "all-MiniLM-L6-v2, layer 3: an encoder", "dense",
                "0.17677669529663687", "encoder")
CAUSAL = Model("smollm2", "SmolLM2-135M-Instruct, layer 14: a causal model",
               "causal", "0.125", "causal-model")

SECTIONS = [
    (ENCODER, [
        Case("dense", "dense"),
        Case("longformer", "longformer<window = 256, global = 1>",
             (136, 0, 32)),
        Case("longformer-mlir",
             "window<left = 128, right = 128> or global<first = 1>",
             program="examples/longformer.mlir"),
        Case("bigbird",
             "bigbird<block = 64, random_blocks = 3>", (176, 112, 32)),
        Case("mistral", "mistral<window = 256>", (256, 0, 32)),
        Case("sparse-transformer", "sparse_transformer_strided<stride = 64>",
             (160, 60, 48)),
    ]),
    (CAUSAL, [
        Case("causal", "causal", (0, 0, 32)),
        Case("window", "mistral<window = 256>", (260, 0, 32)),
        Case("window-and-sink", "streaming<sinks = 1, window = 256>",
             (260, 0, 32)),
    ]),
]


class Failure(Exception):
    """One line for the user."""


def run(command, cwd, may_fail=False):
    """Runs a tool and returns its standard output. With `may_fail` a tool that printed
    its figures may exit with an error: they say what is wrong."""
    result = subprocess.run([str(word) for word in command], cwd=cwd, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if result.returncode and not (may_fail and
                                  result.stdout.lstrip().startswith("{")):
        lines = (result.stderr.strip() or result.stdout.strip()).splitlines()
        reason = lines[-1] if lines else f"exit code {result.returncode}"
        raise Failure(f"{pathlib.Path(command[0]).name}: {reason}")
    return result.stdout


class Demo:
    def __init__(self, source, build):
        self.source = source
        self.out = build / "demo"
        self.arrays = self.out / "arrays"
        self.tools = build / "bin"
        self.arrays.mkdir(parents=True, exist_ok=True)

    def widen(self, model):
        """Copies the model's float16 arrays as float32; returns the queries' and keys'
        shapes."""
        shapes = []
        for name in "qkv":
            file = f"{model.name}-{name}.npy"
            array = np.load(self.source / "examples" / "data" / file)
            np.save(self.arrays / file, array.astype(np.float32))
            shapes.append(array.shape)
        return shapes[0], shapes[1]

    def inputs(self, model, names):
        return [self.arrays / f"{model.name}-{name}.npy" for name in names]

    def execute(self, model, case):
        """Compiles, verifies and times; returns sattn-run's figures."""
        command = [self.tools / "sattn-run"]
        if case.program:
            command += [case.program]
        else:
            command += ["--pattern", case.pattern, "--scale", model.scale]
        command += ["--inputs", *self.inputs(model, "qkv"), "--verify",
                    "--time", TIMED_RUNS, "--json"]
        figures = json.loads(run(command, self.source, may_fail=True))
        error, limit = figures["max_error"], figures["error_limit"]
        # Also false for an error that is not a number.
        figures["verified"] = (error is not None and limit is not None and
                               error <= limit)
        return figures

    def explain(self, model, case, shape, draws):
        """Draws the pattern and the weights under it; returns the weights kept."""
        explain = [self.tools / "sattn-explain", "--pattern", case.pattern]
        stem = self.out / f"{model.prefix}-{case.name}"
        if draws:
            _, heads, tokens, size = shape
            run(explain + ["--shape",
                           f"H={heads},M={tokens},N={tokens},D={size}",
                           "--head", 0, "--no-draw",
                           "--png", f"{stem}-pattern.png"], self.source)
        weights = explain + ["--weights", *self.inputs(model, "qk"),
                             "--within", model.baseline,
                             "--scale", model.scale, "--json"]
        kept = json.loads(run(
            weights + (["--png", f"{stem}-weights.png"] if draws else []),
            self.source))
        if draws and case.crop:
            tokens = f"examples/data/{model.name}-tokens.json"
            run(weights + ["--head", 0, "--tokens", tokens, "--crop",
                           ",".join(map(str, case.crop)),
                           "--png", f"{stem}-crop.png"], self.source)
        return kept


HEADER = ["pattern", "live pairs", "share", "ms", "GFLOP/s", "faster", "error",
          "limit", "weight", "by head"]

LEGEND = """\
share: live pairs of all pairs        ms: median of one run, all heads
faster: than the same compiler's dense attention (encoder), causal attention (causal model)
error: largest difference from the fp64 oracle        limit: what the error may be
weight: how much of the model's own attention weight the pattern keeps on this text, in %;
        Mistral and Sparse Transformer are causal, the encoder's weight on later tokens is lost
"""


def describe(row, baseline):
    figures, kept, shape = row["run"], row["kept"], row["shape"]
    _, heads, tokens, _ = shape
    pairs = figures["live_pairs"]
    label = row["program"] or row["pattern"]
    return [
        label,
        f"{pairs:,}",
        f"{100 * pairs / (heads * tokens * tokens):.1f} %",
        f"{figures['median_ms']:.2f}",
        f"{figures['gflops']:.1f}",
        f"{baseline['median_ms'] / figures['median_ms']:.1f} x",
        f"{figures['max_error']:.1e}" if figures["max_error"] is not None
        else "nan",
        f"{figures['error_limit']:.1e}"
        if figures["error_limit"] is not None else "none",
        f"{100 * kept['kept']:.0f}",
        " / ".join(f"{100 * head['kept']:.0f}" for head in kept["heads"]),
    ]


def print_table(sections):
    """One table; each model is a block with its baseline on top."""
    blocks = []
    for model, shape, rows in sections:
        _, heads, tokens, size = shape
        title = (f"{model.title}; {tokens} tokens, {heads} heads of size "
                 f"{size}")
        blocks.append((title,
                       [describe(row, rows[0]["run"]) for row in rows]))
    lines = [HEADER] + [line for _, block in blocks for line in block]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADER))]

    rule = sum(widths) + 2 * (len(widths) - 1)

    def show(line):
        cells = [cell.ljust(width) if i == 0 else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(line, widths))]
        print("  ".join(cells).rstrip())

    print()
    show(HEADER)
    for title, block in blocks:
        print("-" * rule)
        print(title)
        for line in block:
            show(line)
    print("-" * rule)
    print(LEGEND)


def main():
    source, build = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
    demo = Demo(source, build)
    start = time.monotonic()
    total = sum(len(cases) for _, cases in SECTIONS)
    print("Attention of real language models on a real text (examples/data): "
          "compile, run, verify, draw.", flush=True)

    done, failed, sections = 0, [], []
    for model, cases in SECTIONS:
        shape, _ = demo.widen(model)
        rows = []
        for case in cases:
            done += 1
            label = case.program or case.pattern
            print(f"[{done}/{total}] {model.prefix}: {label} ... ", end="",
                  flush=True)
            figures = demo.execute(model, case)
            kept = demo.explain(model, case, shape, draws=not case.program)
            rows.append({"model": model.name, "name": case.name,
                         "pattern": case.pattern, "program": case.program,
                         "shape": list(shape), "run": figures, "kept": kept})
            if not figures["verified"]:
                failed.append(label)
            print(f"compiled in {figures['compile_ms']:.0f} ms, "
                  f"{'verified' if figures['verified'] else 'WRONG'}",
                  flush=True)
        sections.append((model, shape, rows))

    print_table(sections)
    results = [row for _, _, rows in sections for row in rows]
    (demo.out / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    out = demo.out.relative_to(pathlib.Path.cwd()) \
        if demo.out.is_relative_to(pathlib.Path.cwd()) else demo.out
    print(f"Pictures in {out}/ (model-pattern-...):")
    print("  *-pattern.png  the pairs that are computed")
    print("  *-weights.png  the model's attention weights at those pairs, "
          "head 0")
    print("  *-crop.png     the same for a few tokens, with their text")
    print(f"Figures in {out}/results.json. "
          f"Took {time.monotonic() - start:.0f} s.")
    if failed:
        raise Failure("the error exceeds its limit: " + "; ".join(failed))


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        print(f"\ndemo: error: {failure}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
