"""Keys of four batches, and the same in a pool of pages of 16 rows."""

import sys

import numpy as np

prefix = sys.argv[1]
rng = np.random.default_rng(3)
batch, heads, kv_heads, size, columns, dim = 4, 6, 2, 16, 6, 24
lengths = np.array([90, 33, 16, 64], np.int32)


def save(name, array):
    np.save(f"{prefix}-{name}.npy", array)


save("lengths", lengths)
save("last", lengths.astype(np.int64) - 1)
save("chunk", lengths.astype(np.int64) - 20)
save("row", rng.standard_normal((batch, heads, 1, dim), np.float32))
save("q", rng.standard_normal((batch, heads, 20, dim), np.float32))

# Batch 3 shares its first two pages with batch 0.
k, v = rng.standard_normal((2, batch, kv_heads, size * columns, dim), np.float32)
k[3, :, : 2 * size], v[3, :, : 2 * size] = k[0, :, : 2 * size], v[0, :, : 2 * size]
free = iter(rng.permutation(16))
table = np.full((batch, columns), -1, np.int32)
for b in range(batch):
    for column in range(-(-lengths[b] // size)):
        shared = b == 3 and column < 2
        table[b, column] = table[0, column] if shared else next(free)
# What is in no page of a batch is never read.
pools = np.full((2, 17, kv_heads, size, dim), np.nan, np.float32)
for b, column in np.argwhere(table >= 0):
    rows = slice(column * size, (column + 1) * size)
    for pool, array in zip(pools, (k, v)):
        pool[table[b, column]] = array[b, :, rows]
save("k", k)
save("v", v)
save("table", table)
for name, pool in zip("kv", pools):
    save(f"pool-{name}", pool)
    save(f"inner-{name}", pool)
save("four", pools[0][:4])
bad = table.copy()
bad[0, 5] = 17
save("bad", bad)
