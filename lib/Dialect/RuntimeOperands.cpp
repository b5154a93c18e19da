// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The operands of an attention's pattern in code.
#include "SparseAttn/Dialect/RuntimeOperands.h"

#include "SparseAttn/Dialect/BlockTable.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

#include <limits>

using namespace mlir;
using namespace mlir::sattn;

RuntimeOperands::RuntimeOperands(ImplicitLocOpBuilder &builder, AttentionOp op,
                                 const AttentionSizes &sizes)
    : b(builder), op(op), runtimeSizes{IndexExpr(sizes.batch, b), 0, 0,
                                       IndexExpr(sizes.keys, b)} {
  offset = IndexExpr(sizes.offset, b);
  firstRow = IndexExpr(sizes.firstRow, b);
  if (op.getPatternOperands().empty() && !op.getOffsets())
    return;
  runtimeSizes = sizes.getRuntimeSizes(b);
  firstBatch = IndexExpr(sizes.firstBatch, b);
  if (op.getOffsets())
    offsets = PatternOperand(b, op.getOffsets());
  for (Value operand : op.getPatternOperands())
    values.operands.emplace_back(b, operand);
}

void RuntimeOperands::check() {
  if (values.operands.empty() && !offsets)
    return;
  OperandChecker checker(b);
  bool isSlice = op.getFirstBatch() || op.getFirstHead() || op.getFirstRow();
  checkRuntimeValues(checker, op.getSparsityPattern(), runtimeSizes, isSlice,
                     values.operands);
  if (offsets)
    checkOffsets(checker, runtimeSizes, isSlice, *offsets);
  if (op.getBlockTable())
    checkBlockTable(checker, op, PatternOperand(b, op.getBlockTable()));
  IndexExpr passed = checker.passed();
  if (passed.isTrue())
    return;
  auto ifOp = scf::IfOp::create(b, passed.materializeBool(b),
                                /*withElseRegion=*/false);
  b.setInsertionPointToStart(ifOp.thenBlock());
}

void RuntimeOperands::buildTables() {
  IndexProgram program(b);
  buildRuntimeTables(program, op.getSparsityPattern(), runtimeSizes, values);
}

void RuntimeOperands::releaseTables() {
  IndexProgram program(b);
  releaseRuntimeTables(program, values);
}

PatternScope RuntimeOperands::getScope(Value head, Value batch,
                                       const PatternTables &tables) const {
  PatternScope scope{runtimeSizes.keys, IndexExpr(head, b), &tables};
  if (values.operands.empty())
    return scope;
  scope.runtime = &values;
  IndexExpr whole = IndexExpr(batch, b) + firstBatch;
  scope.batch = IndexExpr(whole.materializeIndex(b), b);
  scope.rowOrigin = getOffset(batch) - firstRow;
  return scope;
}

IndexExpr RuntimeOperands::getOffset(Value batch) const {
  if (!offsets)
    return offset;
  IndexExpr sum = offset + offsets->at({IndexExpr(batch, b) + firstBatch});
  return IndexExpr(sum.materializeIndex(b), b);
}

TableExtent
RuntimeOperands::getTableExtent(const AttentionSizes &sizes) const {
  IndexExpr first = offset;
  IndexExpr rows = max(IndexExpr(sizes.queries, b), 1);
  if (offsets) {
    constexpr int64_t most = std::numeric_limits<int64_t>::max();
    IndexProgram program(b);
    auto range = program.loop(
        0, offsets->getSize(0), {most, -most},
        [&](const IndexExpr &i,
            ArrayRef<IndexExpr> state) -> SmallVector<IndexExpr> {
          IndexExpr own = offsets->at({i});
          return {min(state[0], own), max(state[1], own)};
        });
    first = first + range[0];
    rows = rows + max(range[1] - range[0], 0);
  }
  return {first.materializeIndex(b), rows.materializeIndex(b), sizes.firstHead,
          sizes.heads, sizes.keys};
}
