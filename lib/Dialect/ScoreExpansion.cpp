// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From named score modifiers to the `score` region.
#include "SparseAttn/Dialect/ScoreExpansion.h"

#include "SparseAttn/Dialect/AttentionSizes.h"
#include "SparseAttn/Dialect/IndexExpr.h"
#include "SparseAttn/Dialect/TiledOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::sattn;

Value mlir::sattn::inlinePairRegion(OpBuilder &b, Region &region,
                                    ValueRange arguments) {
  IRMapping mapping;
  Block &block = region.front();
  mapping.map(block.getArguments(), arguments);
  for (Operation &inner : block.without_terminator())
    b.clone(inner, mapping);
  return mapping.lookupOrDefault(
      cast<YieldOp>(block.getTerminator()).getValue());
}

Value mlir::sattn::emitIsLive(ImplicitLocOpBuilder &b, PatternAttr pattern,
                              PatternScope scope, Region *mask,
                              ArrayRef<Value> pair) {
  IndexExpr position(pair[2], b), key(pair[3], b);
  auto isLiveIf = [&](std::optional<IndexExpr> answer) {
    scope.regionSays = answer;
    return pattern.buildPredicate(scope, position, key).materializeBool(b);
  };
  if (!asksMaskRegion(pattern))
    return isLiveIf(std::nullopt);
  Value ifYes = isLiveIf(true), ifNo = isLiveIf(false);
  Value isOpen = arith::XOrIOp::create(b, ifYes, ifNo);
  auto ifOp = scf::IfOp::create(b, TypeRange{b.getI1Type()}, isOpen,
                                /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(ifOp.elseBlock());
  scf::YieldOp::create(b, ifNo);
  b.setInsertionPointToStart(ifOp.thenBlock());
  Value says = inlinePairRegion(b, *mask, pair);
  scf::YieldOp::create(
      b, Value(arith::SelectOp::create(b, says, ifYes, ifNo)));
  return ifOp.getResult(0);
}

/// What a batch adds to the offset.
static Value loadOffset(ImplicitLocOpBuilder &b, AttentionOp op,
                        const AttentionSizes &sizes, Value batch) {
  Value offsets = op.getOffsets();
  Value at = arith::ConstantIndexOp::create(b, 0);
  if (cast<ShapedType>(offsets.getType()).getDimSize(0) != 1)
    at = (IndexExpr(batch, b) + IndexExpr(sizes.firstBatch, b))
             .materializeIndex(b);
  Value offset;
  if (isa<MemRefType>(offsets.getType()))
    offset = memref::LoadOp::create(b, offsets, at);
  else
    offset = tensor::ExtractOp::create(b, offsets, at);
  return arith::IndexCastOp::create(b, b.getIndexType(), offset);
}

AttentionOp mlir::sattn::expandScoreModifiers(AttentionOp op) {
  SmallVector<ScoreModifierAttr> modifiers = op.getScoreModifiers();
  if (modifiers.empty())
    return op;
  ImplicitLocOpBuilder b(op.getLoc(), op);
  AttentionSizes sizes = AttentionSizes::emit(b, op);

  Type index = b.getIndexType();
  Location loc = op.getLoc();
  auto block = std::make_unique<Block>();
  block->addArguments({b.getF32Type(), index, index, index, index},
                      SmallVector<Location>(5, loc));
  b.setInsertionPointToStart(block.get());
  Value score = block->getArgument(0);
  ScorePair pair;
  pair.batch = block->getArgument(1);
  pair.headNumber = block->getArgument(2);
  pair.position = block->getArgument(3);
  pair.key = block->getArgument(4);
  pair.head =
      (IndexExpr(pair.headNumber, b) - IndexExpr(sizes.firstHead, b))
          .materializeIndex(b);
  IndexExpr offset(sizes.offset, b);
  if (op.getOffsets())
    offset = offset + IndexExpr(loadOffset(b, op, sizes, pair.batch), b);
  pair.row = (IndexExpr(pair.position, b) - offset).materializeIndex(b);
  pair.numHeads = sizes.heads;
  ValueRange operands = op.getModifierOperands();
  for (ScoreModifierAttr modifier : modifiers) {
    unsigned count = modifier.getNumOperands();
    score = modifier.buildScore(b, pair, score, operands.take_front(count));
    operands = operands.drop_front(count);
  }
  if (op.getScore()) {
    SmallVector<Value> arguments(block->getArguments());
    arguments[0] = score;
    score = inlinePairRegion(b, *op.getScore(), arguments);
  }
  YieldOp::create(b, score);
  // What no modifier asked for.
  for (Operation &inner :
       llvm::make_early_inc_range(llvm::reverse(block->getOperations())))
    if (isOpTriviallyDead(&inner))
      inner.erase();

  b.setInsertionPoint(op);
  auto expanded = AttentionOp::create(
      b, op.getResultTypes(), op.getQuery(), op.getKey(), op.getValue(),
      op.getOut(), op.getLse(), op.getRowMax(), op.getOffset(), op.getOffsets(),
      op.getFirstHead(), op.getFirstBatch(), op.getFirstRow(),
      op.getPatternOperands(), /*modifier_operands=*/ValueRange(),
      op.getSink(), op.getDropoutSeed(),
      op.getBlockTable(), op.getDropoutAttr(),
      /*modifiers=*/ArrayAttr(),
      op.getPatternAttr(), op.getScaleAttr(), op.getAlignAttr(),
      /*pair_regionsCount=*/op.getMask() ? 2 : 1);
  expanded->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  if (op.getMask())
    expanded.getMask()->takeBody(*op.getMask());
  expanded.getScore()->push_back(block.release());
  op->replaceAllUsesWith(expanded->getResults());
  op.erase();
  return expanded;
}
