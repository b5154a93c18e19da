// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What compiled functions call, by calls of the CUDA driver.
///
/// Code is compiled with constructors that call mgpuModuleLoad, before a program
/// can choose a context. So modules and functions are only names here until the
/// first launch in a context.
#include "SparseAttn/CudaRuntime/CudaRuntime.h"

#include "CudaDriver.h"

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace sattn::cuda;

namespace {
sattn_cuda_error_handler errorHandler = nullptr;
void *errorData = nullptr;
/// What sattn_cuda_set_stream gave.
thread_local std::optional<Stream> callerStream;
/// Whether something was copied there since it was last waited for.
thread_local bool hasCopied = false;
/// Streams of a compiled function that runs in this thread, and whether something failed since its first one: then
/// nothing that would use what is missing is begun.
thread_local int liveStreams = 0;
thread_local bool isAbandoned = false;

void report(const std::string &message) {
  if (errorHandler)
    return errorHandler(message.c_str(), errorData);
  std::fprintf(stderr, "sattn: error: %s\n", message.c_str());
  std::exit(1);
}

/// Gives a thread without a context the primary one of device 0; what went
/// wrong, or "".
std::string enterContext(const Driver &driver, Context &context) {
  auto describe = [&](const char *what, Result result) {
    return result == Result::Success
               ? std::string()
               : std::string(what) + ": " + driver.describe(result);
  };
  std::string error =
      describe("current context", driver.getCurrentContext(&context));
  if (!error.empty() || context)
    return error;
  // Kept to the end of the process, like that of the CUDA runtime.
  static std::mutex mutex;
  static Context primary = nullptr;
  std::lock_guard<std::mutex> lock(mutex);
  Device device = 0;
  if (!primary)
    error = describe("device 0", driver.getDevice(&device, 0));
  if (!primary && error.empty())
    error = describe("context of device 0",
                     driver.retainPrimaryContext(&primary, device));
  if (error.empty())
    error = describe("context of device 0", driver.setCurrentContext(primary));
  context = primary;
  return error;
}

/// Calls of the driver for one function of the runtime. The first that fails is
/// reported; later ones are not made.
class Calls {
public:
  /// Enters the thread's context.
  Calls() {
    std::string error;
    driver = getDriver(error);
    if (!driver) {
      failed = true;
      isAbandoned = liveStreams > 0;
      report(error);
      return;
    }
    error = enterContext(*driver, context);
    if (!error.empty())
      fail(error);
  }

  bool succeeded() const { return !failed; }
  Context getContext() const { return context; }

  void fail(const std::string &message) {
    failed = true;
    isAbandoned = liveStreams > 0;
    report("CUDA: " + message);
  }

  template <typename... Parameters, typename... Arguments>
  void call(const char *what, Result (*Driver::*function)(Parameters...),
            Arguments... arguments) {
    if (failed)
      return;
    Result result = (driver->*function)(arguments...);
    if (result != Result::Success)
      fail(std::string(what) + ": " + driver->describe(result));
  }
  /// The same; gives the result instead of reporting it.
  template <typename... Parameters, typename... Arguments>
  Result tryCall(Result (*Driver::*function)(Parameters...),
                 Arguments... arguments) {
    return (driver->*function)(arguments...);
  }
  std::string describe(Result result) const { return driver->describe(result); }

  /// Whether memory can be had in the order of a stream.
  bool hasMemoryPools() {
    Device device = 0;
    int supported = 0;
    call("device of the context", &Driver::getContextDevice, &device);
    call("memory pools", &Driver::getDeviceAttribute, &supported,
         MemoryPoolsSupported, device);
    return supported;
  }

private:
  const Driver *driver = nullptr;
  Context context = nullptr;
  bool failed = false;
};

/// Beyond this a kernel has to be told how much dynamic shared memory it gets.
constexpr int32_t plainSharedSize = 48 * 1024;

struct LoadedKernel {
  Context context;
  Function function;
  int32_t sharedLimit;
};

struct Image;

struct Kernel {
  Image *image;
  std::string name;
  std::vector<LoadedKernel> loaded;
};

/// Machine code or PTX, and its modules in the contexts that need them.
struct Image {
  const void *data;
  /// Of PTX.
  std::optional<int32_t> level;
  std::mutex mutex;
  std::vector<std::pair<Context, Module>> modules;
  /// Kernels stay where they are: their addresses are what the code holds.
  std::deque<Kernel> kernels;

  /// With the mutex held; null after an error.
  Module getModule(Calls &calls);
  LoadedKernel *getKernel(Calls &calls, Kernel &kernel);
};
} // namespace

