// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// CPU code for tiles of fewer rows than a vector has lanes: the row of a token
/// that is being generated, or those of a group of heads.
///
/// Head columns stand in the lanes for scores and accumulator, and keys for the
/// exponentials. Keys and values are read once, in their order in memory, which
/// is what such a tile takes its time for.
#include "RowMajorLowering.h"

#include "LaneSums.h"
#include "ScoreEmitter.h"
#include "SparseAttn/Dialect/TiledOps.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
class RowMajor : LaneSumEmitter {
public:
  RowMajor(Operation *op, const RegisterTile &tile, ScratchBuffers &scratch)
      : LaneSumEmitter(op, tile), scratch(scratch),
        accumulators(tile.vectors * tile.keys) {}

  void run(PackQueriesOp op) {
    double factor = op.getFactor().convertToFloat();
    auto type = cast<MemRefType>(op.getPacked().getType());
    for (int64_t row = 0; row < type.getDimSize(0); ++row)
      forColumns(
          type.getDimSize(1),
          [&](Value column) {
            Value at = index(row);
            storeLanes(
                mul(loadLanes(op.getQuery(), {at, column}), splat(factor)),
                op.getPacked(), {at, column});
          },
          [&](Value column) {
            Value at = index(row);
            memref::StoreOp::create(
                b, mul(loadScalar(op.getQuery(), {at, column}), f32(factor)),
                op.getPacked(), ValueRange{at, column});
          });
  }

  void run(SoftmaxInitOp op) {
    auto type = cast<MemRefType>(op.getAcc().getType());
    loop(index(0), index(type.getDimSize(0)), 1, [&](Value row) {
      memref::StoreOp::create(b, f32(-FLT_MAX), op.getMax(), row);
      memref::StoreOp::create(b, f32(0), op.getSum(), row);
      if (op.getRowMax())
        memref::StoreOp::create(b, f32(-INFINITY), op.getRowMax(), row);
      if (op.getSink())
        emitSink(op.getSink(), row, op.getScale()->convertToDouble(),
                 op.getMax(), op.getSum());
      forColumns(
          type.getDimSize(1),
          [&](Value column) {
            storeLanes(splat(0), op.getAcc(), {row, column});
          },
          [&](Value column) {
            memref::StoreOp::create(b, f32(0), op.getAcc(),
                                    ValueRange{row, column});
          });
    });
  }

  void run(SoftmaxUpdateOp op) {
    update = op;
    rows = cast<MemRefType>(op.getAcc().getType()).getDimSize(0);
    headSize = cast<MemRefType>(op.getPacked().getType()).getDimSize(1);
    valueSize = cast<MemRefType>(op.getAcc().getType()).getDimSize(1);
    bool hasScore = !op.getScore().empty();
    factor = exponentFactor(op.getScoreFactor());
    std::optional<ScoreEmitter> emitter;
    if (hasScore) {
      emitter.emplace(b, op.getScore().front(), tile.lanes);
      emitter->emitInvariants(Value());
    }
    scores = scratch.get(op, "scores",
                         {rows, int64_t(llvm::alignTo(streamKeys, tile.lanes))});
    lastKey = add(op.getCount(), index(-1));
    // Few keys at a time: memory is asked for the next ones all the while.
    loop(index(0), op.getCount(), streamKeys, [&](Value first) {
      firstKey = first;
      count = minIndex(arith::SubIOp::create(b, op.getCount(), first),
                       index(streamKeys));
      emitScores();
      if (emitter)
        emitModified(*emitter);
      for (int64_t row = 0; row < rows; ++row)
        emitWeights(index(row));
      emitAccumulate();
    });
  }

