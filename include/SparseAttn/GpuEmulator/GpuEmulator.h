// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Executes NVVM IR on the CPU: the functional GPU emulator.
///
/// A `gpu.module` as it is before translation for the NVPTX target (LLVM and
/// NVVM dialects) is compiled for the host with each NVVM operation turned into
/// a call; each GPU thread is a fiber. What hardware leaves undefined is an
/// error here: see docs/GpuEmulator.md for what is checked and what is not.
#ifndef SPARSEATTN_GPUEMULATOR_GPUEMULATOR_H
#define SPARSEATTN_GPUEMULATOR_GPUEMULATOR_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "llvm/Support/Error.h"

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace mlir::sattn {

/// Blocks of a grid, or threads of a block.
struct Dim3 {
  uint32_t x = 1, y = 1, z = 1;

  uint64_t total() const { return uint64_t(x) * y * z; }
};

/// One argument of a kernel.
class KernelArgument {
public:
  /// A pointer to `size` bytes of global memory that the kernel may read and
  /// write.
  static KernelArgument buffer(void *data, size_t size) {
    KernelArgument argument(&data, sizeof(data));
    argument.spans.push_back(
        {static_cast<char *>(data), size, /*writable=*/true});
    return argument;
  }
  /// A pointer to `size` bytes of global memory that the kernel may only read.
  static KernelArgument constantBuffer(const void *data, size_t size) {
    KernelArgument argument = buffer(const_cast<void *>(data), size);
    argument.spans.front().writable = false;
    return argument;
  }
  /// A number.
  template <typename T> static KernelArgument value(T number) {
    static_assert(std::is_arithmetic_v<T>);
    return KernelArgument(&number, sizeof(T));
  }
  /// A structure that is passed by value: the parameter is a pointer
  /// (`llvm.byval`) to a copy.
  static KernelArgument structure(const void *data, size_t size) {
    KernelArgument argument(data, size);
    argument.byValue = true;
    return argument;
  }

private:
  friend class GpuEmulator;
  struct Span {
    char *data;
    size_t size;
    bool writable;
  };

  KernelArgument(const void *data, size_t size)
      : bytes(static_cast<const char *>(data),
              static_cast<const char *>(data) + size) {}

  std::vector<char> bytes;
  std::vector<Span> spans;
  bool byValue = false;
};

/// How one operation's accesses of shared memory met the 32 banks. An access is
/// one of a whole warp; a wavefront is one pass through the banks.
struct BankConflicts {
  std::string operation;
  /// File, line and column, or the operation's text if it has no location.
  std::string location;
  uint64_t accesses = 0;
  uint64_t wavefronts = 0;
  /// Wavefronts if no two lanes met in a bank.
  uint64_t idealWavefronts = 0;
};

/// What became of a launch.
struct LaunchResult {
  bool succeeded() const { return errors.empty(); }

  /// One line each: where in the source, which operation, block and thread, and
  /// what. The launch ends with the first.
  std::vector<std::string> errors;
  /// Operations that accessed shared memory, in the order of the source.
  std::vector<BankConflicts> bankConflicts;
  /// Operations that were executed, by name, counted per thread.
  std::map<std::string, uint64_t> instructionCounts;
};

/// The kernels of one `gpu.module`.
class GpuEmulator {
public:
  ~GpuEmulator();

  /// Compiles `module`, which stays as it is. Fails, naming the operation, if
  /// one is not emulated.
  static llvm::Expected<std::unique_ptr<GpuEmulator>>
  create(gpu::GPUModuleOp module);

  /// Runs `kernel` on every block of `grid`, one block after the other.
  /// `dynamicShared` is the size of dynamic shared memory in bytes.
  LaunchResult launch(StringRef kernel, Dim3 grid, Dim3 block,
                      size_t dynamicShared, ArrayRef<KernelArgument> arguments);
  /// The same with `parameters` as CUDA has them, a pointer to each, whose size
  /// the kernel's type says. The kernel reaches the buffers that were added.
  LaunchResult launch(StringRef kernel, Dim3 grid, Dim3 block,
                      size_t dynamicShared, const void *const *parameters,
                      size_t numParameters);

  /// Lets kernels reach global memory that no argument points at.
  void addBuffer(void *data, size_t size);
  /// The same of memory that they may only read.
  void addConstantBuffer(const void *data, size_t size);
  /// Undoes one of the two.
  void removeBuffer(const void *data);

private:
  struct Implementation;
  explicit GpuEmulator(std::unique_ptr<Implementation> implementation);

  std::unique_ptr<Implementation> implementation;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_GPUEMULATOR_GPUEMULATOR_H
