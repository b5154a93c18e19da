// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `sattn.merge`: its rules, effects and tiles. The functions merge_g1, ... are the numbered
/// rules of docs/Semantics.md.
#include "SparseAttn/Dialect/MergeOp.h"

#include "AttentionOpsDetail.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace mlir::sattn;
using mlir::sattn::detail::sizeOf;

/// The results are the destinations that are tensors; nothing is written.
static ParseResult parseMergeResults(OpAsmParser &, Type out, Type lse,
                                     SmallVectorImpl<Type> &results) {
  for (Type type : {out, lse})
    if (isa<TensorType>(type))
      results.push_back(type);
  return success();
}
static void printMergeResults(OpAsmPrinter &, MergeOp, Type, Type, TypeRange) {}

#define GET_OP_CLASSES
#include "SparseAttn/Dialect/MergeOp.cpp.inc"

MutableOperandRange MergeOp::getDpsInitsMutable() {
  return MutableOperandRange(*this, (*this)->getNumOperands() - 2, 2);
}

bool MergeOp::hasTensorSemantics() {
  return isa<TensorType>(getOut().getType());
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

namespace {

/// An operand with the name that diagnostics give it.
struct Named {
  std::string name;
  Value value;
  bool isLse;

  ShapedType type() const { return cast<ShapedType>(value.getType()); }
};

/// Destinations first: others are compared with them.
SmallVector<Named> allOperands(MergeOp op) {
  SmallVector<Named> operands{{"out", op.getOut(), false},
                              {"lse", op.getLse(), true}};
  for (auto [index, part] : llvm::enumerate(op.getParts()))
    operands.push_back({"part " + std::to_string(index), part, false});
  for (auto [index, lse] : llvm::enumerate(op.getPartLses()))
    operands.push_back({"the lse of part " + std::to_string(index), lse, true});
  return operands;
}

LogicalResult merge_g1(MergeOp op) {
  if (op->getNumOperands() % 2)
    return op.emitOpError("expected as many lses as parts");
  if (op.getParts().empty())
    return op.emitOpError("expected at least one part");
  return success();
}

LogicalResult merge_g2(MergeOp op) {
  bool tensors = op.hasTensorSemantics();
  for (const Named &operand : allOperands(op)) {
    auto memref = dyn_cast<MemRefType>(operand.value.getType());
    if (tensors ? !isa<RankedTensorType>(operand.value.getType())
                : !memref || !memref.isStrided())
      return op.emitOpError()
             << "expected " << operand.name << " to be a "
             << (tensors ? "ranked tensor" : "strided memref")
             << ", but got " << operand.value.getType();
  }
  return success();
}

LogicalResult merge_g3(MergeOp op) {
  for (const Named &operand : allOperands(op)) {
    int64_t rank = operand.isLse ? 3 : 4;
    if (operand.type().getRank() != rank)
      return op.emitOpError()
             << "expected " << operand.name << " to have rank " << rank
             << ", but got rank " << operand.type().getRank();
  }
  return success();
}

LogicalResult merge_g4(MergeOp op) {
  for (const Named &operand : allOperands(op)) {
    Type element = operand.type().getElementType();
    if (element.isF32() ||
        (!operand.isLse && (element.isF16() || element.isBF16())))
      continue;
    return op.emitOpError() << "expected " << operand.name
                            << " to have elements of type f32"
                            << (operand.isLse ? "" : ", f16 or bf16")
                            << ", but got " << element;
  }
  return success();
}

LogicalResult merge_g5(MergeOp op) {
  SmallVector<Named> operands = allOperands(op);
  constexpr StringLiteral sizes[] = {"batch size", "head count", "row count",
                                     "head size"};
  for (int64_t dim = 0; dim < 4; ++dim) {
    const Named *known = nullptr;
    for (const Named &operand : operands) {
      if (dim >= operand.type().getRank() || operand.type().isDynamicDim(dim))
        continue;
      int64_t size = operand.type().getDimSize(dim);
      if (!known)
        known = &operand;
      int64_t expected = known->type().getDimSize(dim);
      if (size != expected)
        return op.emitOpError() << "expected " << operand.name << " to have "
                                << sizes[dim] << " " << expected << " like "
                                << known->name << ", but got " << size;
    }
  }
  return success();
}
} // namespace

LogicalResult MergeOp::verify() {
  // Later rules rely on earlier ones.
  for (auto rule : {merge_g1, merge_g2, merge_g3, merge_g4, merge_g5})
    if (failed(rule(*this)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Effects and shapes
//===----------------------------------------------------------------------===//

void MergeOp::getEffects(detail::Effects &effects) {
  detail::getDestinationEffects(*this, effects);
}

LogicalResult MergeOp::reifyResultShapes(OpBuilder &builder,
                                         ReifiedRankedShapedTypeDims &shapes) {
  return detail::reifyDestinationShapes(*this, builder, shapes);
}

//===----------------------------------------------------------------------===//
// Tiling over batch, head and row
//===----------------------------------------------------------------------===//

SmallVector<utils::IteratorType> MergeOp::getLoopIteratorTypes() {
  return SmallVector<utils::IteratorType>(3, utils::IteratorType::parallel);
}

SmallVector<Range> MergeOp::getIterationDomain(OpBuilder &builder) {
  SmallVector<Range> domain;
  for (int64_t dim = 0; dim < 3; ++dim)
    domain.push_back({builder.getIndexAttr(0),
                      sizeOf(builder, getLoc(), getParts().front(), dim),
                      builder.getIndexAttr(1)});
  return domain;
}

FailureOr<TilingResult>
MergeOp::getTiledImplementation(OpBuilder &b, ArrayRef<OpFoldResult> offsets,
                                ArrayRef<OpFoldResult> sizes) {
  SmallVector<Operation *> slices;
  SmallVector<Value> operands;
  for (Value operand : getOperands()) {
    auto type = cast<ShapedType>(operand.getType());
    SmallVector<OpFoldResult> at(offsets), size(sizes),
        strides(type.getRank(), b.getIndexAttr(1));
    if (type.getRank() == 4) {
      at.push_back(b.getIndexAttr(0));
      size.push_back(sizeOf(b, getLoc(), operand, 3));
    }
    Operation *slice;
    if (isa<TensorType>(type))
      slice = tensor::ExtractSliceOp::create(b, getLoc(), operand, at, size,
                                             strides);
    else
      slice = memref::SubViewOp::create(b, getLoc(), operand, at, size, strides);
    slices.push_back(slice);
    operands.push_back(slice->getResult(0));
  }
  SmallVector<Type> results;
  if (hasTensorSemantics())
    for (Value destination : ArrayRef(operands).take_back(2))
      results.push_back(destination.getType());
  Operation *tile =
      b.create(getLoc(), getOperation()->getName().getIdentifier(), operands,
               results, (*this)->getAttrs());
  return TilingResult{
      {tile}, llvm::to_vector_of<Value>(tile->getResults()), slices};
}

LogicalResult MergeOp::getResultTilePosition(
    OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  resultOffsets.assign(offsets.begin(), offsets.end());
  resultSizes.assign(sizes.begin(), sizes.end());
  if (resultNumber == 0) {
    resultOffsets.push_back(b.getIndexAttr(0));
    resultSizes.push_back(sizeOf(b, getLoc(), getOut(), 3));
  }
  return success();
}
