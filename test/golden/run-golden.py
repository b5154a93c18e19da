# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the golden cases: other people's outputs against ours. README.md says what.

    run-golden.py --tools build/bin [--source torch-flex] [--case torch-flex/causal]

For every case, in this order:
  1. the definition (recipes.py and the others) evaluated here in fp64 reproduces the source's mask bit
     for bit and its output within the source's stated error: the case is read rightly;
  2. `sattn-explain --mask` writes that mask, bit for bit; where the pattern reads arrays,
     which `sattn-explain` does not have, `sattn-run` shows it instead, as the weights of
     equal scores;
  3. `sattn-run` computes the output (and lse): at most twice as far from fp64 as the
     source, but never asked for less than one unit in the last place; hence at most the
     sum of both errors from the source. Rows without a live key are 0, their lse -inf.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import mask_recipes  # registers its own
import onnx_nodes  # registers its own
import recipes
import region_recipes  # adds runs to others
import score_recipes  # registers its own

HERE = pathlib.Path(__file__).resolve().parent
# Unit in the last place of 1.0.
EPSILON = {"float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}


class Failure(Exception):
    pass


def expect(condition, message):
    if not condition:
        raise Failure(message)


def load(path):
    """An array and its type's name; bfloat16, stored as raw pairs of bytes, as f32."""
    array = np.load(path)
    if array.dtype.kind == "V" and array.dtype.itemsize == 2:
        bits = array.view(np.uint16).astype(np.uint32) << 16
        return bits.view(np.float32), "bfloat16"
    return array, array.dtype.name


class Case:
    def __init__(self, folder, scratch):
        self.folder = folder
        self.scratch = scratch
        self.made = set()
        self.name = f"{folder.parent.name}/{folder.name}"
        self.json = json.loads((folder / "case.json").read_text())
        self.call = self.json["call"]

    def put(self, array, values):
        """Adds an array that the source has in another form."""
        self.made.add(array)
        np.save(self.path(array), values)

    def path(self, array):
        return (self.scratch if array in self.made else self.folder) / f"{array}.npy"

    def has(self, array):
        return self.path(array).exists()

    def __getitem__(self, array):
        return load(self.path(array))[0]


def ulp(name, magnitude):
    """One unit in the last place of the type at this magnitude."""
    return EPSILON[name] * 2.0 ** np.floor(np.log2(max(magnitude, 1e-30)))


def attention(q, k, v, counts, scale, modify=None, sink=None):
    """The definition in fp64: output and natural-log lse. `counts` says how often a key is
    there for a row."""
    mask = counts > 0
    q, k, v = (np.asarray(x, np.float64) for x in (q, k, v))
    group = q.shape[1] // k.shape[1]
    k, v = (np.repeat(x, group, axis=1) for x in (k, v))
    scores = scale * (q @ np.swapaxes(k, 2, 3))
    if modify:
        scores = modify(scores, *np.indices(scores.shape[1:]))
    scores = np.where(mask, scores, -np.inf)
    top = scores.max(axis=-1, keepdims=True)
    if sink is not None:
        sink = np.asarray(sink, np.float64)[None, :, None, None]
        top = np.maximum(top, sink)
    weights = np.where(mask, np.exp(scores - np.where(np.isinf(top), 0, top)), 0)
    weights = weights * counts
    total = weights.sum(axis=-1, keepdims=True)
    if sink is not None:
        total = total + np.exp(sink - top)
    with np.errstate(divide="ignore", invalid="ignore"):
        lse = np.log(total) + top
    return (weights @ v) / np.where(total == 0, 1, total), np.where(
        total == 0, -np.inf, lse)[..., 0]


def error(a, b):
    """The largest distance; equal infinities are equal, NaN is infinitely far."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    expect(a.shape == b.shape, f"shape {a.shape} instead of {b.shape}")
    if a.size == 0:
        return 0.0
    with np.errstate(invalid="ignore"):
        distance = np.where(a == b, 0, abs(a - b))
    return float(np.where(np.isnan(distance), np.inf, distance).max())


def execute(command):
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True,
                              text=True, timeout=120)
    except OSError as problem:
        raise Failure(f"{pathlib.Path(command[0]).name}: {problem.strerror}")
    except subprocess.TimeoutExpired:
        raise Failure(f"{pathlib.Path(command[0]).name}: not done after 120 s")
    if done.returncode:
        text = (done.stderr.strip() or done.stdout.strip()).splitlines() or [""]
        raise Failure(f"{pathlib.Path(command[0]).name}: exit code "
                      f"{done.returncode}: {text[-1][:300]}")


def source_mask(case):
    """[B or 1, H or 1, M, N] without leading ones, or None."""
    if case.has("layout"):
        ones = np.ones((1, mask_recipes.BLOCK, mask_recipes.BLOCK), bool)
        return np.kron(case["layout"].astype(bool), ones)
    if not case.has("mask"):
        return None
    mask = case["mask"]
    return mask if mask.ndim == 4 else mask[None]


def check_mask(run, mask, tools, scratch):
    heads, rows, columns = mask.shape
    path = scratch / "mask.npy"
    execute([tools / "sattn-explain", "--pattern", run.pattern,
             "--shape", f"M={rows},N={columns},H={heads}", *run.placement,
             "--no-draw", "--mask", path])
    ours = np.load(path)
    expect(ours.dtype == bool, f"sattn-explain: mask of type {ours.dtype}")
    ours = ours if ours.ndim == 3 else ours[None]
    expect(ours.shape[1:] == mask.shape[1:] and ours.shape[0] in (1, heads),
           f"sattn-explain: mask of shape {ours.shape}")
    wrong = np.argwhere(ours != mask)
    if len(wrong):
        head, row, column = wrong[0]
        where = "the source" if mask[head, row, column] else "ours"
        raise Failure(f"mask: {len(wrong)} pairs differ, first h={head} i={row} "
                      f"j={column}, live in {where}")


def what_runs(run, inputs, scratch, scale=None, with_lse=False):
    """The pattern as an option, or a file with its mask region; `inputs` are arrays of f32."""
    if run.region is None:
        return ["--pattern", run.pattern, *operand_options(run, scratch),
                *([] if scale is None else ["--scale", repr(float(scale))])]
    elements = {"int64": "i64", "bool": "i1"}

    def tensor(shape, element="f32"):
        return f"tensor<{'x'.join(map(str, shape))}x{element}>"

    (q, k, v), words = (tensor(array.shape) for array in inputs), []
    out_shape = (*inputs[0].shape[:3], inputs[2].shape[3])
    arguments = {"q": q, "k": k, "v": v}
    for name, values in run.operands.items():
        np.save(scratch / f"operand-{name}.npy", values)
        words += ["--operand", scratch / f"operand-{name}.npy"]
        arguments[name] = tensor(values.shape, elements[values.dtype.name])
    outs = {"out": tensor(out_shape), **({"lse": tensor(out_shape[:3])} if with_lse else {})}
    arguments.update(outs)
    listed = ", ".join(f"%{name}: {kind}" for name, kind in arguments.items())
    types = ", ".join(outs.values())
    (scratch / "region.mlir").write_text(f"""
func.func @attention({listed}) -> ({types}) {{
  %0:{len(outs)} = sattn.attention ins(%q, %k, %v : {q}, {k}, {v})
      outs({", ".join("%" + name for name in outs)} : {types}) pattern({run.pattern}) mask {{
  ^bb0(%b: index, %h: index, %i: index, %j: index):{run.region}  sattn.yield %live
  }}{"" if scale is None else f" {{scale = {scale:.9e} : f32}}"}
  return {", ".join(f"%0#{n}" for n in range(len(outs)))} : {types}
}}
""")
    return [scratch / "region.mlir", *words]


def operand_options(run, scratch):
    words = []
    for name, values in run.operands.items():
        path = scratch / f"operand-{name}.npy"
        np.save(path, values)
        words += ["--operand", f"{name}={path}"]
    return words


def placement(run, scratch):
    """--align and --offset; an array of offsets goes through a file."""
    words = []
    for word in run.placement:
        if isinstance(word, np.ndarray):
            np.save(scratch / "offsets.npy", word)
            word = scratch / "offsets.npy"
        words.append(word)
    return words


def check_weights(run, mask, tools, scratch):
    """With equal scores and the identity as values, what is not 0 is live."""
    batch, heads, rows, columns = mask.shape
    arrays = {"zeros-q": np.zeros((batch, heads, rows, 1), np.float32),
              "zeros-k": np.zeros((batch, 1, columns, 1), np.float32),
              "identity": np.broadcast_to(np.eye(columns, dtype=np.float32),
                                          (batch, 1, columns, columns)).copy()}
    for name, values in arrays.items():
        np.save(scratch / f"{name}.npy", values)
    output = scratch / "weights.npy"
    execute([tools / "sattn-run", *what_runs(run, list(arrays.values()), scratch),
             "--inputs", *(scratch / f"{name}.npy" for name in arrays),
             *placement(run, scratch), "--output", output])
    wrong = np.argwhere((np.load(output) > 0) != (mask > 0))
    if len(wrong):
        b, h, i, j = wrong[0]
        where = "the source" if mask[b, h, i, j] else "ours"
        raise Failure(f"weights: {len(wrong)} pairs differ, first b={b} h={h} i={i} "
                      f"j={j}, live in {where}")


def check_output(case, run, mask, tools, scratch):
    """Returns our error and the source's, both from fp64."""
    scale = run.scale or case.json.get("scale") or case[run.inputs[0]].shape[-1] ** -0.5
    (q, kind), (k, _), (v, _) = (load(case.path(name)) for name in run.inputs)
    exact, exact_lse = attention(q, k, v, mask, scale, run.score, run.sink)
    rows = np.ones(q.shape[2], bool) if run.rows is None else run.rows
    rows = np.broadcast_to(rows, q.shape[:3])
    theirs = np.asarray(case[run.output], np.float64)

    unit = ulp(kind, abs(exact).max())
    reading = error(theirs[rows], exact[rows])
    # A source that states no error of its own is taken to be off by some roundings.
    stated = case.json.get("fp64_error", 4 * unit)
    expect(reading <= stated * 1.001,
           f"definition: {reading:.2e} from the source's output, which is "
           f"{stated:.2e} from its own definition")
    stated = max(reading, stated if "fp64_error" in case.json else unit)

    scores = []
    if run.modify:
        names = {}
        for name, array in run.arrays.items():
            names[name] = scratch / f"{name}.npy"
            np.save(names[name], array)
        scores += ["--modify", run.modify.format(**names)]
    if run.sink is not None:
        np.save(scratch / "sink.npy", run.sink)
        scores += ["--sink", scratch / "sink.npy"]
    output, lse = scratch / "o.npy", scratch / "lse.npy"
    for old in (output, lse):
        old.unlink(missing_ok=True)
    execute([tools / "sattn-run",
             *what_runs(run, [q, k, v], scratch, scale, case.has("lse")),
             "--inputs", *(case.path(name) for name in run.inputs),
             "--output", output, *(["--lse", lse] if case.has("lse") else []),
             *placement(run, scratch), *scores, "--verify"])
    ours, our_kind = load(output)
    expect(our_kind == kind, f"output of type {our_kind} from inputs of {kind}")
    limit = max(2 * stated, unit)
    off = error(ours, exact)
    expect(off <= limit, f"output: {off:.2e} from fp64, limit {limit:.2e}")
    apart = error(ours[rows], theirs[rows])
    expect(apart <= limit + stated,
           f"output: {apart:.2e} from the source, limit {limit + stated:.2e}")
    dead = np.broadcast_to(~mask.any(axis=-1), exact.shape[:3])
    expect(not ours[dead].any(), "output: a row without a live key is not 0")

    result = f"error {off:.1e} (source {reading:.1e})"
    if not case.has("lse"):
        return result

    theirs = case["lse"]
    ours, our_kind = load(lse)
    expect(our_kind == "float32", f"lse of type {our_kind}")
    reading = error(theirs, exact_lse)
    unit = ulp("float32", abs(exact_lse[np.isfinite(exact_lse)]).max())
    limit = max(2 * reading, unit)
    off = error(ours, exact_lse)
    expect(off <= limit, f"lse: {off:.2e} from fp64, limit {limit:.2e}")
    apart = error(ours, theirs)
    expect(apart <= limit + reading,
           f"lse: {apart:.2e} from the source, limit {limit + reading:.2e}")
    return f"{result}, lse {off:.1e} ({reading:.1e})"


def check(case, tools, scratch):
    """Raises Failure, or returns what there is to say."""
    runs = recipes.recipes[case.name](case)
    theirs = source_mask(case)
    said = []
    for run in runs:
        batch = 1
        if case.has(run.inputs[0]):
            batch, heads, rows = case[run.inputs[0]].shape[:3]
            columns = case[run.inputs[1]].shape[2]
        else:
            heads, rows, columns = theirs.shape[-3:]
        b, h, i, j = np.indices((batch, heads, rows, columns))
        # Batches differ only by what arrives with the data.
        mask = run.live(b, h, i, j) if run.batched else run.live(h[:1], i[:1], j[:1])
        if theirs is not None:
            expect((np.broadcast_to(theirs, mask.shape) == mask).all(),
                   "definition: not the source's mask")
        if run.batched or run.operands or run.region:
            check_weights(run, np.broadcast_to(mask, b.shape), tools, scratch)
        else:
            check_mask(run, mask[0], tools, scratch)
        said.append(f"{mask.sum()} live pairs")
        if case.has(run.output):
            said[-1] += ", " + check_output(case, run, mask, tools, scratch)
    return "; ".join(said)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tools", type=pathlib.Path, required=True,
                        help="where sattn-run and sattn-explain are")
    parser.add_argument("--source", help="only the cases of this source")
    parser.add_argument("--case", help="only this case, as SOURCE/CASE or CASE")
    arguments = parser.parse_args()

    cases = {}
    for path in sorted(HERE.glob("cases/*/*/case.json")):
        cases[f"{path.parent.parent.name}/{path.parent.name}"] = path.parent
    names = sorted(set(cases) | set(recipes.recipes))
    if arguments.source:
        names = [n for n in names if n.split("/")[0] == arguments.source]
    if arguments.case:
        names = [n for n in names if arguments.case in (n, n.split("/")[1])]
    if not names:
        sys.exit("no such case")

    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            try:
                expect(name in cases, "no such folder in cases/")
                expect(name in recipes.recipes, "no recipe")
                said = check(Case(cases[name], pathlib.Path(scratch)), arguments.tools,
                             pathlib.Path(scratch))
                print(f"PASS {name}: {said}", flush=True)
            except Failure as failure:
                failed += 1
                print(f"FAIL {name}: {failure}", flush=True)
    print(f"{len(names) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