  void run(SoftmaxFinishOp op) {
    auto type = cast<MemRefType>(op.getAcc().getType());
    Type element = cast<MemRefType>(op.getOut().getType()).getElementType();
    auto narrow = [&](Value value, Type type) -> Value {
      if (element.isF32())
        return value;
      return arith::TruncFOp::create(b, type, value);
    };
    loop(index(0), index(type.getDimSize(0)), 1, [&](Value row) {
      auto divide = makeDivision(broadcast(loadScalar(op.getSum(), row)),
                                 op.getFactor().convertToFloat());
      forColumns(
          type.getDimSize(1),
          [&](Value column) {
            Value lanes = divide(loadLanes(op.getAcc(), {row, column}));
            storeLanes(narrow(lanes, VectorType::get({tile.lanes}, element)),
                       op.getOut(), {row, column});
          },
          [&](Value column) {
            Value lanes =
                divide(broadcast(loadScalar(op.getAcc(), {row, column})));
            Value scalar = vector::ExtractOp::create(b, lanes, 0);
            memref::StoreOp::create(b, narrow(scalar, element), op.getOut(),
                                    ValueRange{row, column});
          });
    });
    if (op.getLse())
      emitLse(op.getMax(), op.getSum(), op.getLse(),
              op.getScale().convertToDouble());
    if (op.getRowMax())
      emitCopy(op.getRowMax(), op.getFinalRowMax());
  }

private:
  /// The key at `position`, counted from the first of those in work. Positions
  /// beyond the list repeat its last key.
  Value loadKey(Value position) {
    Value inList = minIndex(add(firstKey, position), lastKey);
    return memref::LoadOp::create(b, update.getKeys(), ValueRange{inList});
  }

  /// Asks for the row of `buffer` that belongs to the key `prefetchedKeys` after `position`.
  void emitPrefetch(Value buffer, Value position, int64_t columns) {
    constexpr int64_t lineBytes = 64;
    Type element = cast<MemRefType>(buffer.getType()).getElementType();
    int64_t step = lineBytes * 8 / element.getIntOrFloatBitWidth();
    Value row = loadKey(add(position, prefetchedKeys));
    for (int64_t column = 0; column < columns; column += step)
      memref::PrefetchOp::create(b, buffer, ValueRange{row, index(column)},
                                 /*isWrite=*/false, /*localityHint=*/2,
                                 /*isDataCache=*/true);
  }

  /// Products of the columns of `keys` and those of every query row, summed per lane: row by row
  /// for each key.
  SmallVector<Value> emitProducts(ArrayRef<Value> keys) {
    auto step = [&](Value column, ValueRange acc) -> SmallVector<Value> {
      SmallVector<Value> query, next;
      for (int64_t row = 0; row < rows; ++row)
        query.push_back(loadLanes(update.getPacked(), {index(row), column}));
      for (auto [number, key] : llvm::enumerate(keys)) {
        Value lanes = loadLanes(update.getKey(), {key, column});
        for (int64_t row = 0; row < rows; ++row)
          next.push_back(fma(lanes, query[row], acc[number * rows + row]));
      }
      return next;
    };
    SmallVector<Value> sums(keys.size() * rows, splat(0));
    int64_t blocks = headSize / tile.lanes;
    if (blocks > unrolledBlocks)
      return loop(index(0), index(blocks * tile.lanes), tile.lanes, sums, step);
    for (int64_t block = 0; block < blocks; ++block)
      sums = step(index(block * tile.lanes), sums);
    return sums;
  }

