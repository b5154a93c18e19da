// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A score or mask region as vector code.
#include "ScoreEmitter.h"

#include "SparseAttn/Dialect/TiledOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::sattn;

ScoreEmitter::ScoreEmitter(ImplicitLocOpBuilder &b, Block &region,
                           int64_t lanes)
    : b(b), region(region), lanes(lanes) {}

Value ScoreEmitter::scoreArgument() const {
  return region.getNumArguments() == 4 ? region.getArgument(0) : Value();
}
Value ScoreEmitter::headArgument() const {
  return region.getNumArguments() == 4 ? region.getArgument(1) : Value();
}

//===----------------------------------------------------------------------===//
// Lanes
//===----------------------------------------------------------------------===//

/// An index has 32 bits in lanes.
Type ScoreEmitter::laneType(Type type) {
  return VectorType::get({lanes}, type.isIndex() ? b.getI32Type() : type);
}

LaneValue ScoreEmitter::lookup(Value value, const Values &values) const {
  for (const Values *from : {&values, &ofRows, &invariants})
    if (auto found = from->find(value); found != from->end())
      return found->second;
  return LaneValue::same(value);
}

Value ScoreEmitter::toVector(const LaneValue &value) {
  if (value.vector)
    return value.vector;
  Value scalar = value.scalar;
  if (scalar.getType().isIndex())
    scalar = arith::IndexCastOp::create(b, b.getI32Type(), scalar);
  auto type = VectorType::get({lanes}, scalar.getType());
  Value same = vector::BroadcastOp::create(b, type, scalar);
  if (value.step == 0)
    return same;
  SmallVector<APInt> steps;
  for (int64_t lane = 0; lane < lanes; ++lane)
    steps.push_back(APInt(type.getElementTypeBitWidth(), lane * value.step,
                          /*isSigned=*/true, /*implicitTrunc=*/true));
  Value spread =
      arith::ConstantOp::create(b, DenseElementsAttr::get(type, steps));
  return arith::AddIOp::create(b, same, spread);
}

