// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the lowerings of the operations on query tiles share: loops, vectors,
/// the arithmetic of the running softmax, and the way into and out of the
/// layout with queries in the lanes.
#ifndef SPARSEATTN_LIB_CONVERSION_TILEEMITTER_H
#define SPARSEATTN_LIB_CONVERSION_TILEEMITTER_H

#include "SparseAttn/Conversion/LoopAnnotation.h"
#include "VectorMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <cfloat>
#include <cmath>
#include <functional>

namespace mlir::sattn {

/// A block of accumulators that are held in registers: `keys` keys (or value
/// columns) by `vectors` vectors of `lanes` query rows.
struct RegisterTile {
  int64_t lanes;
  int64_t vectors;
  int64_t keys;
  /// As in TargetInfo.
  int64_t powerTable = 0;
  bool bf16Dot = false;
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
  /// A loop from 0 to `count`: as many iterations as are a multiple of `factor` in a loop that asks
  /// LLVM to make one of that many, and what is left in a second one.
  SmallVector<Value> unrolledLoop(Value count, int64_t factor, ValueRange init,
                                  Body body) {
    Value whole = arith::MulIOp::create(
        b, arith::DivUIOp::create(b, count, index(factor)), index(factor));
    SmallVector<Value> values = loop(index(0), whole, 1, init, body);
    auto unroll = LLVM::LoopUnrollAttr::get(
        b.getContext(), /*disable=*/{}, b.getI32IntegerAttr(factor),
        /*runtimeDisable=*/{}, /*full=*/{}, /*followupUnrolled=*/{},
        /*followupRemainder=*/{}, /*followupAll=*/{});
    if (factor > 1)
      values.front().getDefiningOp()->setAttr(
          loopAnnotationName,
          LLVM::LoopAnnotationAttr::get(b.getContext(), {}, {}, {}, unroll, {}, {}, {}, {},
                                        {}, {}, {}, {}, {}, {}, {}));
    return loop(whole, count, 1, values, body);
  }

  /// Columns by vectors, then those that are left one by one.
  void forColumns(int64_t columns, llvm::function_ref<void(Value)> lanes,
                  llvm::function_ref<void(Value)> scalar) {
    int64_t blocked = columns / tile.lanes * tile.lanes;
    loop(index(0), index(blocked), tile.lanes, lanes);
    loop(index(blocked), index(columns), 1, scalar);
  }

  void ifThen(Value condition, llvm::function_ref<void()> body) {
    auto ifOp = scf::IfOp::create(b, condition, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(ifOp.thenBlock());
    body();
  }

  Value bitcast(Value value, VectorType type) {
    return vector::BitCastOp::create(b, type, value);
  }
  /// A bf16 pair in each lane.
  VectorType pairType() {
    return VectorType::get({2 * tile.lanes}, b.getBF16Type());
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

  /// Weights are 2^(score - reference - headroom): at most 1 for scores up to `headroom` above the
  /// reference, so that one found among a row's first keys serves for most others.
  static constexpr int64_t headroom = 8;

  /// The reference of a row, an exponent of 2, where `found` is the largest exponent of some
  /// keys, and whether it grew. It is a whole number: fractions of exponents are as exact as the
  /// scores, and factors of a rescale are powers of 2. It grows only when the headroom is used up.
  /// A finite reference keeps scores that overflow from giving inf - inf.
  Value emitGrows(Value found, Value old) {
    Value most = arith::AddFOp::create(b, old, splat(headroom));
    return arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, found, most);
  }
  Value emitReference(Value found, Value old) {
    auto compare = [&](arith::CmpFPredicate predicate, Value x, Value y) {
      return arith::CmpFOp::create(b, predicate, x, y).getResult();
    };
    // Of the first, and where f32 is too coarse for the difference.
    Value fresh = math::CeilOp::create(b, found);
    Value growth =
        math::CeilOp::create(b, arith::SubFOp::create(b, found, old));
    Value above = arith::AddFOp::create(b, old, growth);
    Value excess = arith::SubFOp::create(b, above, found);
    Value isFine = arith::AndIOp::create(
        b, compare(arith::CmpFPredicate::OGE, excess, splat(0)),
        compare(arith::CmpFPredicate::OLT, excess, splat(2)));
    Value grown = arith::SelectOp::create(b, isFine, above, fresh);
    Value next =
        arith::SelectOp::create(b, emitGrows(found, old), grown, old);
    return arith::SelectOp::create(
        b, compare(arith::CmpFPredicate::OGT, next, splat(FLT_MAX)),
        splat(FLT_MAX), next);
  }

  /// Whether some lane holds.
  Value emitAny(ArrayRef<Value> lanes) {
    Value any = lanes.front();
    for (Value other : lanes.drop_front())
      any = arith::OrIOp::create(b, any, other);
    return vector::ReductionOp::create(b, vector::CombiningKind::OR, any);
  }

  /// Whether f32 is too coarse for differences of scores from some reference.
  Value emitIsLarge(ArrayRef<Value> references) {
    SmallVector<Value> lanes;
    for (Value value : references) {
      Value large = arith::CmpFOp::create(
          b, arith::CmpFPredicate::OGE,
          math::AbsFOp::create(b, value).getResult(), splat(mostReference(tile.powerTable)));
      // Lanes that have seen no key hold the least number, and nothing to
      // compute.
      Value seen = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, value,
                                         splat(-FLT_MAX));
      lanes.push_back(arith::AndIOp::create(b, large, seen));
    }
    return emitAny(lanes);
  }

