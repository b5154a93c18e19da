# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the launches that --json of the GPU emulator has, for one attention: standard input."""
import json
import sys

(launch,) = json.load(sys.stdin)["launches"]
assert launch["kernel"] == "attention_kernel", launch
threads = launch["block"][0] * launch["block"][1] * launch["block"][2]
blocks = launch["grid"][0] * launch["grid"][1] * launch["grid"][2]
assert threads % 32 == 0 and blocks >= 8, launch
assert launch["dynamic_shared"] > 0, launch
instructions = launch["instructions"]
assert instructions["llvm.return"] == threads * blocks, launch
assert instructions["nvvm.mma.sync"] > 0, launch
accesses = launch["shared_accesses"]
assert {"nvvm.ldmatrix", "nvvm.cp.async.shared.global"} <= {a["operation"] for a in accesses}
for access in accesses:
    assert access["accesses"] > 0, access
    assert access["wavefronts"] >= access["ideal_wavefronts"] > 0, access
