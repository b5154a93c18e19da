// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which calls of the CUDA driver the functions that host code calls make, in
/// what context and on what stream, and what becomes of errors. The driver is
/// FakeDriver.c; no GPU is needed.
#include "SparseAttn/CudaRuntime/CudaRuntime.h"

#include "FakeDriver.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include "gtest/gtest.h"

#include <cstdlib>
#include <dlfcn.h>
#include <string>
#include <thread>
#include <vector>

namespace {

/// The fake driver, which stands beside this program.
std::string getFakeDriver() {
  static int here;
  llvm::SmallString<256> path(
      llvm::sys::fs::getMainExecutable(nullptr, &here));
  llvm::sys::path::remove_filename(path);
  llvm::sys::path::append(path, "libFakeCudaDriver.so");
  return std::string(path);
}

class CudaRuntime : public ::testing::Test {
protected:
  CudaRuntime() {
    std::string path = getFakeDriver();
    setenv("SPARSEATTN_CUDA_DRIVER", path.c_str(), /*overwrite=*/1);
    library = dlopen(path.c_str(), RTLD_NOW);
    takeLog = find<decltype(takeLog)>("fake_take_log");
    failNext = find<decltype(failNext)>("fake_fail_next");
    setMemoryPools = find<decltype(setMemoryPools)>("fake_set_memory_pools");
    setContext = find<decltype(setContext)>("fake_set_context");
    EXPECT_EQ(sattn_cuda_find_device(), nullptr);
    sattn_cuda_set_error_handler(
        [](const char *message, void *data) {
          static_cast<std::vector<std::string> *>(data)->push_back(message);
        },
        &errors);
    takeLog();
  }
  ~CudaRuntime() override {
    sattn_cuda_set_error_handler(nullptr, nullptr);
    sattn_cuda_clear_stream();
    setMemoryPools(1);
    setContext(reinterpret_cast<void *>(100));
    dlclose(library);
  }

  template <typename T> T find(const char *name) {
    void *address = dlsym(library, name);
    EXPECT_NE(address, nullptr) << name;
    return reinterpret_cast<T>(address);
  }

  /// Launches one block of `kernel` without parameters.
  void launch(void *kernel, int32_t dynamicShared, void *stream = nullptr) {
    mgpuLaunchKernel(kernel, 1, 1, 1, 32, 1, 1, dynamicShared, stream, nullptr,
                     nullptr, 0);
  }

