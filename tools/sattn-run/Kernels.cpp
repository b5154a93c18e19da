// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// PTX and cubin files, and the C header that says how to launch what they hold.
#include "Kernels.h"

#include "Fail.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::run;

llvm::Error mlir::sattn::run::emitKernels(ModuleOp module, Emit what,
                                          llvm::raw_ostream &os) {
  SmallVector<gpu::BinaryOp> binaries(module.getOps<gpu::BinaryOp>());
  if (binaries.size() != 1)
    return fail("expected one module of kernels to write, but got {0}",
                binaries.size());
  auto object = cast<gpu::ObjectAttr>(binaries.front().getObjects()[0]);
  os << object.getObject().getValue();
  return llvm::Error::success();
}
