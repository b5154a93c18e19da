// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Turns a `gpu.module` of NVVM IR into a module of the LLVM dialect for the
/// host, in which NVVM operations and accesses of memory call the emulator.
#ifndef SPARSEATTN_LIB_GPUEMULATOR_KERNELREWRITER_H
#define SPARSEATTN_LIB_GPUEMULATOR_KERNELREWRITER_H

#include "SharedMemory.h"
#include "Site.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <deque>
#include <map>

namespace mlir::sattn::emulator {

/// A kernel's parameters and limits.
struct KernelInfo {
  struct Parameter {
    uint64_t size;
    /// Passed as a pointer to a copy.
    bool byValue;
  };
  SmallVector<Parameter> parameters;
  /// Threads per block that the kernel was compiled for, 0 where it does not
  /// say.
  SmallVector<int32_t, 3> requiredBlock, maxBlock;
};

/// A global variable in the host's code that kernels may access.
struct HostGlobal {
  std::string name;
  uint64_t size;
  bool writable;
};

struct HostModule {
  OwningOpRef<ModuleOp> module;
  /// In the order of the source. Addresses are in the code.
  std::deque<Site> sites;
  llvm::StringMap<KernelInfo> kernels;
  std::vector<HostGlobal> globals;

  /// Arrays of shared memory; dynamic shared memory begins at `dynamicOffset`.
  std::vector<SharedRegion> staticRegions;
  uint32_t dynamicOffset = 0;
  /// Bytes that the static ones take on hardware.
  uint32_t staticSize = 0;

  /// Operations of each basic block by name, and how often the block was
  /// executed; the counters' addresses are in the code.
  std::vector<std::map<std::string, uint64_t>> blockOperations;
  std::unique_ptr<uint64_t[]> blockCounters;
};

/// The function that calls kernel `name` with arguments read through an array
/// of pointers.
std::string getEntryName(StringRef name);

/// Rewrites a copy of `module` for `machine`, whose shared memory is mapped.
llvm::Expected<std::unique_ptr<HostModule>>
rewriteForHost(gpu::GPUModuleOp module, Machine &machine);

} // namespace mlir::sattn::emulator

#endif // SPARSEATTN_LIB_GPUEMULATOR_KERNELREWRITER_H
