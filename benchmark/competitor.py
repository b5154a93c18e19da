# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The driver's side of a worker: starts it, asks it, ends it."""

import json
import os
import select
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))

# Competitor: the packages that it needs, by the name to import.
packages = {
    "pytorch-sdpa": ("torch",),
    "pytorch-flex": ("torch",),
    "onnxruntime": ("onnxruntime", "onnx"),
    "jax": ("jax",),
    "iree": ("iree.compiler", "iree.runtime"),
}
# What --install-peers takes: the packages' names in the registry.
installs = {
    "torch": ("torch",),
    "onnxruntime": ("onnxruntime", "onnx"),
    "jax": ("jax",),
    "iree": ("iree-base-compiler", "iree-base-runtime"),
}


class Failed(Exception):
    """The worker said that something went wrong, or said nothing in time."""


class Declined(Exception):
    """The competitor has nothing for the case."""


class Competitor:
    def __init__(self, name, case, threads, folder, build):
        self.name = name
        environment = dict(os.environ, SATTN_BUILD=build, TMPDIR=folder,
                           TORCHINDUCTOR_CACHE_DIR=os.path.join(folder, "inductor"))
        self.log = open(os.path.join(folder, f"{name}-{threads}.log"), "w")
        self.process = subprocess.Popen(
            [sys.executable, "-B", os.path.join(here, "worker.py"), name, case.name, str(threads),
             folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, env=environment)

    def ask(self, what, seconds, **request):
        try:
            self.process.stdin.write((json.dumps({"do": what, **request}) + "\n").encode())
            self.process.stdin.flush()
        except OSError:
            raise Failed("the process is gone") from None
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            raise Failed(f"no answer in {seconds:.0f} s")
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"the process ended with code {self.process.wait()}")
        answer = json.loads(line)
        if "declined" in answer:
            raise Declined(answer["declined"])
        if "error" in answer:
            raise Failed(answer["error"])
        return answer

    def end(self):
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.log):
            try:
                stream.close()
            except OSError:
                pass
