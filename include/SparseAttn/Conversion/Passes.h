// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Conversions out of the dialect.
#ifndef SPARSEATTN_CONVERSION_PASSES_H
#define SPARSEATTN_CONVERSION_PASSES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::sattn {

#define GEN_PASS_DECL
#include "SparseAttn/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "SparseAttn/Conversion/Passes.h.inc"

} // namespace mlir::sattn

#endif // SPARSEATTN_CONVERSION_PASSES_H
