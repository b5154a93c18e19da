# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares PREFIX-cpu.npy with PREFIX-gpu.npy: expect-close.py [PREFIX TOLERANCE]..."""
import sys

import numpy as np

for prefix, tolerance in zip(sys.argv[1::2], map(float, sys.argv[2::2])):
    cpu, gpu = (np.load(f"{prefix}-{target}.npy").astype(np.float64) for target in ("cpu", "gpu"))
    difference = abs(cpu - gpu).max()
    assert cpu.any() and difference <= tolerance * max(1, abs(cpu).max()), (prefix, difference)
    print(f"{prefix}: {difference:.1e}")
