# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs kernels on the emulator and checks that no access of `ldmatrix` or `cp.async` to shared memory waits
for a bank, nor any other access of those for tf32, which load values and round what they have copied:

    check-banks.py FOLDER

It prints a line for each kernel, and exits with 1 if an access takes more wavefronts than it must.
"""
import concurrent.futures
import json
import os
import subprocess
import sys

import numpy as np

OPERATIONS = ("nvvm.ldmatrix", "nvvm.cp.async.shared.global")
TF32_OPERATIONS = (*OPERATIONS, "llvm.load", "llvm.store")
# Full segments are streamed, short ones gathered; phases do both, and rows begin and end in between.
GATHERED, PHASES = "columns<stride = 3>", "causal and (window<left = 15> or strided<stride = 16>)"
# Element type, head size of queries and keys and of values, options, (pattern, rows).
TILES = [("float16", size, size, [], [("causal", 130), (GATHERED, 130), ("dense", 1)])
         for size in (32, 64, 96, 128)]
TILES += [("float16", 64, 64, [], [(PHASES, 100), ("window<left = 20, right = 3>", 130)]),
          ("float16", 48, 80, [], [("causal", 130)]),
          ("float16", 64, 64, ["--query-tile", "128", "--key-tile", "32", "--stages", "3"],
           [("causal", 130)]),
          ("float32", 64, 64, [], [("causal", 70)])]
TILES += [("float32", size, size, ["--allow-tf32"], [("causal", 130), (GATHERED, 70), ("dense", 1)])
          for size in (32, 64, 96, 128)]


def run(job):
    number, (element, *sizes, options, (pattern, rows)) = job
    names = []
    for name, length, size in (("q", rows, sizes[0]), ("k", 150, sizes[0]), ("v", 150, sizes[1])):
        names.append(os.path.join(sys.argv[1], f"{number}-{name}.npy"))
        values = np.random.default_rng(1).standard_normal((1, 2, length, size))
        np.save(names[-1], values.astype(element))
    out = subprocess.run(["sattn-run", "--target=nvvm-emulator", "--pattern", pattern, *options,
                          "--align", "bottom_right", "--inputs", *names, "--json"],
                         check=True, capture_output=True, text=True).stdout
    operations = TF32_OPERATIONS if "--allow-tf32" in options else OPERATIONS
    counts, conflicts = dict.fromkeys(operations, 0), []
    for launch in json.loads(out)["launches"]:
        for access in launch["shared_accesses"]:
            if access["operation"] in operations:
                counts[access["operation"]] += access["accesses"]
                if access["wavefronts"] != access["ideal_wavefronts"]:
                    conflicts.append(access)
    tile = " ".join([element, *map(str, sizes), *options])
    numbers = ", ".join(f"{count} of {operation}" for operation, count in counts.items())
    return f"{tile}, {pattern}, {rows} rows: {numbers}", conflicts


jobs = enumerate((*tile, case) for *tile, cases in TILES for case in cases)
with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
    results = list(pool.map(run, jobs))
for line, conflicts in results:
    print(line)
    for access in conflicts:
        print(f"check-banks.py: {line}: expected no conflicts, but got {access}", file=sys.stderr)
sys.exit(any(conflicts for _, conflicts in results))
