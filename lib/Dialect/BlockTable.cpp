// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Keys and values in pages: the rules of `block_table`, and what lowerings do about it. The
/// functions block_table_b1, ... are the numbered rules of docs/Semantics.md.
#include "SparseAttn/Dialect/BlockTable.h"

#include "AttentionOpsDetail.h"
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {

/// Rows of a page, at most.
constexpr int64_t maxPageSize = int64_t(1) << 30;

std::pair<StringRef, ShapedType> keyAndValue(AttentionOp op, bool isValue) {
  return isValue ? std::pair<StringRef, ShapedType>("value", op.getValueType())
                 : std::pair<StringRef, ShapedType>("key", op.getKeyType());
}

LogicalResult block_table_b1(AttentionOp op) {
  Type given = op.getBlockTable().getType();
  auto type = cast<ShapedType>(given);
  auto memref = dyn_cast<MemRefType>(given);
  bool isKind = op.hasTensorSemantics() ? isa<RankedTensorType>(given)
                                        : memref && memref.isStrided();
  Type element = type.getElementType();
  if (isKind && type.getRank() == 2 &&
      (element.isInteger(32) || element.isInteger(64)))
    return success();
  return op.emitOpError() << "expected 'block_table' to be a "
                          << (op.hasTensorSemantics() ? "tensor" : "memref")
                          << " of i32 or i64 of rank 2, but got " << given;
}

LogicalResult block_table_b2(AttentionOp op) {
  if (op.getFirstBatch())
    return success();
  int64_t batches = cast<ShapedType>(op.getBlockTable().getType()).getDimSize(0);
  int64_t expected = op.getQueryType().getDimSize(0);
  if (ShapedType::isDynamic(expected))
    expected = op.getOutType().getDimSize(0);
  if (batches == 1 || batches == expected || ShapedType::isDynamic(batches) ||
      ShapedType::isDynamic(expected))
    return success();
  return op.emitOpError() << "expected 'block_table' to have batch size "
                          << expected << " like query, or 1, but got " << batches;
}

LogicalResult block_table_b3(AttentionOp op) {
  for (bool isValue : {false, true}) {
    auto [name, type] = keyAndValue(op, isValue);
    int64_t size = type.getDimSize(2);
    if (size >= 1 && size <= maxPageSize)
      continue;
    return op.emitOpError()
           << "expected " << name << " with 'block_table' to have a static "
           << "number of rows in [1, " << maxPageSize << "], those of a page, "
           << "but got " << Type(type);
  }
  return success();
}

LogicalResult block_table_b4(AttentionOp op) {
  if (op.hasTensorSemantics())
    return success();
  // Rows from one page to the next; 0 if only the sizes tell.
  int64_t rows[2] = {0, 0};
  for (bool isValue : {false, true}) {
    auto [name, type] = keyAndValue(op, isValue);
    auto memref = cast<MemRefType>(Type(type));
    auto [strides, offset] = memref.getStridesAndOffset();
    if (memref.getLayout().isIdentity()) {
      if (!type.isDynamicDim(1))
        rows[isValue] = type.getDimSize(1) * type.getDimSize(2);
      continue;
    }
    bool isKnown = !ShapedType::isDynamic(strides[0]) &&
                   !ShapedType::isDynamic(strides[2]);
    if (!isKnown || strides[2] < 1 || strides[0] < 0 ||
        strides[0] % strides[2] != 0)
      return op.emitOpError()
             << "expected " << name << " with 'block_table' to be contiguous, or "
             << "pages to be a static multiple of a row apart, but got "
             << Type(type);
    rows[isValue] = strides[0] / strides[2];
  }
  bool areBothContiguous =
      cast<MemRefType>(Type(op.getKeyType())).getLayout().isIdentity() &&
      cast<MemRefType>(Type(op.getValueType())).getLayout().isIdentity();
  if (rows[0] == rows[1] || areBothContiguous)
    return success();
  return op.emitOpError()
         << "expected value with 'block_table' to have as many rows from page to "
         << "page as key, but got " << Type(op.getValueType());
}
} // namespace

LogicalResult mlir::sattn::detail::verifyBlockTable(AttentionOp op) {
  if (!op.getBlockTable())
    return success();
  // Later rules rely on earlier ones.
  for (auto rule :
       {block_table_b1, block_table_b2, block_table_b3, block_table_b4})
    if (failed(rule(op)))
      return failure();
  return success();
}

void mlir::sattn::addPagesToPattern(AttentionOp op) {
  if (!op.getBlockTable())
    return;
  int64_t number = op.getPatternOperands().size();
  op.getPatternOperandsMutable().append(op.getBlockTable());
  auto pages = PagesAttr::get(op.getContext(), op.getPageSize(), number);
  op.setPatternAttr(makeAnd(
      {op.getSparsityPattern(), cast<PatternAttr>(Attribute(pages))}));
}

void mlir::sattn::checkBlockTable(OperandChecker &checker, AttentionOp op,
                                  const PatternOperand &table) {
  ImplicitLocOpBuilder &b = *table.getBuilder();
  IndexExpr pages(memref::DimOp::create(b, op.getKey(), 0).getResult(), b);
  const IndexExpr &columns = table.getSize(1);
  checker.check(SATTN_BLOCK_TABLE, SATTN_RULE_BELOW,
                table.getSize(0) * columns,
                [&](const IndexExpr &i) -> OperandChecker::Claim {
                  IndexExpr page =
                      table.at({floorDiv(i, columns), mod(i, columns)});
                  return {page < pages, i, page, pages};
                });
}
