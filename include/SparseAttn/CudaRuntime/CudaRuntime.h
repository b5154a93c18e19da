/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * Runs compiled functions on NVIDIA GPUs: MLIR's mgpu* functions, which host code calls,
 * over the CUDA driver. Nothing links against CUDA; the driver is loaded when it is
 * first needed. C, and nothing of MLIR: it is linked to programs that only run code.
 *
 * Context: that of the calling thread. A thread that has none gets the primary context
 * of device 0. Kernels are loaded into a context when they are first launched in it.
 *
 * Streams: compiled functions create a stream, and wait until their kernels have ended.
 * After sattn_cuda_set_stream they use that one instead and wait only for arrays that they
 * copy to the host, to check them.
 *
 * Errors: one line for the error handler. Without one it is printed on standard error and
 * the program ends with exit code 1.
 */
#ifndef SPARSEATTN_CUDARUNTIME_CUDARUNTIME_H
#define SPARSEATTN_CUDARUNTIME_CUDARUNTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/**
 * Null if this thread can use a GPU, or one line that says why not, valid until the
 * thread's next call. The driver is libcuda.so.1, or what the environment variable
 * SPARSEATTN_CUDA_DRIVER names.
 */
const char *sattn_cuda_find_device(void);

/**
 * Lets functions that this thread calls launch on `stream` (a CUstream or cudaStream_t,
 * null for the default stream), in order with all else on it. They return before their
 * kernels have ended; the stream is waited for as ever, by cuStreamSynchronize.
 */
void sattn_cuda_set_stream(void *stream);

/** Undoes sattn_cuda_set_stream. */
void sattn_cuda_clear_stream(void);

/** Gets `message`, which is valid during the call, and what was given beside it. */
typedef void (*sattn_cuda_error_handler)(const char *message, void *data);

/**
 * Calls `handler` for every error, in all threads; null restores what is done without
 * one. If it returns, so does the function that failed, without having done its work. A compiled
 * function in which a call has failed then launches, copies and allocates nothing more, until it destroys
 * its stream; it does not say so itself.
 */
void sattn_cuda_set_error_handler(sattn_cuda_error_handler handler, void *data);

/** Begins to measure what `stream` does. */
void *sattn_cuda_timer_start(void *stream);

/** Waits for `stream`, ends the timer and gives the milliseconds between, by the GPU. */
float sattn_cuda_timer_stop(void *timer, void *stream);

/* What compiled functions call. A program may, too, for memory and copies. */

/** A cubin or fatbin, which must stay where it is. */
void *mgpuModuleLoad(void *image, size_t size);
/** PTX, ended by 0, that the driver compiles with an optimization level of 0 to 4. */
void *mgpuModuleLoadJIT(void *image, int32_t level);
void mgpuModuleUnload(void *module);
/** Lives as long as the module. */
void *mgpuModuleGetFunction(void *module, const char *name);
/** A grid without blocks launches nothing. */
void mgpuLaunchKernel(void *function, intptr_t gridX, intptr_t gridY,
                      intptr_t gridZ, intptr_t blockX, intptr_t blockY,
                      intptr_t blockZ, int32_t dynamicShared, void *stream,
                      void **parameters, void **extra, size_t numParameters);

/** After sattn_cuda_set_stream: that one, which the next two leave as it is. */
void *mgpuStreamCreate(void);
void mgpuStreamDestroy(void *stream);
void mgpuStreamSynchronize(void *stream);
void mgpuStreamWaitEvent(void *stream, void *event);
void *mgpuEventCreate(void);
void mgpuEventDestroy(void *event);
void mgpuEventSynchronize(void *event);
void mgpuEventRecord(void *event, void *stream);

/** Device memory, in the order of the stream; `isHostShared` must be 0. */
void *mgpuMemAlloc(uint64_t size, void *stream, uint8_t isHostShared);
void mgpuMemFree(void *memory, void *stream);
/** Between host and device, either way, in the order of the stream. */
void mgpuMemcpy(void *to, void *from, size_t size, void *stream);
/** `count` times the value. */
void mgpuMemset32(void *to, uint32_t value, size_t count, void *stream);
void mgpuMemset16(void *to, uint16_t value, size_t count, void *stream);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* SPARSEATTN_CUDARUNTIME_CUDARUNTIME_H */
