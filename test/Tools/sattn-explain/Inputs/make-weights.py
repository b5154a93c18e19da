# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes queries and keys of four heads on two, and what is wrong with others."""

import json
import pathlib
import sys

import numpy as np

out = pathlib.Path(sys.argv[1])
random = np.random.default_rng(5)
q = random.standard_normal((1, 4, 32, 4), dtype=np.float32)
k = random.standard_normal((1, 2, 32, 4), dtype=np.float32)
nan = k.copy()
nan[0, 0, 3, 1] = np.nan
for name, array in {
        "q": q, "k": k, "last": q[:, :, :1], "narrow": k[..., :2],
        "three": np.concatenate([k, k[:, :1]], axis=1),
        "integers": k.astype(np.int32), "flat": k[0, 0], "nan": nan}.items():
    np.save(out / f"{name}.npy", np.ascontiguousarray(array))
empty = np.zeros((0, 2, 32, 4), np.float32)
np.save(out / "empty.npy", empty)
np.save(out / "heads.npy", k[0])
np.save(out / "batches.npy", np.concatenate([k, k]))
(out / "deep.json").write_text("[" * 100000)
(out / "broken.json").write_text('["a", ')
(out / "object.json").write_text('{"a": "b"}')
(out / "numbers.json").write_text("[1, 2]")
(out / "few.json").write_text('["a", "b"]')
(out / "tokens.json").write_text(json.dumps([f"word{i}" for i in range(32)]))