  /// scores[r, p] = query r . key p, and -inf up to the end of the last vector
  /// of keys. Rows of keys are read one after the other, as they lie in memory.
  void emitScores() {
    int64_t blocked = headSize / tile.lanes * tile.lanes;
    // Keys whose products are in registers at once.
    int64_t atOnce = 1;
    while (atOnce < quad && 2 * atOnce * rows <= accumulators)
      atOnce *= 2;
    loop(index(0), count, quad, [&](Value first) {
      // Of each row: sums of one key a vector, then of two.
      SmallVector<SmallVector<Value>> single(rows), twice(rows);
      for (int64_t u = 0; u < quad; u += atOnce) {
        SmallVector<Value> keys;
        for (int64_t i = 0; i < atOnce; ++i) {
          Value position = add(first, u + i);
          emitPrefetch(update.getKey(), position, headSize);
          keys.push_back(loadKey(position));
        }
        SmallVector<Value> sums = emitProducts(keys);
        for (int64_t i = 0; i < atOnce; ++i)
          for (int64_t row = 0; row < rows; ++row) {
            single[row].push_back(sums[i * rows + row]);
            if (single[row].size() < 2)
              continue;
            auto [x, y] = emitHalvesOfQuads(single[row][0], single[row][1], 1);
            twice[row].push_back(arith::AddFOp::create(b, x, y));
            single[row].clear();
          }
      }
      for (int64_t row = 0; row < rows; ++row) {
        auto [x, y] = emitHalvesOfQuads(twice[row][0], twice[row][1], 2);
        auto type = VectorType::get({quad}, b.getF32Type());
        Value sums = arith::TruncFOp::create(b, type, emitSumsOfQuads(x, y));
        vector::StoreOp::create(b, sums, scores, ValueRange{index(row), first});
      }
      if (blocked < headSize)
        emitLastColumns(first, quad, blocked);
    });
    paddedCount = arith::MulIOp::create(
        b, arith::CeilDivUIOp::create(b, count, index(tile.lanes)).getResult(),
        index(tile.lanes));
    loop(count, paddedCount, 1, [&](Value position) {
      for (int64_t row = 0; row < rows; ++row)
        memref::StoreOp::create(b, f32(-INFINITY), scores,
                                ValueRange{index(row), position});
    });
  }

  /// Adds the products of columns that do not fill a vector.
  void emitLastColumns(Value first, int64_t group, int64_t blocked) {
    loop(first, add(first, group), 1, [&](Value position) {
      Value key = loadKey(position);
      for (int64_t row = 0; row < rows; ++row) {
        Value at = index(row);
        Value score = memref::LoadOp::create(b, scores, ValueRange{at, position});
        score = loop(index(blocked), index(headSize), 1, score,
                     [&](Value column, ValueRange soFar) -> SmallVector<Value> {
                       return {math::FmaOp::create(
                           b, loadScalar(update.getKey(), {key, column}),
                           loadScalar(update.getPacked(), {at, column}),
                           soFar[0])};
                     })[0];
        memref::StoreOp::create(b, score, scores, ValueRange{at, position});
      }
    });
  }

