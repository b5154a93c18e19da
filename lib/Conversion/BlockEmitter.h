// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Queries, keys, values and weights of a block of keys, as the loops of an update read and
/// write them: f32, f16 and bf16 as f32, or bf16 in pairs. Loops over columns of keys and over
/// weight rows are the same for all.
#ifndef SPARSEATTN_LIB_CONVERSION_BLOCKEMITTER_H
#define SPARSEATTN_LIB_CONVERSION_BLOCKEMITTER_H

#include "SoftmaxUpdateLowering.h"

#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::sattn {

/// The base of the lowering of one update.
class BlockEmitter : public TileEmitter {
protected:
  BlockEmitter(SoftmaxUpdateOp op, const RegisterTile &tile,
               ScratchBuffers &scratch)
      : TileEmitter(op, tile), op(op), scratch(scratch),
        pairs(cast<MemRefType>(op.getPacked().getType())
                  .getElementType()
                  .isBF16()),
        headSize(cast<MemRefType>(op.getKey().getType()).getDimSize(1)),
        valueSize(cast<MemRefType>(op.getAcc().getType()).getDimSize(0)),
        rows(cast<MemRefType>(op.getAcc().getType()).getDimSize(1)),
        count(op.getCount()) {
    // The widest strip that divides the tile, with as many accumulators.
    while (rows % (this->tile.vectors * tile.lanes))
      --this->tile.vectors;
    this->tile.keys = tile.keys * tile.vectors / this->tile.vectors;
    stripRows = this->tile.vectors * tile.lanes;
  }

  /// Emits what the loops read: widened or repacked copies, once for all strips.
  void emitOperands() {
    int64_t keys = cast<MemRefType>(op.getKeys().getType()).getDimSize(0);
    int64_t paddedKeys = llvm::alignTo(keys, tile.keys);
    probabilities = scratch.get(op, "probabilities", {paddedKeys, stripRows});
    if (pairs) {
      keyRows = {op.getKey(), true};
      valueRows = {op.getValue(), true};
      valuePairs = emitValuePairs();
    } else {
      keyRows = widen(op.getKey(), "key", headSize);
      valueRows = widen(op.getValue(), "value", valueSize);
    }
  }

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

  /// Rows of `probabilities`: one for a key, or for a pair of keys.
  Value weightRows() {
    return pairs ? arith::CeilDivUIOp::create(b, count, index(2)).getResult()
                 : count;
  }

  /// acc + element * lanes, with f32 lanes, or over the bf16 pairs that all three hold.
  Value multiplyAdd(Value element, Value lanes, Value acc) {
    if (!pairs)
      return fma(element, lanes, acc);
    return emitPairDot(element, lanes, acc);
  }
  /// Queries of a strip's vector: a column, or a pair of columns.
  Value loadQueries(Value column, Value row) {
    if (!pairs)
      return loadLanes(op.getPacked(), {column, row});
    Value first = arith::MulIOp::create(b, row, index(2));
    return vector::LoadOp::create(b, pairType(), op.getPacked(),
                                  ValueRange{column, first});
  }
  /// The same column, or pair of columns, of a key, in all lanes.
  Value loadKeyElement(Value row, Value column) {
    if (!pairs)
      return broadcast(loadScalar(keyRows.buffer, {row, column}));
    Value first = arith::MulIOp::create(b, column, index(2));
    Value pair = vector::LoadOp::create(
        b, VectorType::get({2}, b.getBF16Type()), keyRows.buffer,
        ValueRange{row, first});
    Value bits = vector::ExtractOp::create(
        b, bitcast(pair, VectorType::get({1}, b.getI32Type())), 0);
    return bitcast(broadcast(bits), pairType());
  }
  /// Weights of a key, or of a pair of keys.
  Value loadWeights(Value row, Value strip) {
    Value weights = loadLanes(probabilities, {row, strip});
    return pairs ? bitcast(weights, pairType()) : weights;
  }
  /// A column of the values of a key, or of a pair of keys, in all lanes.
  Value loadValueElement(Value row, Value column) {
    if (!pairs)
      return broadcast(loadScalar(valueRows.buffer, {row, column}));
    Value bits = memref::LoadOp::create(b, valuePairs, ValueRange{row, column});
    return bitcast(broadcast(bits), pairType());
  }
  /// Where the values of a weight row are.
  Value valueRowAt(Value row) { return pairs ? row : rowAt(valueRows, row); }

