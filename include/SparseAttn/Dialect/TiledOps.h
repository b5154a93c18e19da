// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The operations on one query tile.
#ifndef SPARSEATTN_DIALECT_TILEDOPS_H
#define SPARSEATTN_DIALECT_TILEDOPS_H

#include "SparseAttn/Dialect/AttentionOps.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#define GET_OP_CLASSES
#include "SparseAttn/Dialect/TiledOps.h.inc"

#endif // SPARSEATTN_DIALECT_TILEDOPS_H