/// Whether each operation can be done for all lanes at once, also for pairs that
/// are not live: loads apart, these are operations that nothing can go wrong in.
bool ScoreEmitter::canWiden(Block &block) const {
  return llvm::all_of(block.without_terminator(), [&](Operation &op) {
    if (isa<memref::LoadOp>(op))
      return true;
    bool fits = llvm::all_of(op.getResultTypes(), [](Type type) {
      return type.isIntOrIndexOrFloat();
    });
    APInt constant;
    if (matchPattern(&op, m_ConstantInt(&constant)) &&
        op.getResult(0).getType().isIndex())
      fits = constant.isSignedIntN(32);
    return fits && op.getNumRegions() == 0 && isPure(&op) &&
           (op.hasTrait<OpTrait::ConstantLike>() ||
            OpTrait::hasElementwiseMappableTraits(&op) ||
            isa<arith::IndexCastOp, arith::IndexCastUIOp>(op));
  });
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

void ScoreEmitter::emitInvariants(Value head) {
  flattenCaptured();
  llvm::DenseSet<Value> varying(region.getArguments().begin(),
                                region.getArguments().end());
  if (head) {
    varying.erase(headArgument());
    invariants[headArgument()] = LaneValue::same(head);
  }
  for (Operation &op : region.without_terminator()) {
    bool depends = false;
    op.walk([&](Operation *inner) {
      depends |= llvm::any_of(inner->getOperands(), [&](Value operand) {
        return varying.contains(operand);
      });
    });
    if (depends) {
      varying.insert(op.result_begin(), op.result_end());
      continue;
    }
    IRMapping mapping;
    for (auto &[value, lane] : invariants)
      mapping.map(value, lane.scalar);
    Operation *copy = b.clone(op, mapping);
    for (auto [from, to] : llvm::zip(op.getResults(), copy->getResults()))
      invariants[from] = LaneValue::same(to);
  }
}

bool ScoreEmitter::isKnown(Operation &op) const {
  return llvm::all_of(op.getResults(), [&](Value result) {
    return invariants.contains(result) || ofRows.contains(result);
  });
}

void ScoreEmitter::emitRows(const LanePairs &pairs) {
  ofRows.clear();
  if (!canWiden(region))
    return;
  ofRows[positionArgument()] = pairs.position;
  for (Operation &op : region.without_terminator()) {
    auto dependsOnRow = [&](Value operand) {
      return ofRows.contains(operand) || invariants.contains(operand) ||
             operand.getParentBlock() != &region;
    };
    if (!isKnown(op) && llvm::all_of(op.getOperands(), dependsOnRow))
      emitOperation(op, ofRows, pairs.live);
  }
}

Value ScoreEmitter::emit(Value score, const LanePairs &pairs) {
  if (!canWiden(region))
    return emitLaneByLane(score, pairs);
  Values values;
  if (scoreArgument()) {
    values[scoreArgument()] = LaneValue::lanes(score);
    values[headArgument()] = pairs.head;
  }
  values[positionArgument()] = pairs.position;
  values[keyArgument()] = pairs.key;
  for (Operation &op : region.without_terminator())
    if (!isKnown(op))
      emitOperation(op, values, pairs.live);
  auto yield = cast<YieldOp>(region.getTerminator());
  return toVector(lookup(yield.getValue(), values));
}

void ScoreEmitter::emitOperation(Operation &op, Values &values, Value live) {
  if (isa<memref::LoadOp>(op)) {
    values[op.getResult(0)] = emitLoad(op, values, live);
    return;
  }
  SmallVector<LaneValue> operands =
      llvm::map_to_vector(op.getOperands(), [&](Value operand) {
        return lookup(operand, values);
      });
  if (llvm::all_of(operands, [](const LaneValue &v) { return v.isSame(); })) {
    IRMapping mapping;
    for (auto [from, to] : llvm::zip(op.getOperands(), operands))
      mapping.map(from, to.scalar);
    Operation *copy = b.clone(op, mapping);
    for (auto [from, to] : llvm::zip(op.getResults(), copy->getResults()))
      values[from] = LaneValue::same(to);
    return;
  }
  if (std::optional<LaneValue> even = emitEven(op, operands)) {
    values[op.getResult(0)] = *even;
    return;
  }
  if (isa<arith::IndexCastOp, arith::IndexCastUIOp>(op)) {
    values[op.getResult(0)] = emitCast(op, operands[0]);
    return;
  }
  // An element that is read was widened already.
  if (isa<arith::ExtFOp>(op) && operands[0].vector &&
      operands[0].vector.getType() == laneType(op.getResult(0).getType())) {
    values[op.getResult(0)] = operands[0];
    return;
  }
  SmallVector<Value> vectors = llvm::map_to_vector(
      operands, [&](const LaneValue &operand) { return toVector(operand); });
  SmallVector<Type> types = llvm::map_to_vector(
      op.getResultTypes(), [&](Type type) { return laneType(type); });
  Operation *wide = b.create(op.getLoc(), op.getName().getIdentifier(), vectors,
                             types, op.getAttrs());
  for (auto [from, to] : llvm::zip(op.getResults(), wide->getResults()))
    values[from] = LaneValue::lanes(to);
}

/// Sums, differences, multiples and casts of what grows evenly grow evenly.
std::optional<LaneValue>
ScoreEmitter::emitEven(Operation &op, ArrayRef<LaneValue> operands) {
  if (llvm::any_of(operands, [](const LaneValue &v) { return !v.scalar; }))
    return std::nullopt;
  auto make = [&](int64_t step) {
    SmallVector<Value> scalars = llvm::map_to_vector(
        operands, [](const LaneValue &operand) { return operand.scalar; });
    Operation *scalar =
        b.create(op.getLoc(), op.getName().getIdentifier(), scalars,
                 op.getResultTypes(), op.getAttrs());
    return LaneValue::spread(scalar->getResult(0), step);
  };
  if (isa<arith::AddIOp>(op))
    return make(operands[0].step + operands[1].step);
  if (isa<arith::SubIOp>(op))
    return make(operands[0].step - operands[1].step);
  if (isa<arith::IndexCastOp>(op)) {
    // Narrower integers wrap around as they would in a lane.
    return make(operands[0].step);
  }
  if (isa<arith::MulIOp>(op)) {
    APInt factor;
    for (auto [one, other] : {std::pair{0, 1}, {1, 0}})
      if (operands[one].step == 0 &&
          matchPattern(operands[one].scalar, m_ConstantInt(&factor)) &&
          factor.isSignedIntN(32))
        return make(operands[other].step * factor.getSExtValue());
  }
  return std::nullopt;
}

LaneValue ScoreEmitter::emitCast(Operation &op, const LaneValue &operand) {
  Value from = toVector(operand);
  auto target = cast<VectorType>(laneType(op.getResult(0).getType()));
  auto source = cast<VectorType>(from.getType());
  unsigned width = target.getElementTypeBitWidth();
  unsigned sourceWidth = source.getElementTypeBitWidth();
  if (width == sourceWidth)
    return LaneValue::lanes(from);
  if (width < sourceWidth)
    return LaneValue::lanes(arith::TruncIOp::create(b, target, from));
  if (isa<arith::IndexCastUIOp>(op))
    return LaneValue::lanes(arith::ExtUIOp::create(b, target, from));
  return LaneValue::lanes(arith::ExtSIOp::create(b, target, from));
}

//===----------------------------------------------------------------------===//
// Loads
//===----------------------------------------------------------------------===//

void ScoreEmitter::flattenCaptured() {
  region.walk([&](memref::LoadOp load) {
    Value buffer = load.getMemref();
    if (load.getMemRefType().getRank() == 0 || flat.contains(buffer))
      return;
    auto metadata = memref::ExtractStridedMetadataOp::create(b, buffer);
    Flat result;
    result.offset = metadata.getOffset();
    result.strides = llvm::to_vector_of<Value>(metadata.getStrides());
    // Its size is not asked for: loads stay within the buffer's own shape.
    auto type = MemRefType::get(
        {ShapedType::kDynamic}, load.getMemRefType().getElementType(),
        StridedLayoutAttr::get(b.getContext(), 0, {1}),
        load.getMemRefType().getMemorySpace());
    Value all = arith::ConstantIndexOp::create(b, INT32_MAX);
    result.buffer = memref::ReinterpretCastOp::create(
        b, type, metadata.getBaseBuffer(), OpFoldResult(b.getIndexAttr(0)),
        ArrayRef<OpFoldResult>{all},
        ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
    flat[buffer] = result;
  });
}

const ScoreEmitter::Flat &ScoreEmitter::flatten(Value buffer) {
  return flat.find(buffer)->second;
}

LaneValue ScoreEmitter::emitLoad(Operation &op, Values &values, Value live) {
  if (auto found = replaced.find(&op); found != replaced.end())
    return LaneValue::lanes(found->second);
  auto load = cast<memref::LoadOp>(op);
  SmallVector<LaneValue> indices = llvm::map_to_vector(
      load.getIndices(), [&](Value index) { return lookup(index, values); });
  auto type = cast<VectorType>(laneType(load.getType()));
  bool isIndex = load.getType().isIndex();
  bool isUniform =
      llvm::all_of(indices, [](const LaneValue &v) { return v.isSame(); });
  if (isUniform) {
    // Of pairs that see the same element, one must be live.
    SmallVector<Value> at = llvm::map_to_vector(
        indices, [](const LaneValue &index) { return index.scalar; });
    Value any =
        vector::ReductionOp::create(b, vector::CombiningKind::OR, live);
    auto ifOp = scf::IfOp::create(b, load.getType(), any, true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(ifOp.thenBlock());
    scf::YieldOp::create(
        b, Value(memref::LoadOp::create(b, load.getMemref(), at)));
    b.setInsertionPointToStart(ifOp.elseBlock());
    scf::YieldOp::create(
        b, Value(arith::ConstantOp::create(b, b.getZeroAttr(load.getType()))));
    return LaneValue::same(ifOp.getResult(0));
  }
  const Flat &source = flatten(load.getMemref());
  Value base = source.offset, spread;
  for (auto [index, stride] : llvm::zip(indices, source.strides)) {
    if (index.scalar) {
      base = arith::AddIOp::create(
          b, base, arith::MulIOp::create(b, index.scalar, stride));
      if (index.step == 0)
        continue;
      // Lane l is l * step further on.
      index = LaneValue::lanes(toVector(LaneValue::spread(
          arith::ConstantIndexOp::create(b, 0), index.step)));
    }
    Value lane = toVector(index);
    Value term = arith::MulIOp::create(b, lane, toVector(LaneValue::same(stride)));
    spread = spread ? arith::AddIOp::create(b, spread, term).getResult() : term;
  }
  if (load.getType().isInteger(1)) {
    // One up from one element before: lanes that follow each other would become a load of a
    // vector, in which truth values are single bits.
    Value one = arith::ConstantIndexOp::create(b, 1);
    base = arith::SubIOp::create(b, base, one);
    spread = arith::AddIOp::create(b, spread, toVector(LaneValue::same(one)));
  }
  auto elementType =
      VectorType::get({lanes}, isIndex ? b.getIndexType() : load.getType());
  Value none = arith::ConstantOp::create(b, b.getZeroAttr(elementType));
  Value gathered = vector::GatherOp::create(b, elementType, source.buffer, base,
                                            spread, live, none);
  if (isIndex)
    gathered = arith::IndexCastOp::create(b, type, gathered);
  return LaneValue::lanes(gathered);
}

//===----------------------------------------------------------------------===//
// One pair
//===----------------------------------------------------------------------===//

Value ScoreEmitter::emitScalar(Value value, Value position, Value key) {
  if (value == positionArgument())
    return position;
  if (value == keyArgument())
    return key;
  if (auto known = invariants.find(value); known != invariants.end())
    return known->second.scalar;
  Operation *source = value.getDefiningOp();
  if (!source || source->getBlock() != &region)
    return value;
  IRMapping mapping;
  for (Value operand : source->getOperands())
    mapping.map(operand, emitScalar(operand, position, key));
  Operation *copy = b.clone(*source, mapping);
  return copy->getResult(cast<OpResult>(value).getResultNumber());
}

Value ScoreEmitter::emitLaneByLane(Value score, const LanePairs &pairs) {
  SmallVector<Value> vectors;
  if (score)
    vectors = {score, toVector(pairs.head)};
  else
    score = arith::ConstantOp::create(
        b, b.getZeroAttr(VectorType::get({lanes}, b.getI1Type())));
  vectors.append({toVector(pairs.position), toVector(pairs.key)});
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  Value end = arith::ConstantIndexOp::create(b, lanes);
  auto loop = scf::ForOp::create(b, zero, end, one, ValueRange{score});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value lane = loop.getInductionVar(), soFar = loop.getRegionIterArg(0);
  Value isLive =
      vector::ExtractOp::create(b, pairs.live, OpFoldResult(lane));
  auto ifOp = scf::IfOp::create(b, score.getType(), isLive, true);
  scf::YieldOp::create(b, ifOp.getResults());
  b.setInsertionPointToStart(ifOp.elseBlock());
  scf::YieldOp::create(b, soFar);
  b.setInsertionPointToStart(ifOp.thenBlock());
  IRMapping mapping;
  for (auto &[value, known] : invariants)
    mapping.map(value, known.scalar);
  for (auto [argument, vector] : llvm::zip(region.getArguments(), vectors)) {
    Value element = vector::ExtractOp::create(b, vector, OpFoldResult(lane));
    if (argument.getType().isIndex())
      element = arith::IndexCastOp::create(b, b.getIndexType(), element);
    mapping.map(argument, element);
  }
  for (Operation &op : region.without_terminator())
    if (op.getNumResults() == 0 || !invariants.contains(op.getResult(0)))
      b.clone(op, mapping);
  Value result = mapping.lookupOrDefault(
      cast<YieldOp>(region.getTerminator()).getValue());
  scf::YieldOp::create(
      b, Value(vector::InsertOp::create(b, result, soFar, OpFoldResult(lane))));
  return loop.getResult(0);
}
