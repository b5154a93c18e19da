// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The operands of an attention's pattern in code.
#include "SparseAttn/Dialect/RuntimeOperands.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::sattn;

RuntimeOperands::RuntimeOperands(ImplicitLocOpBuilder &builder, AttentionOp op,
                                 const AttentionSizes &sizes)
    : b(builder), op(op), runtimeSizes{IndexExpr(sizes.batch, b), 0, 0,
                                       IndexExpr(sizes.keys, b)} {
  if (op.getPatternOperands().empty())
    return;
  runtimeSizes = sizes.getRuntimeSizes(b);
  rowOrigin = sizes.getRowOrigin(b);
  firstBatch = IndexExpr(sizes.firstBatch, b);
  for (Value operand : op.getPatternOperands())
    values.operands.emplace_back(b, operand);
}

void RuntimeOperands::check() {
  if (values.operands.empty())
    return;
  OperandChecker checker(b);
  bool isSlice = op.getFirstBatch() || op.getFirstHead() || op.getFirstRow();
  checkRuntimeValues(checker, op.getSparsityPattern(), runtimeSizes, isSlice,
                     values.operands);
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
  scope.rowOrigin = rowOrigin;
  return scope;
}
