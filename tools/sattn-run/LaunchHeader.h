// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How to launch kernels from C.
#ifndef SPARSEATTN_TOOLS_SATTN_RUN_LAUNCHHEADER_H
#define SPARSEATTN_TOOLS_SATTN_RUN_LAUNCHHEADER_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::sattn::run {

/// A function as the user wrote it, before it was lowered.
struct Signature {
  std::string name;
  FunctionType type;
};

/// Writes a C header with a function for each launch in `functions`: from their arguments to
/// kernel, grid, block, shared memory and parameters. Host functions are in the LLVM dialect
/// with `gpu.launch_func`. What launches share is memory of the caller's, of which another function says
/// how much. Fails where what a kernel is given needs more than arithmetic.
llvm::Error writeLaunchHeader(ModuleOp module, ArrayRef<Signature> functions,
                              StringRef chip, llvm::raw_ostream &os);

} // namespace mlir::sattn::run

#endif // SPARSEATTN_TOOLS_SATTN_RUN_LAUNCHHEADER_H
