# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Our own code: sattn-run writes an object file, which is called in this process."""

import ctypes
import json
import os
import re
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

    def extras(self, case):
        """Names of the arrays that modifiers and the pattern read."""
        return [*self.modifiers(case), *case.operands]

    def modifiers(self, case):
        return re.findall(r"{(\w+)}", case.modify or "")

    def load(self, case, arrays, folder):
        self.dtype = case.dtype
        self.folder = folder
        self.arrays = arrays
        shape = (case.batch, case.heads, case.queries, case.head_size)
        # Written once, as memory that a caller gives has been: a page's first touch is the
        # system's work.
        self.result = np.full(shape, 0, arrays[0].dtype)

    def build(self, case):
        # What `sattn-run` says of itself is the compile time: compiling into its own
        # process, as a user of the library does. An object file and a linker only serve
        # this benchmark.
        own_json = self.sattn_run(case, "--json")
        self.report = json.loads(own_json)
        self.other_process_mib = self.report["peak_mib"] - self.report["loaded_mib"]
        stem = os.path.join(self.folder, type(self).__name__ + str(self.threads))
        self.sattn_run(case, "--emit=obj", "--output-file", stem + ".o")
        libraries = subprocess.run(["llvm-config-22", "--libdir"], capture_output=True, text=True)
        libdir = libraries.stdout.strip() or "/usr/lib/llvm-22/lib"
        subprocess.run(["clang-22", "-shared", "-fuse-ld=lld", stem + ".o", "-o", stem + ".so",
                        "-L" + libdir, "-Wl,-rpath," + libdir, "-lomp",
                        "-L" + os.path.join(self.build_folder, "lib"), "-lSparseAttnSupport",
                        "-lm"], check=True)
        self.function = ctypes.CDLL(stem + ".so")._mlir_ciface_attention
        extras = {name: np.load(os.path.join(self.folder, name + ".npy"))
                  for name in self.extras(case)}
        # Modifiers' arrays come before the destination, operands after it.
        self.arrays += list(extras.values())
        split = 3 + sum(name not in case.operands for name in extras)
        self.arguments = [descriptor(array) for array in
                          (*self.arrays[:split], self.result, *self.arrays[split:])]

    def options(self, case):
        files = {name: os.path.join(self.folder, name + ".npy") for name in self.extras(case)}
        words = []
        if case.modify:
            words += ["--modify", case.modify.format(**files)]
        for name in case.operands:
            words += ["--operand", f"{name}={files[name]}"]
        return words

    def sattn_run(self, case, *options):
        paths = [os.path.join(self.folder, name + ".npy") for name in "qkv"]
        command = [os.path.join(self.build_folder, "bin/sattn-run"), "--pattern",
                   self.pattern(case), "--inputs", *paths, *self.options(case),
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


class SparseAttnPlain(SparseAttn):
    """The same compiler's code without what the case adds to it."""

    def pattern(self, case):
        return case.plain

    def extras(self, case):
        return []

    def options(self, case):
        return []


class SparseAttnDense(SparseAttnPlain):
    """The same compiler's dense code, what sparsity has to beat."""

    def pattern(self, case):
        return "dense"