Module Image::getModule(Calls &calls) {
  for (auto [context, module] : modules)
    if (context == calls.getContext())
      return module;
  char log[512] = "";
  JITOption options[] = {ErrorLogBuffer, ErrorLogBufferSize, OptimizationLevel};
  void *values[] = {log, reinterpret_cast<void *>(sizeof(log)),
                    reinterpret_cast<void *>(intptr_t(level.value_or(4)))};
  Module module = nullptr;
  Result result = calls.tryCall(&Driver::loadModule, &module, data,
                                level ? 3u : 2u, options, values);
  if (result != Result::Success) {
    std::string text(log);
    text = text.substr(0, text.find('\n'));
    calls.fail("loading kernels: " + calls.describe(result) +
               (text.empty() ? "" : ": " + text));
    return nullptr;
  }
  modules.push_back({calls.getContext(), module});
  return module;
}

LoadedKernel *Image::getKernel(Calls &calls, Kernel &kernel) {
  for (LoadedKernel &loaded : kernel.loaded)
    if (loaded.context == calls.getContext())
      return &loaded;
  Module module = getModule(calls);
  Function function = nullptr;
  calls.call(("kernel '" + kernel.name + "'").c_str(), &Driver::getFunction,
             &function, module, kernel.name.c_str());
  if (!calls.succeeded())
    return nullptr;
  kernel.loaded.push_back({calls.getContext(), function, plainSharedSize});
  return &kernel.loaded.back();
}

static void *loadImage(const void *data, std::optional<int32_t> level) {
  auto *image = new Image();
  image->data = data;
  image->level = level;
  return image;
}

static Stream toStream(void *stream) { return static_cast<Stream>(stream); }
static Event toEvent(void *event) { return static_cast<Event>(event); }
static Address toAddress(void *memory) {
  return reinterpret_cast<Address>(memory);
}
static bool isCallers(void *stream) {
  return callerStream && *callerStream == toStream(stream);
}

const char *sattn_cuda_find_device(void) {
  static thread_local std::string error;
  const Driver *driver = getDriver(error);
  Context context = nullptr;
  if (driver)
    error = enterContext(*driver, context);
  return error.empty() ? nullptr : error.c_str();
}

void sattn_cuda_set_stream(void *stream) { callerStream = toStream(stream); }

void sattn_cuda_clear_stream(void) { callerStream.reset(); }

void sattn_cuda_set_error_handler(sattn_cuda_error_handler handler,
                                  void *data) {
  errorHandler = handler;
  errorData = data;
}

void *sattn_cuda_timer_start(void *stream) {
  Calls calls;
  Event event = nullptr;
  calls.call("creating an event", &Driver::createEvent, &event, WithTiming);
  calls.call("recording an event", &Driver::recordEvent, event,
             toStream(stream));
  return event;
}

float sattn_cuda_timer_stop(void *timer, void *stream) {
  Calls calls;
  Event end = nullptr;
  float milliseconds = 0;
  calls.call("creating an event", &Driver::createEvent, &end, WithTiming);
  calls.call("recording an event", &Driver::recordEvent, end, toStream(stream));
  calls.call("waiting for kernels", &Driver::synchronizeEvent, end);
  calls.call("elapsed time", &Driver::getElapsedTime, &milliseconds,
             toEvent(timer), end);
  calls.call("destroying an event", &Driver::destroyEvent, end);
  calls.call("destroying an event", &Driver::destroyEvent, toEvent(timer));
  return milliseconds;
}

void *mgpuModuleLoad(void *image, size_t) {
  return loadImage(image, std::nullopt);
}

void *mgpuModuleLoadJIT(void *image, int32_t level) {
  return loadImage(image, level);
}

void mgpuModuleUnload(void *module) {
  auto *image = static_cast<Image *>(module);
  // This runs when programs end, maybe after the driver has. What other contexts
  // hold ends with them.
  std::string error;
  Context current = nullptr;
  if (!image->modules.empty())
    if (const Driver *driver = getDriver(error);
        driver && driver->getCurrentContext(&current) == Result::Success)
      for (auto [context, loaded] : image->modules)
        if (context == current)
          driver->unloadModule(loaded);
  delete image;
}

void *mgpuModuleGetFunction(void *module, const char *name) {
  auto *image = static_cast<Image *>(module);
  std::lock_guard<std::mutex> lock(image->mutex);
  for (Kernel &kernel : image->kernels)
    if (kernel.name == name)
      return &kernel;
  image->kernels.push_back({image, name, {}});
  return &image->kernels.back();
}

