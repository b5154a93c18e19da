// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The update of tiles of few rows: scores, weights and accumulator of some keys at a time, over f32
/// or over pairs of bf16.
#include "RowMajorUpdate.h"

#include "LaneSums.h"
#include "ScoreEmitter.h"

#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
class RowMajorUpdate : LaneSumEmitter {
public:
  RowMajorUpdate(SoftmaxUpdateOp op, const RegisterTile &tile,
                 ScratchBuffers &scratch)
      : LaneSumEmitter(op, tile), scratch(scratch),
        accumulators(tile.vectors * tile.keys), update(op) {}

  void run() {
    SoftmaxUpdateOp op = update;
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
    int64_t paddedKeys = llvm::alignTo(streamKeys, tile.lanes);
    scores = scratch.get(op, "scores", {rows, paddedKeys});
    auto isPaired = [&](Value buffer, int64_t columns) {
      return cast<MemRefType>(buffer.getType()).getElementType().isBF16() &&
             columns % (2 * tile.lanes) == 0;
    };
    pairs = tile.bf16Dot && 2 * rows <= accumulators &&
            isPaired(op.getKey(), headSize) && isPaired(op.getValue(), valueSize);
    if (pairs) {
      queries = scratch.get(op, "queries", {rows, headSize}, b.getBF16Type());
      weightPairs = scratch.get(op, "weights", {rows, paddedKeys}, b.getBF16Type());
      emitNarrow(op.getPacked(), queries, index(headSize));
    }
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
      if (pairs)
        emitNarrow(scores, weightPairs, paddedCount);
      emitAccumulate();
    });
  }

