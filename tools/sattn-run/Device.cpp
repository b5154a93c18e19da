// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The device of --target.
#include "Device.h"

#include <chrono>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::run;

llvm::Expected<std::unique_ptr<Device>>
Device::create(const Options &options) {
  switch (options.target) {
  case Target::CPU:
    return std::make_unique<Device>();
  case Target::Emulator:
    return createEmulator();
  case Target::CUDA:
    return createCudaDevice();
  }
  llvm_unreachable("all targets are listed");
}

llvm::Expected<double> Device::time(CompiledModule &code, StringRef name,
                                    ArrayRef<void *> arguments) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
  if (llvm::Error error = call(code, name, arguments))
    return std::move(error);
  return std::chrono::duration<double, std::milli>(Clock::now() - start)
      .count();
}
