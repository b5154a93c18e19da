/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * Attention as a part of a program that has a CUDA context, memory and a stream of its own.
 */
#ifndef ATTENTION_H
#define ATTENTION_H

#include <stdint.h>

/** An array of bf16 on the device, [batch, heads, rows, 64]; strides are in elements. */
struct device_array {
  void *data;
  int64_t sizes[4], strides[4];
};

/**
 * Computes `out` of `q`, `k` and `v` on `stream` (a CUstream or cudaStream_t) in the thread's
 * context, in order with all else there. Returns before it has ended; gives 0, or 1 after
 * printing an error.
 */
int attend(void *stream, const struct device_array *q,
           const struct device_array *k, const struct device_array *v,
           const struct device_array *out);

#endif /* ATTENTION_H */
