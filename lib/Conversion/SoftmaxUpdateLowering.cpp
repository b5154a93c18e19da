// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The lowering of `sattn.softmax_update`: the inner loops of a kernel.
#include "SoftmaxUpdateLowering.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"

#include <cfloat>
#include <cmath>

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// One block of keys: scores, maximum, rescale, exponentials, accumulation.
class SoftmaxUpdate : TileEmitter {
public:
  SoftmaxUpdate(SoftmaxUpdateOp op, const RegisterTile &tile,
                ScratchBuffers &scratch)
      : TileEmitter(op, tile), op(op), scratch(scratch),
        masked(!op.getMask().empty()),
        accType(cast<MemRefType>(op.getAcc().getType())),
        headSize(cast<MemRefType>(op.getPacked().getType()).getDimSize(0)),
        valueSize(accType.getDimSize(0)), rows(accType.getDimSize(1)),
        factor(exponentFactor(op.getScale().convertToDouble())) {
    // The widest strip that divides the tile.
    while (rows % (this->tile.vectors * tile.lanes))
      --this->tile.vectors;
    stripRows = this->tile.vectors * tile.lanes;
    int64_t keys = cast<MemRefType>(op.getKeys().getType()).getDimSize(0);
    paddedKeys = llvm::alignTo(keys, tile.keys);
    count = op.getCount();
  }

