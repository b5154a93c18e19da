// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Region shapes and memory effects of the operations on one query tile.
#include "SparseAttn/Dialect/TiledOps.h"

#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace mlir::sattn;

#define GET_OP_CLASSES
#include "SparseAttn/Dialect/TiledOps.cpp.inc"

namespace {
using Effects =
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>;

void reads(Effects &effects, OpOperand &operand) {
  effects.emplace_back(MemoryEffects::Read::get(), &operand);
}
void writes(Effects &effects, OpOperand &operand) {
  effects.emplace_back(MemoryEffects::Write::get(), &operand);
}
void reads(Effects &effects, MutableOperandRange operands) {
  for (OpOperand &operand : operands)
    reads(effects, operand);
}
void writes(Effects &effects, MutableOperandRange operands) {
  for (OpOperand &operand : operands)
    writes(effects, operand);
}

/// A region of `numArguments` index arguments that ends in `Terminator`.
template <typename Terminator>
LogicalResult verifyIndexRegion(Operation *op, Region &region, StringRef name,
                                unsigned numArguments) {
  Block &block = region.front();
  if (block.getNumArguments() != numArguments ||
      llvm::any_of(block.getArgumentTypes(),
                   [](Type type) { return !type.isIndex(); }))
    return op->emitOpError() << "expected region '" << name << "' to have "
                             << numArguments << " index arguments";
  if (block.empty() || !isa<Terminator>(block.back()))
    return op->emitOpError() << "expected region '" << name << "' to end in '"
                             << Terminator::getOperationName() << "'";
  return success();
}
} // namespace

LogicalResult TileAttentionOp::verifyRegions() {
  if (getStep() < 1 || getMaxRows() < 1)
    return emitOpError("expected positive 'step' and 'rows'");
  if (getRowMajor() &&
      !(getGrouped() && getSave().empty() && getResume().empty()))
    return emitOpError("expected a tile with 'row_major' to be 'grouped', "
                       "without 'save' and 'resume'");
  if (getOuts().empty() == getSave().empty() || getOuts().size() > 2)
    return emitOpError("expected either 'outs' (out and lse) or 'save'");
  for (auto [name, state] : {std::pair<StringRef, OperandRange>{"save", getSave()},
                             {"resume", getResume()}})
    if (!state.empty() && state.size() != 3)
      return emitOpError() << "expected '" << name
                           << "' to be accumulator, maximum and sum";
  if (failed(verifyIndexRegion<SegmentOp>(*this, getSegments(), "segments", 1)))
    return failure();
  return verifyIndexRegion<YieldOp>(*this, getMask(), "mask", 2);
}

LogicalResult PairMaskOp::verifyRegions() {
  if (getStep() < 1)
    return emitOpError("expected positive 'step'");
  return verifyIndexRegion<YieldOp>(*this, getPredicate(), "predicate", 2);
}

void TileAttentionOp::getEffects(Effects &effects) {
  reads(effects, getQueryMutable());
  reads(effects, getKeyMutable());
  reads(effects, getValueMutable());
  reads(effects, getResumeMutable());
  writes(effects, getOutsMutable());
  writes(effects, getSaveMutable());
}

void PackQueriesOp::getEffects(Effects &effects) {
  reads(effects, getQueryMutable());
  writes(effects, getPackedMutable());
}

void SoftmaxInitOp::getEffects(Effects &effects) {
  reads(effects, getResumeMutable());
  writes(effects, getMaxMutable());
  writes(effects, getSumMutable());
  writes(effects, getAccMutable());
}

void SoftmaxSaveOp::getEffects(Effects &effects) {
  reads(effects, getMaxMutable());
  reads(effects, getSumMutable());
  reads(effects, getAccMutable());
  writes(effects, getSavedAccMutable());
  writes(effects, getSavedMaxMutable());
  writes(effects, getSavedSumMutable());
}

void PairMaskOp::getEffects(Effects &effects) {
  reads(effects, getKeysMutable());
  writes(effects, getOutMutable());
}

void SoftmaxUpdateOp::getEffects(Effects &effects) {
  reads(effects, getPackedMutable());
  reads(effects, getKeyMutable());
  reads(effects, getValueMutable());
  reads(effects, getKeysMutable());
  reads(effects, getMaskMutable());
  for (OpOperand *state :
       {&getMaxMutable(), &getSumMutable(), &getAccMutable()}) {
    reads(effects, *state);
    writes(effects, *state);
  }
}

void SoftmaxFinishOp::getEffects(Effects &effects) {
  reads(effects, getMaxMutable());
  reads(effects, getSumMutable());
  reads(effects, getAccMutable());
  writes(effects, getOutMutable());
  writes(effects, getLseMutable());
}
