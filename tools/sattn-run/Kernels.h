// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// GPU code as files.
#ifndef SPARSEATTN_TOOLS_SATTN_RUN_KERNELS_H
#define SPARSEATTN_TOOLS_SATTN_RUN_KERNELS_H

#include "Options.h"

#include "mlir/IR/BuiltinOps.h"

namespace mlir::sattn::run {

/// Writes the kernels of a lowered module as `what` says.
llvm::Error emitKernels(ModuleOp module, Emit what, llvm::raw_ostream &os);

} // namespace mlir::sattn::run

#endif // SPARSEATTN_TOOLS_SATTN_RUN_KERNELS_H
