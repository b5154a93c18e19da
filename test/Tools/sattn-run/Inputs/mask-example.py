# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arrays for examples/mask-region.mlir: mask-example.py PREFIX."""

import sys

import numpy as np

random = np.random.default_rng(0)
for name in "qkv":
    np.save(f"{sys.argv[1]}-{name}.npy",
            random.standard_normal((1, 8, 1024, 64)).astype(np.float32))
np.save(f"{sys.argv[1]}-ids.npy", np.sort(random.integers(0, 5, (1, 1024)), axis=1).astype(np.int32))
