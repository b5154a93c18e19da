// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the lowerings of the operations on query tiles share: loops, vectors of
/// query rows, and the way into and out of the layout with queries in the
/// lanes.
#ifndef SPARSEATTN_LIB_CONVERSION_TILEEMITTER_H
#define SPARSEATTN_LIB_CONVERSION_TILEEMITTER_H

#include "VectorMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <functional>

namespace mlir::sattn {

/// A block of accumulators that are held in registers: `keys` keys (or value
/// columns) by `vectors` vectors of `lanes` query rows.
struct RegisterTile {
  int64_t lanes;
  int64_t vectors;
  int64_t keys;
};

/// What a dot product is multiplied by to become an exponent of 2, as the
/// kernel has it.
inline double exponentFactor(double scale) {
  constexpr double log2e = 1.4426950408889634;
  return static_cast<float>(scale * log2e);
}

/// The base of the lowering of one operation; emits before it.
class TileEmitter {
public:
  TileEmitter(Operation *op, const RegisterTile &tile)
      : b(op->getLoc(), op), tile(tile),
        laneType(VectorType::get({tile.lanes}, b.getF32Type())) {}

protected:
  using Body = llvm::function_ref<SmallVector<Value>(Value, ValueRange)>;

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, x, y); }
  Value add(Value x, int64_t y) { return y ? add(x, index(y)) : x; }
  Value minIndex(Value x, Value y) { return arith::MinSIOp::create(b, x, y); }
  Value f32(double value) {
    return arith::ConstantOp::create(b, b.getF32FloatAttr(value));
  }
  Value splat(double value) {
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(laneType, static_cast<float>(value)));
  }
  Value broadcast(Value scalar) {
    return vector::BroadcastOp::create(
        b, VectorType::get({tile.lanes}, scalar.getType()), scalar);
  }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value fma(Value x, Value y, Value z) {
    return vector::FMAOp::create(b, x, y, z);
  }

  /// Loop with values carried from one iteration to the next.
  SmallVector<Value> loop(Value lo, Value hi, int64_t step, ValueRange init,
                          Body body) {
    auto forOp = scf::ForOp::create(b, lo, hi, index(step), init);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(forOp.getBody());
    SmallVector<Value> results =
        body(forOp.getInductionVar(), forOp.getRegionIterArgs());
    b.setInsertionPointToEnd(forOp.getBody());
    if (init.empty()) {
      if (forOp.getBody()->empty() ||
          !forOp.getBody()->back().hasTrait<OpTrait::IsTerminator>())
        scf::YieldOp::create(b);
    } else {
      scf::YieldOp::create(b, results);
    }
    return SmallVector<Value>(forOp.getResults());
  }
  void loop(Value lo, Value hi, int64_t step,
            llvm::function_ref<void(Value)> body) {
    auto forOp = scf::ForOp::create(b, lo, hi, index(step));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(forOp.getBody());
    body(forOp.getInductionVar());
  }
  void ifThen(Value condition, llvm::function_ref<void()> body) {
    auto ifOp = scf::IfOp::create(b, condition, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(ifOp.thenBlock());
    body();
  }

  Value loadLanes(Value buffer, ValueRange at) {
    Type element = cast<MemRefType>(buffer.getType()).getElementType();
    Value loaded = vector::LoadOp::create(
        b, VectorType::get({tile.lanes}, element), buffer, at);
    if (element.isF32())
      return loaded;
    return arith::ExtFOp::create(b, laneType, loaded);
  }
  void storeLanes(Value lanes, Value buffer, ValueRange at) {
    vector::StoreOp::create(b, lanes, buffer, at);
  }
  Value loadScalar(Value buffer, ValueRange at) {
    Value loaded = memref::LoadOp::create(b, buffer, at);
    if (loaded.getType().isF32())
      return loaded;
    return arith::ExtFOp::create(b, b.getF32Type(), loaded);
  }

  /// to[c, r] = from[min(r, R - 1), c] * scale, for from [R, C] and to [C, T].
  void emitTransposeIn(Value from, Value to, double scale) {
    int64_t columns = cast<MemRefType>(to.getType()).getDimSize(0);
    int64_t rows = cast<MemRefType>(to.getType()).getDimSize(1);
    int64_t lanes = tile.lanes, blocked = columns / lanes * lanes;
    Value lastRow =
        add(memref::DimOp::create(b, from, 0).getResult(), index(-1));
    loop(index(0), index(rows), lanes, [&](Value row) {
      SmallVector<Value> rowOf;
      for (int64_t i = 0; i < lanes; ++i)
        rowOf.push_back(minIndex(add(row, i), lastRow));
      loop(index(0), index(blocked), lanes, [&](Value column) {
        SmallVector<Value> block;
        for (Value at : rowOf)
          block.push_back(loadLanes(from, {at, column}));
        emitTranspose(b, block);
        for (auto [i, lane] : llvm::enumerate(block))
          storeLanes(mul(lane, splat(scale)), to, {add(column, i), row});
      });
      loop(index(blocked), index(columns), 1, [&](Value column) {
        for (auto [i, at] : llvm::enumerate(rowOf))
          memref::StoreOp::create(
              b, mul(loadScalar(from, {at, column}), f32(scale)), to,
              ValueRange{column, add(row, i)});
      });
    });
  }

  /// to[r, c] = f(from[c, r]), for from [C, T] and to [R, C]: rows r < R only.
  /// `makeMap` gives f for the vector of rows at an index; without it f is the
  /// identity.
  void emitTransposeOut(
      Value from, Value to,
      llvm::function_ref<std::function<Value(Value)>(Value)> makeMap) {
    auto type = cast<MemRefType>(from.getType());
    int64_t columns = type.getDimSize(0), rows = type.getDimSize(1);
    int64_t lanes = tile.lanes, blocked = columns / lanes * lanes;
    Type element = cast<MemRefType>(to.getType()).getElementType();
    Value liveRows = memref::DimOp::create(b, to, 0);
    auto narrow = [&](Value value) -> Value {
      if (element.isF32())
        return value;
      Type narrowType = element;
      if (isa<VectorType>(value.getType()))
        narrowType = VectorType::get({lanes}, element);
      return arith::TruncFOp::create(b, narrowType, value);
    };
    auto isRow = [&](Value row) -> Value {
      return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, row, liveRows);
    };
    loop(index(0), index(rows), lanes, [&](Value row) {
      std::function<Value(Value)> map;
      if (makeMap)
        map = makeMap(row);
      auto load = [&](Value column) -> Value {
        Value values = loadLanes(from, {column, row});
        return map ? map(values) : values;
      };
      loop(index(0), index(blocked), lanes, [&](Value column) {
        SmallVector<Value> block;
        for (int64_t i = 0; i < lanes; ++i)
          block.push_back(load(add(column, i)));
        emitTranspose(b, block);
        for (int64_t i = 0; i < lanes; ++i)
          ifThen(isRow(add(row, i)), [&] {
            storeLanes(narrow(block[i]), to, {add(row, i), column});
          });
      });
      loop(index(blocked), index(columns), 1, [&](Value column) {
        Value values = load(column);
        for (int64_t i = 0; i < lanes; ++i)
          ifThen(isRow(add(row, i)), [&] {
            Value scalar = vector::ExtractOp::create(b, values, i);
            memref::StoreOp::create(b, narrow(scalar), to,
                                    ValueRange{add(row, i), column});
          });
      });
    });
  }

  ImplicitLocOpBuilder b;
  RegisterTile tile;
  VectorType laneType;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_TILEEMITTER_H
