// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From dot products to scores, with rows in the lanes.
#include "ScoreStage.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn;

ScoreStage::ScoreStage(SoftmaxUpdateOp op, const RegisterTile &tile,
                       ScratchBuffers &scratch)
    : TileEmitter(op, tile), op(op), scratch(scratch),
      region(op.getScore().front()), emitter(b, region, tile.lanes),
      step(*op.getStep()), stripRows(tile.vectors * tile.lanes),
      paddedKeys(llvm::alignTo(
          cast<MemRefType>(op.getKeys().getType()).getDimSize(0), tile.keys)),
      grouped(op.getGrouped()) {}

void ScoreStage::begin() {
  emitter.emitInvariants(grouped ? Value() : Value(op.getHead()));
  if (!grouped)
    findTransposed();
  if (transposed.empty())
    return;
  // Whether keys follow each other. A list may have gaps, and keys several times.
  Value yes = arith::ConstantOp::create(b, b.getBoolAttr(true));
  Value first = loadKey(index(0));
  areConsecutive =
      loop(index(1), op.getCount(), 1, yes,
           [&](Value position, ValueRange soFar) -> SmallVector<Value> {
             Value same = arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                                loadKey(position),
                                                add(first, position));
             return {both(soFar[0], same)};
           })[0];
}

//===----------------------------------------------------------------------===//
// Buffers that lie across the lanes
//===----------------------------------------------------------------------===//

std::optional<ScoreStage::Growth> ScoreStage::growthOf(Value index) const {
  if (index == region.getArgument(2))
    return Growth{1, 0};
  if (index == region.getArgument(3))
    return Growth{0, 1};
  if (index == region.getArgument(0))
    return std::nullopt;
  Operation *source = index.getDefiningOp();
  if (!source || source->getBlock() != &region)
    return Growth();
  SmallVector<Growth> operands;
  bool isConstant = true;
  for (Value operand : source->getOperands()) {
    std::optional<Growth> growth = growthOf(operand);
    if (!growth)
      return std::nullopt;
    operands.push_back(*growth);
    isConstant &= growth->row == 0 && growth->key == 0;
  }
  if (isConstant)
    return Growth();
  if (isa<arith::AddIOp>(source))
    return Growth{operands[0].row + operands[1].row,
                  operands[0].key + operands[1].key};
  if (isa<arith::SubIOp>(source))
    return Growth{operands[0].row - operands[1].row,
                  operands[0].key - operands[1].key};
  return std::nullopt;
}

void ScoreStage::findTransposed() {
  for (auto load : region.getOps<memref::LoadOp>()) {
    MemRefType type = load.getMemRefType();
    auto [strides, offset] = type.getStridesAndOffset();
    if (type.getRank() < 2 || strides.back() != 1 ||
        !isa<FloatType>(type.getElementType()))
      continue;
    std::optional<int64_t> rowDim;
    bool fits = true;
    for (auto [dim, index] : llvm::enumerate(load.getIndices())) {
      std::optional<Growth> growth = growthOf(index);
      bool isLast = dim + 1 == static_cast<size_t>(type.getRank());
      if (!growth || growth->key != isLast || growth->row < 0 ||
          growth->row > 1 || (growth->row == 1 && (isLast || rowDim)))
        fits = false;
      else if (growth->row == 1)
        rowDim = dim;
    }
    if (!fits || !rowDim)
      continue;
    std::string name = "across" + std::to_string(transposed.size());
    transposed.push_back(
        {load, *rowDim, scratch.get(op, name, {paddedKeys, stripRows})});
  }
}

void ScoreStage::fill(const Transposed &source, Value strip) {
  memref::LoadOp load = source.load;
  Value firstKey = loadKey(index(0));
  Value lastPosition = add(op.getCount(), index(-1));
  Value position =
      add(op.getFirst(), arith::MulIOp::create(b, strip, index(step)));
  SmallVector<Value> first;
  for (Value at : load.getIndices())
    first.push_back(emitter.emitScalar(at, position, firstKey));

  // Whole vectors are read where keys follow each other and no element is out of
  // bounds; pairs that are not live may be, for a user's own index.
  auto less = [&](Value x, Value y) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, x, y);
  };
  Value lastRow =
      add(minIndex(arith::SubIOp::create(b, op.getRows(), strip),
                   index(stripRows)),
          index(-1));
  Value whole = both(areConsecutive, less(index(tile.lanes - 1), op.getCount()));
  whole = both(whole, less(index(-1), lastRow));
  for (auto [dim, growth] :
       {std::pair<int64_t, Value>{load.getMemRefType().getRank() - 1,
                                  lastPosition},
        {source.rowDim,
         arith::MulIOp::create(b, lastRow, index(step)).getResult()}}) {
    Value size = memref::DimOp::create(b, load.getMemref(), dim);
    whole = both(whole, less(index(-1), first[dim]));
    whole = both(whole, less(add(first[dim], growth), size));
  }
  auto ifOp = scf::IfOp::create(b, whole, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(ifOp.thenBlock());
  fillByBlocks(source, first, lastRow);
  b.setInsertionPointToStart(ifOp.elseBlock());
  fillByElements(source, first, strip, firstKey);
}

