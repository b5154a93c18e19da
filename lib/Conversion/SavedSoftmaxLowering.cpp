// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "SavedSoftmaxLowering.h"

#include "RowMajorLowering.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
class RowMajorSave : TileEmitter {
public:
  using TileEmitter::TileEmitter;
  void run(SoftmaxSaveOp op) {
    auto type = cast<MemRefType>(op.getAcc().getType());
    loop(index(0), index(type.getDimSize(0)), 1, [&](Value row) {
      forColumns(
          type.getDimSize(1),
          [&](Value column) {
            storeLanes(loadLanes(op.getAcc(), {row, column}), op.getSavedAcc(),
                       {row, column});
          },
          [&](Value column) {
            memref::StoreOp::create(b, loadScalar(op.getAcc(), {row, column}),
                                    op.getSavedAcc(), ValueRange{row, column});
          });
    });
    emitCopy(op.getMax(), op.getSavedMax());
    emitCopy(op.getSum(), op.getSavedSum());
    if (op.getRowMax())
      emitCopy(op.getRowMax(), op.getSavedRowMax());
  }
};

/// Makes one running softmax of all, with columns in the lanes, and finishes it.
class CombineSoftmax : TileEmitter {
public:
  CombineSoftmax(SoftmaxCombineOp op, const RegisterTile &tile,
                 ScratchBuffers &scratch)
      : TileEmitter(op, tile), op(op), scratch(scratch) {
    auto type = cast<MemRefType>(op.getAcc().getType());
    rows = type.getDimSize(1);
    columns = type.getDimSize(2);
    max = scratch.get(op, "combined max", {rows});
    sum = scratch.get(op, "combined sum", {rows});
    acc = scratch.get(op, "combined acc", {rows, columns});
    if (op.getRowMax())
      rowMax = scratch.get(op, "combined row_max", {rows});
  }

  void run() {
    parts = memref::DimOp::create(b, op.getAcc(), 0);
    loop(index(0), index(rows), 1, [&](Value row) { emitRow(row); });
    OperandRange outs = op.getOuts();
    auto finish = SoftmaxFinishOp::create(
        b, max, sum, acc, rowMax, outs[0], outs.size() > 1 ? outs[1] : Value(),
        rowMax ? outs[2] : Value(), op.getScaleAttr(),
        b.getF32FloatAttr(op.getFactor().convertToDouble()), b.getUnitAttr());
    lowerRowMajor(finish, tile, scratch);
    finish.erase();
  }

private:
  /// The largest of what the parts have in `state` for the row.
  Value emitLargest(Value state, Value row, double least) {
    return loop(index(0), parts, 1, f32(least),
                [&](Value part, ValueRange soFar) -> SmallVector<Value> {
                  return {emitMax(b, soFar[0], loadScalar(state, {part, row}))};
                })[0];
  }

  void emitRow(Value row) {
    Value largest = emitLargest(op.getMax(), row, -FLT_MAX);
    memref::StoreOp::create(b, largest, max, row);
    memref::StoreOp::create(b, f32(0), sum, row);
    if (rowMax)
      memref::StoreOp::create(b, emitLargest(op.getRowMax(), row, -INFINITY),
                              rowMax, row);
    forColumns(
        columns,
        [&](Value column) { storeLanes(splat(0), acc, {row, column}); },
        [&](Value column) {
          memref::StoreOp::create(b, f32(0), acc, ValueRange{row, column});
        });
    loop(index(0), parts, 1, [&](Value part) { emitPart(row, part, largest); });
  }

  void emitPart(Value row, Value part, Value largest) {
    Value less = arith::SubFOp::create(
        b, loadScalar(op.getMax(), {part, row}), largest);
    SmallVector<Value> weight{broadcast(less)};
    emitExp2(b, weight, tile.powerTable);
    Value scalar = vector::ExtractOp::create(b, weight[0], 0);
    // What an accumulator holds that overflowed is no matter if its weight is 0.
    Value counts = arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, scalar,
                                         f32(0));
    ifThen(counts, [&] {
      auto addScalar = [&](Value to, ValueRange at, Value from,
                           ValueRange fromAt) {
        Value grown = math::FmaOp::create(b, loadScalar(from, fromAt), scalar,
                                          loadScalar(to, at));
        memref::StoreOp::create(b, grown, to, at);
      };
      addScalar(sum, row, op.getSum(), {part, row});
      forColumns(
          columns,
          [&](Value column) {
            Value own = loadLanes(op.getAcc(), {part, row, column});
            storeLanes(fma(own, weight[0], loadLanes(acc, {row, column})), acc,
                       {row, column});
          },
          [&](Value column) {
            addScalar(acc, {row, column}, op.getAcc(), {part, row, column});
          });
    });
  }

  SoftmaxCombineOp op;
  ScratchBuffers &scratch;
  int64_t rows = 0, columns = 0;
  Value max, sum, acc, rowMax, parts;
};
} // namespace

void mlir::sattn::lowerRowMajorSave(SoftmaxSaveOp op,
                                    const RegisterTile &tile) {
  RowMajorSave(op, tile).run(op);
}

void mlir::sattn::lowerCombine(SoftmaxCombineOp op, const RegisterTile &tile,
                               ScratchBuffers &scratch) {
  CombineSoftmax(op, tile, scratch).run();
}
