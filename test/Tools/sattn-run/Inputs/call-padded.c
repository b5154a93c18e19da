/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls an emitted function with a length that is or is not valid; its result is 1. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct memref4 {
  float *allocated, *aligned;
  int64_t offset, sizes[4], strides[4];
};
struct memref1 {
  int32_t *allocated, *aligned;
  int64_t offset, sizes[1], strides[1];
};

void _mlir_ciface_padded(struct memref4 *query, struct memref1 *lengths,
                         struct memref4 *out);

int main(int count, char **arguments) {
  static float query[8 * 4], out[8 * 4];
  int32_t length = count > 1 ? atoi(arguments[1]) : 8;
  for (int i = 0; i < 8 * 4; ++i)
    query[i] = 1;
  struct memref4 q = {query, query, 0, {1, 1, 8, 4}, {32, 32, 4, 1}};
  struct memref4 o = {out, out, 0, {1, 1, 8, 4}, {32, 32, 4, 1}};
  struct memref1 l = {&length, &length, 0, {1}, {1}};
  _mlir_ciface_padded(&q, &l, &o);
  printf("%g\n", out[31]);
  return 0;
}
