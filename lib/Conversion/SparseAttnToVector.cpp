// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// CPU code for query tiles, with queries in the vector lanes;
/// RowMajorLowering.cpp has that for tiles of few rows.
///
/// Scores are computed as K Q^T and the accumulator as V^T P^T, so that maxima,
/// sums and rescaling are lane-wise, keys and values are broadcast scalars read
/// in place, and any list of keys costs what a contiguous one does.
#include "SparseAttn/Conversion/Passes.h"

#include "DropoutLowering.h"
#include "PairMaskLowering.h"
#include "RowMajorLowering.h"
#include "SavedSoftmaxLowering.h"
#include "ScoreEmitter.h"
#include "SoftmaxUpdateLowering.h"
#include "SparseAttn/Dialect/TiledOps.h"

#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/SetVector.h"
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

class PackQueries : TileEmitter {
public:
  using TileEmitter::TileEmitter;
  void run(PackQueriesOp op) {
    double factor = op.getFactor().convertToFloat();
    if (cast<MemRefType>(op.getPacked().getType()).getElementType().isBF16())
      emitTransposePairsIn(op.getQuery(), op.getPacked(), factor);
    else
      emitTransposeIn(op.getQuery(), op.getPacked(), factor);
  }

private:
  /// to[c, 2 r + i] = from[min(r, R - 1), 2 c + i] * factor, which is -1, 0 or 1.
  void emitTransposePairsIn(Value from, Value to, double factor) {
    int64_t pairs = cast<MemRefType>(to.getType()).getDimSize(0);
    int64_t rows = cast<MemRefType>(to.getType()).getDimSize(1) / 2;
    int64_t lanes = tile.lanes, blocked = pairs / lanes * lanes;
    Value lastRow =
        add(memref::DimOp::create(b, from, 0).getResult(), index(-1));
    auto scaled = [&](Value pair) -> Value {
      Value scale = arith::ConstantOp::create(
          b, DenseElementsAttr::get(cast<VectorType>(pair.getType()),
                                    b.getFloatAttr(b.getBF16Type(), factor)));
      return factor == 1 ? pair : arith::MulFOp::create(b, pair, scale);
    };
    auto pairOf = [&](Value row, Value pair, int64_t number) -> Value {
      return vector::LoadOp::create(
          b, VectorType::get({2 * number}, b.getBF16Type()), from,
          ValueRange{row, arith::MulIOp::create(b, pair, index(2))});
    };
    loop(index(0), index(rows), lanes, [&](Value row) {
      Value firstOfRow = arith::MulIOp::create(b, row, index(2));
      loop(index(0), index(blocked), lanes, [&](Value pair) {
        SmallVector<Value> block;
        for (int64_t i = 0; i < lanes; ++i)
          block.push_back(bitcast(
              pairOf(minIndex(add(row, i), lastRow), pair, lanes), laneType));
        emitTranspose(b, block);
        for (auto [i, lane] : llvm::enumerate(block))
          storeLanes(scaled(bitcast(lane, pairType())), to,
                     {add(pair, i), firstOfRow});
      });
      loop(index(blocked), index(pairs), 1, [&](Value pair) {
        for (int64_t i = 0; i < lanes; ++i)
          storeLanes(scaled(pairOf(minIndex(add(row, i), lastRow), pair, 1)), to,
                     {pair, add(firstOfRow, 2 * i)});
      });
    });
  }
};

class SoftmaxInit : TileEmitter {
public:
  using TileEmitter::TileEmitter;
  void run(SoftmaxInitOp op) {
    int64_t valueSize = cast<MemRefType>(op.getAcc().getType()).getDimSize(0);
    int64_t rows = cast<MemRefType>(op.getAcc().getType()).getDimSize(1);
    if (op.getResume().empty()) {
      loop(index(0), index(rows), tile.lanes, [&](Value row) {
        // The least finite number: score minus maximum is then never NaN.
        storeLanes(splat(-FLT_MAX), op.getMax(), row);
        storeLanes(splat(0), op.getSum(), row);
        if (op.getRowMax())
          storeLanes(splat(-INFINITY), op.getRowMax(), row);
        loop(index(0), index(valueSize), 1, [&](Value column) {
          storeLanes(splat(0), op.getAcc(), {column, row});
        });
      });
      if (op.getSink())
        loop(index(0), index(rows), 1, [&](Value row) {
          emitSink(op.getSink(), row, op.getScale()->convertToDouble(),
                   op.getMax(), op.getSum());
        });
      return;
    }
    emitTransposeIn(op.getResume()[0], op.getAcc(), 1.0);
    Value lastRow = add(
        memref::DimOp::create(b, op.getResume()[1], 0).getResult(), index(-1));
    loop(index(0), index(rows), 1, [&](Value row) {
      Value from = minIndex(row, lastRow);
      SmallVector<Value> states{op.getMax(), op.getSum()};
      if (op.getRowMax())
        states.push_back(op.getRowMax());
      for (auto [saved, state] :
           llvm::zip_equal(op.getResume().drop_front(), states))
        memref::StoreOp::create(b, loadScalar(saved, from), state,
                                ValueRange{row});
    });
  }
};

