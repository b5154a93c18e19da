// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Compiles a rewritten module into this process.
#ifndef SPARSEATTN_LIB_GPUEMULATOR_HOSTCODE_H
#define SPARSEATTN_LIB_GPUEMULATOR_HOSTCODE_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"

namespace mlir::sattn::emulator {

/// Code of one module; functions live as long as this does.
class HostCode {
public:
  static llvm::Expected<HostCode> compile(ModuleOp module);

  /// The address of a function or a variable.
  llvm::Expected<void *> lookup(StringRef name);

private:
  explicit HostCode(std::unique_ptr<llvm::orc::LLJIT> jit)
      : jit(std::move(jit)) {}

  std::unique_ptr<llvm::orc::LLJIT> jit;
};

} // namespace mlir::sattn::emulator

#endif // SPARSEATTN_LIB_GPUEMULATOR_HOSTCODE_H
