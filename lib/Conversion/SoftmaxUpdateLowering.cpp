// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The lowering of `sattn.softmax_update`: the inner loops of a kernel.
#include "SoftmaxUpdateLowering.h"

#include "BlockEmitter.h"
#include "ScoreStage.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <cfloat>
#include <cmath>

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// One block of keys: scores, reference, rescale, exponentials, accumulation.
class SoftmaxUpdate : BlockEmitter {
public:
  SoftmaxUpdate(SoftmaxUpdateOp op, const RegisterTile &tile,
                ScratchBuffers &scratch)
      : BlockEmitter(op, tile, scratch), masked(bool(op.getMask())),
        factor(exponentFactor(op.getScoreFactor())) {}

  void run() {
    emitOperands();
    if (!op.getScore().empty()) {
      stage.emplace(op, tile, scratch);
      stage->begin();
    }
    isLarge = scratch.get(op, "is_large", {1}, b.getI1Type());
    Value nonFinite = masked ? emitNonFiniteValue() : Value();
    loop(index(0), index(rows), stripRows, [&](Value strip) {
      emitWeights(strip);
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
  /// Which lanes of rows from `row` on see the key at `position` of the list.
  Value emitVisible(Value position, Value row) {
    auto type = VectorType::get({tile.lanes}, b.getI32Type());
    Value bits = vector::LoadOp::create(b, type, op.getMask(),
                                        ValueRange{position, row});
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
    return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, bits, zero);
  }

  Value lanesAt(Value strip, int64_t vector) {
    return add(strip, vector * tile.lanes);
  }
  SmallVector<Value> loadStrip(Value buffer, Value strip) {
    SmallVector<Value> lanes;
    for (int64_t v = 0; v < tile.vectors; ++v)
      lanes.push_back(loadLanes(buffer, lanesAt(strip, v)));
    return lanes;
  }
  /// Weights of a strip into `probabilities`, and their sums. A register tile of scores becomes
  /// weights without leaving the registers: the reference so far serves until a score is too far
  /// above it, which is rare after the first few keys.
  void emitWeights(Value strip) {
    keepIsLarge(loadStrip(op.getMax(), strip));
    if (stage)
      stage->beginStrip(b.saveInsertionPoint(), strip);
    Value lastKey = add(count, index(-1));
    loop(index(0), count, tile.keys, [&](Value firstKey) {
      // Positions beyond the list repeat its last key.
      SmallVector<Value> position, row;
      for (int64_t u = 0; u < tile.keys; ++u) {
        position.push_back(minIndex(add(firstKey, u), lastKey));
        row.push_back(rowAt(keyRows, position.back()));
      }
      SmallVector<Value> scores = emitScores(strip, firstKey, row);
      if (stage)
        scores = stage->run(b.saveInsertionPoint(), firstKey, scores);
      if (masked)
        for (int64_t u = 0; u < tile.keys; ++u)
          for (int64_t v = 0; v < tile.vectors; ++v) {
            Value &score = scores[u * tile.vectors + v];
            score = arith::SelectOp::create(
                b, emitVisible(position[u], lanesAt(strip, v)), score,
                splat(-INFINITY));
          }
      emitEndOfList(firstKey, scores);
      emitRaise(strip, firstKey, scores);
      Value tileFactor = splat(factor);
      SmallVector<Value> offsets =
          emitOffsets(loadStrip(op.getMax(), strip), scores, tileFactor);
      // A few at a time: all of a tile would not fit the registers.
      SmallVector<Value> sums = loadStrip(op.getSum(), strip);
      for (int64_t v = 0; v < tile.vectors; ++v)
        for (int64_t u = 0; u < tile.keys; u += exponentKeys) {
          SmallVector<Value> group;
          for (int64_t i = u; i < std::min(u + exponentKeys, tile.keys); ++i)
            group.push_back(scores[i * tile.vectors + v]);
          emitExp2(b, group, tile.powerTable, headroom, {tileFactor, offsets[v]},
                   /*isFast=*/!op.getExactSum());
          // Among each other first: the running sum is rounded once for all of them.
          Value partial = group.front();
          for (Value weight : ArrayRef(group).drop_front())
            partial = arith::AddFOp::create(b, partial, weight);
          sums[v] = arith::AddFOp::create(b, sums[v], partial);
          if (op.getKept())
            for (auto [key, weight] : llvm::enumerate(group))
              weight = mul(weight, loadLanes(op.getKept(),
                                             {position[u + key], lanesAt(strip, v)}));
          storeWeights(group, add(firstKey, u), index(v * tile.lanes));
        }
      for (int64_t v = 0; v < tile.vectors; ++v)
        storeLanes(sums[v], op.getSum(), lanesAt(strip, v));
    });
  }

  /// Dot products of a strip and the keys of `row`, key by key. The many keys of a strip of one or two
  /// vectors are taken in parts, of which those beyond the list are skipped, and whose addresses have
  /// registers.
  SmallVector<Value> emitScores(Value strip, Value firstKey, ArrayRef<Value> row) {
    int64_t keys = llvm::divideCeil(partAccumulators, tile.vectors);
    if (tile.vectors > 2 || tile.keys % keys)
      keys = tile.keys;
    int64_t parts = tile.keys / keys;
    SmallVector<Value> scores;
    for (int64_t first = 0; first < tile.keys; first += keys) {
      auto emitPart = [&] {
        return emitScoresOf(row.slice(first, keys), strip,
                            llvm::bit_floor(uint64_t(scoresUnrollFactor() * parts)));
      };
      SmallVector<Value> part(keys * tile.vectors, splat(-INFINITY));
      if (first == 0)
        part = emitPart();
      else
        replaceIf(arith::CmpIOp::create(b, arith::CmpIPredicate::slt,
                                        add(firstKey, first), count),
                  part, emitPart);
      scores.append(part);
    }
    return scores;
  }

  SmallVector<Value> emitScoresOf(ArrayRef<Value> row, Value strip,
                                  int64_t unrolled) {
    SmallVector<Value> init(row.size() * tile.vectors, splat(0));
    return unrolledLoop(
        index(pairs ? headSize / 2 : headSize), unrolled, init,
        [&](Value d, ValueRange acc) -> SmallVector<Value> {
          SmallVector<Value> query, next;
          for (int64_t v = 0; v < tile.vectors; ++v)
            query.push_back(loadQueries(d, lanesAt(strip, v)));
          for (size_t u = 0; u < row.size(); ++u) {
            Value element = loadKeyElement(row[u], d);
            for (int64_t v = 0; v < tile.vectors; ++v)
              next.push_back(
                  multiplyAdd(element, query[v], acc[u * tile.vectors + v]));
          }
          return next;
        });
  }

  /// Replaces `values` by `body` where `condition` holds.
  void replaceIf(Value condition, SmallVector<Value> &values,
                 llvm::function_ref<SmallVector<Value>()> body) {
    auto ifOp = scf::IfOp::create(b, TypeRange(ValueRange(values)), condition,
                                  /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(ifOp.thenBlock());
    scf::YieldOp::create(b, body());
    b.setInsertionPointToStart(ifOp.elseBlock());
    scf::YieldOp::create(b, values);
    values.assign(ifOp.result_begin(), ifOp.result_end());
  }

  /// Scores of positions beyond the list become those of dead pairs.
  void emitEndOfList(Value firstKey, SmallVector<Value> &scores) {
    auto isBeyond = [&](int64_t u) -> Value {
      return arith::CmpIOp::create(b, arith::CmpIPredicate::sge,
                                   add(firstKey, u), count);
    };
    replaceIf(isBeyond(tile.keys - 1), scores, [&] {
      SmallVector<Value> kept = scores;
      for (int64_t u = 0; u < tile.keys; ++u)
        for (int64_t v = 0; v < tile.vectors; ++v) {
          Value &score = kept[u * tile.vectors + v];
          score = arith::SelectOp::create(b, isBeyond(u), splat(-INFINITY),
                                          score);
        }
      return kept;
    });
  }

  /// Raises the reference of rows with a score too far above it, and rescales what these have:
  /// sum, accumulator, and the block's weights before `firstKey`.
  void emitRaise(Value strip, Value firstKey, ArrayRef<Value> scores) {
    SmallVector<Value> found(scores.take_front(tile.vectors)), above;
    for (int64_t u = 1; u < tile.keys; ++u)
      for (int64_t v = 0; v < tile.vectors; ++v)
        found[v] = emitMax(b, scores[u * tile.vectors + v], found[v]);
    if (Value rowMax = op.getRowMax())
      for (int64_t v = 0; v < tile.vectors; ++v) {
        Value at = lanesAt(strip, v);
        storeLanes(emitMax(b, mul(found[v], splat(op.getScoreFactor())),
                           loadLanes(rowMax, at)),
                   rowMax, at);
      }
    SmallVector<Value> oldMax = loadStrip(op.getMax(), strip);
    for (int64_t v = 0; v < tile.vectors; ++v) {
      found[v] = mul(found[v], splat(factor));
      above.push_back(emitGrows(found[v], oldMax[v]));
    }
    ifThen(emitAny(above), [&] {
      SmallVector<Value> newMax, scale;
      for (int64_t v = 0; v < tile.vectors; ++v) {
        newMax.push_back(emitReference(found[v], oldMax[v]));
        scale.push_back(arith::SubFOp::create(b, oldMax[v], newMax[v]));
        storeLanes(newMax[v], op.getMax(), lanesAt(strip, v));
      }
      emitExp2(b, scale, tile.powerTable);
      auto rescale = [&](Value buffer, ArrayRef<Value> leading, int64_t v) {
        SmallVector<Value> at(leading);
        at.push_back(lanesAt(strip, v));
        storeLanes(mul(loadLanes(buffer, at), scale[v]), buffer, at);
      };
      // Rows without a key so far have nothing to rescale.
      SmallVector<Value> seen;
      for (Value reference : oldMax)
        seen.push_back(arith::CmpFOp::create(b, arith::CmpFPredicate::OGT,
                                             reference, splat(-FLT_MAX)));
      ifThen(emitAny(seen), [&] {
        for (int64_t v = 0; v < tile.vectors; ++v)
          rescale(op.getSum(), {}, v);
        loop(index(0), index(valueSize), 1, [&](Value column) {
          for (int64_t v = 0; v < tile.vectors; ++v)
            rescale(op.getAcc(), {column}, v);
        });
        int64_t keys = pairs ? 2 : 1;
        loop(index(0), firstKey, keys, [&](Value key) {
          for (int64_t v = 0; v < tile.vectors; ++v) {
            SmallVector<Value> group;
            for (int64_t u = 0; u < keys; ++u)
              group.push_back(mul(loadWeight(add(key, u), index(v * tile.lanes)),
                                  scale[v]));
            storeWeights(group, key, index(v * tile.lanes));
          }
        });
      });
      keepIsLarge(newMax);
    });
  }

  /// Keeps whether some reference is large.
  void keepIsLarge(ArrayRef<Value> references) {
    memref::StoreOp::create(b, emitIsLarge(references), isLarge,
                            ValueRange{index(0)});
  }

  /// Offsets that make scores of a register tile, key by key and times a factor, exponents
  /// relative to the reference of each vector of rows. Where one is large, the scores become the
  /// exponents.
  SmallVector<Value> emitOffsets(ArrayRef<Value> references,
                                 SmallVector<Value> &scores,
                                 Value &tileFactor) {
    auto offsetOf = [&](Value reference) {
      return emitExponentOffset(b, reference, tile.powerTable);
    };
    SmallVector<Value> all = scores;
    for (Value reference : references)
      all.push_back(offsetOf(reference));
    all.push_back(tileFactor);
    replaceIf(memref::LoadOp::create(b, isLarge, ValueRange{index(0)}), all, [&] {
      SmallVector<Value> large;
      for (auto [i, score] : llvm::enumerate(scores))
        large.push_back(emitLargeExponent(score, tileFactor,
                                          references[i % tile.vectors]));
      large.append(tile.vectors, offsetOf(splat(0)));
      large.push_back(splat(1));
      return large;
    });
    tileFactor = all.pop_back_val();
    SmallVector<Value> offsets(ArrayRef(all).take_back(tile.vectors));
    all.truncate(scores.size());
    scores = all;
    return offsets;
  }

  /// acc[c] += sum over keys of value[key, c] * weight[key]. Few keys at a
  /// time, so that a cache line of every one of their rows stays in L1 while
  /// its columns are read: rows are often a multiple of 256 bytes apart, and
  /// then share a quarter of the sets or fewer.
  void emitAccumulate(Value strip) {
    int64_t blocked = valueSize / tile.keys * tile.keys;
    Value allRows = weightRows();
    loop(index(0), allRows, accumulateRows, [&](Value firstKey) {
      Value number = minIndex(arith::SubIOp::create(b, allRows, firstKey),
                              index(accumulateRows));
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
        number, valuesUnrollFactor(), acc,
        [&](Value offset, ValueRange soFar) -> SmallVector<Value> {
          SmallVector<Value> weight, next;
          Value key = add(firstKey, offset);
          Value row = valueRowAt(key);
          for (int64_t v = 0; v < tile.vectors; ++v)
            weight.push_back(loadWeights(key, index(v * tile.lanes)));
          for (int64_t c = 0; c < columns; ++c) {
            Value element = loadValueElement(row, add(column, c));
            for (int64_t v = 0; v < tile.vectors; ++v)
              next.push_back(multiplyAdd(element, weight[v],
                                         soFar[c * tile.vectors + v]));
          }
          return next;
        });
    for (int64_t c = 0; c < columns; ++c)
      for (int64_t v = 0; v < tile.vectors; ++v)
        storeLanes(acc[c * tile.vectors + v], op.getAcc(),
                   {add(column, c), add(strip, v * tile.lanes)});
  }

  /// acc[c] += sum over keys of value[key, c] * weight[key], but a weight of 0 takes nothing from
  /// its value.
  void emitAccumulateLive(Value strip) {
    loop(index(0), count, 1, [&](Value key) {
      Value row = rowAt(valueRows, key);
      SmallVector<Value> weight, none;
      for (int64_t v = 0; v < tile.vectors; ++v) {
        weight.push_back(loadWeight(key, index(v * tile.lanes)));
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
  /// The same for values. With one vector of rows, an address of each row is in a register.
  int64_t valuesUnrollFactor() const {
    return tile.vectors == 1 ? std::max<int64_t>(unrollFactor() / 2, 1) : unrollFactor();
  }
  /// The same for scores. On AArch64, which 4 lanes and 24 accumulators mean,
  /// LLVM's scheduler moves the loads of a key's next elements together, and
  /// then has no registers for accumulators; one step of 24 multiply-adds, or
  /// two of 8 for a part, hide the loop's own instructions as well.
  int64_t scoresUnrollFactor() const {
    bool isAArch64 = tile.lanes == 4 && tile.keys * tile.vectors > 16;
    return isAArch64 ? 1 : unrollFactor();
  }
  /// Weight rows whose values are added to all columns before the next ones.
  static constexpr int64_t accumulateRows = 96;
  /// Accumulators that hide the latency of two multiply-adds a cycle.
  static constexpr int64_t partAccumulators = 8;
  /// Exponentials computed side by side.
  static constexpr int64_t exponentKeys = 4;

  bool masked;
  double factor;
  Value isLarge;
  /// What makes scores of dot products, if there is a region.
  std::optional<ScoreStage> stage;
};
} // namespace

void mlir::sattn::lowerSoftmaxUpdate(SoftmaxUpdateOp op,
                                     const RegisterTile &tile,
                                     ScratchBuffers &scratch) {
  SoftmaxUpdate(op, tile, scratch).run();
}
