// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `sattn.select_blocks`.
#ifndef SPARSEATTN_DIALECT_SELECTBLOCKSOP_H
#define SPARSEATTN_DIALECT_SELECTBLOCKSOP_H

#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#define GET_OP_CLASSES
#include "SparseAttn/Dialect/SelectBlocksOp.h.inc"

#endif // SPARSEATTN_DIALECT_SELECTBLOCKSOP_H
