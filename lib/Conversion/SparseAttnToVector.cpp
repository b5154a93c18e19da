// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// CPU code for query tiles, with queries in the vector lanes.
///
/// Scores are computed as K Q^T and the accumulator as V^T P^T, so that maxima, sums and
/// rescaling are lane-wise, keys and values are broadcast scalars read in place, and any
/// list of keys costs what a contiguous one does.
#include "SparseAttn/Conversion/Passes.h"

#include "VectorMath.h"
#include "SparseAttn/Dialect/TiledOps.h"

#include "llvm/Support/MathExtras.h"

#include <cfloat>
#include <cmath>

namespace mlir::sattn {
#define GEN_PASS_DEF_CONVERTSPARSEATTNTOVECTOR
#include "SparseAttn/Conversion/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {

constexpr double log2e = 1.4426950408889634;
constexpr double ln2 = 0.6931471805599453;

/// Scratch up to this size lives on the stack of the tile.
constexpr int64_t maxStackBytes = 64 * 1024;

struct RegisterTile {
  int64_t lanes;
  int64_t vectors;
  int64_t keys;
};

/// Scratch buffers, one of each name and shape for all updates of a tile.
class ScratchBuffers {
public:
  Value get(Operation *user, StringRef name, ArrayRef<int64_t> shape) {
    auto scope = user->getParentOfType<memref::AllocaScopeOp>();
    Value &buffer = buffers[{scope, name.str()}];
    if (buffer)
      return buffer;
    Block *block = scope ? &scope.getBodyRegion().front()
                         : user->getBlock();
    ImplicitLocOpBuilder b(user->getLoc(), user->getContext());
    b.setInsertionPointToStart(block);
    auto type = MemRefType::get(shape, b.getF32Type());
    auto alignment = b.getI64IntegerAttr(64);
    if (type.getNumElements() * 4 <= maxStackBytes) {
      buffer = memref::AllocaOp::create(b, type, ValueRange(), alignment);
    } else {
      buffer = memref::AllocOp::create(b, type, ValueRange(), alignment);
      b.setInsertionPoint(block->getTerminator());
      memref::DeallocOp::create(b, buffer);
    }
    return buffer;
  }

private:
  std::map<std::pair<Operation *, std::string>, Value> buffers;
};

/// Shared by the lowering of each operation.
class Emitter {
public:
  Emitter(Operation *op, const RegisterTile &tile)
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

  ImplicitLocOpBuilder b;
  RegisterTile tile;
  VectorType laneType;
};

class PackQueries : Emitter {
public:
  using Emitter::Emitter;
  void run(PackQueriesOp op) {
    emitTransposeIn(op.getQuery(), op.getPacked(),
                    op.getScale().convertToFloat() * log2e);
  }
};

class SoftmaxInit : Emitter {
public:
  using Emitter::Emitter;
  void run(SoftmaxInitOp op) {
    int64_t valueSize = cast<MemRefType>(op.getAcc().getType()).getDimSize(0);
    int64_t rows = cast<MemRefType>(op.getAcc().getType()).getDimSize(1);
    if (!op.getResumeOut()) {
      loop(index(0), index(rows), tile.lanes, [&](Value row) {
        // The least finite number: score minus maximum is then never NaN.
        storeLanes(splat(-FLT_MAX), op.getMax(), row);
        storeLanes(splat(0), op.getSum(), row);
        loop(index(0), index(valueSize), 1, [&](Value column) {
          storeLanes(splat(0), op.getAcc(), {column, row});
        });
      });
      return;
    }
    emitTransposeIn(op.getResumeOut(), op.getAcc(), 1.0);
    Value lastRow =
        add(memref::DimOp::create(b, op.getResumeLse(), 0).getResult(),
            index(-1));
    loop(index(0), index(rows), 1, [&](Value row) {
      Value lse = memref::LoadOp::create(b, op.getResumeLse(),
                                         ValueRange{minIndex(row, lastRow)});
      Value dead = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, lse,
                                         f32(-INFINITY));
      auto choose = [&](Value ifDead, Value otherwise) -> Value {
        return arith::SelectOp::create(b, dead, ifDead, otherwise);
      };
      memref::StoreOp::create(b, choose(f32(-FLT_MAX), mul(lse, f32(log2e))),
                              op.getMax(), ValueRange{row});
      memref::StoreOp::create(b, choose(f32(0), f32(1)), op.getSum(),
                              ValueRange{row});
    });
  }
};

