"""Compares sattn-run's row maxima of a causal window of 20 with those of a plain product."""
import sys
import numpy as np

prefix = sys.argv[1]
q, k, lse, m, n = (np.load(f"{prefix}-{name}.npy") for name in "qklmn")
k = np.repeat(k, q.shape[1] // k.shape[1], axis=1).astype(np.float64)
scores = q.astype(np.float64) @ k.swapaxes(2, 3) / np.sqrt(q.shape[3])
i, j = np.ogrid[:q.shape[2], :k.shape[2]]
expected = np.where((j <= i) & (j >= i - 20), scores, -np.inf).max(axis=3)
assert m.dtype == np.float32 and m.shape == q.shape[:3]
assert abs(m - expected).max() < 1e-5 and abs(n - expected).max() < 1e-5
assert (lse >= m - 1e-6).all()
