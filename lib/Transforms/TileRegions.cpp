// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The regions of an attention in its tiles: copied with what is known of a tile, and asked
/// ahead of it where rows stand at one position.
#include "TileRegions.h"

#include "SparseAttn/Dialect/ScoreExpansion.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::sattn;

/// What is the same for all pairs is computed before the tile.
static void hoistInvariants(TileAttentionOp tile, Region &region) {
  auto isOutside = [&](Value operand) {
    return operand.getParentRegion() != &region;
  };
  for (Operation &inner :
       llvm::make_early_inc_range(region.front().without_terminator()))
    if (inner.getNumRegions() == 0 && isPure(&inner) &&
        llvm::all_of(inner.getOperands(), isOutside))
      inner.moveBefore(tile);
}

void mlir::sattn::emitTileScore(ImplicitLocOpBuilder &b, TileAttentionOp tile,
                                Region &score, Value batch, Value head) {
  OpBuilder::InsertionGuard guard(b);
  Type index = b.getIndexType();
  SmallVector<Location> locs(4, b.getLoc());
  Block *block = b.createBlock(&tile.getScore(), {},
                               {b.getF32Type(), index, index, index}, locs);
  Value ownHead = tile.hasManyHeads() ? Value(block->getArgument(1)) : head;
  Value modified = inlinePairRegion(b, score,
                                    {block->getArgument(0), batch, ownHead,
                                     block->getArgument(2), block->getArgument(3)});
  YieldOp::create(b, modified);
  hoistInvariants(tile, tile.getScore());
}

void mlir::sattn::emitTileMask(ImplicitLocOpBuilder &b, TileAttentionOp tile,
                               Region &mask, Value batch, Value head) {
  OpBuilder::InsertionGuard guard(b);
  Type index = b.getIndexType();
  Block *block = b.createBlock(&tile.getAsked(), {}, {index, index},
                               {b.getLoc(), b.getLoc()});
  Value says = inlinePairRegion(
      b, mask, {batch, head, block->getArgument(0), block->getArgument(1)});
  YieldOp::create(b, says);
  hoistInvariants(tile, tile.getAsked());
}

bool mlir::sattn::isScalarMask(Region &mask) {
  return !mask
              .walk([](Operation *inner) {
                return isa<math::MathDialect>(inner->getDialect())
                           ? WalkResult::interrupt()
                           : WalkResult::advance();
              })
              .wasInterrupted();
}

KeySegment mlir::sattn::emitAskedSegment(
    ImplicitLocOpBuilder &b, const KeySegment &segment, PatternAttr pattern,
    const PatternScope &scope, Region &mask, ArrayRef<Value> pair) {
  // More keys would be asked about again where a list of keys has no room for all.
  constexpr int64_t mostKeys = 64;
  auto isLive = [&](Value key) {
    return emitIsLive(b, pattern, scope, &mask, {pair[0], pair[1], pair[2], key});
  };
  Type i1 = b.getI1Type(), index = b.getIndexType();
  IndexExpr first(pair[3], b);
  Value end = min(min(segment.end, scope.numKeys), first + mostKeys)
                  .materializeIndex(b);
  auto ifOpen =
      scf::IfOp::create(b, TypeRange{i1, index},
                        (segment.live & !segment.full).materializeBool(b),
                        /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(ifOpen.elseBlock());
  scf::YieldOp::create(b, ValueRange{segment.live.materializeBool(b),
                                     segment.end.materializeIndex(b)});

  b.setInsertionPointToStart(ifOpen.thenBlock());
  Value live = isLive(pair[3]);
  auto run = scf::WhileOp::create(b, TypeRange{index},
                                  ValueRange{(first + 1).materializeIndex(b)});
  scf::YieldOp::create(b, ValueRange{live, run.getResult(0)});

  Block *before = b.createBlock(&run.getBefore(), {}, {index}, {b.getLoc()});
  Value key = before->getArgument(0);
  auto ifThere = scf::IfOp::create(
      b, TypeRange{i1},
      (IndexExpr(key, b) < IndexExpr(end, b)).materializeBool(b),
      /*withElseRegion=*/true);
  scf::ConditionOp::create(b, ifThere.getResult(0), key);
  b.setInsertionPointToStart(ifThere.elseBlock());
  scf::YieldOp::create(b, IndexExpr(false).materializeBool(b));
  b.setInsertionPointToStart(ifThere.thenBlock());
  scf::YieldOp::create(
      b, Value(arith::CmpIOp::create(b, arith::CmpIPredicate::eq, isLive(key),
                                     live)));

  Block *after = b.createBlock(&run.getAfter(), {}, {index}, {b.getLoc()});
  scf::YieldOp::create(
      b, (IndexExpr(after->getArgument(0), b) + 1).materializeIndex(b));
  IndexExpr isRun(ifOpen.getResult(0), b);
  return {isRun, isRun, IndexExpr(ifOpen.getResult(1), b)};
}
