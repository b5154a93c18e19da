// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "TileContext.h"

#include "ComputeAgain.h"

#include "../PhiloxEmitter.h"
#include "../TileEmitter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"

#include <cfloat>
#include <cmath>

using namespace mlir;
using namespace mlir::sattn;

TileContext::TileContext(GpuBuilder &b, TileAttentionOp op, const GpuTile &tile)
    : b(b), op(op), tile(tile), query(b, op.getQuery()), key(b, op.getKey()),
      value(b, op.getValue()), hasScore(!op.getScore().empty()),
      hasRowMax(op.hasRowMax()),
      mayBePartial(!op.getGrouped() &&
                   !matchPattern(op.getMask().front().getTerminator()->getOperand(0),
                                 m_One())),
      mask(b, op.getMask()), maskBits(b, op.getMask(), op.getStep()),
      scale(op.getScale().convertToDouble()) {
  if (!op.getAsked().empty())
    asked.emplace(b, op.getAsked());
  if (hasScore)
    score.emplace(b, op.getScore());
  first = b.toI32(op.getFirst());
  rows = query.rows;
  lastRow = b.add(rows, -1);
  numKeys = op.getPageTable()
                ? b.mul(b.toI32(memref::DimOp::create(b, op.getPageTable(), 0)
                                    .getResult()),
                        *op.getPageSize())
                : key.rows;
  if (op.getEndKey())
    numKeys = b.toI32(op.getEndKey());
  finishScale = hasScore || scale == 0 ? 1.0 : std::abs(scale);
  factor = exponentFactor(finishScale);
  // A product's mask is in the score as it is, and has to be far below all others as an exponent.
  constexpr float leastFactor = 0x1p-60f, below = 1 - 0x1p-20f;
  bool isProduct = mayBePartial && !hasScore && !hasRowMax && scale > 0 && factor >= leastFactor;
  nothing = isProduct ? std::max(deadScore * factor * below, -FLT_MAX) : -FLT_MAX;
}

Value TileContext::emitIsFar() {
  Value distance = b.add(op.getFirst(), maxNarrow);
  Value isFar = arith::CmpIOp::create(b, arith::CmpIPredicate::ugt, distance,
                                      b.index(2 * maxNarrow));
  return b.either(isFar, b.less(b.i32(maxNarrow), numKeys));
}

void TileContext::useAllBits() {
  usesAllBits = true;
  mask.useAllBits();
  if (asked)
    asked->useAllBits();
  if (score)
    score->useAllBits();
}

Offset TileContext::rowOfHead(const Offset &row) {
  if (!op.getRowsPerHead())
    return row;
  return {b.modulo(emitOffset(b, row), *op.getRowsPerHead()), 0};
}

Offset TileContext::positionOf(const Offset &tileRow) {
  Offset row = rowOfHead(tileRow);
  if (usesAllBits) {
    Value distance = b.mul(b.toIndex(emitOffset(b, row)), op.getStep());
    return {op.getGrouped() ? op.getFirst() : b.add(op.getFirst(), distance), 0};
  }
  if (op.getGrouped())
    return {first, 0};
  int64_t step = op.getStep();
  return {row.base ? b.add(first, b.mul(row.base, step)) : first,
          row.plus * step};
}
Offset TileContext::headOf(const Offset &row) {
  if (!op.getHead())
    return {};
  Value head = b.toI32(op.getHead());
  if (op.getRowsPerHead())
    return {b.add(head, numberOfHead(emitOffset(b, row))), 0};
  if (!op.getGrouped())
    return {head, 0};
  return {row.base ? b.add(head, row.base) : head, row.plus};
}

Value TileContext::keyRow(Value key) {
  if (!op.getPageTable())
    return b.toI64(key);
  int64_t size = *op.getPageSize();
  Value page = memref::LoadOp::create(b, op.getPageTable(),
                                      b.toIndex(b.divide(key, size)));
  return b.add(b.mul(b.toI64(page), b.toI64(op.getPageRows())),
               b.toI64(b.modulo(key, size)));
}

Value TileContext::emitFirstKey() {
  if (op.getFirstKey())
    return op.getFirstKey();
  Value zero = b.index(0);
  int64_t step = op.getStep();
  if (step == 1)
    return zero;
  // In [0, step), whatever the sign of the position.
  Value rest = arith::RemSIOp::create(b, op.getFirst(), b.index(step));
  return b.select(b.less(rest, zero), b.add(rest, step), rest);
}

TileContext::Segment TileContext::emitSegment(Value key) {
  Block &region = op.getSegments().front();
  IRMapping mapping;
  mapping.map(region.getArgument(0), key);
  // Else ptxas keeps what does not depend on the key over the loop between segments, for which there are no registers: of
  // tf32 where segments are searched in loops or rows are apart, and of one position with wide accumulators.
  bool isSearched = llvm::any_of(region, [](Operation &inner) { return inner.getNumRegions(); });
  bool hasNoRoom = (tile.elementBytes == 4 && (isSearched || op.getStep() > 1)) ||
                   (tile.valueSize > 128 && op.getGrouped());
  if (hasNoRoom && !usesAllBits)
    computeNumbersAgain(b, op, op.getSegments(), mapping);
  for (Operation &inner : region.without_terminator())
    b.clone(inner, mapping);
  auto found = mlir::cast<SegmentOp>(region.getTerminator());
  Value live = mapping.lookupOrDefault(found.getLive());
  Value full =
      mayBePartial ? mapping.lookupOrDefault(found.getFull()) : live;
  return {live, full, mapping.lookupOrDefault(found.getEnd())};
}

