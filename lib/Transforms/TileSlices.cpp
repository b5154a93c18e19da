// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Subviews of rows and of heads.
#include "TileSlices.h"

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

Value mlir::sattn::sliceHeads(ImplicitLocOpBuilder &b, Value source,
                              Value batch, Value head, int64_t count) {
  auto type = cast<MemRefType>(source.getType());
  bool hasColumns = type.getRank() == 4;
  Attribute zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  SmallVector<OpFoldResult> offsets{batch, head, zero};
  SmallVector<OpFoldResult> counts{one, b.getIndexAttr(count), one};
  SmallVector<ReassociationIndices> dims{{0, 1, 2}};
  if (hasColumns) {
    offsets.push_back(zero);
    counts.push_back(b.getIndexAttr(type.getShape().back()));
    dims.push_back({3});
  }
  SmallVector<OpFoldResult> strides(type.getRank(), one);
  Value slice =
      memref::SubViewOp::create(b, source, offsets, counts, strides);
  return memref::CollapseShapeOp::create(b, slice, dims);
}
