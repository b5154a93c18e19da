// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Region shapes and memory effects of the operations on one query tile.
#include "SparseAttn/Dialect/TiledOps.h"

#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace mlir::sattn;

/// `: f32` behind the value; nothing for i1.
static ParseResult parseYieldType(OpAsmParser &parser, Type &type) {
  type = parser.getBuilder().getI1Type();
  if (failed(parser.parseOptionalColon()))
    return success();
  return parser.parseType(type);
}
static void printYieldType(OpAsmPrinter &printer, YieldOp, Type type) {
  if (!type.isInteger(1))
    printer << " : " << type;
}

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

/// A region of `numArguments` index arguments, and an i1 if it `takesTruth`, that ends in
/// `Terminator`.
template <typename Terminator>
LogicalResult verifyIndexRegion(Operation *op, Region &region, StringRef name,
                                unsigned numArguments,
                                bool takesTruth = false) {
  Block &block = region.front();
  SmallVector<Type> types(numArguments, IndexType::get(op->getContext()));
  if (takesTruth)
    types.push_back(IntegerType::get(op->getContext(), 1));
  if (block.getArgumentTypes() != TypeRange(types))
    return op->emitOpError() << "expected region '" << name << "' to have "
                             << numArguments << " index arguments"
                             << (takesTruth ? " and an i1" : "");
  if (block.empty() || !isa<Terminator>(block.back()))
    return op->emitOpError() << "expected region '" << name << "' to end in '"
                             << Terminator::getOperationName() << "'";
  if (auto yield = dyn_cast<YieldOp>(block.back()))
    if (!yield.getValue().getType().isInteger(1))
      return op->emitOpError() << "expected region '" << name
                               << "' to yield i1, but got "
                               << yield.getValue().getType();
  return success();
}

/// A predicate of (query position, key), and what it asks if it does.
LogicalResult verifyMask(Operation *op, Region &predicate, StringRef name,
                         Region &asked) {
  if (failed(verifyIndexRegion<YieldOp>(op, predicate, name, 2,
                                        /*takesTruth=*/!asked.empty())))
    return failure();
  if (asked.empty())
    return success();
  return verifyIndexRegion<YieldOp>(op, asked, "asks", 2);
}

/// (score, head, query position, key) -> f32, and what it needs beside it.
LogicalResult verifyTileScore(Operation *op, Region &region, bool hasOperands) {
  if (region.empty())
    return success();
  Block &block = region.front();
  if (block.getNumArguments() != 4 || !block.getArgument(0).getType().isF32() ||
      llvm::any_of(block.getArguments().drop_front(), [](BlockArgument argument) {
        return !argument.getType().isIndex();
      }))
    return op->emitOpError("expected region 'score' to have one f32 and three "
                           "index arguments");
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield || !yield.getValue().getType().isF32())
    return op->emitOpError("expected region 'score' to yield f32");
  if (!hasOperands)
    return op->emitOpError("expected a region 'score' to come with the place of "
                           "the tile");
  return success();
}
} // namespace

LogicalResult TileAttentionOp::verifyRegions() {
  auto step = static_cast<int64_t>(getStep()), maxRows = static_cast<int64_t>(getMaxRows());
  if (step < 1 || maxRows < 1)
    return emitOpError("expected positive 'step' and 'rows'");
  if (getRowMajor() && !(getGrouped() && getResume().empty()))
    return emitOpError("expected a tile with 'row_major' to be 'grouped', "
                       "without 'resume'");
  auto rowsPerHead = static_cast<int64_t>(getRowsPerHead().value_or(1));
  if (rowsPerHead < 1 || (getRowsPerHead() && (getGrouped() || maxRows % rowsPerHead)))
    return emitOpError("expected 'rows_per_head' to be positive and to divide 'rows' (")
           << maxRows << "), of a tile that is not 'grouped'";
  if (getOuts().empty() == getSave().empty() || getOuts().size() > 3)
    return emitOpError("expected either 'outs' (out, lse and row_max) or 'save'");
  if (getSink() && !getResume().empty())
    return emitOpError("expected 'sink' without 'resume'");
  if (!getFirstKey() != !getEndKey())
    return emitOpError("expected the first key to come with the last one's end");
  if (getPageTable() && (!getPageRows() || !getPageSize() || *getPageSize() < 1))
    return emitOpError("expected 'pages' to come with a positive 'page_size'");
  constexpr int64_t maxBlock = 1 << 20;
  auto candidates = getCandidates() ? cast<MemRefType>(getCandidates().getType())
                                    : MemRefType();
  if (!candidates != !getCandidateBlock() ||
      (candidates &&
       (candidates.getRank() != 1 || !candidates.getElementType().isInteger(32) ||
        *getCandidateBlock() < 1 || *getCandidateBlock() > maxBlock)))
    return emitOpError("expected 'candidates' to be a memref of one dimension and of i32, with "
                       "a 'candidate_block' between 1 and 2^20");
  if (candidates && (!getGrouped() || getFirstKey() || getStep() != 1))
    return emitOpError("expected a tile with 'candidates' to be 'grouped', of all keys and with "
                       "step 1");
  if (int64_t rows = cast<MemRefType>(getQuery().getType()).getDimSize(0);
      getRowMajor() && rows != int64_t(getMaxRows()))
    return emitOpError("expected a tile with 'row_major' to have a query with as many rows as "
                       "'rows' says (")
           << getMaxRows() << "), but got " << getQuery().getType();
  if (getDropoutSeed() &&
      (!getDropout() || !getBatch() || !getHead() || getRowMajor()))
    return emitOpError("expected dropout to come with a rate and the place of "
                       "the tile, and without 'row_major'");
  for (auto [name, state] : {std::pair<StringRef, OperandRange>{"save", getSave()},
                             {"resume", getResume()}})
    if (!state.empty() && state.size() != (hasRowMax() ? 4 : 3))
      return emitOpError() << "expected '" << name
                           << "' to be accumulator, maximum and sum"
                           << (hasRowMax() ? ", and row maximum" : "");
  if (failed(verifyIndexRegion<SegmentOp>(*this, getSegments(), "segments", 1)))
    return failure();
  if (failed(verifyMask(*this, getMask(), "mask", getAsked())))
    return failure();
  if (getGrouped() && !getAsked().empty())
    return emitOpError("expected a tile with 'asks' not to be 'grouped'");
  return verifyTileScore(*this, getScore(), bool(getHead()));
}