class SoftmaxFinish : Emitter {
public:
  using Emitter::Emitter;
  void run(SoftmaxFinishOp op) {
    auto accType = cast<MemRefType>(op.getAcc().getType());
    int64_t columns = accType.getDimSize(0), rows = accType.getDimSize(1);
    int64_t lanes = tile.lanes, blocked = columns / lanes * lanes;
    Type element = cast<MemRefType>(op.getOut().getType()).getElementType();
    Value liveRows = memref::DimOp::create(b, op.getOut(), 0);
    auto narrow = [&](Value value) -> Value {
      if (element.isF32())
        return value;
      Type type = element;
      if (isa<VectorType>(value.getType()))
        type = VectorType::get({lanes}, element);
      return arith::TruncFOp::create(b, type, value);
    };
    auto isRow = [&](Value row) -> Value {
      return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, row, liveRows);
    };
    loop(index(0), index(rows), lanes, [&](Value row) {
      Value sum = loadLanes(op.getSum(), row);
      Value empty = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, sum,
                                          splat(0));
      Value inverse = arith::SelectOp::create(
          b, empty, splat(0), arith::DivFOp::create(b, splat(1), sum));
      loop(index(0), index(blocked), lanes, [&](Value column) {
        SmallVector<Value> block;
        for (int64_t i = 0; i < lanes; ++i)
          block.push_back(
              mul(loadLanes(op.getAcc(), {add(column, i), row}), inverse));
        emitTranspose(b, block);
        for (auto [i, values] : llvm::enumerate(block))
          ifThen(isRow(add(row, i)), [&, i = i, values = values] {
            storeLanes(narrow(values), op.getOut(), {add(row, i), column});
          });
      });
      loop(index(blocked), index(columns), 1, [&](Value column) {
        Value values = mul(loadLanes(op.getAcc(), {column, row}), inverse);
        for (int64_t i = 0; i < lanes; ++i)
          ifThen(isRow(add(row, i)), [&] {
            Value scalar = vector::ExtractOp::create(b, values, i);
            memref::StoreOp::create(b, narrow(scalar), op.getOut(),
                                    ValueRange{add(row, i), column});
          });
      });
    });
    if (!op.getLse())
      return;
    loop(index(0), liveRows, 1, [&](Value row) {
      Value sum = memref::LoadOp::create(b, op.getSum(), ValueRange{row});
      Value max = memref::LoadOp::create(b, op.getMax(), ValueRange{row});
      Value empty =
          arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, sum, f32(0));
      Value lse =
          math::FmaOp::create(b, max, f32(ln2), math::LogOp::create(b, sum));
      memref::StoreOp::create(
          b, arith::SelectOp::create(b, empty, f32(-INFINITY), lse),
          op.getLse(), ValueRange{row});
    });
  }
};

/// One block of keys: scores, maximum, rescale, exponentials, accumulation.
class SoftmaxUpdate : Emitter {
public:
  SoftmaxUpdate(SoftmaxUpdateOp op, const RegisterTile &tile,
                ScratchBuffers &scratch)
      : Emitter(op, tile), op(op), scratch(scratch),
        masked(!op.getMask().empty()),
        accType(cast<MemRefType>(op.getAcc().getType())),
        headSize(cast<MemRefType>(op.getPacked().getType()).getDimSize(0)),
        valueSize(accType.getDimSize(0)), rows(accType.getDimSize(1)) {
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
      // 0 times a value that is not finite must not reach rows that do not see it.
      auto ifOp = scf::IfOp::create(b, nonFinite, /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(ifOp.thenBlock());
      emitAccumulateLive(strip);
      b.setInsertionPointToStart(ifOp.elseBlock());
      emitAccumulate(strip);
    });
  }