private:
  /// The key at `position`, counted from the first of those in work. Positions
  /// beyond the list repeat its last key.
  Value loadKey(Value position) {
    Value inList = minIndex(add(firstKey, position), lastKey);
    return memref::LoadOp::create(b, update.getKeys(), ValueRange{inList});
  }

  /// to[r, c] = from[r, c] as bf16, in whole vectors.
  void emitNarrow(Value from, Value to, Value columns) {
    auto type = VectorType::get({tile.lanes}, b.getBF16Type());
    for (int64_t row = 0; row < rows; ++row)
      loop(index(0), columns, tile.lanes, [&](Value column) {
        Value lanes = loadLanes(from, {index(row), column});
        storeLanes(arith::TruncFOp::create(b, type, lanes), to,
                   {index(row), column});
      });
  }

  Value loadPairs(Value buffer, ValueRange at) {
    return vector::LoadOp::create(b, pairType(), buffer, at);
  }

  /// acc + x * y, both of pairs or neither.
  Value multiplyAdd(Value x, Value y, Value acc) {
    if (pairs)
      return x86vector::DotBF16Op::create(b, laneType, acc, x, y);
    return fma(x, y, acc);
  }

  /// Asks for `columns` columns from `first` on of the row of `buffer` that belongs to a key some
  /// `prefetchedBytes` after `position`.
  void emitPrefetch(Value buffer, Value position, Value first, int64_t columns) {
    constexpr int64_t lineBytes = 64;
    auto type = cast<MemRefType>(buffer.getType());
    Type element = type.getElementType();
    int64_t step = lineBytes * 8 / element.getIntOrFloatBitWidth();
    int64_t ahead = llvm::divideCeil(
        prefetchedBytes * 8, type.getDimSize(1) * element.getIntOrFloatBitWidth());
    Value row = loadKey(add(position, std::min(ahead, streamKeys)));
    for (int64_t column = 0; column < columns; column += step)
      memref::PrefetchOp::create(b, buffer, ValueRange{row, add(first, column)},
                                 /*isWrite=*/false, /*localityHint=*/2,
                                 /*isDataCache=*/true);
  }

  /// Products of the columns of `keys` and those of every query row, summed per lane: row by row
  /// for each key.
  SmallVector<Value> emitProducts(ArrayRef<Value> keys) {
    auto step = [&](Value column, ValueRange acc) -> SmallVector<Value> {
      auto load = [&](Value buffer, Value row) {
        return pairs ? loadPairs(buffer, {row, column})
                     : loadLanes(buffer, {row, column});
      };
      SmallVector<Value> query, next;
      for (int64_t row = 0; row < rows; ++row)
        query.push_back(load(pairs ? queries : update.getPacked(), index(row)));
      for (auto [number, key] : llvm::enumerate(keys)) {
        Value lanes = load(update.getKey(), key);
        for (int64_t row = 0; row < rows; ++row)
          next.push_back(multiplyAdd(lanes, query[row], acc[number * rows + row]));
      }
      return next;
    };
    SmallVector<Value> sums(keys.size() * rows, splat(0));
    int64_t width = pairs ? 2 * tile.lanes : tile.lanes;
    int64_t blocks = headSize / width;
    if (blocks > unrolledBlocks)
      return loop(index(0), index(blocks * width), width, sums, step);
    for (int64_t block = 0; block < blocks; ++block)
      sums = step(index(block * width), sums);
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
          emitPrefetch(update.getKey(), position, index(0), headSize);
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
      SmallVector<std::pair<Value, Value>> halves;
      for (int64_t row = 0; row < rows; ++row)
        halves.push_back(emitHalvesOfQuads(twice[row][0], twice[row][1], 2));
      int64_t summed = 0;
      // Sums of bf16 products are exact enough as f32.
      for (; pairs && summed + quad <= rows; summed += quad)
        for (auto [row, sums] : llvm::enumerate(
                 emitSumsOfRows(ArrayRef(halves).slice(summed, quad))))
          vector::StoreOp::create(b, sums, scores,
                                  ValueRange{index(summed + row), first});
      for (int64_t row = summed; row < rows; ++row) {
        auto type = VectorType::get({quad}, b.getF32Type());
        Value sums = arith::TruncFOp::create(
            b, type, emitSumsOfQuads(halves[row].first, halves[row].second));
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
    // As many columns at a time as have registers.
    int64_t least = pairs ? 2 : 1;
    int64_t most = std::max(accumulators / (least * rows), int64_t(1)) * least;
    int64_t passes = std::max<int64_t>(llvm::divideCeil(vectors, most), 1);
    int64_t atOnce = std::max<int64_t>(
        llvm::alignTo(llvm::divideCeil(vectors, passes), least), 1);
    auto emitColumns = [&](Value column, int64_t number) {
      if (pairs)
        emitColumnsOfPairs(column, number);
      else
        emitColumnsOfKeys(column, number);
    };
    int64_t blocked = vectors / atOnce * atOnce;
    loop(index(0), index(blocked * tile.lanes), atOnce * tile.lanes,
         [&](Value column) { emitColumns(column, atOnce); });
    if (blocked < vectors)
      emitColumns(index(blocked * tile.lanes), vectors - blocked);
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

  /// `vectors` vectors of columns from `first` on, for all rows.
  void emitColumnsOfKeys(Value first, int64_t vectors) {
    auto columnOf = [&](int64_t vector) { return add(first, vector * tile.lanes); };
    SmallVector<Value> acc;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t v = 0; v < vectors; ++v)
        acc.push_back(loadLanes(update.getAcc(), {index(row), columnOf(v)}));
    acc = loop(
        index(0), count, 1, acc,
        [&](Value key, ValueRange soFar) -> SmallVector<Value> {
          Value at = loadKey(key);
          emitPrefetch(update.getValue(), key, first, vectors * tile.lanes);
          SmallVector<Value> value, next;
          for (int64_t v = 0; v < vectors; ++v)
            value.push_back(loadLanes(update.getValue(), {at, columnOf(v)}));
          for (int64_t row = 0; row < rows; ++row) {
            Value weight = broadcast(loadScalar(scores, {index(row), key}));
            for (int64_t v = 0; v < vectors; ++v)
              next.push_back(fma(weight, value[v], soFar[row * vectors + v]));
          }
          return next;
        });
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t v = 0; v < vectors; ++v)
        storeLanes(acc[row * vectors + v], update.getAcc(),
                   {index(row), columnOf(v)});
  }

  /// The same over pairs of keys, the columns of two vectors in the order that makes pairs of two
  /// rows in one instruction each: columns of a pair lie 4 apart in groups of 8.
  void emitColumnsOfPairs(Value first, int64_t vectors) {
    constexpr int64_t group = 4;
    int64_t width = 2 * tile.lanes;
    auto paired = [&](Value x, Value y) -> std::pair<Value, Value> {
      auto halves = [&](int64_t half) {
        return shuffle(x, y, width, [&](int64_t element) {
          int64_t pair = element / 2;
          return (element % 2) * width + pair / group * 2 * group + pair % group +
                 half * group;
        });
      };
      return {halves(0), halves(1)};
    };
    auto exchange = [&](Value x, Value y, int64_t half, bool isBack) {
      return shuffle(x, y, tile.lanes, [&](int64_t lane) {
        int64_t column = lane + half * tile.lanes;
        if (isBack)
          return column / (2 * group) * group + column % group +
                 (column / group % 2) * tile.lanes;
        return lane / group * 2 * group + lane % group + half * group;
      });
    };
    auto forBlocks = [&](llvm::function_ref<void(int64_t, Value)> body) {
      for (int64_t row = 0; row < rows; ++row)
        for (int64_t v = 0; v < vectors; v += 2)
          body(row, add(first, v * tile.lanes));
    };
    SmallVector<Value> acc;
    forBlocks([&](int64_t row, Value column) {
      Value x = loadLanes(update.getAcc(), {index(row), column});
      Value y = loadLanes(update.getAcc(), {index(row), add(column, tile.lanes)});
      for (int64_t half : {0, 1})
        acc.push_back(exchange(x, y, half, /*isBack=*/false));
    });

    auto bitsType = VectorType::get({width}, b.getI16Type());
    auto step = [&](Value position, bool isWhole, ValueRange soFar) {
      SmallVector<Value> rowsOfPair, value, next;
      for (int64_t i = 0; i < (isWhole ? 2 : 1); ++i) {
        rowsOfPair.push_back(loadKey(add(position, i)));
        emitPrefetch(update.getValue(), add(position, i), first,
                     vectors * tile.lanes);
      }
      for (int64_t v = 0; v < vectors; v += 2) {
        Value column = add(first, v * tile.lanes);
        SmallVector<Value> bits;
        for (Value row : rowsOfPair)
          bits.push_back(
              bitcast(loadPairs(update.getValue(), {row, column}), bitsType));
        // A weight of no key is 0, which its values must be as well.
        if (!isWhole)
          bits.push_back(arith::ConstantOp::create(b, b.getZeroAttr(bitsType)));
        auto [low, high] = paired(bits[0], bits[1]);
        value.append({bitcast(low, pairType()), bitcast(high, pairType())});
      }
      for (int64_t row = 0; row < rows; ++row) {
        Value both = vector::LoadOp::create(
            b, VectorType::get({2}, b.getBF16Type()), weightPairs,
            ValueRange{index(row), position});
        Value weight = vector::ExtractOp::create(
            b, bitcast(both, VectorType::get({1}, b.getI32Type())), 0);
        weight = bitcast(broadcast(weight), pairType());
        for (int64_t v = 0; v < vectors; ++v)
          next.push_back(multiplyAdd(value[v], weight, soFar[row * vectors + v]));
      }
      return next;
    };
    Value whole = arith::AndIOp::create(b, count, index(-2));
    acc = loop(index(0), whole, 2, acc, [&](Value position, ValueRange soFar) {
      return step(position, true, soFar);
    });
    acc = loop(whole, count, 1, acc, [&](Value position, ValueRange soFar) {
      return step(position, false, soFar);
    });

    int64_t at = 0;
    forBlocks([&](int64_t row, Value column) {
      for (int64_t half : {0, 1})
        storeLanes(exchange(acc[at], acc[at + 1], half, /*isBack=*/true),
                   update.getAcc(), {index(row), add(column, half * tile.lanes)});
      at += 2;
    });
  }

  /// Keys that are scored, weighed and accumulated before the next ones.
  static constexpr int64_t streamKeys = 64;
  /// How far ahead of the rows in work memory is asked for others.
  static constexpr int64_t prefetchedBytes = 6144;
  /// Vectors of a row up to which they are multiplied without a loop.
  static constexpr int64_t unrolledBlocks = 8;

  ScratchBuffers &scratch;
  int64_t accumulators;
  SoftmaxUpdateOp update;
  int64_t rows = 0, headSize = 0, valueSize = 0;
  double factor = 0;
  /// Whether products go over pairs of bf16: of columns, and of keys.
  bool pairs = false;
  Value queries, weightPairs;
  Value firstKey, lastKey, count, paddedCount, scores;
};
} // namespace

void mlir::sattn::lowerRowMajorUpdate(SoftmaxUpdateOp op, const RegisterTile &tile,
                                      ScratchBuffers &scratch) {
  RowMajorUpdate(op, tile, scratch).run();
}
