/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * What a CUDA driver answers, for tests. Handles are small numbers, which the log shows.
 */
#include "FakeDriver.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, INVALID_VALUE = 1, NOT_FOUND = 500, ILLEGAL_ADDRESS = 700 };

static char log_text[1 << 16];
static char failing[64];
static int failure;
static int memory_pools = 1;
static void *current_context;
static char kernel_names[16][64];
static intptr_t modules, kernels, streams, events;

/* Writes one line, and gives the result of the call of `function`. */
static int logged(const char *function, const char *format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  int length = snprintf(line, sizeof line, "%s", function);
  vsnprintf(line + length, sizeof line - length, format, arguments);
  va_end(arguments);
  strncat(log_text, line, sizeof log_text - strlen(log_text) - 2);
  strcat(log_text, "\n");
  const char *path = getenv("FAKE_CUDA_LOG");
  FILE *file = path ? fopen(path, "a") : NULL;
  if (file) {
    fprintf(file, "%s\n", line);
    fclose(file);
  }
  const char *always = getenv("FAKE_CUDA_FAIL");
  if (always && strcmp(always, function) == 0)
    return ILLEGAL_ADDRESS;
  if (strcmp(failing, function) != 0)
    return SUCCESS;
  failing[0] = 0;
  return failure;
}

const char *fake_take_log(void) {
  static char taken[sizeof log_text];
  strcpy(taken, log_text);
  log_text[0] = 0;
  return taken;
}

void fake_fail_next(const char *function, int result) {
  snprintf(failing, sizeof failing, "%s", function);
  failure = result;
}

void fake_set_memory_pools(int has) { memory_pools = has; }

void fake_set_context(void *context) { current_context = context; }

int cuInit(unsigned flags) {
  (void)flags;
  const char *result = getenv("FAKE_CUDA_INIT");
  return result ? atoi(result) : SUCCESS;
}

int cuGetErrorString(int result, const char **text) {
  switch (result) {
  case INVALID_VALUE:
    *text = "invalid argument";
    break;
  case 2:
    *text = "out of memory";
    break;
  case 100:
    *text = "no CUDA-capable device is detected";
    break;
  case 218:
    *text = "a PTX JIT compilation failed";
    break;
  case NOT_FOUND:
    *text = "named symbol not found";
    break;
  case ILLEGAL_ADDRESS:
    *text = "an illegal memory access was encountered";
    break;
  default:
    *text = NULL;
    return INVALID_VALUE;
  }
  return SUCCESS;
}

int cuDeviceGet(int *device, int ordinal) {
  *device = ordinal;
  return SUCCESS;
}

int cuDeviceGetAttribute(int *value, int attribute, int device) {
  (void)device;
  *value = attribute == 115 ? memory_pools : 0;
  return SUCCESS;
}

int cuDevicePrimaryCtxRetain(void **context, int device) {
  *context = (void *)(intptr_t)(100 + device);
  return logged("cuDevicePrimaryCtxRetain", " device %d", device);
}

int cuCtxGetCurrent(void **context) {
  *context = current_context;
  return SUCCESS;
}

int cuCtxSetCurrent(void *context) {
  current_context = context;
  return logged("cuCtxSetCurrent", " %ld", (long)(intptr_t)context);
}

int cuCtxGetDevice(int *device) {
  *device = 0;
  return SUCCESS;
}

int cuModuleLoadDataEx(void **module, const void *image, unsigned count,
                       int *options, void **values) {
  long level = -1;
  for (unsigned i = 0; i < count; ++i)
    if (options[i] == 7)
      level = (long)(intptr_t)values[i];
  *module = (void *)++modules;
  int length = (int)strcspn(image, "\n");
  int result = logged("cuModuleLoadDataEx", " level %ld: %.*s", level,
                      length < 8 ? length : 8, (const char *)image);
  for (unsigned i = 0; result && i < count; ++i)
    if (options[i] == 5)
      strcpy(values[i], "ptxas application ptx input, line 9; fatal\nmore");
  return result;
}

int cuModuleUnload(void *module) {
  return logged("cuModuleUnload", " %ld", (long)(intptr_t)module);
}

int cuModuleGetFunction(void **function, void *module, const char *name) {
  if (strcmp(name, "missing") == 0)
    return NOT_FOUND;
  *function = (void *)(kernels + 1);
  snprintf(kernel_names[kernels++], sizeof kernel_names[0], "%s", name);
  return logged("cuModuleGetFunction", " module %ld: %s",
                (long)(intptr_t)module, name);
}