class SoftmaxSave : TileEmitter {
public:
  using TileEmitter::TileEmitter;
  void run(SoftmaxSaveOp op) {
    emitTransposeOut(op.getAcc(), op.getSavedAcc(), nullptr);
    Value liveRows = memref::DimOp::create(b, op.getSavedMax(), 0);
    loop(index(0), liveRows, 1, [&](Value row) {
      for (auto [state, saved] :
           {std::pair<Value, Value>{op.getMax(), op.getSavedMax()},
            {op.getSum(), op.getSavedSum()},
            {op.getRowMax(), op.getSavedRowMax()}})
        if (state)
          memref::StoreOp::create(b, loadScalar(state, row), saved,
                                  ValueRange{row});
    });
  }
};

class SoftmaxFinish : TileEmitter {
public:
  using TileEmitter::TileEmitter;
  void run(SoftmaxFinishOp op) {
    emitTransposeOut(op.getAcc(), op.getOut(), [&](Value row) {
      return makeDivision(loadLanes(op.getSum(), row),
                          op.getFactor().convertToFloat());
    });
    if (op.getLse())
      emitLse(op.getMax(), op.getSum(), op.getLse(),
              op.getScale().convertToDouble());
    if (op.getRowMax())
      emitCopy(op.getRowMax(), op.getFinalRowMax());
  }
};

struct ConvertSparseAttnToVector
    : sattn::impl::ConvertSparseAttnToVectorBase<ConvertSparseAttnToVector> {
  using ConvertSparseAttnToVectorBase::ConvertSparseAttnToVectorBase;

  void runOnOperation() override {
    RegisterTile tile{vectorWidth, vectorsPerStrip, keyUnroll, powerTable, bf16Dot};
    auto fail = [&](Location loc, const Twine &message) {
      emitError(loc) << message;
      signalPassFailure();
    };
    Location loc = getOperation()->getLoc();
    if (tile.bf16Dot && tile.lanes != 16)
      return fail(loc, "expected 'vector-width' to be 16 with 'bf16-dot'");
    if (tile.powerTable != 0 && !(tile.powerTable == 8 && tile.lanes == 8) &&
        !(tile.powerTable == 32 && tile.lanes == 16))
      return fail(loc, "expected 'power-table' to be 0, 8 with a 'vector-width' of 8, or 32 "
                       "with 16");
    if (tile.lanes < 1 || !llvm::isPowerOf2_64(tile.lanes) || tile.lanes > 64)
      return fail(loc, "expected 'vector-width' to be a power of 2 up to 64");
    if (tile.vectors < 1 || tile.keys < 1)
      return fail(loc, "expected 'vectors-per-strip' and 'key-unroll' to be "
                       "positive");

    ScratchBuffers scratch;
    SmallVector<Operation *> ops;
    WalkResult checked = getOperation()->walk([&](Operation *op) {
      Value rows =
          llvm::TypeSwitch<Operation *, Value>(op)
              .Case([](PackQueriesOp op) { return op.getPacked(); })
              .Case([](SoftmaxCombineOp op) { return op.getAcc(); })
              .Case<PairMaskOp, DropoutMaskOp>(
                  [](auto op) { return op.getOut(); })
              .Case<SoftmaxInitOp, SoftmaxUpdateOp, SoftmaxSaveOp,
                    SoftmaxFinishOp>([](auto op) { return op.getAcc(); })
              .Default([](Operation *) { return Value(); });
      if (!rows)
        return WalkResult::advance();
      if (op->hasAttr("row_major") || isa<SoftmaxCombineOp>(op)) {
        ops.push_back(op);
        return WalkResult::advance();
      }
      if (auto update = dyn_cast<SoftmaxUpdateOp>(op);
          update && tile.keys % 2 &&
          cast<MemRefType>(update.getPacked().getType())
              .getElementType()
              .isBF16()) {
        op->emitOpError() << "expected an even 'key-unroll' for bf16 pairs, but got "
                          << tile.keys;
        return WalkResult::interrupt();
      }
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
    llvm::SetVector<Operation *> withRegions;
    for (Operation *op : ops) {
      auto update = dyn_cast<SoftmaxUpdateOp>(op);
      auto mask = dyn_cast<PairMaskOp>(op);
      if ((update && !update.getScore().empty()) ||
          (mask && !mask.getAsked().empty()))
        withRegions.insert(op->getParentOfType<FunctionOpInterface>());
      auto save = dyn_cast<SoftmaxSaveOp>(op);
      if (save && save.getRowMajor())
        lowerRowMajorSave(save, tile);
      else if (op->hasAttr("row_major"))
        lowerRowMajor(op, tile, scratch);
      else if (auto combine = dyn_cast<SoftmaxCombineOp>(op))
        lowerCombine(combine, tile, scratch);
      else if (auto pack = dyn_cast<PackQueriesOp>(op))
        PackQueries(pack, tile).run(pack);
      else if (auto init = dyn_cast<SoftmaxInitOp>(op))
        SoftmaxInit(init, tile).run(init);
      else if (mask)
        lowerPairMask(mask, tile);
      else if (auto kept = dyn_cast<DropoutMaskOp>(op))
        lowerDropoutMask(kept, tile, scratch);
      else if (update)
        lowerSoftmaxUpdate(update, tile, scratch);
      else if (save)
        SoftmaxSave(save, tile).run(save);
      else
        SoftmaxFinish(op, tile).run(cast<SoftmaxFinishOp>(op));
      op->erase();
    }
    for (Operation *function : withRegions)
      expandScoreMath(function, tile.powerTable);
  }
};
} // namespace