void mgpuLaunchKernel(void *function, intptr_t gridX, intptr_t gridY,
                      intptr_t gridZ, intptr_t blockX, intptr_t blockY,
                      intptr_t blockZ, int32_t dynamicShared, void *stream,
                      void **parameters, void **extra, size_t) {
  if (!gridX || !gridY || !gridZ || isAbandoned)
    return;
  auto &kernel = *static_cast<Kernel *>(function);
  std::string what = "launching '" + kernel.name + "'";
  Calls calls;
  if (!calls.succeeded())
    return;
  Function loaded;
  {
    std::lock_guard<std::mutex> lock(kernel.image->mutex);
    LoadedKernel *found = kernel.image->getKernel(calls, kernel);
    if (!found)
      return;
    loaded = found->function;
    if (dynamicShared > found->sharedLimit) {
      calls.call(what.c_str(), &Driver::setFunctionAttribute, loaded,
                 MaxDynamicSharedSize, dynamicShared);
      if (calls.succeeded())
        found->sharedLimit = dynamicShared;
    }
  }
  for (intptr_t size : {gridX, gridY, gridZ, blockX, blockY, blockZ})
    if (size < 0 || size > INT32_MAX)
      return calls.fail(what + ": a grid or block of " + std::to_string(size) +
                        " is too large");
  calls.call(what.c_str(), &Driver::launchKernel, loaded, unsigned(gridX),
             unsigned(gridY), unsigned(gridZ), unsigned(blockX),
             unsigned(blockY), unsigned(blockZ), unsigned(dynamicShared),
             toStream(stream), parameters, extra);
}

void *mgpuStreamCreate(void) {
  if (liveStreams++ == 0)
    isAbandoned = false;
  if (callerStream)
    return *callerStream;
  Calls calls;
  Stream stream = nullptr;
  calls.call("creating a stream", &Driver::createStream, &stream, NonBlocking);
  return stream;
}

void mgpuStreamDestroy(void *stream) {
  if (liveStreams > 0)
    --liveStreams;
  // One that could not be created is null.
  if (isCallers(stream) || !stream)
    return;
  Calls().call("destroying a stream", &Driver::destroyStream, toStream(stream));
}

void mgpuStreamSynchronize(void *stream) {
  // The host reads what it has copied; kernels are the caller's to wait for.
  if (isCallers(stream) && !std::exchange(hasCopied, false))
    return;
  Calls().call("waiting for kernels", &Driver::synchronizeStream,
               toStream(stream));
}

void mgpuStreamWaitEvent(void *stream, void *event) {
  Calls().call("waiting for an event", &Driver::waitForEvent, toStream(stream),
               toEvent(event), 0u);
}

void *mgpuEventCreate(void) {
  Calls calls;
  Event event = nullptr;
  calls.call("creating an event", &Driver::createEvent, &event, DisableTiming);
  return event;
}

void mgpuEventDestroy(void *event) {
  Calls().call("destroying an event", &Driver::destroyEvent, toEvent(event));
}

void mgpuEventSynchronize(void *event) {
  Calls().call("waiting for an event", &Driver::synchronizeEvent,
               toEvent(event));
}

void mgpuEventRecord(void *event, void *stream) {
  Calls().call("recording an event", &Driver::recordEvent, toEvent(event),
               toStream(stream));
}

void *mgpuMemAlloc(uint64_t size, void *stream, uint8_t isHostShared) {
  if (!size || isAbandoned)
    return nullptr;
  Calls calls;
  if (isHostShared && calls.succeeded())
    calls.fail("expected memory of the device, but got memory that the host "
               "shares");
  Address memory = 0;
  std::string what = "allocating " + std::to_string(size) + " bytes";
  if (calls.hasMemoryPools())
    calls.call(what.c_str(), &Driver::allocateInOrder, &memory, size,
               toStream(stream));
  else
    calls.call(what.c_str(), &Driver::allocate, &memory, size);
  return reinterpret_cast<void *>(memory);
}

void mgpuMemFree(void *memory, void *stream) {
  if (!memory)
    return;
  Calls calls;
  if (calls.hasMemoryPools()) {
    calls.call("freeing memory", &Driver::freeInOrder, toAddress(memory),
               toStream(stream));
    return;
  }
  calls.call("waiting for kernels", &Driver::synchronizeStream,
             toStream(stream));
  calls.call("freeing memory", &Driver::free, toAddress(memory));
}

void mgpuMemcpy(void *to, void *from, size_t size, void *stream) {
  if (!size || isAbandoned)
    return;
  hasCopied |= isCallers(stream);
  Calls().call("copying memory", &Driver::copy, toAddress(to), toAddress(from),
               size, toStream(stream));
}

void mgpuMemset32(void *to, uint32_t value, size_t count, void *stream) {
  if (!count || isAbandoned)
    return;
  Calls().call("filling memory", &Driver::fill32, toAddress(to), value, count,
               toStream(stream));
}

void mgpuMemset16(void *to, uint16_t value, size_t count, void *stream) {
  if (!count || isAbandoned)
    return;
  Calls().call("filling memory", &Driver::fill16, toAddress(to), value, count,
               toStream(stream));
}
