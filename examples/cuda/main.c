/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * A program with arrays on a GPU, which the runtime's functions allocate and copy here; those
 * of CUDA do as well.
 */
#include "attention.h"

#include "SparseAttn/CudaRuntime/CudaRuntime.h"

#include <stdio.h>
#include <stdlib.h>

/* Storage as many models have it, [batch, rows, heads, 64], seen as [batch, heads, rows, 64]. */
static struct device_array allocate(int64_t heads, int64_t rows, void *stream) {
  const int64_t size = 64;
  struct device_array array = {
      mgpuMemAlloc((uint64_t)(heads * rows * size * 2), stream, 0),
      {1, heads, rows, size},
      {heads * rows * size, size, heads * size, 1}};
  /* 1.0 in bf16. */
  mgpuMemset16(array.data, 0x3f80, (size_t)(heads * rows * size), stream);
  return array;
}

int main(void) {
  const char *missing = sattn_cuda_find_device();
  if (missing) {
    fprintf(stderr, "no GPU: %s\n", missing);
    return 1;
  }
  const int64_t queries = 16, keys = 300;
  void *stream = mgpuStreamCreate();
  struct device_array q = allocate(8, queries, stream),
                      k = allocate(2, keys, stream),
                      v = allocate(2, keys, stream),
                      out = allocate(8, queries, stream);
  /* 1.0, since weights add up to 1, and so do the values. */
  uint16_t first = 0, expected = 0x3f80;
  int failed = attend(stream, &q, &k, &v, &out);
  if (!failed) {
    mgpuMemcpy(&first, out.data, sizeof first, stream);
    mgpuStreamSynchronize(stream);
    printf("first element 0x%04x\n", first);
  }
  struct device_array *arrays[] = {&q, &k, &v, &out};
  for (int i = 0; i < 4; ++i)
    mgpuMemFree(arrays[i]->data, stream);
  mgpuStreamDestroy(stream);
  return failed || first != expected;
}
