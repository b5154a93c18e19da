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
        masked(bool(op.getMask())),
        accType(cast<MemRefType>(op.getAcc().getType())),
        headSize(cast<MemRefType>(op.getPacked().getType()).getDimSize(0)),
        valueSize(accType.getDimSize(0)), rows(accType.getDimSize(1)),
        factor(exponentFactor(op.getScale().convertToDouble())) {
    // The widest strip that divides the tile, with as many accumulators.
    while (rows % (this->tile.vectors * tile.lanes))
      --this->tile.vectors;
    this->tile.keys = tile.keys * tile.vectors / this->tile.vectors;
    stripRows = this->tile.vectors * tile.lanes;
    int64_t keys = cast<MemRefType>(op.getKeys().getType()).getDimSize(0);
    paddedKeys = llvm::alignTo(keys, this->tile.keys);
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

  /// Which lanes of rows from `row` on see the key at `position` of the list.
  Value emitVisible(Value position, Value row) {
    auto type = VectorType::get({tile.lanes}, b.getI32Type());
    Value bits = vector::LoadOp::create(b, type, op.getMask(),
                                        ValueRange{position, row});
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
    return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, bits, zero);
  }

  /// Scores of a strip into `scores`; returns the new maxima.
  SmallVector<Value> emitScores(Value strip) {
    int64_t vectors = tile.vectors, keys = tile.keys;
    Value lastKey = add(count, index(-1));
    SmallVector<Value> none(vectors, splat(-INFINITY));
    SmallVector<Value> max = loop(
        index(0), count, keys, none,
        [&](Value firstKey, ValueRange soFar) -> SmallVector<Value> {
          // Positions beyond the list repeat its last key: their scores
          // are not used.
          SmallVector<Value> position, row;
          for (int64_t u = 0; u < keys; ++u) {
            position.push_back(minIndex(add(firstKey, u), lastKey));
            row.push_back(rowAt(keyRows, position.back()));
          }
          SmallVector<Value> init(keys * vectors, splat(0));
          SmallVector<Value> sums = unrolledLoop(
              index(headSize), scoresUnrollFactor(), init,
              [&](Value d, ValueRange acc) -> SmallVector<Value> {
                SmallVector<Value> query, next;
                for (int64_t v = 0; v < vectors; ++v)
                  query.push_back(loadLanes(op.getPacked(),
                                            {d, add(strip, v * tile.lanes)}));
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
              Value at = add(strip, v * tile.lanes);
              if (masked)
                score = arith::SelectOp::create(b, emitVisible(position[u], at),
                                                score, splat(-INFINITY));
              storeLanes(score, scores, {add(firstKey, u), at});
              result[v] = emitMax(b, score, result[v]);
            }
          return result;
        });
    for (auto [v, value] : llvm::enumerate(max))
      value =
          emitGrownMaximum(mul(value, splat(factor)),
                           loadLanes(op.getMax(), add(strip, v * tile.lanes)));
    return max;
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
      for (auto [v, value] : llvm::enumerate(max))
        factor.push_back(arith::SubFOp::create(b, oldMax[v], value));
      emitExp2(b, factor);
      for (auto [v, value] : llvm::enumerate(max)) {
        Value at = add(strip, v * tile.lanes);
        storeLanes(value, op.getMax(), at);
        storeLanes(mul(loadLanes(op.getSum(), at), factor[v]), op.getSum(), at);
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

  /// Scores become probabilities relative to the maximum; their sum is added
  /// up.
  void emitExponentials(Value strip, ArrayRef<Value> max) {
    emitEither(max, [&](bool isLarge) {
      emitExponentialsOf(strip, max, [&](Value score, Value top) {
        return emitExponent(score, factor, top, isLarge);
      });
    });
  }

  void emitExponentialsOf(Value strip, ArrayRef<Value> max,
                          llvm::function_ref<Value(Value, Value)> exponentOf) {
    SmallVector<Value> sums;
    for (int64_t v = 0; v < tile.vectors; ++v)
      sums.push_back(loadLanes(op.getSum(), add(strip, v * tile.lanes)));
    // As many vectors at once as fill the processor's pipelines.
    int64_t keys = llvm::divideCeil(exponentVectors, tile.vectors);
    auto body = [&](Value key, ValueRange soFar,
                    int64_t keys) -> SmallVector<Value> {
      SmallVector<Value> weights, next(soFar);
      for (int64_t u = 0; u < keys; ++u)
        for (int64_t v = 0; v < tile.vectors; ++v)
          weights.push_back(exponentOf(
              loadLanes(scores, {add(key, u), add(strip, v * tile.lanes)}),
              max[v]));
      emitExp2(b, weights);
      for (int64_t u = 0; u < keys; ++u)
        for (int64_t v = 0; v < tile.vectors; ++v) {
          Value weight = weights[u * tile.vectors + v];
          storeLanes(weight, scores, {add(key, u), add(strip, v * tile.lanes)});
          next[v] = arith::AddFOp::create(b, next[v], weight);
        }
      return next;
    };
    Value blocked = arith::MulIOp::create(
        b, arith::DivUIOp::create(b, count, index(keys)), index(keys));
    sums =
        loop(index(0), blocked, keys, sums, [&](Value key, ValueRange soFar) {
          return body(key, soFar, keys);
        });
    sums = loop(blocked, count, 1, sums, [&](Value key, ValueRange soFar) {
      return body(key, soFar, 1);
    });
    for (int64_t v = 0; v < tile.vectors; ++v)
      storeLanes(sums[v], op.getSum(), add(strip, v * tile.lanes));
  }

  /// acc[c] += sum over keys of value[key, c] * weight[key]. Few keys at a
  /// time, so that a cache line of every one of their rows stays in L1 while
  /// its columns are read: rows are often a multiple of 256 bytes apart, and
  /// then share a quarter of the sets or fewer.
  void emitAccumulate(Value strip) {
    int64_t blocked = valueSize / tile.keys * tile.keys;
    loop(index(0), count, accumulateKeys, [&](Value firstKey) {
      Value number = minIndex(arith::SubIOp::create(b, count, firstKey),
                              index(accumulateKeys));
      loop(index(0), index(blocked), tile.keys, [&](Value column) {
        emitColumns(strip, firstKey, number, column, tile.keys);
      });
      if (blocked < valueSize)
        emitColumns(strip, firstKey, number, index(blocked),
                    valueSize - blocked);
    });
  }

  void emitColumns(Value strip, Value firstKey, Value number, Value column,
                   int64_t columns) {
    SmallVector<Value> acc;
    for (int64_t c = 0; c < columns; ++c)
      for (int64_t v = 0; v < tile.vectors; ++v)
        acc.push_back(loadLanes(op.getAcc(),
                                {add(column, c), add(strip, v * tile.lanes)}));
    acc = unrolledLoop(
        number, unrollFactor(), acc,
        [&](Value offset, ValueRange soFar) -> SmallVector<Value> {
          SmallVector<Value> weight, next;
          Value key = add(firstKey, offset);
          Value row = rowAt(valueRows, key);
          for (int64_t v = 0; v < tile.vectors; ++v)
            weight.push_back(
                loadLanes(scores, {key, add(strip, v * tile.lanes)}));
          for (int64_t c = 0; c < columns; ++c) {
            Value element =
                broadcast(loadScalar(valueRows.buffer, {row, add(column, c)}));
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
    // x * 0 is 0 for finite x and NaN otherwise. A few columns at a time, each
    // with a chain of its own.
    constexpr int64_t chains = 8;
    int64_t lanes = tile.lanes, blocked = valueSize / lanes * lanes;
    Value any = arith::ConstantOp::create(b, b.getBoolAttr(false));
    auto probe = [&](Value zeroed) {
      Value isNaN =
          arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, zeroed, zeroed);
      if (isa<VectorType>(isNaN.getType()))
        isNaN =
            vector::ReductionOp::create(b, vector::CombiningKind::OR, isNaN);
      any = arith::OrIOp::create(b, any, isNaN);
    };
    for (int64_t first = 0; first < blocked; first += chains * lanes) {
      int64_t number = std::min(chains, (blocked - first) / lanes);
      SmallVector<Value> sums = loop(
          index(0), count, 1, SmallVector<Value>(number, splat(0)),
          [&](Value key, ValueRange soFar) -> SmallVector<Value> {
            Value row = rowAt(valueRows, key);
            SmallVector<Value> next;
            for (int64_t i = 0; i < number; ++i)
              next.push_back(fma(
                  loadLanes(valueRows.buffer, {row, index(first + i * lanes)}),
                  splat(0), soFar[i]));
            return next;
          });
      Value sum = sums.front();
      for (Value other : ArrayRef(sums).drop_front())
        sum = arith::AddFOp::create(b, sum, other);
      probe(sum);
    }
    for (int64_t column = blocked; column < valueSize; ++column)
      probe(loop(
          index(0), count, 1, ValueRange{f32(0)},
          [&](Value key, ValueRange soFar) -> SmallVector<Value> {
            Value element = loadScalar(valueRows.buffer,
                                       {rowAt(valueRows, key), index(column)});
            return {arith::AddFOp::create(b, soFar[0], mul(element, f32(0)))};
          })[0]);
    return any;
  }

  /// Iterations of a loop of multiply-adds that become one: few enough are left
  /// for the branch predictor to know their number, and no more than LLVM's
  /// scheduler can order without spills. Masked blocks are the smaller part of
  /// the work, and better compiled fast.
  int64_t unrollFactor() const {
    int64_t multiplyAdds = masked ? 48 : 96;
    return std::max<int64_t>(multiplyAdds / (tile.keys * tile.vectors), 1);
  }
  /// The same for scores. On AArch64, which 4 lanes and 24 accumulators mean,
  /// LLVM's scheduler moves the loads of a key's next elements together, and
  /// then has no registers for accumulators; one step of 24 multiply-adds
  /// hides the loop's own instructions as well.
  int64_t scoresUnrollFactor() const {
    bool isAArch64 = tile.lanes == 4 && tile.keys * tile.vectors > 16;
    return isAArch64 ? 1 : unrollFactor();
  }
  /// Keys whose values are added to all columns before the next ones.
  static constexpr int64_t accumulateKeys = 96;
  /// Vectors of exponentials computed side by side.
  static constexpr int64_t exponentVectors = 2;

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