int cuFuncSetAttribute(void *function, int attribute, int value) {
  return logged("cuFuncSetAttribute", " %s: %d = %d",
                kernel_names[(intptr_t)function - 1], attribute, value);
}

int cuLaunchKernel(void *function, unsigned grid_x, unsigned grid_y,
                   unsigned grid_z, unsigned block_x, unsigned block_y,
                   unsigned block_z, unsigned shared, void *stream,
                   void **parameters, void **extra) {
  (void)extra;
  const char *name = kernel_names[(intptr_t)function - 1];
  if (strcmp(name, "increment") == 0) {
    int32_t *data = *(int32_t **)parameters[0];
    int64_t count = *(int64_t *)parameters[1];
    for (int64_t i = 0; i < count; ++i)
      ++data[i];
  }
  return logged("cuLaunchKernel",
                " %s: grid %u %u %u, block %u %u %u, shared %u, stream %ld",
                name, grid_x, grid_y, grid_z, block_x, block_y, block_z, shared,
                (long)(intptr_t)stream);
}

int cuStreamCreate(void **stream, unsigned flags) {
  *stream = (void *)++streams;
  return logged("cuStreamCreate", " flags %u: %ld", flags, (long)streams);
}

int cuStreamDestroy_v2(void *stream) {
  return logged("cuStreamDestroy", " %ld", (long)(intptr_t)stream);
}

int cuStreamSynchronize(void *stream) {
  return logged("cuStreamSynchronize", " %ld", (long)(intptr_t)stream);
}

int cuStreamWaitEvent(void *stream, void *event, unsigned flags) {
  return logged("cuStreamWaitEvent", " %ld: event %ld, flags %u",
                (long)(intptr_t)stream, (long)(intptr_t)event, flags);
}

int cuEventCreate(void **event, unsigned flags) {
  *event = (void *)++events;
  return logged("cuEventCreate", " flags %u: %ld", flags, (long)events);
}

int cuEventDestroy_v2(void *event) {
  return logged("cuEventDestroy", " %ld", (long)(intptr_t)event);
}

int cuEventSynchronize(void *event) {
  return logged("cuEventSynchronize", " %ld", (long)(intptr_t)event);
}

int cuEventRecord(void *event, void *stream) {
  return logged("cuEventRecord", " %ld: stream %ld", (long)(intptr_t)event,
                (long)(intptr_t)stream);
}

int cuEventElapsedTime(float *milliseconds, void *start, void *end) {
  *milliseconds = 1.5f;
  return logged("cuEventElapsedTime", " %ld to %ld", (long)(intptr_t)start,
                (long)(intptr_t)end);
}

static int allocate(const char *function, uint64_t *memory, size_t size) {
  int result = logged(function, " %zu", size);
  if (result == SUCCESS)
    *memory = (uint64_t)(uintptr_t)calloc(size, 1);
  return result;
}

int cuMemAlloc_v2(uint64_t *memory, size_t size) {
  return allocate("cuMemAlloc", memory, size);
}

int cuMemAllocAsync(uint64_t *memory, size_t size, void *stream) {
  (void)stream;
  return allocate("cuMemAllocAsync", memory, size);
}

int cuMemFree_v2(uint64_t memory) {
  free((void *)(uintptr_t)memory);
  return logged("cuMemFree", "");
}

int cuMemFreeAsync(uint64_t memory, void *stream) {
  free((void *)(uintptr_t)memory);
  return logged("cuMemFreeAsync", " stream %ld", (long)(intptr_t)stream);
}

int cuMemcpyAsync(uint64_t to, uint64_t from, size_t size, void *stream) {
  memcpy((void *)(uintptr_t)to, (void *)(uintptr_t)from, size);
  return logged("cuMemcpyAsync", " %zu, stream %ld", size,
                (long)(intptr_t)stream);
}

int cuMemsetD32Async(uint64_t to, unsigned value, size_t count, void *stream) {
  for (size_t i = 0; i < count; ++i)
    ((uint32_t *)(uintptr_t)to)[i] = value;
  return logged("cuMemsetD32Async", " %zu, stream %ld", count,
                (long)(intptr_t)stream);
}

int cuMemsetD16Async(uint64_t to, unsigned short value, size_t count,
                     void *stream) {
  for (size_t i = 0; i < count; ++i)
    ((uint16_t *)(uintptr_t)to)[i] = value;
  return logged("cuMemsetD16Async", " %zu, stream %ld", count,
                (long)(intptr_t)stream);
}
