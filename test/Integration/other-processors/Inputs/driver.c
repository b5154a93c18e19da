// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A C program around an object that sattn-run wrote: driver Q.npy K.npy V.npy O.npy
/// [CALLS]. Reads the arrays [B, H, rows, D], calls the attention (that many times) and
/// writes its result, which has the query's shape and type. With CALLS it prints the
/// nanoseconds that a call took.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct Descriptor {
  void *allocated, *aligned;
  int64_t offset, sizes[4], strides[4];
};

void _mlir_ciface_attention(struct Descriptor *query, struct Descriptor *key,
                            struct Descriptor *value, struct Descriptor *out);

/// An array in memory, and the bytes of the file before its data.
struct Array {
  struct Descriptor descriptor;
  char header[4096];
  size_t headerSize, dataSize;
};

static void fail(const char *what, const char *path) {
  fprintf(stderr, "driver: %s '%s'\n", what, path);
  exit(2);
}

static void readArray(const char *path, struct Array *array) {
  FILE *file = fopen(path, "rb");
  if (!file)
    fail("cannot open", path);
  unsigned char start[10];
  if (fread(start, 1, 10, file) != 10)
    fail("cannot read", path);
  size_t text = start[8] | start[9] << 8;
  memcpy(array->header, start, 10);
  if (text + 11 > sizeof array->header ||
      fread(array->header + 10, 1, text, file) != text)
    fail("cannot read", path);
  array->header[10 + text] = 0;
  array->headerSize = 10 + text;
  const char *shape = strstr(array->header + 10, "'shape': (");
  const char *type = strstr(array->header + 10, "'descr': '");
  struct Descriptor *d = &array->descriptor;
  long long sizes[4];
  if (!shape || !type ||
      sscanf(shape, "'shape': (%lld, %lld, %lld, %lld)", sizes, sizes + 1,
             sizes + 2, sizes + 3) != 4)
    fail("expected an array of rank 4 in", path);
  size_t width = type[12] - '0';
  int64_t stride = 1;
  for (int i = 3; i >= 0; --i) {
    d->sizes[i] = sizes[i];
    d->strides[i] = stride;
    stride *= sizes[i];
  }
  d->offset = 0;
  array->dataSize = stride * width;
  d->allocated = d->aligned = malloc(array->dataSize);
  if (fread(d->aligned, 1, array->dataSize, file) != array->dataSize)
    fail("cannot read", path);
  fclose(file);
}

int main(int argc, char **argv) {
  static struct Array query, key, value, out;
  readArray(argv[1], &query);
  readArray(argv[2], &key);
  readArray(argv[3], &value);
  out = query;
  out.descriptor.allocated = out.descriptor.aligned = malloc(out.dataSize);
  // Not a number in any of the types.
  memset(out.descriptor.aligned, 0xff, out.dataSize);
  long calls = argc > 5 ? atol(argv[5]) : 1;
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (long i = 0; i < calls; ++i)
    _mlir_ciface_attention(&query.descriptor, &key.descriptor,
                           &value.descriptor, &out.descriptor);
  clock_gettime(CLOCK_MONOTONIC, &end);
  if (argc > 5)
    printf("%.1f ns a call\n", ((end.tv_sec - begin.tv_sec) * 1e9 +
                                (end.tv_nsec - begin.tv_nsec)) / calls);
  FILE *file = fopen(argv[4], "wb");
  if (!file ||
      fwrite(out.header, 1, out.headerSize, file) != out.headerSize ||
      fwrite(out.descriptor.aligned, 1, out.dataSize, file) != out.dataSize ||
      fclose(file))
    fail("cannot write", argv[4]);
  return 0;
}
