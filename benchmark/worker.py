# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The process of one competitor for one case: stays alive and is asked in turns.

usage: worker.py COMPETITOR CASE THREADS FOLDER, with the case's arrays in FOLDER

Reads one JSON request a line and answers with one line:
  {"do": "prepare"}               -> {"build_ms", "first_ms"}, or {"declined": reason}
  {"do": "time", "count": n}      -> {"ms": [n times]}
  {"do": "output", "path": file}  -> {}; the result as f32 [B, H, M, D]
  {"do": "memory"}                -> {"mib": growth of the peak since before the arrays were read}
Anything that goes wrong is {"error": text}.
"""

import importlib
import json
import os
import sys
import time

# One thread is one processor: pools of threads that a library starts all the same share it.
threads = int(sys.argv[3])
if threads == 1:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = str(threads)

import numpy as np

import cases
import inputs
from peers.base import Declined


def status_mib(field):
    """Memory of this process alone; the peak that getrusage tells begins with the parent's."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024
    raise KeyError(field)


def milliseconds(work):
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


class Worker:
    def __init__(self, competitor, case, folder):
        module, name = cases_competitors[competitor]
        self.case = case
        self.folder = folder
        self.peer = getattr(importlib.import_module("peers." + module), name)(threads)

    def prepare(self, request):
        self.before = status_mib("VmRSS")
        paths = [os.path.join(self.folder, name + ".npy") for name in "qkv"]
        self.peer.load(self.case, inputs.load(paths, self.case.dtype), self.folder)
        answer = {"build_ms": milliseconds(lambda: self.peer.build(self.case))}
        answer["first_ms"] = milliseconds(self.peer.run)
        answer.update(self.peer.facts())
        return answer

    def time(self, request):
        return {"ms": [milliseconds(self.peer.run) for _ in range(request["count"])]}

    def output(self, request):
        np.save(request["path"], self.peer.output())
        return {}

    def memory(self, request):
        return {"mib": max(status_mib("VmHWM") - self.before, self.peer.other_process_mib)}


# Competitor: the module in peers/ and its class.
cases_competitors = {
    "sparseattn": ("sparseattn", "SparseAttn"),
    "sparseattn-dense": ("sparseattn", "SparseAttnDense"),
    "sparseattn-plain": ("sparseattn", "SparseAttnPlain"),
    "pytorch-sdpa": ("pytorch", "ScaledDotProduct"),
    "pytorch-flex": ("pytorch", "Flex"),
    "onnxruntime": ("onnxruntime", "OnnxRuntime"),
    "jax": ("jax", "Jax"),
    "iree": ("iree", "Iree"),
}


def main():
    # Libraries print to standard output: answers have a file of their own.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(value):
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    try:
        worker = Worker(sys.argv[1], cases.by_name(sys.argv[2]), sys.argv[4])
    except Exception as error:
        worker, broken = None, f"{type(error).__name__}: {error}".split("\n")[0]
    for line in sys.stdin:
        request = json.loads(line)
        if worker is None:
            answer({"error": broken})
            continue
        try:
            answer(getattr(worker, request["do"])(request))
        except Declined as reason:
            answer({"declined": str(reason)})
        except Exception as error:
            answer({"error": f"{type(error).__name__}: {error}".strip().split("\n")[0][:300]})


if __name__ == "__main__":
    main()
