// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which kernels the emulator can execute, and errors that name an operation.
#ifndef SPARSEATTN_LIB_GPUEMULATOR_KERNELCHECKS_H
#define SPARSEATTN_LIB_GPUEMULATOR_KERNELCHECKS_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace mlir::sattn::emulator {

/// Address spaces of NVPTX.
enum AddressSpace : unsigned {
  Generic = 0,
  Global = 1,
  Shared = 3,
  Constant = 4
};

/// File, line and column of `op`, or its first line of text.
std::string describeLocation(Operation *op);

/// "kernel.mlir:3:5: 'nvvm.breakpoint' " and `message`.
llvm::Error createKernelError(Operation *op, const Twine &message);

/// Fails at the first operation of `module` that is not emulated.
llvm::Error checkKernels(ModuleOp module);

} // namespace mlir::sattn::emulator

#endif // SPARSEATTN_LIB_GPUEMULATOR_KERNELCHECKS_H
