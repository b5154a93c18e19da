# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the decoder of utils/gpu-loops.py with a listing of the same code: name, way of
control, targets and bytes of local memory of each instruction.

usage: same-instructions.py UTILS_FOLDER CUBIN LISTING
"""
import sys

utils, cubin, listing = sys.argv[1:]
sys.path.insert(0, utils)
from gpu_loops.cubin import read_cubin  # noqa: E402
from gpu_loops.listing import read_listing  # noqa: E402

decoded = {kernel.name: kernel.instructions for kernel in read_cubin(open(cubin, "rb").read())}
listed = {kernel.name: kernel.instructions for kernel in read_listing(open(listing).read())}
assert decoded.keys() == listed.keys(), (decoded.keys(), listed.keys())
different = [pair for name in listed for pair in zip(decoded[name], listed[name])
             if pair[0] != pair[1]]
for ours, theirs in different[:10]:
    print(f"decoded {ours}\nlisted  {theirs}")
print(f"{sum(map(len, listed.values()))} instructions, {len(different)} different")
sys.exit(bool(different) or any(len(decoded[name]) != len(listed[name]) for name in listed))
