// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What dropout keeps, with rows in the lanes. One call of the generator serves four keys that
/// follow each other: its answers are held until a key of other four comes.
#include "DropoutLowering.h"

#include "PhiloxEmitter.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
class DropoutMask : TileEmitter {
public:
  DropoutMask(DropoutMaskOp op, const RegisterTile &tile,
                 ScratchBuffers &scratch)
      : TileEmitter(op, tile), op(op),
        rows(cast<MemRefType>(op.getOut().getType()).getDimSize(1)),
        held(scratch.get(op, "dropout_held", {keysPerCall, rows})) {}

  void run() {
    Value none = constant(-1), count = constant(keysPerCall);
    loop(index(0), op.getCount(), 1, none,
         [&](Value entry, ValueRange lastGroup) -> SmallVector<Value> {
           Value key = toI64(memref::LoadOp::create(b, op.getKeys(), entry));
           Value group = arith::DivUIOp::create(b, key, count);
           Value isOther = arith::CmpIOp::create(b, arith::CmpIPredicate::ne,
                                                 group, lastGroup[0]);
           ifThen(isOther, [&] { emitGroup(group); });
           Value number = arith::IndexCastOp::create(
               b, b.getIndexType(),
               arith::RemUIOp::create(b, key, count).getResult());
           for (int64_t row = 0; row < rows; row += tile.lanes)
             storeLanes(loadLanes(held, {number, index(row)}),
                        op.getOut(), {entry, index(row)});
           return {group};
         });
  }

private:
  Value constant(int64_t value) {
    return arith::ConstantOp::create(b, b.getI64IntegerAttr(value));
  }
  Value toI64(Value value) {
    return arith::IndexCastOp::create(b, b.getI64Type(), value);
  }

  /// Answers for four keys and all rows, as 1 and 0.
  void emitGroup(Value group) {
    auto type = VectorType::get({tile.lanes}, b.getI64Type());
    SmallVector<int64_t> offsets;
    for (int64_t lane = 0; lane < tile.lanes; ++lane)
      offsets.push_back(op.getGrouped() ? lane : lane * op.getStep());
    Value spread =
        arith::ConstantOp::create(b, DenseIntElementsAttr::get(type, offsets));
    loop(index(0), index(rows), tile.lanes, [&](Value row) {
      auto lanesFrom = [&](Value first, int64_t step) -> Value {
        Value at = add(first, arith::MulIOp::create(b, row, index(step)));
        return arith::AddIOp::create(
            b, vector::BroadcastOp::create(b, type, toI64(at)).getResult(),
            spread);
      };
      DropoutPairs pairs;
      pairs.batch = toI64(op.getBatch());
      pairs.head = op.getGrouped() ? lanesFrom(op.getHead(), 1)
                                   : toI64(op.getHead());
      pairs.position = op.getGrouped() ? toI64(op.getFirst())
                                       : lanesFrom(op.getFirst(), op.getStep());
      auto kept = emitKept(b, op.getRate().convertToFloat(), op.getSeed(),
                           pairs, group);
      for (auto [key, lanes] : llvm::enumerate(kept))
        storeLanes(arith::SelectOp::create(b, lanes, splat(1), splat(0)), held,
                   {index(key), row});
    });
  }

  DropoutMaskOp op;
  int64_t rows;
  Value held;
};
} // namespace

void mlir::sattn::lowerDropoutMask(DropoutMaskOp op,
                                      const RegisterTile &tile,
                                      ScratchBuffers &scratch) {
  DropoutMask(op, tile, scratch).run();
}
