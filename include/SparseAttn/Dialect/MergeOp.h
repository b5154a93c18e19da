// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `sattn.merge`.
#ifndef SPARSEATTN_DIALECT_MERGEOP_H
#define SPARSEATTN_DIALECT_MERGEOP_H

#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"

#define GET_OP_CLASSES
#include "SparseAttn/Dialect/MergeOp.h.inc"

#endif // SPARSEATTN_DIALECT_MERGEOP_H