private:
  /// Where key or value rows are read: in place through the list, or a widened copy.
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
    SmallVector<Value> oldMax;
    for (int64_t v = 0; v < vectors; ++v)
      oldMax.push_back(loadLanes(op.getMax(), add(strip, v * tile.lanes)));
    SmallVector<Value> queryLanes = masked ? emitQueryLanes(strip)
                                           : SmallVector<Value>();
    SmallVector<Value> max = loop(
        index(0), count, keys, oldMax,
        [&](Value firstKey, ValueRange soFar) -> SmallVector<Value> {
          // Positions beyond the list repeat its last key: their scores are not used.
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
                    emitLanePredicate(b, op.getMask().front(), queryLanes[v],
                                      key[u]),
                    score, splat(-INFINITY));
              storeLanes(score, scores,
                         {add(firstKey, u), add(strip, v * tile.lanes)});
              result[v] = emitMax(b, score, result[v]);
            }
          return result;
        });
    // A finite maximum keeps overflowed scores from giving inf - inf.
    for (Value &value : max) {
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
    Value spread = arith::ConstantOp::create(
        b, DenseIntElementsAttr::get(type, offsets));
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
    SmallVector<Value> sums;
    for (int64_t v = 0; v < tile.vectors; ++v)
      sums.push_back(loadLanes(op.getSum(), add(strip, v * tile.lanes)));
    sums = loop(index(0), count, 1, sums,
                [&](Value key, ValueRange soFar) -> SmallVector<Value> {
                  SmallVector<Value> next;
                  for (int64_t v = 0; v < tile.vectors; ++v) {
                    Value at = add(strip, v * tile.lanes);
                    Value weight = emitExp2(
                        b, arith::SubFOp::create(
                               b, loadLanes(scores, {key, at}), max[v]));
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
    loop(index(0), index(blocked), tile.keys, [&](Value column) {
      emitColumns(strip, column, tile.keys);
    });
    if (blocked < valueSize)
      emitColumns(strip, index(blocked), valueSize - blocked);
  }

  void emitColumns(Value strip, Value column, int64_t columns) {
    SmallVector<Value> acc;
    for (int64_t c = 0; c < columns; ++c)
      for (int64_t v = 0; v < tile.vectors; ++v)
        acc.push_back(loadLanes(op.getAcc(), {add(column, c),
                                              add(strip, v * tile.lanes)}));
    acc = loop(index(0), count, 1, acc,
               [&](Value key, ValueRange soFar) -> SmallVector<Value> {
                 SmallVector<Value> weight, next;
                 Value row = rowAt(valueRows, key);
                 for (int64_t v = 0; v < tile.vectors; ++v)
                   weight.push_back(loadLanes(
                       scores, {key, add(strip, v * tile.lanes)}));
                 for (int64_t c = 0; c < columns; ++c) {
                   Value element = broadcast(
                       loadScalar(valueRows.buffer, {row, add(column, c)}));
                   for (int64_t v = 0; v < tile.vectors; ++v)
                     next.push_back(fma(element, weight[v],
                                        soFar[c * tile.vectors + v]));
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
        weight.push_back(
            loadLanes(scores, {key, add(strip, v * tile.lanes)}));
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
          Value lanes = loop(index(0), index(blocked), tile.lanes,
                             ValueRange{soFar[0]},
                             [&](Value column, ValueRange inner)
                                 -> SmallVector<Value> {
                               return {fma(loadLanes(valueRows.buffer,
                                                     {row, column}),
                                           splat(0), inner[0])};
                             })[0];
          Value scalar =
              loop(index(blocked), index(valueSize), 1, ValueRange{soFar[1]},
                   [&](Value column,
                       ValueRange inner) -> SmallVector<Value> {
                     Value zeroed = mul(
                         loadScalar(valueRows.buffer, {row, column}), f32(0));
                     return {arith::AddFOp::create(b, inner[0], zeroed)};
                   })[0];
          return {lanes, scalar};
        });
    Value lanes = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO,
                                        probes[0], probes[0]);
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
  int64_t headSize, valueSize, rows, stripRows = 0, paddedKeys = 0;
  Value count, scores;
  Rows keyRows, valueRows;
};

struct ConvertSparseAttnToVector
    : sattn::impl::ConvertSparseAttnToVectorBase<ConvertSparseAttnToVector> {
  using ConvertSparseAttnToVectorBase::ConvertSparseAttnToVectorBase;

  void runOnOperation() override {
    RegisterTile tile{vectorWidth, vectorsPerStrip, keyUnroll};
    auto fail = [&](Location loc, const Twine &message) {
      emitError(loc) << message;
      signalPassFailure();
    };
    Location loc = getOperation()->getLoc();
    if (tile.lanes < 1 || !llvm::isPowerOf2_64(tile.lanes) || tile.lanes > 64)
      return fail(loc, "expected 'vector-width' to be a power of 2 up to 64");
    if (tile.vectors < 1 || tile.keys < 1)
      return fail(loc, "expected 'vectors-per-strip' and 'key-unroll' to be "
                       "positive");

    ScratchBuffers scratch;
    SmallVector<Operation *> ops;
    WalkResult checked = getOperation()->walk([&](Operation *op) {
      Value rows = llvm::TypeSwitch<Operation *, Value>(op)
                       .Case([](PackQueriesOp op) { return op.getPacked(); })
                       .Case<SoftmaxInitOp, SoftmaxUpdateOp, SoftmaxFinishOp>(
                           [](auto op) { return op.getAcc(); })
                       .Default([](Operation *) { return Value(); });
      if (!rows)
        return WalkResult::advance();
      auto type = cast<MemRefType>(rows.getType());
      if (type.getRank() != 2 || !type.hasStaticShape() ||
          type.getDimSize(1) % tile.lanes) {
        op->emitOpError() << "expected tile rows to be a static multiple of "
                             "the vector width ("
                          << tile.lanes << "), but got " << type;
        return WalkResult::interrupt();
      }
      ops.push_back(op);
      return WalkResult::advance();
    });
    if (checked.wasInterrupted())
      return signalPassFailure();
    for (Operation *op : ops) {
      if (auto pack = dyn_cast<PackQueriesOp>(op))
        PackQueries(pack, tile).run(pack);
      else if (auto init = dyn_cast<SoftmaxInitOp>(op))
        SoftmaxInit(init, tile).run(init);
      else if (auto update = dyn_cast<SoftmaxUpdateOp>(op))
        SoftmaxUpdate(update, tile, scratch).run();
      else
        SoftmaxFinish(op, tile).run(cast<SoftmaxFinishOp>(op));
      op->erase();
    }
  }
};
} // namespace