  void run() {
    scores = scratch.get(op, "scores", {paddedKeys, rows});
    keyRows = widen(op.getKey(), "key", headSize);
    valueRows = widen(op.getValue(), "value", valueSize);
    Value nonFinite = masked ? emitNonFiniteValue() : Value();
    loop(index(0), index(rows), stripRows, [&](Value strip) {
      SmallVector<Value> max = emitScores(strip);
      emitRescale(strip, max);
      emitExponentials(strip, max);
      if (!masked)
        return emitAccumulate(strip);
      // 0 times a value that is not finite must not reach rows that do not see
      // it.
      auto ifOp = scf::IfOp::create(b, nonFinite, /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(ifOp.thenBlock());
      emitAccumulateLive(strip);
      b.setInsertionPointToStart(ifOp.elseBlock());
      emitAccumulate(strip);
    });
  }

private:
  /// Where key or value rows are read: in place through the list, or a widened
  /// copy.
  struct Rows {
    Value buffer;
    bool listed;
  };

  Value loadKey(Value position) {
    return memref::LoadOp::create(b, op.getKeys(), ValueRange{position});
  }
  Value rowAt(const Rows &source, Value position) {
    return source.listed ? loadKey(position) : position;
  }

  Rows widen(Value source, StringRef name, int64_t columns) {
    if (cast<MemRefType>(source.getType()).getElementType().isF32())
      return {source, true};
    int64_t keys = cast<MemRefType>(op.getKeys().getType()).getDimSize(0);
    Value copy = scratch.get(op, name, {keys, columns});
    int64_t blocked = columns / tile.lanes * tile.lanes;
    loop(index(0), count, 1, [&](Value position) {
      Value row = loadKey(position);
      loop(index(0), index(blocked), tile.lanes, [&](Value column) {
        storeLanes(loadLanes(source, {row, column}), copy, {position, column});
      });
      loop(index(blocked), index(columns), 1, [&](Value column) {
        memref::StoreOp::create(b, loadScalar(source, {row, column}), copy,
                                ValueRange{position, column});
      });
    });
    return {copy, false};
  }

  /// Scores of a strip into `scores`; returns the new maxima.
  SmallVector<Value> emitScores(Value strip) {
    int64_t vectors = tile.vectors, keys = tile.keys;
    Value lastKey = add(count, index(-1));
    SmallVector<Value> none(vectors, splat(-INFINITY));
    SmallVector<Value> queryLanes =
        masked ? emitQueryLanes(strip) : SmallVector<Value>();
    SmallVector<Value> max =
        loop(index(0), count, keys, none,
             [&](Value firstKey, ValueRange soFar) -> SmallVector<Value> {
               // Positions beyond the list repeat its last key: their scores
               // are not used.
               SmallVector<Value> row, key;
               for (int64_t u = 0; u < keys; ++u) {
                 Value position = minIndex(add(firstKey, u), lastKey);
                 row.push_back(rowAt(keyRows, position));
                 if (masked)
                   key.push_back(loadKey(position));
               }
               SmallVector<Value> init(keys * vectors, splat(0));
               SmallVector<Value> sums = loop(
                   index(0), index(headSize), 1, init,
                   [&](Value d, ValueRange acc) -> SmallVector<Value> {
                     SmallVector<Value> query, next;
                     for (int64_t v = 0; v < vectors; ++v)
                       query.push_back(loadLanes(
                           op.getPacked(), {d, add(strip, v * tile.lanes)}));
                     for (int64_t u = 0; u < keys; ++u) {
                       Value element =
                           broadcast(loadScalar(keyRows.buffer, {row[u], d}));
                       for (int64_t v = 0; v < vectors; ++v)
                         next.push_back(
                             fma(element, query[v], acc[u * vectors + v]));
                     }
                     return next;
                   });
               SmallVector<Value> result(soFar.begin(), soFar.end());
               for (int64_t u = 0; u < keys; ++u)
                 for (int64_t v = 0; v < vectors; ++v) {
                   Value score = sums[u * vectors + v];
                   if (masked)
                     score = arith::SelectOp::create(
                         b,
                         emitLanePredicate(b, op.getMask().front(),
                                           queryLanes[v], key[u]),
                         score, splat(-INFINITY));
                   storeLanes(score, scores,
                              {add(firstKey, u), add(strip, v * tile.lanes)});
                   result[v] = emitMax(b, score, result[v]);
                 }
               return result;
             });
    // As exponents of 2. The first maximum is exact, from then on it grows by
    // whole exponents: factors of a rescale are powers of 2, which is exact,
    // and rarer. Where f32 is too coarse for that, it is what was found. A
    // finite maximum keeps scores that overflow from giving inf - inf.
    auto compare = [&](arith::CmpFPredicate predicate, Value x, Value y) {
      return arith::CmpFOp::create(b, predicate, x, y).getResult();
    };
    for (auto [v, value] : llvm::enumerate(max)) {
      Value found = mul(value, splat(factor));
      Value old = loadLanes(op.getMax(), add(strip, v * tile.lanes));
      Value growth =
          math::CeilOp::create(b, arith::SubFOp::create(b, found, old));
      Value whole = arith::AddFOp::create(b, old, growth);
      Value excess = arith::SubFOp::create(b, whole, found);
      Value isWhole = arith::AndIOp::create(
          b, compare(arith::CmpFPredicate::OGE, excess, splat(0)),
          compare(arith::CmpFPredicate::OLT, excess, splat(2)));
      Value isFirst = compare(arith::CmpFPredicate::OEQ, old, splat(-FLT_MAX));
      Value keepsWhole = arith::AndIOp::create(
          b, isWhole,
          arith::XOrIOp::create(
              b, isFirst,
              arith::ConstantOp::create(
                  b, DenseElementsAttr::get(cast<VectorType>(isFirst.getType()),
                                            true))));
      Value grown = arith::SelectOp::create(b, keepsWhole, whole, found);
      value = arith::SelectOp::create(
          b, compare(arith::CmpFPredicate::OGT, found, old), grown, old);
      Value over = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, value,
                                         splat(FLT_MAX));
      value = arith::SelectOp::create(b, over, splat(FLT_MAX), value);
    }
    return max;
  }

  /// Positions of the strip's rows, as vectors of index.
  SmallVector<Value> emitQueryLanes(Value strip) {
    SmallVector<Value> lanes;
    auto type = VectorType::get({tile.lanes}, b.getIndexType());
    SmallVector<int64_t> offsets;
    for (int64_t lane = 0; lane < tile.lanes; ++lane)
      offsets.push_back(lane * op.getStep());
    Value spread =
        arith::ConstantOp::create(b, DenseIntElementsAttr::get(type, offsets));
    for (int64_t v = 0; v < tile.vectors; ++v) {
      Value row = add(strip, v * tile.lanes);
      Value first =
          add(op.getFirst(),
              arith::MulIOp::create(b, row, index(op.getStep())).getResult());
      lanes.push_back(arith::AddIOp::create(b, broadcast(first), spread));
    }
    return lanes;
  }

