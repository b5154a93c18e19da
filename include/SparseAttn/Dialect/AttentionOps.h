// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `sattn.attention`.
#ifndef SPARSEATTN_DIALECT_ATTENTIONOPS_H
#define SPARSEATTN_DIALECT_ATTENTIONOPS_H

#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/ScoreModifierInterface.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"

#define GET_OP_CLASSES
#include "SparseAttn/Dialect/AttentionOps.h.inc"

#endif // SPARSEATTN_DIALECT_ATTENTIONOPS_H
