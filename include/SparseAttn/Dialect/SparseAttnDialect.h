// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The `sattn` dialect object.
#ifndef SPARSEATTN_DIALECT_SPARSEATTNDIALECT_H
#define SPARSEATTN_DIALECT_SPARSEATTNDIALECT_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Dialect.h"

#include "SparseAttn/Dialect/SparseAttnDialect.h.inc"

namespace mlir::sattn {
/// Attaches the models that let One-Shot Bufferize handle `sattn.attention`.
void registerBufferizableOpInterfaceExternalModels(DialectRegistry &registry);
} // namespace mlir::sattn

#endif // SPARSEATTN_DIALECT_SPARSEATTNDIALECT_H
