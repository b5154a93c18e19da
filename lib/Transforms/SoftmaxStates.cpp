// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "SoftmaxStates.h"

#include "SparseAttn/Dialect/IndexExpr.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::sattn;

SmallVector<Value>
mlir::sattn::allocateSoftmaxStates(ImplicitLocOpBuilder &b, AttentionOp op,
                                   ArrayRef<OpFoldResult> sizes) {
  SmallVector<Value> dynamic;
  SmallVector<int64_t> shape;
  dispatchIndexOpFoldResults(sizes, dynamic, shape);
  SmallVector<int64_t> row = shape;
  row.push_back(op.getValueType().getDimSize(3));
  SmallVector<SmallVector<int64_t>> shapes{row, shape, shape};
  if (op.getRowMax())
    shapes.push_back(shape);
  return llvm::map_to_vector(shapes, [&](ArrayRef<int64_t> own) -> Value {
    return memref::AllocOp::create(b, MemRefType::get(own, b.getF32Type()),
                                   dynamic, b.getI64IntegerAttr(64));
  });
}

void mlir::sattn::releaseSoftmaxStates(ImplicitLocOpBuilder &b,
                                       ValueRange states) {
  for (Value state : states)
    memref::DeallocOp::create(b, state);
}

SplitKeys::Limits SplitKeys::getLimits(bool isGpu, int64_t leastKeys) {
  // As many blocks as the largest GPUs have room for, or as many threads as keep the memory of most
  // CPUs busy; but no tile of a few key tiles only.
  if (isGpu)
    return {512, leastKeys ? leastKeys : 256, 0};
  return {16, leastKeys ? leastKeys : 2048, 16};
}

SplitKeys::SplitKeys(ImplicitLocOpBuilder &b, AttentionOp op,
                     const AttentionSizes &sizes, Value groups, int64_t step,
                     const Limits &limits)
    : b(b), op(op), step(step), fewGroups(limits.fewGroups), batch(sizes.batch),
      groups(groups), keys(sizes.keys) {
  constexpr int64_t maxSplits = 64;
  auto expr = [&](Value value) { return IndexExpr(value, b); };
  IndexExpr all = max(expr(sizes.batch) * expr(groups), 1);
  // Parts begin at the same key modulo the step.
  int64_t least = llvm::alignTo(limits.leastKeys, step);
  IndexExpr splits = max(min(min(ceilDiv(limits.wantedTiles, all),
                                 floorDiv(expr(keys), least)),
                             maxSplits),
                         1);
  numSplits = splits.materializeIndex(b);
  // Whole key tiles, if there are any.
  int64_t unit = llvm::alignTo(std::min<int64_t>(limits.leastKeys, 64), step);
  keysOfSplit = (ceilDiv(ceilDiv(expr(keys), splits), unit) * unit)
                    .materializeIndex(b);
}

bool SplitKeys::isWhole() const { return getConstantIntValue(numSplits) == 1; }

void SplitKeys::allocate(Value rows, int64_t heads) {
  states = allocateSoftmaxStates(
      b, op,
      getAsOpFoldResult(ValueRange{
          batch, rows, numSplits,
          arith::ConstantIndexOp::create(b, heads).getResult()}));
}

/// state[batch, row, split], or all splits of the row.
Value SplitKeys::slice(Value state, Value batch, Value row, Value split) {
  auto type = cast<MemRefType>(state.getType());
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  SmallVector<OpFoldResult> offsets(type.getRank(), zero), sizes{one, one, one},
      steps(type.getRank(), one);
  offsets[0] = batch;
  offsets[1] = row;
  if (split)
    offsets[2] = split;
  else
    sizes[2] = getAsOpFoldResult(numSplits);
  for (int64_t size : type.getShape().drop_front(3))
    sizes.push_back(b.getIndexAttr(size));
  // The first dimensions go. Which those are is no question of sizes: others may be 1 as well.
  auto whole = cast<MemRefType>(
      memref::SubViewOp::inferResultType(type, offsets, sizes, steps));
  auto [strides, offset] = whole.getStridesAndOffset();
  unsigned dropped = split ? 3 : 2;
  auto slice = MemRefType::get(
      whole.getShape().drop_front(dropped), type.getElementType(),
      StridedLayoutAttr::get(b.getContext(), offset,
                             ArrayRef(strides).drop_front(dropped)));
  return memref::SubViewOp::create(b, slice, state, offsets, sizes, steps);
}

SmallVector<Value> SplitKeys::getStates(Value batch, Value row, Value split) {
  return llvm::map_to_vector(
      states, [&](Value state) { return slice(state, batch, row, split); });
}

void SplitKeys::setKeys(TileAttentionOp tile, Value split) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(tile);
  IndexExpr length(keysOfSplit, b), end(keys, b);
  IndexExpr begin = IndexExpr(split, b) * length;
  IndexExpr first = begin;
  if (step > 1)
    first = begin + mod(IndexExpr(tile.getFirst(), b), step);
  tile.getFirstKeyMutable().assign(first.materializeIndex(b));
  tile.getEndKeyMutable().assign(
      max(first, min(begin + length, end)).materializeIndex(b));
}

void SplitKeys::emitLoops(llvm::function_ref<void(Value, Value)> body) {
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  auto inParallel = [&] {
    auto forall = scf::ForallOp::create(
        b, getAsOpFoldResult(ValueRange{batch, groups, one}), ValueRange(),
        std::nullopt);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(forall.getTerminator());
    body(forall.getInductionVar(0), forall.getInductionVar(1));
  };
  auto inOrder = [&] {
    OpBuilder::InsertionGuard guard(b);
    auto outer = scf::ForOp::create(b, zero, batch, one);
    b.setInsertionPointToStart(outer.getBody());
    auto inner = scf::ForOp::create(b, zero, groups, one);
    b.setInsertionPointToStart(inner.getBody());
    body(outer.getInductionVar(), inner.getInductionVar());
  };
  IndexExpr all = IndexExpr(batch, b) * IndexExpr(groups, b);
  IndexExpr few = fewGroups ? all < fewGroups : IndexExpr(false);
  if (few.isConstant())
    return few.isTrue() ? inOrder() : inParallel();
  auto ifOp =
      scf::IfOp::create(b, few.materializeBool(b), /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(ifOp.thenBlock());
  inOrder();
  b.setInsertionPointToStart(ifOp.elseBlock());
  inParallel();
}

void SplitKeys::combine(Value batch, Value row, ValueRange outs) {
  SmallVector<Value> parts = getStates(batch, row, /*split=*/Value());
  // What a score region makes is no multiple of the dot product any more.
  double scale = op.getScore() ? 1.0 : std::abs(op.getScaleValue());
  double factor = op.getDropoutAttr()
                      ? 1 / (1.0 - op.getDropoutAttr().getValueAsDouble())
                      : 1;
  SoftmaxCombineOp::create(b, parts[0], parts[1], parts[2],
                           op.getRowMax() ? parts[3] : Value(), outs,
                           b.getF64FloatAttr(scale == 0 ? 1.0 : scale),
                           b.getF64FloatAttr(factor));
}