LogicalResult SoftmaxUpdateOp::verifyRegions() {
  if (getKept() && getRowMajor())
    return emitOpError("expected 'kept' without 'row_major'");
  return verifyTileScore(*this, getScore(),
                         getFirst() && getHead() && getRows() && getStep());
}

LogicalResult SoftmaxInitOp::verify() {
  if (getSink() && (!getResume().empty() || !getScale()))
    return emitOpError("expected 'sink' to come with 'scale' and without "
                       "'resume'");
  if (!getResume().empty() && getResume().size() != (getRowMax() ? 4 : 3))
    return emitOpError("expected 'resume' to have what 'outs' has");
  return success();
}

LogicalResult SoftmaxSaveOp::verify() {
  if (!getRowMax() != !getSavedRowMax())
    return emitOpError("expected row_max to be saved if it is there");
  return success();
}

LogicalResult SoftmaxFinishOp::verify() {
  if (!getRowMax() != !getFinalRowMax())
    return emitOpError("expected row_max to be a result if it is there");
  return success();
}

LogicalResult SoftmaxCombineOp::verify() {
  auto acc = cast<MemRefType>(getAcc().getType());
  if (acc.getRank() != 3 || acc.isDynamicDim(1) || acc.isDynamicDim(2))
    return emitOpError("expected the accumulators of parts, rows and columns, "
                       "with static rows and columns, but got ")
           << acc;
  size_t most = getRowMax() ? 3 : 2;
  if (getOuts().empty() || getOuts().size() > most ||
      (getRowMax() && getOuts().size() != most))
    return emitOpError("expected 'outs' to be out and lse, and row_max if it is "
                       "there");
  return success();
}

bool TileAttentionOp::hasRowMax() {
  return getOuts().size() == 3 || getSave().size() == 4;
}

LogicalResult PairMaskOp::verifyRegions() {
  if (getStep() < 1)
    return emitOpError("expected positive 'step'");
  if (getAsked().empty() != !getRows())
    return emitOpError("expected 'asks' to come with 'rows'");
  return verifyMask(*this, getPredicate(), "predicate", getAsked());
}

void TileAttentionOp::getEffects(Effects &effects) {
  reads(effects, getQueryMutable());
  reads(effects, getKeyMutable());
  reads(effects, getValueMutable());
  reads(effects, getResumeMutable());
  reads(effects, getSinkMutable());
  reads(effects, getPageTableMutable());
  reads(effects, getCandidatesMutable());
  writes(effects, getOutsMutable());
  writes(effects, getSaveMutable());
}

void PackQueriesOp::getEffects(Effects &effects) {
  reads(effects, getQueryMutable());
  writes(effects, getPackedMutable());
}

void SoftmaxInitOp::getEffects(Effects &effects) {
  reads(effects, getResumeMutable());
  reads(effects, getSinkMutable());
  writes(effects, getMaxMutable());
  writes(effects, getSumMutable());
  writes(effects, getAccMutable());
  writes(effects, getRowMaxMutable());
}

void SoftmaxSaveOp::getEffects(Effects &effects) {
  reads(effects, getMaxMutable());
  reads(effects, getSumMutable());
  reads(effects, getAccMutable());
  reads(effects, getRowMaxMutable());
  writes(effects, getSavedAccMutable());
  writes(effects, getSavedMaxMutable());
  writes(effects, getSavedSumMutable());
  writes(effects, getSavedRowMaxMutable());
}

void SoftmaxCombineOp::getEffects(Effects &effects) {
  reads(effects, getAccMutable());
  reads(effects, getMaxMutable());
  reads(effects, getSumMutable());
  reads(effects, getRowMaxMutable());
  writes(effects, getOutsMutable());
}

void PairMaskOp::getEffects(Effects &effects) {
  reads(effects, getKeysMutable());
  writes(effects, getOutMutable());
}

void DropoutMaskOp::getEffects(Effects &effects) {
  reads(effects, getKeysMutable());
  writes(effects, getOutMutable());
}

void SoftmaxUpdateOp::getEffects(Effects &effects) {
  reads(effects, getPackedMutable());
  reads(effects, getKeyMutable());
  reads(effects, getValueMutable());
  reads(effects, getKeysMutable());
  reads(effects, getNumbersMutable());
  reads(effects, getMaskMutable());
  reads(effects, getKeptMutable());
  for (OpOperand *state :
       {&getMaxMutable(), &getSumMutable(), &getAccMutable()}) {
    reads(effects, *state);
    writes(effects, *state);
  }
  reads(effects, getRowMaxMutable());
  writes(effects, getRowMaxMutable());
}

void SoftmaxFinishOp::getEffects(Effects &effects) {
  reads(effects, getMaxMutable());
  reads(effects, getSumMutable());
  reads(effects, getAccMutable());
  reads(effects, getRowMaxMutable());
  writes(effects, getOutMutable());
  writes(effects, getLseMutable());
  writes(effects, getFinalRowMaxMutable());
}
