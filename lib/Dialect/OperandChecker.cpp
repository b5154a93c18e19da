// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Checks of runtime values, made or emitted.
#include "SparseAttn/Dialect/OperandChecker.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace mlir::sattn;

constexpr StringLiteral reportName = "sattn_report_operand_error";

/// The declaration of the function that code reports to, made if it is missing.
static func::FuncOp declareReport(ImplicitLocOpBuilder &b) {
  auto module =
      b.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  if (auto declared = module.lookupSymbol<func::FuncOp>(reportName))
    return declared;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(module.getBody());
  SmallVector<Type> arguments(5, b.getI64Type());
  auto function = func::FuncOp::create(b, reportName,
                                       b.getFunctionType(arguments, {}));
  function.setPrivate();
  return function;
}

void OperandChecker::report(OperandRole role, OperandRule rule,
                            const Claim &claim) {
  const IndexExpr values[] = {static_cast<int64_t>(role),
                              static_cast<int64_t>(rule), claim.at, claim.got,
                              claim.limit};
  if (ImplicitLocOpBuilder *b = program.getBuilder()) {
    SmallVector<Value> arguments;
    for (const IndexExpr &value : values)
      arguments.push_back(arith::IndexCastOp::create(
          *b, b->getI64Type(), value.materializeIndex(*b)));
    func::CallOp::create(*b, declareReport(*b), arguments);
    return;
  }
  if (!message.empty())
    return;
  char text[256];
  sattn_format_operand_error(text, sizeof(text), role, rule,
                             claim.at.getConstant(), claim.got.getConstant(),
                             claim.limit.getConstant());
  message = text;
}

void OperandChecker::check(OperandRole role, OperandRule rule,
                           const IndexExpr &count,
                           llvm::function_ref<Claim(const IndexExpr &)> claim) {
  IndexExpr before = failures;
  // Later checks may read by what earlier ones have established. Only the first failure of
  // a check is reported.
  IndexExpr end = select(before == 0, count, 0);
  failures = program.loop(
      0, end, {before},
      [&](const IndexExpr &i, ArrayRef<IndexExpr> carried) -> SmallVector<IndexExpr> {
        Claim made = claim(i);
        IndexExpr isNew = !made.holds & (carried[0] == 0);
        if (ImplicitLocOpBuilder *b = program.getBuilder()) {
          if (!isNew.isFalse()) {
            auto ifOp = scf::IfOp::create(*b, isNew.materializeBool(*b),
                                          /*withElseRegion=*/false);
            OpBuilder::InsertionGuard guard(*b);
            b->setInsertionPointToStart(ifOp.thenBlock());
            report(role, rule, made);
          }
        } else if (isNew.isTrue()) {
          report(role, rule, made);
        }
        return {carried[0] + select(made.holds, 0, 1)};
      })[0];
}

/// Indices of the element that is number `element` in C order of these sizes.
static SmallVector<IndexExpr> delinearize(const IndexExpr &element,
                                          ArrayRef<IndexExpr> sizes) {
  SmallVector<IndexExpr> indices(sizes.size(), 0);
  IndexExpr rest = element;
  for (size_t dim = sizes.size() - 1; dim > 0; --dim) {
    indices[dim] = mod(rest, sizes[dim]);
    rest = floorDiv(rest, sizes[dim]);
  }
  indices[0] = rest;
  return indices;
}

static SmallVector<IndexExpr> sizesOf(const PatternOperand &operand) {
  SmallVector<IndexExpr> sizes;
  for (int64_t dim = 0; dim < operand.getRank(); ++dim)
    sizes.push_back(operand.getSize(dim));
  return sizes;
}

static IndexExpr product(ArrayRef<IndexExpr> sizes) {
  IndexExpr count = 1;
  for (const IndexExpr &size : sizes)
    count = count * size;
  return count;
}

void OperandChecker::checkSize(OperandRole role, const PatternOperand &operand,
                               int64_t dim, const IndexExpr &expected) {
  const IndexExpr &size = operand.getSize(dim);
  check(role, SATTN_RULE_SIZE, 1, [&](const IndexExpr &) {
    return Claim{size == expected, dim, size, expected};
  });
}

void OperandChecker::checkAscending(OperandRole role,
                                    const PatternOperand &operand) {
  SmallVector<IndexExpr> sizes = sizesOf(operand);
  IndexExpr length = sizes.back();
  sizes.back() = max(length - 1, 0);
  check(role, SATTN_RULE_ASCENDING, product(sizes),
        [&](const IndexExpr &pair) {
          SmallVector<IndexExpr> indices = delinearize(pair, sizes);
          IndexExpr before = operand.at(indices);
          indices.back() = indices.back() + 1;
          IndexExpr value = operand.at(indices);
          IndexExpr element = indices[0];
          for (size_t dim = 1; dim < indices.size(); ++dim)
            element = element * (dim + 1 == indices.size() ? length : sizes[dim]) +
                      indices[dim];
          return Claim{before <= value, element, value, before};
        });
}

void OperandChecker::checkRange(OperandRole role, const PatternOperand &operand,
                                int64_t least, const IndexExpr &most) {
  SmallVector<IndexExpr> sizes = sizesOf(operand);
  check(role, SATTN_RULE_RANGE, product(sizes), [&](const IndexExpr &element) {
    IndexExpr value = operand.at(delinearize(element, sizes));
    return Claim{(IndexExpr(least) <= value) & (value <= most), element, value,
                 most};
  });
}
