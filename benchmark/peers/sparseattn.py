# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Our own code: sattn-run writes an object file, which is called in this process."""

import ctypes
import json
import os
import subprocess

import numpy as np

import inputs
from peers.base import Peer


def descriptor(array):
    """An MLIR memref descriptor: allocation, data, offset, sizes, strides in elements."""
    words = [array.ctypes.data, array.ctypes.data, 0, *array.shape,
             *(stride // array.itemsize for stride in array.strides)]
    return (ctypes.c_int64 * len(words))(*words)


class SparseAttn(Peer):
    def __init__(self, threads):
        super().__init__(threads)
        self.build_folder = os.environ["SATTN_BUILD"]

    def pattern(self, case):
        return case.pattern.text

    def load(self, case, arrays, folder):
        self.dtype = case.dtype
        self.folder = folder
        self.arrays = arrays
        shape = (case.batch, case.heads, case.queries, case.head_size)
        self.result = np.empty(shape, arrays[0].dtype)

    def build(self, case):
        # What `sattn-run` says of itself is the compile time: compiling into its own
        # process, as a user of the library does. An object file and a linker only serve
        # this benchmark.
        own_json = self.sattn_run(case, "--json")
        self.report = json.loads(own_json)
        stem = os.path.join(self.folder, type(self).__name__ + str(self.threads))
        self.sattn_run(case, "--emit=obj", "--output-file", stem + ".o")
        libraries = subprocess.run(["llvm-config-22", "--libdir"], capture_output=True, text=True)
        libdir = libraries.stdout.strip() or "/usr/lib/llvm-22/lib"
        subprocess.run(["clang-22", "-shared", "-fuse-ld=lld", stem + ".o", "-o", stem + ".so",
                        "-L" + libdir, "-Wl,-rpath," + libdir, "-lomp", "-lmlir_c_runner_utils",
                        "-lm"], check=True)
        self.function = ctypes.CDLL(stem + ".so")._mlir_ciface_attention
        self.arguments = [descriptor(array) for array in (*self.arrays, self.result)]

    def sattn_run(self, case, *options):
        paths = [os.path.join(self.folder, name + ".npy") for name in "qkv"]
        command = [os.path.join(self.build_folder, "bin/sattn-run"), "--pattern",
                   self.pattern(case), "--inputs", *paths,
                   "--threads", "1" if self.threads == 1 else "0", *options]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr.strip() or f"sattn-run: exit code {done.returncode}")
        return done.stdout

    def run(self):
        self.function(*self.arguments)

    def output(self):
        return inputs.from_bf16(self.result) if self.dtype == "bf16" else self.result.astype(np.float32)

    def facts(self):
        return {"build_ms": self.report["compile_ms"], "live_pairs": self.report["live_pairs"]}


class SparseAttnDense(SparseAttn):
    """The same compiler's dense code, what sparsity has to beat."""

    def pattern(self, case):
        return "dense"
