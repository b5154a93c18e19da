// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Target-independent passes.
#ifndef SPARSEATTN_TRANSFORMS_PASSES_H
#define SPARSEATTN_TRANSFORMS_PASSES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"

namespace mlir::sattn {

#define GEN_PASS_DECL
#include "SparseAttn/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "SparseAttn/Transforms/Passes.h.inc"

} // namespace mlir::sattn

#endif // SPARSEATTN_TRANSFORMS_PASSES_H
