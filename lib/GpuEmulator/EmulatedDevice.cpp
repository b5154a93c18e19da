// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The functions that host code calls, by the emulator.
#include "SparseAttn/GpuEmulator/EmulatedDevice.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Builders.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::sattn;

static thread_local EmulatedDevice *current = nullptr;

EmulatedDevice::Use::Use(EmulatedDevice &device) : previous(current) {
  current = &device;
}
EmulatedDevice::Use::~Use() { current = previous; }

EmulatedDevice::~EmulatedDevice() = default;

llvm::Expected<std::unique_ptr<EmulatedDevice>>
EmulatedDevice::create(ModuleOp module) {
  std::unique_ptr<EmulatedDevice> device(new EmulatedDevice());
  auto sources = llvm::to_vector(module.getOps<gpu::GPUModuleOp>());
  for (gpu::GPUModuleOp source : sources) {
    auto emulator = GpuEmulator::create(source);
    if (!emulator)
      return emulator.takeError();
    device->modules.push_back(std::make_unique<Module>(
        Module{device.get(), std::move(*emulator), {}}));
    // The binary is the address of what mgpuModuleLoad gives.
    Module *loaded = device->modules.back().get();
    OpBuilder builder(source);
    std::string bytes(reinterpret_cast<const char *>(&loaded), sizeof(loaded));
    auto object = gpu::ObjectAttr::get(
        source.getContext(), NVVM::NVVMTargetAttr::get(source.getContext()),
        gpu::CompilationTarget::Binary, builder.getStringAttr(bytes),
        /*properties=*/nullptr, /*kernels=*/nullptr);
    gpu::BinaryOp::create(builder, source.getLoc(), source.getName(),
                          /*offloadingHandler=*/Attribute(),
                          builder.getArrayAttr({object}));
    source.erase();
  }
  return std::move(device);
}

void EmulatedDevice::addBuffer(void *data, size_t size) {
  for (auto &module : modules)
    module->emulator->addBuffer(data, size);
}

void EmulatedDevice::addConstantBuffer(const void *data, size_t size) {
  for (auto &module : modules)
    module->emulator->addConstantBuffer(data, size);
}

void EmulatedDevice::removeBuffer(const void *data) {
  for (auto &module : modules)
    module->emulator->removeBuffer(data);
}

void EmulatedDevice::free(void *memory) {
  if (!memory)
    return;
  auto found = allocations.find(memory);
  if (found == allocations.end())
    return fail("expected memory of the device to be freed once");
  removeBuffer(memory);
  allocations.erase(found);
}

void EmulatedDevice::fail(const Twine &message) {
  if (error.empty())
    error = message.str();
}

llvm::Error EmulatedDevice::takeError() {
  if (error.empty())
    return llvm::Error::success();
  return llvm::createStringError(std::exchange(error, {}));
}

size_t EmulatedDevice::getAllocatedSize() const {
  size_t total = 0;
  for (const auto &[address, memory] : allocations)
    total += memory.size;
  return total;
}

namespace mlir::sattn {
/// With the types of MLIR's wrappers of CUDA. Streams and events are nothing:
/// all is done at once.
struct HostFunctions {
  static void *loadModule(void *image, size_t) {
    EmulatedDevice::Module *module;
    std::memcpy(&module, image, sizeof(module));
    return module;
  }
  static void unloadModule(void *) {}

  static void *getFunction(void *handle, const char *name) {
    auto *module = static_cast<EmulatedDevice::Module *>(handle);
    EmulatedDevice::Kernel &kernel = module->kernels[name];
    kernel = {module->device, module->emulator.get(), name};
    return &kernel;
  }

