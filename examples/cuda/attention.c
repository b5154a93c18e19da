/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * Calls the function of attention.mlir, which sattn-run compiles to an object file with its
 * kernels inside.
 */
#include "attention.h"

#include "SparseAttn/CudaRuntime/CudaRuntime.h"

#include <stdio.h>
#include <string.h>

/* An array as compiled functions take it: MLIR's memref descriptor. */
struct memref {
  void *allocated, *data;
  int64_t offset, sizes[4], strides[4];
};

void _mlir_ciface_attention(struct memref *q, struct memref *k,
                            struct memref *v, struct memref *out);

static struct memref describe(const struct device_array *array) {
  struct memref memref = {array->data, array->data, 0, {0}, {0}};
  memcpy(memref.sizes, array->sizes, sizeof memref.sizes);
  memcpy(memref.strides, array->strides, sizeof memref.strides);
  return memref;
}

static void note_error(const char *message, void *failed) {
  fprintf(stderr, "attention: %s\n", message);
  *(int *)failed = 1;
}

int attend(void *stream, const struct device_array *q,
           const struct device_array *k, const struct device_array *v,
           const struct device_array *out) {
  struct memref arrays[] = {describe(q), describe(k), describe(v),
                            describe(out)};
  int failed = 0;
  sattn_cuda_set_error_handler(note_error, &failed);
  sattn_cuda_set_stream(stream);
  _mlir_ciface_attention(&arrays[0], &arrays[1], &arrays[2], &arrays[3]);
  sattn_cuda_clear_stream();
  sattn_cuda_set_error_handler(NULL, NULL);
  return failed;
}