  /// Rescales sum and accumulator where a maximum grew.
  void emitRescale(Value strip, ArrayRef<Value> max) {
    Value grew;
    SmallVector<Value> oldMax;
    for (auto [v, value] : llvm::enumerate(max)) {
      oldMax.push_back(loadLanes(op.getMax(), add(strip, v * tile.lanes)));
      Value lanes = arith::CmpFOp::create(b, arith::CmpFPredicate::UGT, value,
                                          oldMax.back());
      grew = grew ? arith::OrIOp::create(b, grew, lanes).getResult() : lanes;
    }
    Value any = vector::ReductionOp::create(b, vector::CombiningKind::OR, grew);
    ifThen(any, [&] {
      SmallVector<Value> factor;
      for (auto [v, value] : llvm::enumerate(max)) {
        Value at = add(strip, v * tile.lanes);
        factor.push_back(
            emitExp2(b, arith::SubFOp::create(b, oldMax[v], value)));
        storeLanes(value, op.getMax(), at);
        storeLanes(mul(loadLanes(op.getSum(), at), factor.back()), op.getSum(),
                   at);
      }
      loop(index(0), index(valueSize), 1, [&](Value column) {
        for (auto [v, scale] : llvm::enumerate(factor)) {
          Value at = add(strip, v * tile.lanes);
          storeLanes(mul(loadLanes(op.getAcc(), {column, at}), scale),
                     op.getAcc(), {column, at});
        }
      });
    });
  }

  /// Scores become probabilities relative to the maximum; their sum is added up.
  void emitExponentials(Value strip, ArrayRef<Value> max) {
    // A fused multiply-add is the more exact, but leaves the largest score up to half a
    // unit in the last place of the maximum away from it. Where that is a matter of
    // exponents, the product is rounded like the maximum was: the difference is then 0.
    constexpr double coarse = 0x1p20;
    Value isLarge;
    for (Value value : max) {
      Value lanes = arith::CmpFOp::create(
          b, arith::CmpFPredicate::OGE,
          math::AbsFOp::create(b, value).getResult(), splat(coarse));
      // Lanes that have seen no key hold the least number, and nothing to compute.
      Value seen = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, value,
                                         splat(-FLT_MAX));
      lanes = arith::AndIOp::create(b, lanes, seen);
      isLarge = isLarge ? arith::OrIOp::create(b, isLarge, lanes).getResult()
                        : lanes;
    }
    Value any =
        vector::ReductionOp::create(b, vector::CombiningKind::OR, isLarge);
    auto ifOp = scf::IfOp::create(b, any, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(ifOp.thenBlock());
    emitExponentialsOf(strip, max, [&](Value score, Value top) -> Value {
      return arith::SubFOp::create(b, mul(score, splat(factor)), top);
    });
    b.setInsertionPointToStart(ifOp.elseBlock());
    emitExponentialsOf(strip, max, [&](Value score, Value top) {
      return fma(score, splat(factor), arith::NegFOp::create(b, top));
    });
  }

  void
  emitExponentialsOf(Value strip, ArrayRef<Value> max,
                     llvm::function_ref<Value(Value, Value)> exponentOf) {
    SmallVector<Value> sums;
    for (int64_t v = 0; v < tile.vectors; ++v)
      sums.push_back(loadLanes(op.getSum(), add(strip, v * tile.lanes)));
    sums = loop(index(0), count, 1, sums,
                [&](Value key, ValueRange soFar) -> SmallVector<Value> {
                  SmallVector<Value> next;
                  for (int64_t v = 0; v < tile.vectors; ++v) {
                    Value at = add(strip, v * tile.lanes);
                    Value weight = emitExp2(
                        b, exponentOf(loadLanes(scores, {key, at}), max[v]));
                    storeLanes(weight, scores, {key, at});
                    next.push_back(
                        arith::AddFOp::create(b, soFar[v], weight));
                  }
                  return next;
                });
    for (int64_t v = 0; v < tile.vectors; ++v)
      storeLanes(sums[v], op.getSum(), add(strip, v * tile.lanes));
  }

  /// acc[c] += sum over keys of value[key, c] * weight[key].
  void emitAccumulate(Value strip) {
    int64_t blocked = valueSize / tile.keys * tile.keys;
    loop(index(0), index(blocked), tile.keys,
         [&](Value column) { emitColumns(strip, column, tile.keys); });
    if (blocked < valueSize)
      emitColumns(strip, index(blocked), valueSize - blocked);
  }

