// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How well a driver compiles PTX that it loads.
#ifndef SPARSEATTN_LIB_PIPELINES_JITLEVEL_H
#define SPARSEATTN_LIB_PIPELINES_JITLEVEL_H

#include "mlir/Pass/Pass.h"

namespace mlir::sattn {

/// Sets the optimization level (0 to 4) that every `gpu.binary` asks a driver for. Upstream makes it the one that
/// LLVM had.
std::unique_ptr<Pass> createSetJitLevel(int level);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_PIPELINES_JITLEVEL_H
