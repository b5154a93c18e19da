// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the parts of `sattn.attention` share.
#ifndef SPARSEATTN_LIB_DIALECT_ATTENTIONOPSDETAIL_H
#define SPARSEATTN_LIB_DIALECT_ATTENTIONOPSDETAIL_H

#include "SparseAttn/Dialect/AttentionOps.h"

namespace mlir::sattn {

// Found by the generated code of operations that are aligned.

/// `top_left` or `bottom_right`.
ParseResult parseAlignment(OpAsmParser &parser, AlignmentAttr &alignment);
void printAlignment(OpAsmPrinter &printer, Operation *op,
                    AlignmentAttr alignment);

namespace detail {

/// Whether the operands that are not optional are there, once: the generic form
/// can split them otherwise, and only the sum of the parts has been verified.
bool hasRequiredOperands(AttentionOp op);

/// The size of a dimension of a tensor or memref.
OpFoldResult sizeOf(OpBuilder &b, Location loc, Value shaped, int64_t dim);

using Effects = SmallVectorImpl<
    SideEffects::EffectInstance<MemoryEffects::Effect>>;
/// On buffers, destinations are written and all other buffers read.
void getDestinationEffects(DestinationStyleOpInterface op, Effects &effects);
/// On tensors, results have the shapes of the destinations.
LogicalResult reifyDestinationShapes(DestinationStyleOpInterface op,
                                     OpBuilder &builder,
                                     ReifiedRankedShapedTypeDims &shapes);

/// How operations that only have tensors and destinations become operations on buffers.
void attachDestinationBufferization(MLIRContext *context);

/// The rules of the block table, B1 and on.
LogicalResult verifyBlockTable(AttentionOp op);

/// The rules of the pattern's operands, P1 and on.
LogicalResult verifyPatternOperands(AttentionOp op);

/// The rules M1, M2, ... about what happens to scores, and about mask regions.
LogicalResult verifyScores(AttentionOp op);

/// `mask { ... }` where the pattern asks for it, and `score { ... }` where there is one.
ParseResult parsePairRegions(OpAsmParser &parser, Attribute pattern,
                             SmallVectorImpl<std::unique_ptr<Region>> &regions);
void printPairRegions(OpAsmPrinter &printer, Attribute pattern,
                      MutableArrayRef<Region> regions);

/// `alibi, bias(%bias : type)`: what stands in `modify( )`.
ParseResult
parseModifiers(OpAsmParser &parser, ArrayAttr &modifiers,
               SmallVectorImpl<OpAsmParser::UnresolvedOperand> &operands,
               SmallVectorImpl<Type> &types);
void printModifiers(OpAsmPrinter &printer, ArrayAttr modifiers,
                    OperandRange operands);

} // namespace detail
} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_DIALECT_ATTENTIONOPSDETAIL_H
