// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Everything of the dialect, for documentation and for the dialect's own record.
#ifndef SPARSEATTN_DIALECT_SPARSEATTN_TD
#define SPARSEATTN_DIALECT_SPARSEATTN_TD

include "SparseAttn/Dialect/SparseAttnDialect.td"
include "SparseAttn/Dialect/PatternInterface.td"
include "SparseAttn/Dialect/PatternAttrs.td"
include "SparseAttn/Dialect/RuntimePatternAttrs.td"
include "SparseAttn/Dialect/ScoreModifierInterface.td"
include "SparseAttn/Dialect/ScoreModifierAttrs.td"
include "SparseAttn/Dialect/AttentionOps.td"
include "SparseAttn/Dialect/MergeOp.td"
include "SparseAttn/Dialect/SelectBlocksOp.td"
include "SparseAttn/Dialect/TiledOps.td"

#endif // SPARSEATTN_DIALECT_SPARSEATTN_TD
