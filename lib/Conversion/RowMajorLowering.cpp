// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// CPU code for tiles of fewer rows than a vector has lanes: the row of a token
/// that is being generated, or those of a group of heads.
///
/// Head columns stand in the lanes for scores and accumulator, and keys for the
/// exponentials. Keys and values are read once, in their order in memory, which
/// is what such a tile takes its time for.
#include "RowMajorLowering.h"

#include "RowMajorUpdate.h"
#include "SparseAttn/Dialect/TiledOps.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
class RowMajor : TileEmitter {
public:
  using TileEmitter::TileEmitter;

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
};
} // namespace

void mlir::sattn::lowerRowMajor(Operation *op, const RegisterTile &tile,
                                ScratchBuffers &scratch) {
  llvm::TypeSwitch<Operation *>(op)
      .Case<SoftmaxUpdateOp>([&](SoftmaxUpdateOp update) {
        lowerRowMajorUpdate(update, tile, scratch);
      })
      .Case<PackQueriesOp, SoftmaxInitOp, SoftmaxFinishOp>(
          [&](auto tiled) { RowMajor(op, tile).run(tiled); });
}