  /// Dot products become what the score region says, with keys in the lanes.
  void emitModified(ScoreEmitter &emitter) {
    Value scale = splat(update.getScale().convertToDouble());
    auto keyType = VectorType::get({tile.lanes}, b.getIndexType());
    Value none = arith::ConstantOp::create(b, b.getZeroAttr(keyType));
    Value lane = emitter.toVector(LaneValue::spread(index(0), 1));
    loop(index(0), paddedCount, tile.lanes, [&](Value position) {
      LanePairs pairs;
      Value left = arith::SubIOp::create(b, count, position);
      pairs.live = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, lane,
                                         emitter.toVector(LaneValue::same(left)));
      Value keys = vector::MaskedLoadOp::create(
          b, keyType, update.getKeyNumbers(), ValueRange{add(firstKey, position)},
          pairs.live, none);
      pairs.key = LaneValue::lanes(arith::IndexCastOp::create(
          b, VectorType::get({tile.lanes}, b.getI32Type()), keys));
      pairs.position = LaneValue::same(update.getFirst());
      loop(index(0), index(rows), 1, [&](Value row) {
        pairs.head = LaneValue::same(add(update.getHead(), row));
        Value score = emitter.emit(
            mul(loadLanes(scores, {row, position}), scale), pairs);
        score = arith::SelectOp::create(b, pairs.live, score, splat(-INFINITY));
        storeLanes(score, scores, {row, position});
      });
    });
  }

  /// Scores of a row become probabilities relative to its maximum; what the row
  /// has so far is rescaled if that grew.
  void emitWeights(Value row) {
    Value found =
        loop(index(0), paddedCount, tile.lanes, splat(-INFINITY),
             [&](Value key, ValueRange soFar) -> SmallVector<Value> {
               return {emitMax(b, loadLanes(scores, {row, key}), soFar[0])};
             })[0];
    Value old = broadcast(loadScalar(update.getMax(), row));
    Value largest = emitLargest(found);
    if (Value rowMax = update.getRowMax()) {
      Value soFar = broadcast(loadScalar(rowMax, row));
      Value grown = emitMax(b, mul(largest, splat(update.getScoreFactor())), soFar);
      memref::StoreOp::create(b, vector::ExtractOp::create(b, grown, 0), rowMax,
                              row);
    }
    Value max = emitReference(mul(largest, splat(factor)), old);
    Value top = vector::ExtractOp::create(b, max, 0);
    Value grew = arith::CmpFOp::create(b, arith::CmpFPredicate::UGT, top,
                                       loadScalar(update.getMax(), row));
    ifThen(grew, [&] {
      SmallVector<Value> scale{arith::SubFOp::create(b, old, max)};
      emitExp2(b, scale, tile.powerTable);
      Value factor = vector::ExtractOp::create(b, scale[0], 0);
      memref::StoreOp::create(b, top, update.getMax(), row);
      memref::StoreOp::create(b, mul(loadScalar(update.getSum(), row), factor),
                              update.getSum(), row);
      forColumns(
          valueSize,
          [&](Value column) {
            Value acc = loadLanes(update.getAcc(), {row, column});
            storeLanes(mul(acc, scale[0]), update.getAcc(), {row, column});
          },
          [&](Value column) {
            Value acc = loadScalar(update.getAcc(), {row, column});
            memref::StoreOp::create(b, mul(acc, factor), update.getAcc(),
                                    ValueRange{row, column});
          });
    });
    emitEither(max, [&](bool isLarge) {
      Value sum =
          loop(index(0), paddedCount, tile.lanes, splat(0),
               [&](Value key, ValueRange soFar) -> SmallVector<Value> {
                 Value score = loadLanes(scores, {row, key});
                 SmallVector<Value> weight{score};
                 Exponents exponents;
                 if (isLarge)
                   weight = {emitLargeExponent(score, splat(factor), max)};
                 else
                   exponents = {splat(factor),
                                emitExponentOffset(b, max, tile.powerTable)};
                 emitExp2(b, weight, tile.powerTable, headroom, exponents);
                 storeLanes(weight[0], scores, {row, key});
                 return {arith::AddFOp::create(b, soFar[0], weight[0])};
               })[0];
      Value total = arith::AddFOp::create(b, loadScalar(update.getSum(), row),
                                          emitSum(sum));
      memref::StoreOp::create(b, total, update.getSum(), row);
    });
  }

  /// acc[r, c] += sum over keys of weight[r, key] * value[key, c], with the
  /// values in their order in memory.
  void emitAccumulate() {
    int64_t vectors = valueSize / tile.lanes;
    if (rows * vectors <= accumulators) {
      emitInRegisters(vectors);
    } else {
      // Weights of a few keys in registers, and the accumulator in the cache.
      int64_t atOnce = std::max<int64_t>(accumulators * 2 / 3 / rows, 1);
      Value whole = arith::MulIOp::create(
          b, arith::DivUIOp::create(b, count, index(atOnce)), index(atOnce));
      loop(index(0), whole, atOnce,
           [&](Value key) { emitKeys(key, atOnce, vectors); });
      loop(whole, count, 1, [&](Value key) { emitKeys(key, 1, vectors); });
    }
    loop(index(vectors * tile.lanes), index(valueSize), 1, [&](Value column) {
      for (int64_t row = 0; row < rows; ++row) {
        Value at = index(row);
        Value acc =
            loop(index(0), count, 1, loadScalar(update.getAcc(), {at, column}),
                 [&](Value key, ValueRange soFar) -> SmallVector<Value> {
                   return {math::FmaOp::create(
                       b, loadScalar(scores, {at, key}),
                       loadScalar(update.getValue(), {loadKey(key), column}),
                       soFar[0])};
                 })[0];
        memref::StoreOp::create(b, acc, update.getAcc(),
                                ValueRange{at, column});
      }
    });
  }

  Value columnOf(int64_t vector) { return index(vector * tile.lanes); }

  void emitInRegisters(int64_t vectors) {
    SmallVector<Value> acc;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t v = 0; v < vectors; ++v)
        acc.push_back(loadLanes(update.getAcc(), {index(row), columnOf(v)}));
    if (acc.empty())
      return;
    acc = loop(
        index(0), count, 1, acc,
        [&](Value key, ValueRange soFar) -> SmallVector<Value> {
          Value at = loadKey(key);
          emitPrefetch(update.getValue(), key, valueSize);
          SmallVector<Value> weight, next;
          for (int64_t row = 0; row < rows; ++row)
            weight.push_back(broadcast(loadScalar(scores, {index(row), key})));
          for (int64_t row = 0; row < rows; ++row)
            for (int64_t v = 0; v < vectors; ++v)
              next.push_back(fma(
                  weight[row], loadLanes(update.getValue(), {at, columnOf(v)}),
                  soFar[row * vectors + v]));
          return next;
        });
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t v = 0; v < vectors; ++v)
        storeLanes(acc[row * vectors + v], update.getAcc(),
                   {index(row), columnOf(v)});
  }

  void emitKeys(Value firstKey, int64_t keys, int64_t vectors) {
    SmallVector<Value> at, weight;
    for (int64_t u = 0; u < keys; ++u) {
      at.push_back(loadKey(add(firstKey, u)));
      emitPrefetch(update.getValue(), add(firstKey, u), valueSize);
      for (int64_t row = 0; row < rows; ++row)
        weight.push_back(
            broadcast(loadScalar(scores, {index(row), add(firstKey, u)})));
    }
    loop(index(0), index(vectors * tile.lanes), tile.lanes, [&](Value column) {
      SmallVector<Value> value;
      for (int64_t u = 0; u < keys; ++u)
        value.push_back(loadLanes(update.getValue(), {at[u], column}));
      for (int64_t row = 0; row < rows; ++row) {
        Value acc = loadLanes(update.getAcc(), {index(row), column});
        for (int64_t u = 0; u < keys; ++u)
          acc = fma(weight[u * rows + row], value[u], acc);
        storeLanes(acc, update.getAcc(), {index(row), column});
      }
    });
  }

  /// Keys that are scored, weighed and accumulated before the next ones.
  static constexpr int64_t streamKeys = 64;
  /// How many keys ahead of those in work memory is asked for rows.
  static constexpr int64_t prefetchedKeys = 48;
  /// Vectors of a row up to which they are multiplied without a loop.
  static constexpr int64_t unrolledBlocks = 8;

  ScratchBuffers &scratch;
  int64_t accumulators;
  SoftmaxUpdateOp update;
  int64_t rows = 0, headSize = 0, valueSize = 0;
  double factor = 0;
  Value firstKey, lastKey, count, paddedCount, scores;
};
} // namespace

void mlir::sattn::lowerRowMajor(Operation *op, const RegisterTile &tile,
                                ScratchBuffers &scratch) {
  RowMajor lowering(op, tile, scratch);
  llvm::TypeSwitch<Operation *>(op)
      .Case<PackQueriesOp, SoftmaxInitOp, SoftmaxUpdateOp, SoftmaxFinishOp>(
          [&](auto tiled) { lowering.run(tiled); });
}
