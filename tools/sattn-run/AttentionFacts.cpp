// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What an attention computes, as numbers: for the oracle, and to count.
#include "Program.h"

#include "Fail.h"
#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/ScoreExpansion.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::run;

llvm::Expected<AttentionFacts> Program::getFacts(const Inputs &inputs) {
  auto function = module->lookupSymbol<func::FuncOp>(entry);
  SmallVector<AttentionOp> attentions;
  function.walk([&](AttentionOp op) { attentions.push_back(op); });
  if (attentions.size() != 1)
    return fail("expected one sattn.attention in '{0}' to verify or to count, "
                "but got {1}",
                entry, attentions.size());
  AttentionOp op = attentions.front();
  const Value operands[] = {op.getQuery(), op.getKey(), op.getValue()};
  for (auto [index, operand] : llvm::enumerate(operands))
    if (operand != function.getArgument(index))
      return fail("expected query, key and value of sattn.attention to be the "
                  "first three arguments of '{0}', to verify or to count",
                  entry);
  AttentionFacts facts;
  facts.pattern = op.getSparsityPattern();
  facts.scale = op.getScaleValue();
  if (op.getAlign() == Alignment::BottomRight)
    facts.offset = inputs.keys - inputs.queries;
  if (op.getOffset()) {
    APInt constant;
    if (!matchPattern(op.getOffset(), m_ConstantInt(&constant)))
      return fail("expected the offset of sattn.attention in '{0}' to be a "
                  "constant, to verify or to count",
                  entry);
    facts.offset += constant.getSExtValue();
  }
  size_t numInputs = 3 + scoreArrays.size();
  // The array that an operand is; null if it is none.
  auto arrayOf = [&](Value operand) -> const NpyArray * {
    auto argument = dyn_cast<BlockArgument>(operand);
    int64_t number =
        argument && argument.getOwner() == &function.front() &&
                argument.getArgNumber() >= numInputs
            ? operandOfArgument[argument.getArgNumber() - numInputs]
            : -1;
    return number < 0 ? nullptr : getOperand(inputs, number);
  };
  auto notAnArgument = [&] {
    return fail("expected what the pattern reads, offsets and the block table to "
                "be arguments of '{0}', to verify or to count",
                entry);
  };
  if (op.getOffsets()) {
    const NpyArray *array = arrayOf(op.getOffsets());
    if (!array)
      return notAnArgument();
    for (int64_t b = 0; b < inputs.batch && array->getNumElements(); ++b)
      facts.offsets.push_back(static_cast<int64_t>(array->getDouble(
          std::min(b, array->getNumElements() - 1))));
  }
  if (op.getBlockTable()) {
    const NpyArray *array = arrayOf(op.getBlockTable());
    if (!array)
      return notAnArgument();
    if (array != &inputs.blockTable)
      return fail("expected --block-table for the block table of sattn.attention "
                  "in '{0}'",
                  entry);
    PageTable table;
    table.batches = array->getDim(0);
    table.columns = array->getDim(1);
    table.size = inputs.keyRows;
    for (int64_t i = 0; i < array->getNumElements(); ++i)
      table.entries.push_back(static_cast<int64_t>(array->getDouble(i)));
    facts.pages = std::move(table);
  }
  SmallVector<PatternOperand> patternOperands;
  for (Value operand : op.getPatternOperands()) {
    const NpyArray *array = arrayOf(operand);
    if (!array)
      return notAnArgument();
    patternOperands.emplace_back(array->data(), getByteWidth(array->getKind()),
                                 array->getShape());
  }
  facts.livePattern = facts.pattern;
  if (facts.pages) {
    auto pages = PagesAttr::get(op.getContext(), facts.pages->size,
                                patternOperands.size());
    facts.livePattern =
        makeAnd({facts.pattern, cast<PatternAttr>(Attribute(pages))});
    patternOperands.emplace_back(inputs.blockTable.data(),
                                 getByteWidth(inputs.blockTable.getKind()),
                                 inputs.blockTable.getShape());
  }
  std::string error;
  facts.runtime = makeRuntimeValues(
      facts.livePattern,
      {inputs.batch, inputs.heads, inputs.queries, inputs.keys},
      patternOperands, error);
  if (!error.empty())
    return llvm::createStringError(error);
  if (op.getSink()) {
    auto argument = dyn_cast<BlockArgument>(op.getSink());
    if (!argument || argument.getArgNumber() < 3 ||
        argument.getArgNumber() >= numInputs)
      return fail("expected the sink of sattn.attention in '{0}' to be an array "
                  "of the function, to verify or to count",
                  entry);
    facts.sink = scoreArrays[argument.getArgNumber() - 3].toFloats();
  }
  if (op.getDropoutSeed()) {
    APInt seed;
    if (!matchPattern(op.getDropoutSeed(), m_ConstantInt(&seed)))
      return fail("expected the seed of dropout in '{0}' to be a constant, to "
                  "verify or to count",
                  entry);
    facts.dropout = Dropout{op.getDropout()->convertToFloat(),
                            seed.getZExtValue()};
  }
  if (op.modifiesScores() || op.getMask())
    if (llvm::Error bad = interpretRegions(inputs, facts))
      return std::move(bad);
  return facts;
}

llvm::Error Program::interpretRegions(const Inputs &inputs,
                                      AttentionFacts &facts) {
  // On a copy: the program itself is compiled as it was written.
  OwningOpRef<ModuleOp> copy = module->clone();
  auto function = copy->lookupSymbol<func::FuncOp>(entry);
  AttentionOp op;
  function.walk([&](AttentionOp found) { op = found; });
  op = expandScoreModifiers(op);

  facts.arrays = std::make_shared<std::vector<ScoreArray>>(3);
  std::vector<ScoreArray> &arrays = *facts.arrays;
  const SmallVector<int64_t> shapes[] = {
      inputs.queryShape(), inputs.keyShape(), inputs.valueShape()};
  for (auto [array, shape] : llvm::zip(arrays, shapes))
    array.shape = shape;
  for (const NpyArray &array : scoreArrays)
    arrays.push_back({SmallVector<int64_t>(array.getShape()), array.toFloats(),
                      std::vector<int64_t>()});
  for (int64_t number : operandOfArgument) {
    ScoreArray &array = arrays.emplace_back();
    if (number < 0)
      continue;
    const NpyArray *integers = getOperand(inputs, number);
    array.shape = SmallVector<int64_t>(integers->getShape());
    for (int64_t i = 0; i < integers->getNumElements(); ++i)
      array.integers.push_back(static_cast<int64_t>(integers->getDouble(i)));
  }
  auto find = [&](Value value) -> const ScoreArray * {
    auto argument = dyn_cast<BlockArgument>(value);
    if (!argument || argument.getOwner() != &function.front() ||
        argument.getArgNumber() >= arrays.size())
      return nullptr;
    return &arrays[argument.getArgNumber()];
  };
  if (op.getScore()) {
    auto score = ScoreInterpreter::create(op, find);
    if (!score)
      return score.takeError();
    facts.score = std::move(*score);
  }
  if (op.getMask()) {
    auto mask = ScoreInterpreter::createMask(op, find);
    if (!mask)
      return mask.takeError();
    facts.mask = std::move(*mask);
  }
  return llvm::Error::success();
}