  /// Weights of one key, as f32.
  Value loadWeight(Value key, Value row) {
    if (!pairs)
      return loadLanes(probabilities, {key, row});
    Value two = index(2);
    auto type = VectorType::get({tile.lanes}, b.getI32Type());
    Value bits = bitcast(
        loadLanes(probabilities, {arith::DivUIOp::create(b, key, two), row}), type);
    Value isSecond = arith::CmpIOp::create(
        b, arith::CmpIPredicate::ne,
        arith::RemUIOp::create(b, key, two).getResult(), index(0));
    Value half = arith::SelectOp::create(b, isSecond, emitHalf(bits, true),
                                         emitHalf(bits, false));
    return bitcast(half, laneType);
  }

  /// Weights of keys from `key` on, of both keys of a pair.
  void storeWeights(ArrayRef<Value> group, Value key, Value at) {
    if (!pairs) {
      for (auto [u, weight] : llvm::enumerate(group))
        storeLanes(weight, probabilities, {add(key, u), at});
      return;
    }
    auto type = VectorType::get({tile.lanes}, b.getBF16Type());
    Value row = arith::DivUIOp::create(b, key, index(2));
    for (size_t u = 0; u < group.size(); u += 2) {
      Value both = vector::InterleaveOp::create(
          b, arith::TruncFOp::create(b, type, group[u]),
          arith::TruncFOp::create(b, type, group[u + 1]));
      storeLanes(bitcast(both, laneType), probabilities, {add(row, u / 2), at});
    }
  }

  SoftmaxUpdateOp op;
  ScratchBuffers &scratch;
  /// Whether queries, values and weights are kept as bf16 pairs.
  bool pairs;
  int64_t headSize, valueSize, rows, stripRows;
  Value count;
  Rows keyRows, valueRows;

private:
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

  /// Pairs of value rows: [p, c] holds columns c of the block's keys 2 p and 2 p + 1, and
  /// 0 for a key beyond the last.
  Value emitValuePairs() {
    int64_t keys = cast<MemRefType>(op.getKeys().getType()).getDimSize(0);
    Value copy = scratch.get(op, "value_pairs",
                             {int64_t(llvm::divideCeil(keys, 2)), valueSize},
                             b.getI32Type());
    Type bf16 = b.getBF16Type();
    auto copyRow = [&](Value pair, Value first, Value second) {
      auto copyColumns = [&](Value column, int64_t number) {
        auto load = [&](Value row) -> Value {
          auto type = VectorType::get({number}, bf16);
          if (row)
            return vector::LoadOp::create(b, type, op.getValue(),
                                          ValueRange{row, column});
          return arith::ConstantOp::create(b, b.getZeroAttr(type));
        };
        Value both = vector::InterleaveOp::create(b, load(first), load(second));
        storeLanes(bitcast(both, VectorType::get({number}, b.getI32Type())),
                   copy, {pair, column});
      };
      int64_t blocked = valueSize / tile.lanes * tile.lanes;
      loop(index(0), index(blocked), tile.lanes,
           [&](Value column) { copyColumns(column, tile.lanes); });
      loop(index(blocked), index(valueSize), 1,
           [&](Value column) { copyColumns(column, 1); });
    };
    Value whole = arith::DivUIOp::create(b, count, index(2));
    loop(index(0), whole, 1, [&](Value pair) {
      Value first = arith::MulIOp::create(b, pair, index(2));
      copyRow(pair, loadKey(first), loadKey(add(first, 1)));
    });
    loop(whole, weightRows(), 1, [&](Value pair) {
      copyRow(pair, loadKey(add(count, -1)), Value());
    });
    return copy;
  }

  Value emitPairDot(Value element, Value lanes, Value acc) {
    if (tile.bf16Dot)
      return x86vector::DotBF16Op::create(b, laneType, acc, element, lanes);
    auto half = [&](Value pair, bool second) {
      auto type = VectorType::get({tile.lanes}, b.getI32Type());
      return bitcast(emitHalf(bitcast(pair, type), second), laneType);
    };
    for (bool second : {false, true})
      acc = fma(half(element, second), half(lanes, second), acc);
    return acc;
  }
  /// Bits of the f32 number that is the first or second half of a pair's bits.
  Value emitHalf(Value bits, bool second) {
    auto constant = [&](int32_t value) -> Value {
      return arith::ConstantOp::create(
          b, DenseElementsAttr::get(cast<VectorType>(bits.getType()), value));
    };
    if (second)
      return arith::AndIOp::create(b, bits, constant(0xffff0000));
    return arith::ShLIOp::create(b, bits, constant(16));
  }

  Value probabilities, valuePairs;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_BLOCKEMITTER_H
