// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The sizes of an attention, as IR.
#include "SparseAttn/Dialect/AttentionSizes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::sattn;

AttentionSizes AttentionSizes::emit(ImplicitLocOpBuilder &b, AttentionOp op) {
  auto size = [&](Value buffer, int64_t dim) -> Value {
    int64_t known = cast<ShapedType>(buffer.getType()).getDimSize(dim);
    if (!ShapedType::isDynamic(known))
      return arith::ConstantIndexOp::create(b, known);
    if (isa<TensorType>(buffer.getType()))
      return tensor::DimOp::create(b, buffer, dim);
    return memref::DimOp::create(b, buffer, dim);
  };
  AttentionSizes sizes;
  sizes.batch = size(op.getQuery(), 0);
  sizes.heads = size(op.getQuery(), 1);
  sizes.queries = size(op.getQuery(), 2);
  sizes.kvHeads = size(op.getKey(), 1);
  sizes.keys = size(op.getKey(), 2);
  if (op.getBlockTable())
    sizes.keys = (IndexExpr(sizes.keys, b) *
                  IndexExpr(size(op.getBlockTable(), 1), b))
                     .materializeIndex(b);
  // At least 1, so that an attention without heads does not divide by 0.
  IndexExpr kvHeads = max(IndexExpr(sizes.kvHeads, b), 1);
  sizes.group =
      max(floorDiv(IndexExpr(sizes.heads, b), kvHeads), 1).materializeIndex(b);
  IndexExpr offset = op.getOffset() ? IndexExpr(op.getOffset(), b) : 0;
  if (op.getAlign() == Alignment::BottomRight)
    offset = offset + IndexExpr(sizes.keys, b) - IndexExpr(sizes.queries, b);
  sizes.offset = offset.materializeIndex(b);
  auto orZero = [&](Value operand) -> Value {
    return operand ? operand : arith::ConstantIndexOp::create(b, 0).getResult();
  };
  sizes.firstHead = orZero(op.getFirstHead());
  sizes.firstBatch = orZero(op.getFirstBatch());
  sizes.firstRow = orZero(op.getFirstRow());
  return sizes;
}

RuntimeSizes AttentionSizes::getRuntimeSizes(ImplicitLocOpBuilder &b) const {
  auto expr = [&](Value value) { return IndexExpr(value, b); };
  return {expr(batch) + expr(firstBatch), expr(heads) + expr(firstHead),
          expr(queries) + expr(firstRow), expr(keys)};
}