  void emitColumns(Value strip, Value column, int64_t columns) {
    SmallVector<Value> acc;
    for (int64_t c = 0; c < columns; ++c)
      for (int64_t v = 0; v < tile.vectors; ++v)
        acc.push_back(loadLanes(op.getAcc(),
                                {add(column, c), add(strip, v * tile.lanes)}));
    acc = loop(index(0), count, 1, acc,
               [&](Value key, ValueRange soFar) -> SmallVector<Value> {
                 SmallVector<Value> weight, next;
                 Value row = rowAt(valueRows, key);
                 for (int64_t v = 0; v < tile.vectors; ++v)
                   weight.push_back(
                       loadLanes(scores, {key, add(strip, v * tile.lanes)}));
                 for (int64_t c = 0; c < columns; ++c) {
                   Value element = broadcast(
                       loadScalar(valueRows.buffer, {row, add(column, c)}));
                   for (int64_t v = 0; v < tile.vectors; ++v)
                     next.push_back(
                         fma(element, weight[v], soFar[c * tile.vectors + v]));
                 }
                 return next;
               });
    for (int64_t c = 0; c < columns; ++c)
      for (int64_t v = 0; v < tile.vectors; ++v)
        storeLanes(acc[c * tile.vectors + v], op.getAcc(),
                   {add(column, c), add(strip, v * tile.lanes)});
  }

  /// The same, but a weight of 0 takes nothing from its value.
  void emitAccumulateLive(Value strip) {
    loop(index(0), count, 1, [&](Value key) {
      Value row = rowAt(valueRows, key);
      SmallVector<Value> weight, none;
      for (int64_t v = 0; v < tile.vectors; ++v) {
        weight.push_back(loadLanes(scores, {key, add(strip, v * tile.lanes)}));
        none.push_back(arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ,
                                             weight[v], splat(0)));
      }
      loop(index(0), index(valueSize), 1, [&](Value column) {
        Value element = broadcast(loadScalar(valueRows.buffer, {row, column}));
        for (int64_t v = 0; v < tile.vectors; ++v) {
          Value at = add(strip, v * tile.lanes);
          Value acc = loadLanes(op.getAcc(), {column, at});
          storeLanes(arith::SelectOp::create(b, none[v], acc,
                                             fma(element, weight[v], acc)),
                     op.getAcc(), {column, at});
        }
      });
    });
  }

  /// Whether some value row of the block holds an infinity or NaN.
  Value emitNonFiniteValue() {
    int64_t blocked = valueSize / tile.lanes * tile.lanes;
    // x * 0 is 0 for finite x and NaN otherwise.
    SmallVector<Value> probes = loop(
        index(0), count, 1, ValueRange{splat(0), f32(0)},
        [&](Value key, ValueRange soFar) -> SmallVector<Value> {
          Value row = rowAt(valueRows, key);
          Value lanes =
              loop(index(0), index(blocked), tile.lanes, ValueRange{soFar[0]},
                   [&](Value column, ValueRange inner) -> SmallVector<Value> {
                     return {fma(loadLanes(valueRows.buffer, {row, column}),
                                 splat(0), inner[0])};
                   })[0];
          Value scalar =
              loop(index(blocked), index(valueSize), 1, ValueRange{soFar[1]},
                   [&](Value column, ValueRange inner) -> SmallVector<Value> {
                     Value zeroed = mul(
                         loadScalar(valueRows.buffer, {row, column}), f32(0));
                     return {arith::AddFOp::create(b, inner[0], zeroed)};
                   })[0];
          return {lanes, scalar};
        });
    Value lanes = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, probes[0],
                                        probes[0]);
    Value scalar = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO,
                                         probes[1], probes[1]);
    Value any =
        vector::ReductionOp::create(b, vector::CombiningKind::OR, lanes);
    return arith::OrIOp::create(b, any, scalar);
  }

  SoftmaxUpdateOp op;
  ScratchBuffers &scratch;
  bool masked;
  MemRefType accType;
  int64_t headSize, valueSize, rows;
  double factor;
  int64_t stripRows = 0, paddedKeys = 0;
  Value count, scores;
  Rows keyRows, valueRows;
};
} // namespace

void mlir::sattn::lowerSoftmaxUpdate(SoftmaxUpdateOp op,
                                     const RegisterTile &tile,
                                     ScratchBuffers &scratch) {
  SoftmaxUpdate(op, tile, scratch).run();
}