  /// Emits `body` for references that are large, and for others, and a branch
  /// to either.
  void emitEither(ArrayRef<Value> references,
                  llvm::function_ref<void(bool)> body) {
    Value any = emitIsLarge(references);
    auto ifOp = scf::IfOp::create(b, any, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(ifOp.thenBlock());
    body(true);
    b.setInsertionPointToStart(ifOp.elseBlock());
    body(false);
  }

  /// Exponents from here on are too coarse in f32 for differences of scores.
  static constexpr double coarseExponent = 0x1p20;

  /// score * factor - top, where some reference is large. A fused multiply-add, which is
  /// the more exact, leaves the largest score up to half a unit in the last place of the
  /// reference away from it. Where that is a matter of exponents the product is rounded like
  /// the reference was, so that the difference is 0, and a score that overflowed is as far
  /// above as any can be.
  Value emitLargeExponent(Value score, Value factor, Value top) {
    Value isCoarse = arith::CmpFOp::create(
        b, arith::CmpFPredicate::OGE, math::AbsFOp::create(b, top).getResult(),
        splat(coarseExponent));
    Value exact = fma(score, factor, arith::NegFOp::create(b, top));
    Value coarse = emitMin(b, splat(headroom),
                           arith::SubFOp::create(b, mul(score, factor), top));
    return arith::SelectOp::create(b, isCoarse, coarse, exact);
  }

  /// x / sum * factor where sum is not 0, else 0, for any x.
  std::function<Value(Value)> makeDivision(Value sum, float factor) {
    Value empty =
        arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, sum, splat(0));
    Value inverse = arith::SelectOp::create(
        b, empty, splat(0), arith::DivFOp::create(b, splat(1), sum));
    Value negated = arith::NegFOp::create(b, sum);
    Value scaled = factor == 1 ? inverse : mul(inverse, splat(factor));
    return [=](Value x) -> Value {
      // A quotient as exact as a division's, at the cost of a product: one
      // step of Newton's on its residue, unless that is not finite. The factor is part of the
      // step: its product is not rounded by itself.
      Value quotient = mul(x, inverse);
      Value residue = fma(quotient, negated, x);
      Value better, coarse = quotient;
      if (factor == 1) {
        better = fma(residue, inverse, quotient);
      } else {
        better = fma(quotient, splat(factor), mul(residue, scaled));
        coarse = mul(quotient, splat(factor));
      }
      Value finite =
          arith::CmpFOp::create(b, arith::CmpFPredicate::ORD, residue, residue);
      return arith::SelectOp::create(b, finite, better, coarse);
    };
  }

  /// The state of a row after a key of score sink[min(row, size - 1)] without a
  /// value: the maximum is a whole exponent, the sum what that leaves. -inf is no
  /// key at all.
  void emitSink(Value sink, Value row, double scale, Value max, Value sum) {
    Type f64 = b.getF64Type();
    Value last = add(memref::DimOp::create(b, sink, 0).getResult(), index(-1));
    Value score = arith::ExtFOp::create(
        b, f64, loadScalar(sink, ValueRange{minIndex(row, last)}));
    Value unit = arith::ConstantOp::create(
        b, b.getF64FloatAttr(exponentFactor(scale) / scale));
    Value exponent = mul(score, unit);
    Value whole = arith::TruncFOp::create(
        b, b.getF32Type(), math::RoundEvenOp::create(b, exponent).getResult());
    Value rest = arith::TruncFOp::create(
        b, b.getF32Type(),
        arith::SubFOp::create(b, exponent,
                              arith::ExtFOp::create(b, f64, whole)));
    SmallVector<Value> power{emitMin(b, splat(126), broadcast(rest))};
    emitExp2(b, power, tile.powerTable, headroom);
    Value isKey = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, whole,
                                        f32(-FLT_MAX));
    auto store = [&](Value value, double otherwise, Value to) {
      memref::StoreOp::create(
          b, arith::SelectOp::create(b, isKey, value, f32(otherwise)), to, row);
    };
    store(whole, -FLT_MAX, max);
    store(vector::ExtractOp::create(b, power[0], 0), 0, sum);
  }

  /// lse[r] of a running softmax: in fp64, and undoing the rounding of the
  /// exponent's factor, so that it is exact to f32.
  void emitLse(Value max, Value sum, Value lse, double scale) {
    Type f64 = b.getF64Type();
    Value unit = arith::ConstantOp::create(
        b, b.getF64FloatAttr(scale / exponentFactor(scale)));
    loop(index(0), memref::DimOp::create(b, lse, 0), 1, [&](Value row) {
      Value rowSum = memref::LoadOp::create(b, sum, ValueRange{row});
      Value rowMax = memref::LoadOp::create(b, max, ValueRange{row});
      Value empty =
          arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, rowSum, f32(0));
      Value logSum =
          math::LogOp::create(b, arith::ExtFOp::create(b, f64, rowSum));
      Value above = arith::ConstantOp::create(
          b, b.getF64FloatAttr(headroom * std::log(2.0)));
      logSum = arith::AddFOp::create(b, logSum, above);
      Value exact = arith::AddFOp::create(
          b, mul(arith::ExtFOp::create(b, f64, rowMax), unit), logSum);
      memref::StoreOp::create(
          b,
          arith::SelectOp::create(
              b, empty, f32(-INFINITY),
              arith::TruncFOp::create(b, b.getF32Type(), exact)),
          lse, ValueRange{row});
    });
  }

  /// to[r] = from[r], for to [R].
  void emitCopy(Value from, Value to) {
    loop(index(0), memref::DimOp::create(b, to, 0), 1, [&](Value row) {
      memref::StoreOp::create(b, loadScalar(from, row), to, row);
    });
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
