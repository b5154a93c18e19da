/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Prints what the header of launches.mlir says of arrays with 3 batches and 100 rows, and of one row with
   8192 keys. */
#include "launches.h"

#include <stdio.h>

#define ARRAY(heads)                                                           \
  {0,                                                                          \
   (void *)(intptr_t)(heads),                                                  \
   0,                                                                          \
   {3, heads, rows, 64},                                                       \
   {heads * rows * 64, rows * 64, 64, 1}}

#define PRINT(launch)                                                          \
  printf("%s grid %u %u %u block %u %u %u parameters %zu\n", launch.kernel,    \
         launch.grid[0], launch.grid[1], launch.grid[2], launch.block[0],      \
         launch.block[1], launch.block[2],                                     \
         sizeof launch.parameters / sizeof launch.parameters[0])

int main(void) {
  fixed_launch_0 fixed;
  sattn_memref_4 any = {0};
  if (prepare_fixed_launch_0(&any, &any, &any, &any, &fixed))
    PRINT(fixed);
  for (int64_t rows = 100; rows >= 0; rows -= 100) {
    sattn_memref_4 q = ARRAY(4), k = ARRAY(2), v = ARRAY(2), out = ARRAY(4);
    sized_launch_0 sized;
    if (!prepare_sized_launch_0(&q, &k, &v, &out, &sized)) {
      printf("nothing\n");
      continue;
    }
    PRINT(sized);
    int found = 0;
    for (unsigned i = 0; i < sizeof sized.parameters / sizeof(void *); ++i)
      found += *(int64_t *)sized.parameters[i] == rows * 64;
    printf("%d strides of heads\n", found);
  }
  sattn_memref_4 row = any, cache = any;
  cache.sizes[2] = 8192;
  int64_t bytes = row_workspace_bytes(&row, &cache, &cache, &row);
  char *workspace = (char *)0x10000;
  row_launch_0 parts;
  row_launch_1 joined;
  if (!prepare_row_launch_0(&row, &cache, &cache, &row, workspace, &parts) ||
      !prepare_row_launch_1(&row, &cache, &cache, &row, workspace, &joined))
    return 1;
  PRINT(parts);
  PRINT(joined);
  printf("%d bytes, arrays at", (int)bytes);
  unsigned count = sizeof joined.parameters / sizeof(void *);
  for (unsigned i = 1; i < count; ++i) {
    char *array = joined.values[i].pointer;
    if (array == joined.values[i - 1].pointer && array >= workspace && array < workspace + bytes)
      printf(" %d", (int)(array - workspace));
  }
  printf("\n");
  return 0;
}
