// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Subviews of rows and of heads.
#include "TileSlices.h"

#include "SparseAttn/Dialect/IndexExpr.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::sattn;

Value mlir::sattn::sliceRows(ImplicitLocOpBuilder &b, Value source,
                             ArrayRef<Value> leading, Value row, Value count,
                             int64_t step) {
  auto type = cast<MemRefType>(source.getType());
  SmallVector<OpFoldResult> offsets, counts, strides;
  auto addDim = [&](OpFoldResult offset, OpFoldResult size, int64_t stride) {
    offsets.push_back(offset);
    counts.push_back(size);
    strides.push_back(b.getIndexAttr(stride));
  };
  for (Value at : leading)
    addDim(at, b.getIndexAttr(1), 1);
  addDim(getAsOpFoldResult(row), getAsOpFoldResult(count),
         step);
  bool hasColumns = static_cast<int64_t>(offsets.size()) < type.getRank();
  if (hasColumns)
    addDim(b.getIndexAttr(0), b.getIndexAttr(type.getShape().back()), 1);
  Value slice =
      memref::SubViewOp::create(b, source, offsets, counts, strides);
  if (leading.empty())
    return slice;
  SmallVector<ReassociationIndices> groups(1);
  for (size_t dim = 0; dim <= leading.size(); ++dim)
    groups[0].push_back(dim);
  if (hasColumns)
    groups.push_back({static_cast<int64_t>(leading.size()) + 1});
  return memref::CollapseShapeOp::create(b, slice, groups);
}

/// The type of heads' rows, and the dimensions that they come to.
static std::pair<MemRefType, SmallVector<ReassociationIndices>>
getHeadRows(MemRefType type, int64_t heads, int64_t rows) {
  auto shape = llvm::to_vector(type.getShape());
  SmallVector<int64_t> offsets(type.getRank(), ShapedType::kDynamic), steps(type.getRank(), 1);
  shape[0] = 1;
  shape[1] = heads;
  shape[2] = rows;
  SmallVector<ReassociationIndices> dims{{0, 1, 2}};
  if (type.getRank() == 4)
    dims.push_back({3});
  return {memref::SubViewOp::inferResultType(type, offsets, shape, steps), dims};
}

bool mlir::sattn::mayStackHeads(Value source, int64_t heads, int64_t rows) {
  auto [type, dims] = getHeadRows(cast<MemRefType>(source.getType()), heads, rows);
  return memref::CollapseShapeOp::isGuaranteedCollapsible(type, dims);
}

Value mlir::sattn::sliceHeads(ImplicitLocOpBuilder &b, Value source, const HeadRows &at) {
  auto [type, dims] = getHeadRows(cast<MemRefType>(source.getType()), at.heads, at.rows);
  SmallVector<OpFoldResult> offsets{at.batch, at.head, at.firstRow};
  offsets.resize(type.getRank(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> sizes = getAsIndexOpFoldResult(b.getContext(), type.getShape());
  SmallVector<OpFoldResult> steps(type.getRank(), b.getIndexAttr(1));
  Value slice = memref::SubViewOp::create(b, source, offsets, sizes, steps);
  return memref::CollapseShapeOp::create(b, slice, dims);
}

Value mlir::sattn::slicePages(ImplicitLocOpBuilder &b, Value source,
                              Value kvHead) {
  auto type = cast<MemRefType>(source.getType());
  auto metadata = memref::ExtractStridedMetadataOp::create(b, source);
  auto expr = [&](OpFoldResult value) {
    if (std::optional<int64_t> constant = getConstantIntValue(value))
      return IndexExpr(*constant);
    return IndexExpr(cast<Value>(value), b);
  };
  SmallVector<OpFoldResult> strides = metadata.getConstifiedMixedStrides();
  IndexExpr pages = expr(metadata.getConstifiedMixedSizes()[0]);
  // Up to the last row of the last page; none without a page.
  IndexExpr rows = max(pages - 1, 0) * expr(getPageRows(b, source)) +
                   type.getDimSize(2);
  rows = select(IndexExpr(0) < pages, rows, 0);
  IndexExpr offset = expr(metadata.getConstifiedMixedOffset()) +
                     IndexExpr(kvHead, b) * expr(strides[1]);
  int64_t columns = type.getDimSize(3);
  SmallVector<OpFoldResult> rowStrides{strides[2], b.getIndexAttr(1)};
  int64_t rowStride = getConstantIntValue(strides[2]).value_or(ShapedType::kDynamic);
  auto layout = StridedLayoutAttr::get(b.getContext(), ShapedType::kDynamic,
                                       {rowStride, 1});
  auto view = MemRefType::get({ShapedType::kDynamic, columns},
                              type.getElementType(), layout);
  return memref::ReinterpretCastOp::create(
      b, view, metadata.getBaseBuffer(), offset.materializeIndex(b),
      ArrayRef<OpFoldResult>{rows.materializeIndex(b), b.getIndexAttr(columns)},
      rowStrides);
}

Value mlir::sattn::getPageRows(ImplicitLocOpBuilder &b, Value source) {
  auto type = cast<MemRefType>(source.getType());
  if (!type.getLayout().isIdentity()) {
    auto [strides, offset] = type.getStridesAndOffset();
    return arith::ConstantIndexOp::create(b, strides[0] / strides[2]);
  }
  IndexExpr heads(memref::DimOp::create(b, source, 1), b);
  return (heads * type.getDimSize(2)).materializeIndex(b);
}
