// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CarefulRows.h"

#include <cfloat>
#include <cmath>

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// Columns stand in the lanes: lane l has columns l, l + 32 and so on.
class CarefulRows {
public:
  CarefulRows(TileContext &context, Value shared)
      : context(context), b(context.b), op(context.op), shared(shared),
        lane(b.modulo(b.threadId(), warpSize)) {}

  void run() {
    int64_t count = context.tile.rowGroups * 16;
    Value first = b.mul(b.divide(b.threadId(), warpSize), count);
    b.loop(b.i32(0), b.i32(count), b.i32(1), [&](Value i) {
      Value row = b.add(first, i);
      b.ifThen(b.less(row, context.rows), [&] { emitRow(row); });
    });
  }

private:
  Value columnOf(int64_t number) { return b.add(lane, number * warpSize); }

  /// Columns of this lane of a row that begins at `address`, as f32; 0 beyond the last.
  SmallVector<Value> load(const RowSource &source, Value address) {
    SmallVector<Value> columns;
    for (int64_t i = 0; i * warpSize < source.columns; ++i) {
      Value column = columnOf(i);
      columns.push_back(
          b.choose(b.less(column, b.i32(source.columns)), b.getF32Type(),
                   [&]() -> SmallVector<Value> {
                     Value at = b.add(
                         address, b.mul(b.toI64(column), source.elementBytes));
                     Value element = b.load(source.element, at);
                     if (source.elementBytes == 4)
                       return {element};
                     return {arith::ExtFOp::create(b, b.getF32Type(), element)};
                   },
                   [&]() -> SmallVector<Value> { return {b.f32(0)}; })[0]);
    }
    return columns;
  }

  /// Queries of 16 bits are in shared memory as they are: where they came from need not be known any more. Those of f32 are
  /// split or rounded there.
  SmallVector<Value> loadQuery(Value row) {
    const RowSource &source = context.query;
    if (source.elementBytes == 4)
      return load(source, source.addressOf(b, b.toI64(row)));
    SharedTile queries(context.tile.queryLayout(), context.tile.threads());
    SmallVector<Value> columns;
    for (int64_t i = 0; i * warpSize < source.columns; ++i) {
      Value column = columnOf(i);
      auto loadColumn = [&]() -> SmallVector<Value> {
        Value at = queries.emitElement(b, shared, row, column, i * warpSize);
        return {arith::ExtFOp::create(b, b.getF32Type(), b.load(source.element, at))};
      };
      columns.push_back(b.choose(b.less(column, b.i32(source.columns)), b.getF32Type(), loadColumn,
                                 [&]() -> SmallVector<Value> { return {b.f32(0)}; })[0]);
    }
    return columns;
  }

  void emitRow(Value row) {
    Offset position = context.positionOf({row, 0}), head = context.headOf({row, 0});
    SmallVector<Value> query = loadQuery(row);
    RowSoftmax softmax = context.emitFirst(row);
    SmallVector<Value> state{softmax.max, softmax.sum};
    if (context.hasRowMax)
      state.push_back(softmax.rowMax);
    size_t numSoftmax = state.size();
    for (int64_t i = 0; i * warpSize < context.value.columns; ++i)
      state.push_back(context.emitFirstSum(row, columnOf(i), warpSize));
    SmallVector<Type> types(state.size(), b.getF32Type());

    state = b.loop(
        b.toI32(context.emitFirstKey()), context.numKeys,
        b.i32(op.getStep()), state,
        [&](Value key, ValueRange given) {
          Value live = emitLive(position, key);
          return b.choose(
              live, types,
              [&] { return addKey(query, given, numSoftmax, head, position, key); },
              [&] { return SmallVector<Value>(given); });
        });

    softmax.max = state[0];
    softmax.sum = state[1];
    if (context.hasRowMax)
      softmax.rowMax = state[2];
    RowResults::Factor factor = context.getResults().emitFactor(softmax.sum);
    for (size_t i = numSoftmax; i < state.size(); ++i) {
      Value column = columnOf(i - numSoftmax);
      b.ifThen(b.less(column, b.i32(context.value.columns)), [&] {
        context.getResults().storeColumns(row, {{column, {state[i]}}}, factor);
      });
    }
    b.ifThen(b.equal(lane, b.i32(0)), [&] { context.getResults().emitLast(row, softmax); });
  }

  Value emitLive(const Offset &position, Value key) {
    if (op.getGrouped())
      return context.emitSegment(b.toIndex(key)).live;
    return context.emitLive(position, {key, 0});
  }

  SmallVector<Value> addKey(ArrayRef<Value> query, ValueRange state,
                            size_t numSoftmax, const Offset &head,
                            const Offset &position, Value key) {
    Value keyRow = context.keyRow(key);
    SmallVector<Value> keys =
        load(context.key, context.key.addressOf(b, keyRow));
    Value dot = b.f32(0);
    for (auto [x, y] : llvm::zip_equal(query, keys))
      dot = b.fma(x, y, dot);
    for (int64_t mask = 1; mask < warpSize; mask *= 2)
      dot = b.addF(dot, b.shuffleXor(dot, mask));
    Value score = context.emitScore(dot, head, position, {key, 0}, Value());
    // Finite, so that differences are; of a NaN nothing is left but NaN.
    Value exponent = b.mulF(score, b.f32(context.factor));
    exponent = b.select(b.greater(exponent, b.f32(FLT_MAX)), b.f32(FLT_MAX),
                        exponent);
    exponent = b.select(b.greater(b.f32(-FLT_MAX), exponent), b.f32(-FLT_MAX),
                        exponent);
    Value max = b.maxF(state[0], exponent);
    Value scale = b.exp2(b.subF(state[0], max));
    Value weight = b.exp2(b.subF(exponent, max));
    SmallVector<Value> next{max, b.fma(state[1], scale, weight)};
    if (context.hasRowMax)
      next.push_back(b.maxF(state[2], context.emitScaled(score)));
    if (Value kept = context.emitKept(head, position, {key, 0}))
      weight = b.select(kept, weight, b.f32(0));
    SmallVector<Value> values =
        load(context.value, context.value.addressOf(b, keyRow));
    for (auto [sum, value] :
         llvm::zip_equal(state.drop_front(numSoftmax), values)) {
      Value product = b.mulF(value, weight);
      // What dropout drops takes nothing from its value.
      if (op.getDropoutSeed())
        product = b.select(b.greater(weight, b.f32(0)), product, b.f32(0));
      next.push_back(b.fma(sum, scale, product));
    }
    return next;
  }

  TileContext &context;
  GpuBuilder &b;
  TileAttentionOp op;
  Value shared, lane;
};
} // namespace

void mlir::sattn::emitCarefulRows(TileContext &context, Value shared) {
  context.useAllBits();
  // Here nothing is less than any exponent: all of them are at least so large.
  context.nothing = -FLT_MAX;
  CarefulRows(context, shared).run();
}
