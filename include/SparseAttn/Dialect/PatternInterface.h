// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `SparsityPatternAttrInterface`: all that the compiler knows about a pattern.
#ifndef SPARSEATTN_DIALECT_PATTERNINTERFACE_H
#define SPARSEATTN_DIALECT_PATTERNINTERFACE_H

#include "SparseAttn/Dialect/PatternAlgebra.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"

#include "SparseAttn/Dialect/PatternInterface.h.inc"

namespace mlir::sattn {
/// A pattern: any attribute with the interface.
using PatternAttr = SparsityPatternAttrInterface;
} // namespace mlir::sattn

#endif // SPARSEATTN_DIALECT_PATTERNINTERFACE_H
