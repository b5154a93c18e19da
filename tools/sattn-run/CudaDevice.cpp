// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// --target=cuda: kernels run on the first NVIDIA GPU.
#include "Device.h"

#include "Fail.h"
#include "SparseAttn/CudaRuntime/CudaRuntime.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::run;

namespace {
/// Memory of the device, freed with this.
class Buffer {
public:
  explicit Buffer(size_t size)
      : memory(mgpuMemAlloc(size, nullptr, 0)), size(size) {}
  Buffer(Buffer &&other)
      : memory(std::exchange(other.memory, nullptr)), size(other.size) {}
  ~Buffer() { mgpuMemFree(memory, nullptr); }

  void *memory;
  size_t size;
};

class CudaDevice : public Device {
public:
  CudaDevice() {
    sattn_cuda_set_error_handler(
        [](const char *message, void *device) {
          std::string &error = static_cast<CudaDevice *>(device)->error;
          if (error.empty())
            error = message;
        },
        this);
  }
  ~CudaDevice() override {
    buffers.clear();
    sattn_cuda_set_error_handler(nullptr, nullptr);
  }

  ArrayRef<std::pair<StringRef, void *>> getFunctions() override;

  llvm::Expected<void *> place(void *data, size_t size) override {
    Buffer &buffer = buffers.emplace_back(data, Buffer(size)).second;
    mgpuMemcpy(buffer.memory, data, size, nullptr);
    mgpuStreamSynchronize(nullptr);
    if (llvm::Error error = takeError())
      return std::move(error);
    return buffer.memory;
  }
  llvm::Error fetch(void *data) override {
    for (auto &[host, buffer] : buffers)
      if (host == data)
        mgpuMemcpy(data, buffer.memory, buffer.size, nullptr);
    mgpuStreamSynchronize(nullptr);
    return takeError();
  }
  llvm::Expected<const char *> read(const void *data, size_t size) override {
    copy.resize(size);
    mgpuMemcpy(copy.data(), const_cast<void *>(data), size, nullptr);
    mgpuStreamSynchronize(nullptr);
    if (llvm::Error error = takeError())
      return std::move(error);
    return copy.data();
  }
  void free(void *data) override { mgpuMemFree(data, nullptr); }

  llvm::Error call(CompiledModule &code, StringRef name,
                   ArrayRef<void *> arguments) override {
    llvm::Error failed = code.call(name, arguments);
    return llvm::joinErrors(std::move(failed), takeError());
  }
  llvm::Expected<double> time(CompiledModule &code, StringRef name,
                              ArrayRef<void *> arguments) override {
    // The GPU's own clock, from when it could begin to when it has ended.
    sattn_cuda_set_stream(nullptr);
    void *timer = sattn_cuda_timer_start(nullptr);
    llvm::Error failed = code.call(name, arguments);
    double milliseconds = sattn_cuda_timer_stop(timer, nullptr);
    sattn_cuda_clear_stream();
    if (llvm::Error error =
            llvm::joinErrors(std::move(failed), takeError()))
      return std::move(error);
    return milliseconds;
  }

private:
  llvm::Error takeError() {
    if (error.empty())
      return llvm::Error::success();
    return llvm::createStringError(std::exchange(error, {}));
  }

  /// What was placed, by where it is in this process.
  std::vector<std::pair<void *, Buffer>> buffers;
  std::vector<char> copy;
  std::string error;
};
} // namespace

ArrayRef<std::pair<StringRef, void *>> CudaDevice::getFunctions() {
#define SATTN_FUNCTION(name) {#name, reinterpret_cast<void *>(&name)}
  static const std::pair<StringRef, void *> functions[] = {
      SATTN_FUNCTION(mgpuModuleLoad),        SATTN_FUNCTION(mgpuModuleLoadJIT),
      SATTN_FUNCTION(mgpuModuleUnload),      SATTN_FUNCTION(mgpuModuleGetFunction),
      SATTN_FUNCTION(mgpuLaunchKernel),      SATTN_FUNCTION(mgpuStreamCreate),
      SATTN_FUNCTION(mgpuStreamDestroy),     SATTN_FUNCTION(mgpuStreamSynchronize),
      SATTN_FUNCTION(mgpuStreamWaitEvent),   SATTN_FUNCTION(mgpuEventCreate),
      SATTN_FUNCTION(mgpuEventDestroy),      SATTN_FUNCTION(mgpuEventSynchronize),
      SATTN_FUNCTION(mgpuEventRecord),       SATTN_FUNCTION(mgpuMemAlloc),
      SATTN_FUNCTION(mgpuMemFree),           SATTN_FUNCTION(mgpuMemcpy),
      SATTN_FUNCTION(mgpuMemset32),          SATTN_FUNCTION(mgpuMemset16)};
#undef SATTN_FUNCTION
  return functions;
}

llvm::Expected<std::unique_ptr<Device>> mlir::sattn::run::createCudaDevice() {
  if (const char *message = sattn_cuda_find_device())
    return fail("--target=cuda: {0}", message);
  return std::make_unique<CudaDevice>();
}
