// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CombineSoftmax.h"

#include "RowResults.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include <cfloat>
#include <cmath>

using namespace mlir;
using namespace mlir::sattn;

namespace {
class CombineSoftmax {
public:
  explicit CombineSoftmax(SoftmaxCombineOp op)
      : b(op.getLoc(), op), op(op),
        results(b, op.getOuts(), /*isSaved=*/false, bool(op.getRowMax()),
                op.getScale().convertToDouble(),
                op.getFactor().convertToDouble()) {}

  /// Each thread has some of the elements of out.
  void run() {
    auto type = cast<MemRefType>(op.getAcc().getType());
    int64_t rows = type.getDimSize(1), columns = type.getDimSize(2);
    Value splits =
        b.toI32(memref::DimOp::create(b, op.getAcc(), 0).getResult());
    b.loop(b.threadId(), b.i32(rows * columns), b.i32(combineThreads),
           [&](Value element) {
             Value row = b.divide(element, columns);
             Value column = b.modulo(element, columns);
             emitElement(splits, row, column);
           });
    op.erase();
  }

private:
  Value load(Value state, ArrayRef<Value> at) {
    SmallVector<Value> indices;
    for (Value index : at)
      indices.push_back(b.toIndex(index));
    return memref::LoadOp::create(b, state, indices);
  }

  void emitElement(Value splits, Value row, Value column) {
    SmallVector<Value> largest{b.f32(-FLT_MAX)};
    if (op.getRowMax())
      largest.push_back(b.f32(-INFINITY));
    largest = b.loop(
        b.i32(0), splits, b.i32(1), largest, [&](Value split, ValueRange soFar) {
          SmallVector<Value> next{
              b.maxF(soFar[0], load(op.getMax(), {split, row}))};
          if (op.getRowMax())
            next.push_back(
                b.maxF(soFar[1], load(op.getRowMax(), {split, row})));
          return next;
        });
    SmallVector<Value> none{b.f32(0), b.f32(0)};
    SmallVector<Value> sums = b.loop(
        b.i32(0), splits, b.i32(1), none,
        [&](Value split, ValueRange soFar) -> SmallVector<Value> {
          Value weight = b.exp2(
              b.subF(load(op.getMax(), {split, row}), largest[0]));
          return {b.fma(load(op.getSum(), {split, row}), weight, soFar[0]),
                  b.fma(load(op.getAcc(), {split, row, column}), weight,
                        soFar[1])};
        });
    results.storeColumns(row, {{column, {sums[1]}}}, results.emitFactor(sums[0]));
    b.ifThen(b.equal(column, b.i32(0)), [&] {
      results.emitLast(row, {largest[0], sums[0],
                             op.getRowMax() ? largest[1] : Value()});
    });
  }

  GpuBuilder b;
  SoftmaxCombineOp op;
  RowResults results;
};
} // namespace

void mlir::sattn::lowerCombineForGpu(SoftmaxCombineOp op) {
  CombineSoftmax(op).run();
}