  static void launch(void *function, intptr_t gridX, intptr_t gridY,
                     intptr_t gridZ, intptr_t blockX, intptr_t blockY,
                     intptr_t blockZ, int32_t dynamicShared, void *,
                     void **parameters, void **, size_t numParameters) {
    auto &kernel = *static_cast<EmulatedDevice::Kernel *>(function);
    EmulatedDevice &device = *kernel.device;
    if (!device.error.empty() || !gridX || !gridY || !gridZ)
      return;
    for (intptr_t size : {gridX, gridY, gridZ, blockX, blockY, blockZ})
      if (size < 0 || size > std::numeric_limits<int32_t>::max())
        return device.fail("launching '" + Twine(kernel.name) +
                           "': a grid or block of " + Twine(size) +
                           " is too large");
    auto makeDim3 = [](intptr_t x, intptr_t y, intptr_t z) {
      return Dim3{static_cast<uint32_t>(x), static_cast<uint32_t>(y),
                  static_cast<uint32_t>(z)};
    };
    EmulatedLaunch launch = {kernel.name, makeDim3(gridX, gridY, gridZ),
                             makeDim3(blockX, blockY, blockZ),
                             static_cast<size_t>(dynamicShared), {}};
    launch.result =
        kernel.emulator->launch(kernel.name, launch.grid, launch.block,
                                launch.dynamicShared, parameters, numParameters);
    if (!launch.result.succeeded())
      device.fail("launching '" + Twine(kernel.name) +
                  "': " + launch.result.errors.front());
    device.launches.push_back(std::move(launch));
  }

  static void *create() { return nullptr; }
  static void ignore(void *) {}
  static void ignoreTwo(void *, void *) {}

  static void *allocate(uint64_t size, void *, uint8_t) {
    if (!size)
      return nullptr;
    // Not initialized: NaN in every type.
    std::unique_ptr<char[]> data(new char[size]);
    std::memset(data.get(), 0xff, size);
    void *address = data.get();
    current->addBuffer(address, size);
    current->allocations[address] = {std::move(data), size};
    return address;
  }
  static void free(void *memory, void *) { current->free(memory); }

  static void copy(void *to, void *from, size_t size, void *) {
    if (size && check(to, size) && check(from, size))
      std::memmove(to, from, size);
  }
  template <typename T>
  static void fill(void *to, T value, size_t count, void *) {
    if (count && check(to, count * sizeof(T)))
      std::fill_n(static_cast<T *>(to), count, value);
  }

private:
  /// Whether none of these bytes misses the allocation that the first one is
  /// in.
  static bool check(void *address, size_t size) {
    auto next = current->allocations.upper_bound(address);
    if (next == current->allocations.begin())
      return true;
    auto &[begin, memory] = *std::prev(next);
    size_t offset = static_cast<char *>(address) - static_cast<char *>(begin);
    if (offset >= memory.size || size <= memory.size - offset)
      return true;
    current->fail("expected at most " + Twine(memory.size - offset) +
                  " bytes to be copied or filled, but got " + Twine(size));
    return false;
  }
};
} // namespace mlir::sattn

ArrayRef<std::pair<StringRef, void *>> EmulatedDevice::getHostFunctions() {
  auto address = [](auto *function) {
    return reinterpret_cast<void *>(function);
  };
  static const std::pair<StringRef, void *> functions[] = {
      {"mgpuModuleLoad", address(&HostFunctions::loadModule)},
      {"mgpuModuleUnload", address(&HostFunctions::unloadModule)},
      {"mgpuModuleGetFunction", address(&HostFunctions::getFunction)},
      {"mgpuLaunchKernel", address(&HostFunctions::launch)},
      {"mgpuStreamCreate", address(&HostFunctions::create)},
      {"mgpuStreamDestroy", address(&HostFunctions::ignore)},
      {"mgpuStreamSynchronize", address(&HostFunctions::ignore)},
      {"mgpuStreamWaitEvent", address(&HostFunctions::ignoreTwo)},
      {"mgpuEventCreate", address(&HostFunctions::create)},
      {"mgpuEventDestroy", address(&HostFunctions::ignore)},
      {"mgpuEventSynchronize", address(&HostFunctions::ignore)},
      {"mgpuEventRecord", address(&HostFunctions::ignoreTwo)},
      {"mgpuMemAlloc", address(&HostFunctions::allocate)},
      {"mgpuMemFree", address(&HostFunctions::free)},
      {"mgpuMemcpy", address(&HostFunctions::copy)},
      {"mgpuMemset32", address(&HostFunctions::fill<uint32_t>)},
      {"mgpuMemset16", address(&HostFunctions::fill<uint16_t>)},
  };
  return functions;
}