Value TileContext::emitLive(const Offset &position, const Offset &key) {
  Offset pair[] = {position, key};
  if (!asked)
    return mask.emit(pair);
  // The region is asked only where the answer matters.
  Value ifYes = mask.emit(pair, b.truth(true));
  Value ifNo = mask.emit(pair, b.truth(false));
  return b.choose(b.differ(ifYes, ifNo), b.getI1Type(),
                  [&]() -> SmallVector<Value> {
                    return {b.select(asked->emit(pair), ifYes, ifNo)};
                  },
                  [&]() -> SmallVector<Value> { return {ifNo}; })[0];
}

Value TileContext::emitScore(Value dot, const Offset &head,
                             const Offset &position, const Offset &key,
                             Value live) {
  if (!hasScore)
    return scale > 0   ? dot
           : scale < 0 ? b.negF(dot)
                       : b.mulF(dot, b.f32(0));
  Value scaled = b.mulF(dot, b.f32(scale));
  auto modified = [&]() -> SmallVector<Value> {
    return {score->emit({head, position, key}, scaled)};
  };
  if (!live || !score->needsLivePair())
    return modified()[0];
  return b.choose(live, b.getF32Type(), modified,
                  [&]() -> SmallVector<Value> { return {scaled}; })[0];
}

Value TileContext::emitKept(const Offset &head, const Offset &position,
                            const Offset &keyOffset) {
  if (!op.getDropoutSeed())
    return Value();
  Value key = emitOffset(b, keyOffset);
  auto unsignedI64 = [&](Value number) -> Value {
    return arith::ExtUIOp::create(b, b.getI64Type(), number);
  };
  DropoutPairs pairs;
  pairs.batch = b.toI64(op.getBatch());
  pairs.head = b.toI64(emitOffset(b, head));
  pairs.position = b.toI64(emitOffset(b, position));
  auto kept = sattn::emitKept(b, op.getDropout()->convertToFloat(),
                              op.getDropoutSeed(), pairs,
                              unsignedI64(b.divide(key, keysPerCall)));
  Value number = b.modulo(key, keysPerCall), result = kept[0];
  for (int64_t i = 1; i < keysPerCall; ++i)
    result = b.select(b.equal(number, b.i32(i)), kept[i], result);
  return result;
}

//===----------------------------------------------------------------------===//
// Beginning and end of a row
//===----------------------------------------------------------------------===//

RowSoftmax TileContext::emitFirst(Value row) {
  Value at = b.toI64(clampRow(row));
  auto saved = [&](int64_t number) {
    RowSource source(b, op.getResume()[number]);
    return b.load(b.getF32Type(), source.addressOf(b, at));
  };
  if (!op.getResume().empty())
    return {b.maxF(saved(1), b.f32(nothing)), saved(2),
            hasRowMax ? saved(3) : Value()};
  RowSoftmax softmax{b.f32(nothing), b.f32(0),
                     hasRowMax ? b.f32(-INFINITY) : Value()};
  if (!op.getSink())
    return softmax;
  // The maximum is a whole exponent, the sum what that leaves. -inf is no key at all.
  RowSource sinks(b, op.getSink());
  Value last = b.add(sinks.rows, -1);
  Value sink = b.load(sinks.element,
                      sinks.addressOf(b, b.toI64(b.min(numberOfHead(row), last))));
  Type f64 = b.getF64Type();
  Value unit = arith::ConstantOp::create(
      b, b.getF64FloatAttr(factor / finishScale));
  Value exponent = b.mulF(arith::ExtFOp::create(b, f64, sink), unit);
  Value whole = arith::TruncFOp::create(
      b, b.getF32Type(), b.round(exponent));
  Value rest = arith::TruncFOp::create(
      b, b.getF32Type(),
      b.subF(exponent, arith::ExtFOp::create(b, f64, whole)));
  Value isKey = b.greater(whole, b.f32(-FLT_MAX));
  // Of tiles that share the keys, the first one has it.
  if (op.getFirstKey())
    isKey = b.both(isKey,
                   b.less(b.toI32(op.getFirstKey()), b.i32(op.getStep())));
  softmax.max = b.select(isKey, whole, softmax.max);
  softmax.sum =
      b.select(isKey, b.exp2(b.minF(rest, b.f32(126))), softmax.sum);
  return softmax;
}

Value TileContext::emitFirstSum(Value row, Value column, int64_t unit) {
  if (op.getResume().empty())
    return b.f32(0);
  RowSource source(b, op.getResume()[0]);
  auto load = [&]() -> SmallVector<Value> {
    Value at = b.add(source.addressOf(b, b.toI64(clampRow(row))),
                     b.mul(b.toI64(column), 4));
    return {b.load(b.getF32Type(), at)};
  };
  if (value.columns % unit == 0)
    return load()[0];
  Value exists = b.less(column, b.i32(value.columns));
  return b.choose(exists, b.getF32Type(), load,
                  [&]() -> SmallVector<Value> { return {b.f32(0)}; })[0];
}

void TileContext::openResults() {
  double kept =
      op.getDropout() ? 1 / (1.0 - op.getDropout()->convertToFloat()) : 1;
  bool isSaved = !op.getSave().empty();
  results.emplace(b, isSaved ? op.getSave() : op.getOuts(), isSaved, hasRowMax,
                  finishScale, kept);
}
