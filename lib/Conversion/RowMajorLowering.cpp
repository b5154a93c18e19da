// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// CPU code for tiles of fewer rows than a vector has lanes: the row of a token
/// that is being generated, or those of a group of heads.
///
/// Head columns stand in the lanes for scores and accumulator, and keys for the
/// exponentials. Keys and values are read once, in their order in memory, which
/// is what such a tile takes its time for.
#include "RowMajorLowering.h"

#include "SparseAttn/Dialect/TiledOps.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
class RowMajor : TileEmitter {
public:
  RowMajor(Operation *op, const RegisterTile &tile, ScratchBuffers &scratch)
      : TileEmitter(op, tile), scratch(scratch),
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
    factor = exponentFactor(op.getScale().convertToDouble());
    keysAtOnce = std::max<int64_t>(accumulators * 2 / 3 / rows, 1);
    scores = scratch.get(
        op, "scores",
        {rows, int64_t(llvm::alignTo(streamKeys, tile.lanes)) + keysAtOnce});
    lastKey = add(op.getCount(), index(-1));
    // Few keys at a time: memory is asked for the next ones all the while.
    loop(index(0), op.getCount(), streamKeys, [&](Value first) {
      firstKey = first;
      count = minIndex(arith::SubIOp::create(b, op.getCount(), first),
                       index(streamKeys));
      emitScores();
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
      auto divide = makeDivision(broadcast(loadScalar(op.getSum(), row)));
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
  }

private:
  using Columns = llvm::function_ref<void(Value)>;

  /// Columns by vectors, then those that are left one by one.
  void forColumns(int64_t columns, Columns lanes, Columns scalar) {
    int64_t blocked = columns / tile.lanes * tile.lanes;
    loop(index(0), index(blocked), tile.lanes, lanes);
    loop(index(blocked), index(columns), 1, scalar);
  }

  /// The key at `position`, counted from the first of those in work. Positions
  /// beyond the list repeat its last key.
  Value loadKey(Value position) {
    Value inList = minIndex(add(firstKey, position), lastKey);
    return memref::LoadOp::create(b, update.getKeys(), ValueRange{inList});
  }

  /// Sum of all lanes, in fp64: the last few additions have the largest roundings.
  Value emitSum(Value lanes) {
    auto wide = VectorType::get({tile.lanes}, b.getF64Type());
    Value sum = vector::ReductionOp::create(
        b, vector::CombiningKind::ADD,
        arith::ExtFOp::create(b, wide, lanes).getResult(),
        arith::FastMathFlags::reassoc);
    return arith::TruncFOp::create(b, b.getF32Type(), sum);
  }

  /// scores[r, p] = query r . key p, and -inf up to the end of the last vector
  /// of keys.
  void emitScores() {
    int64_t blocked = headSize / tile.lanes;
    loop(index(0), count, keysAtOnce, [&](Value first) {
      SmallVector<Value> key;
      for (int64_t u = 0; u < keysAtOnce; ++u)
        key.push_back(loadKey(add(first, u)));
      SmallVector<Value> sums = unrolledLoop(
          index(blocked), unrollFactor,
          SmallVector<Value>(rows * keysAtOnce, splat(0)),
          [&](Value block, ValueRange acc) -> SmallVector<Value> {
            Value column =
                arith::MulIOp::create(b, block, index(tile.lanes)).getResult();
            SmallVector<Value> query, next;
            for (int64_t row = 0; row < rows; ++row)
              query.push_back(
                  loadLanes(update.getPacked(), {index(row), column}));
            for (int64_t u = 0; u < keysAtOnce; ++u) {
              Value lanes = loadLanes(update.getKey(), {key[u], column});
              for (int64_t row = 0; row < rows; ++row)
                next.push_back(fma(lanes, query[row], acc[u * rows + row]));
            }
            return next;
          });
      for (int64_t u = 0; u < keysAtOnce; ++u)
        for (int64_t row = 0; row < rows; ++row) {
          Value score = emitSum(sums[u * rows + row]);
          if (headSize % tile.lanes)
            score =
                loop(index(blocked * tile.lanes), index(headSize), 1, score,
                     [&](Value column, ValueRange soFar) -> SmallVector<Value> {
                       return {math::FmaOp::create(
                           b, loadScalar(update.getKey(), {key[u], column}),
                           loadScalar(update.getPacked(), {index(row), column}),
                           soFar[0])};
                     })[0];
          memref::StoreOp::create(b, score, scores,
                                  ValueRange{index(row), add(first, u)});
        }
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

  /// Scores of a row become probabilities relative to its maximum; what the row
  /// has so far is rescaled if that grew.
  void emitWeights(Value row) {
    Value found =
        loop(index(0), paddedCount, tile.lanes, splat(-INFINITY),
             [&](Value key, ValueRange soFar) -> SmallVector<Value> {
               return {emitMax(b, loadLanes(scores, {row, key}), soFar[0])};
             })[0];
    Value largest =
        vector::ReductionOp::create(b, vector::CombiningKind::MAXNUMF, found);
    Value old = broadcast(loadScalar(update.getMax(), row));
    Value max = emitReference(mul(broadcast(largest), splat(factor)), old);
    Value top = vector::ExtractOp::create(b, max, 0);
    Value grew = arith::CmpFOp::create(b, arith::CmpFPredicate::UGT, top,
                                       loadScalar(update.getMax(), row));
    ifThen(grew, [&] {
      SmallVector<Value> scale{arith::SubFOp::create(b, old, max)};
      emitExp2(b, scale, tile.avx512);
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
                 SmallVector<Value> weight{emitExponent(
                     loadLanes(scores, {row, key}), factor, max, isLarge)};
                 emitExp2(b, weight, tile.avx512, headroom);
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
  static constexpr int64_t streamKeys = 24;
  /// Vectors of a row that are multiplied in one iteration.
  static constexpr int64_t unrollFactor = 8;

  ScratchBuffers &scratch;
  int64_t accumulators;
  SoftmaxUpdateOp update;
  int64_t rows = 0, headSize = 0, valueSize = 0, keysAtOnce = 0;
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
