// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A GPU that host code can use, and that is the emulator: MLIR's mgpu*
/// functions over it. Memory of the device is memory of this process.
#ifndef SPARSEATTN_GPUEMULATOR_EMULATEDDEVICE_H
#define SPARSEATTN_GPUEMULATOR_EMULATEDDEVICE_H

#include "SparseAttn/GpuEmulator/GpuEmulator.h"

#include "mlir/IR/BuiltinOps.h"

namespace mlir::sattn {

/// A launch by host code.
struct EmulatedLaunch {
  std::string kernel;
  Dim3 grid, block;
  size_t dynamicShared = 0;
  LaunchResult result;
};

class EmulatedDevice {
public:
  ~EmulatedDevice();

  /// Compiles each `gpu.module` in `module` for the emulator and puts a
  /// `gpu.binary` into its place, so that the host's code can be translated. It
  /// runs while the device lives.
  static llvm::Expected<std::unique_ptr<EmulatedDevice>>
  create(ModuleOp module);

  /// What the host's code calls, by name. It uses the device that is in use in
  /// its thread.
  static ArrayRef<std::pair<StringRef, void *>> getHostFunctions();

  /// Host code that this thread runs uses `device`, while this lives.
  class Use {
  public:
    explicit Use(EmulatedDevice &device);
    ~Use();
    Use(const Use &) = delete;
    Use &operator=(const Use &) = delete;

  private:
    EmulatedDevice *previous;
  };

  /// Lets kernels reach `size` bytes of this process, which they may write, or
  /// only read.
  void addBuffer(void *data, size_t size);
  void addConstantBuffer(const void *data, size_t size);
  void removeBuffer(const void *data);

  /// Frees memory that the host's code has allocated.
  void free(void *memory);

  /// The first error since it was asked for, as one line. After an error
  /// nothing is launched until then.
  llvm::Error takeError();

  /// In their order.
  ArrayRef<EmulatedLaunch> getLaunches() const { return launches; }
  void clearLaunches() { launches.clear(); }

  /// Bytes that the host's code has allocated and not freed.
  size_t getAllocatedSize() const;

private:
  friend struct HostFunctions;
  struct Memory {
    std::unique_ptr<char[]> data;
    size_t size;
  };
  struct Kernel {
    EmulatedDevice *device;
    GpuEmulator *emulator;
    std::string name;
  };
  /// What host code holds as a module.
  struct Module {
    EmulatedDevice *device;
    std::unique_ptr<GpuEmulator> emulator;
    std::map<std::string, Kernel> kernels;
  };

  EmulatedDevice() = default;
  void fail(const Twine &message);

  std::vector<std::unique_ptr<Module>> modules;
  std::map<void *, Memory> allocations;
  std::vector<EmulatedLaunch> launches;
  std::string error;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_GPUEMULATOR_EMULATEDDEVICE_H