  void *library = nullptr;
  const char *(*takeLog)() = nullptr;
  void (*failNext)(const char *, int) = nullptr;
  void (*setMemoryPools)(int) = nullptr;
  void (*setContext)(void *) = nullptr;
  std::vector<std::string> errors;
  char image[16] = ".version";
};

TEST_F(CudaRuntime, LoadsKernelsAtTheirFirstLaunch) {
  void *module = mgpuModuleLoadJIT(image, 3);
  void *kernel = mgpuModuleGetFunction(module, "k");
  EXPECT_EQ(mgpuModuleGetFunction(module, "k"), kernel);
  EXPECT_STREQ(takeLog(), "");
  mgpuLaunchKernel(kernel, 2, 3, 4, 32, 2, 1, 1024, nullptr, nullptr, nullptr,
                   0);
  std::string log = takeLog();
  EXPECT_NE(log.find("cuModuleLoadDataEx level 3: .version\n"),
            std::string::npos);
  EXPECT_NE(log.find("cuLaunchKernel k: grid 2 3 4, block 32 2 1, shared "
                     "1024, stream 0\n"),
            std::string::npos);
  launch(kernel, 0);
  EXPECT_STREQ(takeLog(), "cuLaunchKernel k: grid 1 1 1, block 32 1 1, shared "
                          "0, stream 0\n");
  mgpuModuleUnload(module);
  EXPECT_NE(std::string(takeLog()).find("cuModuleUnload"), std::string::npos);
  EXPECT_TRUE(errors.empty());
}

TEST_F(CudaRuntime, PassesParametersOn) {
  void *module = mgpuModuleLoad(image, sizeof(image));
  std::vector<int32_t> data = {1, 2, 3};
  int32_t *pointer = data.data();
  int64_t count = 3;
  void *parameters[] = {&pointer, &count};
  mgpuLaunchKernel(mgpuModuleGetFunction(module, "increment"), 1, 1, 1, 32, 1,
                   1, 0, nullptr, parameters, nullptr, 2);
  EXPECT_EQ(data, (std::vector<int32_t>{2, 3, 4}));
  mgpuModuleUnload(module);
}

TEST_F(CudaRuntime, EmptyGridsLaunchNothing) {
  void *module = mgpuModuleLoad(image, sizeof(image));
  mgpuLaunchKernel(mgpuModuleGetFunction(module, "k"), 4, 0, 1, 32, 1, 1, 0,
                   nullptr, nullptr, nullptr, 0);
  EXPECT_STREQ(takeLog(), "");
  mgpuModuleUnload(module);
}

TEST_F(CudaRuntime, AsksForLargeSharedMemoryOnce) {
  void *module = mgpuModuleLoad(image, sizeof(image));
  void *kernel = mgpuModuleGetFunction(module, "k");
  launch(kernel, 49152);
  EXPECT_EQ(std::string(takeLog()).find("cuFuncSetAttribute"),
            std::string::npos);
  launch(kernel, 49153);
  EXPECT_EQ(std::string(takeLog()).find("cuFuncSetAttribute k: 8 = 49153\n"),
            0u);
  launch(kernel, 49153);
  EXPECT_EQ(std::string(takeLog()).find("cuFuncSetAttribute"),
            std::string::npos);
  mgpuModuleUnload(module);
}

TEST_F(CudaRuntime, LoadsKernelsIntoEachContext) {
  void *module = mgpuModuleLoad(image, sizeof(image));
  void *kernel = mgpuModuleGetFunction(module, "k");
  launch(kernel, 0);
  takeLog();
  setContext(reinterpret_cast<void *>(7));
  launch(kernel, 0);
  EXPECT_NE(std::string(takeLog()).find("cuModuleLoadDataEx"),
            std::string::npos);
  setContext(reinterpret_cast<void *>(100));
  launch(kernel, 0);
  EXPECT_EQ(std::string(takeLog()).find("cuModuleLoadDataEx"),
            std::string::npos);
  mgpuModuleUnload(module);
}

TEST_F(CudaRuntime, ThreadsWithoutContextGetThePrimaryOne) {
  setContext(nullptr);
  void *stream = mgpuStreamCreate();
  EXPECT_EQ(std::string(takeLog()).find("cuCtxSetCurrent 100\n"), 0u);
  mgpuStreamDestroy(stream);
  EXPECT_EQ(std::string(takeLog()).find("cuStreamDestroy"), 0u);
}

TEST_F(CudaRuntime, OwnStreamsAreCreatedAndWaitedFor) {
  void *stream = mgpuStreamCreate();
  mgpuStreamSynchronize(stream);
  mgpuStreamDestroy(stream);
  std::string number = std::to_string(reinterpret_cast<intptr_t>(stream));
  EXPECT_EQ(takeLog(), "cuStreamCreate flags 1: " + number +
                           "\ncuStreamSynchronize " + number +
                           "\ncuStreamDestroy " + number + "\n");
}

TEST_F(CudaRuntime, StreamsOfTheCallerAreUsedAsTheyAre) {
  for (intptr_t number : {0, 77}) {
    auto *stream = reinterpret_cast<void *>(number);
    sattn_cuda_set_stream(stream);
    EXPECT_EQ(mgpuStreamCreate(), stream);
    mgpuStreamSynchronize(stream);
    mgpuStreamDestroy(stream);
    EXPECT_STREQ(takeLog(), "");
  }
  // Each thread has its own.
  std::thread([&] {
    void *stream = mgpuStreamCreate();
    EXPECT_NE(stream, reinterpret_cast<void *>(77));
    mgpuStreamDestroy(stream);
  }).join();
  sattn_cuda_clear_stream();
  takeLog();
  mgpuStreamDestroy(mgpuStreamCreate());
  EXPECT_EQ(std::string(takeLog()).find("cuStreamCreate"), 0u);
}

TEST_F(CudaRuntime, StreamsOfTheCallerAreWaitedForAfterCopies) {
  auto *stream = reinterpret_cast<void *>(77);
  sattn_cuda_set_stream(stream);
  int32_t from = 1, to = 0;
  mgpuMemcpy(&to, &from, 4, stream);
  mgpuStreamSynchronize(stream);
  mgpuStreamSynchronize(stream);
  EXPECT_STREQ(takeLog(),
               "cuMemcpyAsync 4, stream 77\ncuStreamSynchronize 77\n");
}

TEST_F(CudaRuntime, MemoryFollowsTheStream) {
  auto *stream = reinterpret_cast<void *>(5);
  void *memory = mgpuMemAlloc(64, stream, 0);
  mgpuMemset32(memory, 0x01020304, 16, stream);
  int32_t back[2] = {};
  mgpuMemcpy(back, memory, sizeof(back), stream);
  EXPECT_EQ(back[1], 0x01020304);
  mgpuMemset16(memory, 0x0506, 1, stream);
  mgpuMemcpy(back, memory, sizeof(back), stream);
  EXPECT_EQ(back[0], 0x01020506);
  mgpuMemFree(memory, stream);
  EXPECT_STREQ(takeLog(), "cuMemAllocAsync 64\n"
                          "cuMemsetD32Async 16, stream 5\n"
                          "cuMemcpyAsync 8, stream 5\n"
                          "cuMemsetD16Async 1, stream 5\n"
                          "cuMemcpyAsync 8, stream 5\n"
                          "cuMemFreeAsync stream 5\n");
}

TEST_F(CudaRuntime, MemoryOfDevicesWithoutPoolsIsFreedAfterTheKernels) {
  setMemoryPools(0);
  auto *stream = reinterpret_cast<void *>(5);
  mgpuMemFree(mgpuMemAlloc(64, stream, 0), stream);
  EXPECT_STREQ(takeLog(), "cuMemAlloc 64\ncuStreamSynchronize 5\ncuMemFree\n");
}

TEST_F(CudaRuntime, NothingIsAllocatedOrCopiedOfSize0) {
  void *memory = mgpuMemAlloc(0, nullptr, 0);
  EXPECT_EQ(memory, nullptr);
  mgpuMemcpy(memory, nullptr, 0, nullptr);
  mgpuMemset32(memory, 1, 0, nullptr);
  mgpuMemset16(memory, 1, 0, nullptr);
  mgpuMemFree(memory, nullptr);
  EXPECT_STREQ(takeLog(), "");
}

TEST_F(CudaRuntime, Events) {
  auto *stream = reinterpret_cast<void *>(5);
  void *event = mgpuEventCreate();
  std::string number = std::to_string(reinterpret_cast<intptr_t>(event));
  mgpuEventRecord(event, stream);
  mgpuStreamWaitEvent(stream, event);
  mgpuEventSynchronize(event);
  mgpuEventDestroy(event);
  EXPECT_EQ(takeLog(), "cuEventCreate flags 2: " + number + "\ncuEventRecord " +
                           number + ": stream 5\ncuStreamWaitEvent 5: event " +
                           number + ", flags 0\ncuEventSynchronize " + number +
                           "\ncuEventDestroy " + number + "\n");
}

TEST_F(CudaRuntime, TimersMeasureByEvents) {
  auto *stream = reinterpret_cast<void *>(5);
  EXPECT_EQ(sattn_cuda_timer_stop(sattn_cuda_timer_start(stream), stream),
            1.5f);
  std::string log = takeLog();
  EXPECT_EQ(log.find("cuEventCreate flags 0"), 0u);
  EXPECT_NE(log.find("cuEventElapsedTime"), std::string::npos);
}

TEST_F(CudaRuntime, ErrorsNameWhatFailedAndWhy) {
  failNext("cuMemAllocAsync", 2);
  EXPECT_EQ(mgpuMemAlloc(4096, nullptr, 0), nullptr);
  failNext("cuStreamSynchronize", 700);
  mgpuStreamSynchronize(nullptr);
  void *module = mgpuModuleLoad(image, sizeof(image));
  launch(mgpuModuleGetFunction(module, "missing"), 0);
  void *kernel = mgpuModuleGetFunction(module, "k");
  failNext("cuLaunchKernel", 1);
  launch(kernel, 0);
  failNext("cuLaunchKernel", 12345);
  launch(kernel, 0);
  mgpuLaunchKernel(kernel, intptr_t(1) << 32, 1, 1, 32, 1, 1, 0, nullptr,
                   nullptr, nullptr, 0);
  void *shared = mgpuMemAlloc(16, nullptr, 1);
  EXPECT_EQ(shared, nullptr);
  EXPECT_EQ(errors,
            (std::vector<std::string>{
                "CUDA: allocating 4096 bytes: out of memory",
                "CUDA: waiting for kernels: an illegal memory access was "
                "encountered",
                "CUDA: kernel 'missing': named symbol not found",
                "CUDA: launching 'k': invalid argument",
                "CUDA: launching 'k': error 12345",
                "CUDA: launching 'k': a grid or block of 4294967296 is too "
                "large",
                "CUDA: expected memory of the device, but got memory that the "
                "host shares"}));
  mgpuModuleUnload(module);
}

TEST_F(CudaRuntime, NothingIsBegunAfterAnErrorUntilTheStreamEnds) {
  void *module = mgpuModuleLoad(image, sizeof(image));
  void *kernel = mgpuModuleGetFunction(module, "k");
  void *stream = mgpuStreamCreate();
  failNext("cuMemAllocAsync", 2);
  EXPECT_EQ(mgpuMemAlloc(4096, stream, 0), nullptr);
  takeLog();
  launch(kernel, 0);
  EXPECT_EQ(mgpuMemAlloc(16, stream, 0), nullptr);
  char bytes[4] = {};
  mgpuMemcpy(bytes, bytes, 4, stream);
  mgpuMemset32(bytes, 1, 1, stream);
  EXPECT_STREQ(takeLog(), "");
  mgpuStreamDestroy(stream);
  stream = mgpuStreamCreate();
  takeLog();
  launch(kernel, 0);
  EXPECT_NE(std::string(takeLog()).find("cuLaunchKernel k"), std::string::npos);
  mgpuStreamDestroy(stream);
  EXPECT_EQ(errors, (std::vector<std::string>{
                        "CUDA: allocating 4096 bytes: out of memory"}));
  mgpuModuleUnload(module);
}

TEST_F(CudaRuntime, ErrorsOfPtxSayWhatTheDriversCompilerSays) {
  void *module = mgpuModuleLoadJIT(image, 4);
  failNext("cuModuleLoadDataEx", 218);
  launch(mgpuModuleGetFunction(module, "k"), 0);
  EXPECT_EQ(errors, (std::vector<std::string>{
                        "CUDA: loading kernels: a PTX JIT compilation failed: "
                        "ptxas application ptx input, line 9; fatal"}));
  mgpuModuleUnload(module);
}

/// In a process of its own.
using CudaRuntimeDeathTest = CudaRuntime;

TEST_F(CudaRuntimeDeathTest, UnhandledErrorsEndTheProgram) {
  EXPECT_EXIT(
      {
        sattn_cuda_set_error_handler(nullptr, nullptr);
        failNext("cuStreamCreate", 2);
        mgpuStreamCreate();
      },
      ::testing::ExitedWithCode(1),
      "sattn: error: CUDA: creating a stream: out of memory");
}

} // namespace