void ScoreStage::fillByBlocks(const Transposed &source, ArrayRef<Value> first,
                              Value lastRow) {
  int64_t lanes = tile.lanes;
  Value lastBlock = add(op.getCount(), index(-lanes));
  loop(index(0), op.getCount(), lanes, [&](Value start) {
    Value position = minIndex(start, lastBlock);
    loop(index(0), index(stripRows), lanes, [&](Value row) {
      SmallVector<Value> block;
      for (int64_t lane = 0; lane < lanes; ++lane) {
        SmallVector<Value> at(first);
        Value own = minIndex(add(row, lane), lastRow);
        at[source.rowDim] = add(at[source.rowDim],
                                arith::MulIOp::create(b, own, index(step)));
        at.back() = add(at.back(), position);
        memref::LoadOp load = source.load;
        block.push_back(loadLanes(load.getMemref(), at));
      }
      emitTranspose(b, block);
      for (auto [lane, values] : llvm::enumerate(block))
        storeLanes(values, source.buffer, {add(position, lane), row});
    });
  });
}

void ScoreStage::fillByElements(const Transposed &source,
                                ArrayRef<Value> first, Value strip,
                                Value firstKey) {
  memref::LoadOp load = source.load;
  auto inside = [&](Value at, int64_t dim) {
    Value size = memref::DimOp::create(b, load.getMemref(), dim);
    return both(arith::CmpIOp::create(b, arith::CmpIPredicate::sge, at, index(0)),
                arith::CmpIOp::create(b, arith::CmpIPredicate::slt, at, size));
  };
  int64_t keyDim = load.getMemRefType().getRank() - 1;
  Value existing = minIndex(arith::SubIOp::create(b, op.getRows(), strip),
                            index(stripRows));
  loop(index(0), op.getCount(), 1, [&](Value position) {
    Value key = arith::SubIOp::create(b, loadKey(position), firstKey);
    loop(index(0), index(stripRows), 1, [&](Value row) {
      SmallVector<Value> at(first);
      at[keyDim] = add(at[keyDim], key);
      at[source.rowDim] = add(at[source.rowDim],
                              arith::MulIOp::create(b, row, index(step)));
      Value isThere =
          arith::CmpIOp::create(b, arith::CmpIPredicate::slt, row, existing);
      isThere = both(isThere, both(inside(at[keyDim], keyDim),
                                   inside(at[source.rowDim], source.rowDim)));
      auto ifOp = scf::IfOp::create(b, b.getF32Type(), isThere, true);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(ifOp.thenBlock());
      scf::YieldOp::create(b, loadScalar(load.getMemref(), at));
      b.setInsertionPointToStart(ifOp.elseBlock());
      scf::YieldOp::create(b, f32(0));
      b.setInsertionPointAfter(ifOp);
      memref::StoreOp::create(b, ifOp.getResult(0), source.buffer,
                              ValueRange{position, row});
    });
  });
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

Value ScoreStage::emitExisting(Value row) {
  Value left = arith::SubIOp::create(b, op.getRows(), row);
  Value count = emitter.toVector(LaneValue::same(left));
  Value lane = emitter.toVector(LaneValue::spread(index(0), 1));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, lane, count);
}

void ScoreStage::beginStrip(OpBuilder::InsertPoint at, Value strip) {
  OpBuilder::InsertionGuard guard(b);
  b.restoreInsertionPoint(at);
  this->strip = strip;
  rows.clear();
  existing.clear();
  for (int64_t v = 0; v < tile.vectors; ++v) {
    rows.push_back(add(strip, v * tile.lanes));
    existing.push_back(emitExisting(rows.back()));
  }
  for (const Transposed &source : transposed)
    fill(source, strip);
}

SmallVector<Value> ScoreStage::run(OpBuilder::InsertPoint at, Value firstKey,
                                   ArrayRef<Value> products) {
  OpBuilder::InsertionGuard guard(b);
  b.restoreInsertionPoint(at);
  Value buffer = scratch.get(op, "score_tile", {tile.keys, stripRows});
  auto forEach = [&](llvm::function_ref<void(size_t, Value, Value)> body) {
    for (int64_t u = 0; u < tile.keys; ++u)
      for (int64_t v = 0; v < tile.vectors; ++v)
        body(u * tile.vectors + v, index(u), index(v * tile.lanes));
  };
  forEach([&](size_t i, Value key, Value row) {
    storeLanes(products[i], buffer, {key, row});
  });

  Value scale = splat(op.getScale().convertToDouble());
  Value lastKey = add(op.getCount(), index(-1));
  auto maskType = VectorType::get({tile.lanes}, b.getI32Type());
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(maskType));
  loop(index(0), index(tile.keys), 1, [&](Value number) {
    Value position = minIndex(add(firstKey, number), lastKey);
    LanePairs pairs;
    pairs.head = LaneValue::same(op.getHead());
    pairs.position = LaneValue::same(op.getFirst());
    pairs.key = LaneValue::same(loadKey(position));
    for (int64_t v = 0; v < tile.vectors; ++v) {
      pairs.live = existing[v];
      if (op.getMask()) {
        Value bits = vector::LoadOp::create(b, maskType, op.getMask(),
                                            ValueRange{position, rows[v]});
        pairs.live = both(pairs.live,
                          arith::CmpIOp::create(b, arith::CmpIPredicate::slt,
                                                bits, zero));
      }
      if (grouped)
        pairs.head = LaneValue::spread(add(op.getHead(), rows[v]), 1);
      else
        pairs.position = LaneValue::spread(
            add(op.getFirst(), arith::MulIOp::create(b, rows[v], index(step))),
            step);
      Value lane = index(v * tile.lanes);
      for (const Transposed &source : transposed)
        emitter.replaceLoad(source.load,
                            loadLanes(source.buffer, {position, lane}));
      Value product = loadLanes(buffer, {number, lane});
      storeLanes(emitter.emit(mul(product, scale), pairs), buffer,
                 {number, lane});
    }
  });
  SmallVector<Value> scores(products.size());
  forEach([&](size_t i, Value key, Value row) {
    scores[i] = loadLanes(buffer, {key, row});
  });
  return scores;
}
