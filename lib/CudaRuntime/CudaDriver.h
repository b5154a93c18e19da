// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The part of the CUDA driver API that the runtime uses, without CUDA's
/// headers: NVIDIA's CUDA Driver API reference is where types and numbers come
/// from.
#ifndef SPARSEATTN_LIB_CUDARUNTIME_CUDADRIVER_H
#define SPARSEATTN_LIB_CUDARUNTIME_CUDADRIVER_H

#include <cstddef>
#include <cstdint>
#include <string>

namespace sattn::cuda {

using Device = int;
using Address = uint64_t;
using Context = struct ContextObject *;
using Module = struct ModuleObject *;
using Function = struct FunctionObject *;
using Stream = struct StreamObject *;
using Event = struct EventObject *;

enum class Result : int { Success = 0 };

enum FunctionAttribute : int { MaxDynamicSharedSize = 8 };
enum DeviceAttribute : int { MemoryPoolsSupported = 115 };
enum JITOption : int {
  ErrorLogBuffer = 5,
  ErrorLogBufferSize = 6,
  OptimizationLevel = 7
};
enum StreamFlags : unsigned { NonBlocking = 1 };
enum EventFlags : unsigned { WithTiming = 0, DisableTiming = 2 };

/// Member, the driver's name and the parameters of each function.
#define SATTN_CUDA_FUNCTIONS(FUNCTION)                                         \
  FUNCTION(init, cuInit, unsigned flags)                                       \
  FUNCTION(getErrorString, cuGetErrorString, Result, const char **text)        \
  FUNCTION(getDevice, cuDeviceGet, Device *, int ordinal)                      \
  FUNCTION(getDeviceAttribute, cuDeviceGetAttribute, int *, DeviceAttribute,   \
           Device)                                                             \
  FUNCTION(retainPrimaryContext, cuDevicePrimaryCtxRetain, Context *, Device)  \
  FUNCTION(getCurrentContext, cuCtxGetCurrent, Context *)                      \
  FUNCTION(setCurrentContext, cuCtxSetCurrent, Context)                        \
  FUNCTION(getContextDevice, cuCtxGetDevice, Device *)                         \
  FUNCTION(loadModule, cuModuleLoadDataEx, Module *, const void *image,        \
           unsigned numOptions, JITOption *options, void **values)             \
  FUNCTION(unloadModule, cuModuleUnload, Module)                               \
  FUNCTION(getFunction, cuModuleGetFunction, Function *, Module,               \
           const char *name)                                                   \
  FUNCTION(setFunctionAttribute, cuFuncSetAttribute, Function,                 \
           FunctionAttribute, int value)                                       \
  FUNCTION(launchKernel, cuLaunchKernel, Function, unsigned gridX,             \
           unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,   \
           unsigned blockZ, unsigned dynamicShared, Stream, void **parameters, \
           void **extra)                                                       \
  FUNCTION(createStream, cuStreamCreate, Stream *, StreamFlags)                \
  FUNCTION(destroyStream, cuStreamDestroy_v2, Stream)                          \
  FUNCTION(synchronizeStream, cuStreamSynchronize, Stream)                     \
  FUNCTION(waitForEvent, cuStreamWaitEvent, Stream, Event, unsigned flags)     \
  FUNCTION(createEvent, cuEventCreate, Event *, EventFlags)                    \
  FUNCTION(destroyEvent, cuEventDestroy_v2, Event)                             \
  FUNCTION(synchronizeEvent, cuEventSynchronize, Event)                        \
  FUNCTION(recordEvent, cuEventRecord, Event, Stream)                          \
  FUNCTION(getElapsedTime, cuEventElapsedTime, float *ms, Event start,         \
           Event end)                                                          \
  FUNCTION(allocate, cuMemAlloc_v2, Address *, size_t)                         \
  FUNCTION(free, cuMemFree_v2, Address)                                        \
  FUNCTION(allocateInOrder, cuMemAllocAsync, Address *, size_t, Stream)        \
  FUNCTION(freeInOrder, cuMemFreeAsync, Address, Stream)                       \
  FUNCTION(copy, cuMemcpyAsync, Address to, Address from, size_t, Stream)      \
  FUNCTION(fill32, cuMemsetD32Async, Address, unsigned, size_t count, Stream)  \
  FUNCTION(fill16, cuMemsetD16Async, Address, unsigned short, size_t count,    \
           Stream)

/// The driver of this process. Members that have no other name here are
/// functions of it.
struct Driver {
#define SATTN_CUDA_MEMBER(member, name, ...) Result (*member)(__VA_ARGS__);
  SATTN_CUDA_FUNCTIONS(SATTN_CUDA_MEMBER)
#undef SATTN_CUDA_MEMBER

  /// What the driver says about a result.
  std::string describe(Result result) const;
};

/// The driver, loaded and initialized at the first call; null with one line in
/// `error` if there is none.
const Driver *getDriver(std::string &error);

} // namespace sattn::cuda

#endif // SPARSEATTN_LIB_CUDARUNTIME_CUDADRIVER_H
