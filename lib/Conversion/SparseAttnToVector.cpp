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

/// What a dot product is multiplied by to become an exponent of 2, as the kernel has it.
double exponentFactor(double scale) {
  constexpr double log2e = 1.4426950408889634;
  return static_cast<float>(scale * log2e);
}

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
    Block *block = scope ? &scope.getBodyRegion().front()
                         : user->getBlock();
    Value &buffer = buffers[{block, name.str(), llvm::to_vector(shape)}];
    if (buffer)
      return buffer;
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
  std::map<std::tuple<Block *, std::string, SmallVector<int64_t>>, Value>
      buffers;
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

  /// to[r, c] = f(from[c, r]), for from [C, T] and to [R, C]: rows r < R only. `makeMap`
  /// gives f for the vector of rows at an index; without it f is the identity.
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

class PackQueries : Emitter {
public:
  using Emitter::Emitter;
  void run(PackQueriesOp op) {
    emitTransposeIn(op.getQuery(), op.getPacked(),
                    op.getFactor().convertToFloat());
  }
};

class SoftmaxInit : Emitter {
public:
  using Emitter::Emitter;
  void run(SoftmaxInitOp op) {
    int64_t valueSize = cast<MemRefType>(op.getAcc().getType()).getDimSize(0);
    int64_t rows = cast<MemRefType>(op.getAcc().getType()).getDimSize(1);
    if (op.getResume().empty()) {
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
    emitTransposeIn(op.getResume()[0], op.getAcc(), 1.0);
    Value lastRow =
        add(memref::DimOp::create(b, op.getResume()[1], 0).getResult(),
            index(-1));
    loop(index(0), index(rows), 1, [&](Value row) {
      Value from = minIndex(row, lastRow);
      for (auto [saved, state] :
           {std::pair<Value, Value>{op.getResume()[1], op.getMax()},
            {op.getResume()[2], op.getSum()}})
        memref::StoreOp::create(b, loadScalar(saved, from), state,
                                ValueRange{row});
    });
  }
};

class SoftmaxSave : Emitter {
public:
  using Emitter::Emitter;
  void run(SoftmaxSaveOp op) {
    emitTransposeOut(op.getAcc(), op.getSavedAcc(), nullptr);
    Value liveRows = memref::DimOp::create(b, op.getSavedMax(), 0);
    loop(index(0), liveRows, 1, [&](Value row) {
      for (auto [state, saved] :
           {std::pair<Value, Value>{op.getMax(), op.getSavedMax()},
            {op.getSum(), op.getSavedSum()}})
        memref::StoreOp::create(b, loadScalar(state, row), saved,
                                ValueRange{row});
    });
  }
};

class SoftmaxFinish : Emitter {
public:
  using Emitter::Emitter;
  void run(SoftmaxFinishOp op) {
    emitTransposeOut(op.getAcc(), op.getOut(), [&](Value row) {
      Value sum = loadLanes(op.getSum(), row);
      Value empty = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, sum,
                                          splat(0));
      Value inverse = arith::SelectOp::create(
          b, empty, splat(0), arith::DivFOp::create(b, splat(1), sum));
      Value negated = arith::NegFOp::create(b, sum);
      return [=](Value acc) -> Value {
        // A quotient as exact as a division's, at the cost of a product: one step of
        // Newton's on its residue, unless that is not finite.
        Value quotient = mul(acc, inverse);
        Value residue = fma(quotient, negated, acc);
        Value better = fma(residue, inverse, quotient);
        Value finite = arith::CmpFOp::create(b, arith::CmpFPredicate::ORD,
                                             residue, residue);
        return arith::SelectOp::create(b, finite, better, quotient);
      };
    });
    if (!op.getLse())
      return;
    // In fp64, and undoing the rounding of the exponent's factor: lse is exact to f32.
    Type f64 = b.getF64Type();
    double scale = op.getScale().convertToDouble();
    Value unit = arith::ConstantOp::create(
        b, b.getF64FloatAttr(scale / exponentFactor(scale)));
    Value liveRows = memref::DimOp::create(b, op.getLse(), 0);
    loop(index(0), liveRows, 1, [&](Value row) {
      Value sum = memref::LoadOp::create(b, op.getSum(), ValueRange{row});
      Value max = memref::LoadOp::create(b, op.getMax(), ValueRange{row});
      Value empty =
          arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, sum, f32(0));
      Value logSum =
          math::LogOp::create(b, arith::ExtFOp::create(b, f64, sum));
      Value lse = arith::AddFOp::create(
          b, mul(arith::ExtFOp::create(b, f64, max), unit), logSum);
      memref::StoreOp::create(
          b,
          arith::SelectOp::create(
              b, empty, f32(-INFINITY),
              arith::TruncFOp::create(b, b.getF32Type(), lse)),
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
    SmallVector<Value> none(vectors, splat(-INFINITY));
    SmallVector<Value> queryLanes = masked ? emitQueryLanes(strip)
                                           : SmallVector<Value>();
    SmallVector<Value> max = loop(
        index(0), count, keys, none,
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
    // As exponents of 2. The first maximum is exact, from then on it grows by whole
    // exponents: factors of a rescale are powers of 2, which is exact, and rarer. A finite
    // maximum keeps scores that overflow from giving inf - inf.
    for (auto [v, value] : llvm::enumerate(max)) {
      Value found = mul(value, splat(factor));
      Value old = loadLanes(op.getMax(), add(strip, v * tile.lanes));
      Value growth = math::CeilOp::create(
          b, arith::SubFOp::create(b, found, old));
      Value grown =
          arith::AddFOp::create(b, old, emitMax(b, splat(0), growth));
      Value isFirst = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, old,
                                            splat(-FLT_MAX));
      value = arith::SelectOp::create(
          b, isFirst, emitMax(b, splat(-FLT_MAX), found), grown);
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
    SmallVector<Value> sums, negatedMax;
    for (int64_t v = 0; v < tile.vectors; ++v) {
      sums.push_back(loadLanes(op.getSum(), add(strip, v * tile.lanes)));
      negatedMax.push_back(arith::NegFOp::create(b, max[v]));
    }
    sums = loop(index(0), count, 1, sums,
                [&](Value key, ValueRange soFar) -> SmallVector<Value> {
                  SmallVector<Value> next;
                  for (int64_t v = 0; v < tile.vectors; ++v) {
                    Value at = add(strip, v * tile.lanes);
                    Value weight = emitExp2(
                        b, fma(loadLanes(scores, {key, at}), splat(factor),
                               negatedMax[v]));
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
  int64_t headSize, valueSize, rows;
  double factor;
  int64_t stripRows = 0, paddedKeys = 0;
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
                       .Case<SoftmaxInitOp, SoftmaxUpdateOp, SoftmaxSaveOp,
                             SoftmaxFinishOp>(
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
      else if (auto save = dyn_cast<SoftmaxSaveOp>(op))
        SoftmaxSave(save, tile).run(save);
      else
        SoftmaxFinish(op, tile).run(cast<SoftmaxFinishOp>(op));
      op->erase();
    }
  }
};
} // namespace
