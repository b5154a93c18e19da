// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Emission of index expressions as `arith` operations.
#include "SparseAttn/Dialect/IndexExpr.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn;
using mlir::sattn::detail::CompareOp;
using mlir::sattn::detail::IndexOp;

IndexExpr::IndexExpr(Value wrapped, ImplicitLocOpBuilder &b) {
  APInt known;
  if (matchPattern(wrapped, m_ConstantInt(&known))) {
    constant = wrapped.getType().isInteger(1) ? known.getZExtValue()
                                              : known.getSExtValue();
    return;
  }
  value = wrapped;
  builder = &b;
}

Value IndexExpr::materializeIndex(ImplicitLocOpBuilder &b) const {
  return value ? value : arith::ConstantIndexOp::create(b, constant);
}

Value IndexExpr::materializeBool(ImplicitLocOpBuilder &b) const {
  return value ? value
               : arith::ConstantIntOp::create(b, constant != 0, /*width=*/1);
}

namespace {
ImplicitLocOpBuilder &builderOf(const IndexExpr &a, const IndexExpr &b) {
  return a.getBuilder() ? *a.getBuilder() : *b.getBuilder();
}
} // namespace

IndexExpr mlir::sattn::detail::emitIndexOp(IndexOp op, const IndexExpr &a,
                              const IndexExpr &b) {
  ImplicitLocOpBuilder &builder = builderOf(a, b);
  if (op == IndexOp::Add && a.is(0))
    return b;
  if ((op == IndexOp::Add || op == IndexOp::Sub) && b.is(0))
    return a;
  if (op == IndexOp::Sub && sameExpr(a, b))
    return 0;
  if ((op == IndexOp::Mul || op == IndexOp::FloorDiv) && b.is(1))
    return a;
  if (op == IndexOp::Mul && a.is(1))
    return b;
  if (op == IndexOp::Mul && (a.is(0) || b.is(0)))
    return 0;
  if (op == IndexOp::Mod && b.is(1))
    return 0;
  if ((op == IndexOp::Min || op == IndexOp::Max) && sameExpr(a, b))
    return a;

  Value lhs = a.materializeIndex(builder);
  auto rhs = [&](int64_t number) {
    return arith::ConstantIndexOp::create(builder, number);
  };
  if (b.isConstant() && (op == IndexOp::FloorDiv || op == IndexOp::Mod) &&
      llvm::isPowerOf2_64(b.getConstant())) {
    // Two's complement: arithmetic shift and mask round towards minus infinity.
    int64_t divisor = b.getConstant();
    if (op == IndexOp::FloorDiv)
      return IndexExpr(arith::ShRSIOp::create(builder, lhs,
                                              rhs(llvm::Log2_64(divisor))),
                       builder);
    return IndexExpr(arith::AndIOp::create(builder, lhs, rhs(divisor - 1)),
                     builder);
  }
  Value other = b.materializeIndex(builder);
  switch (op) {
  case IndexOp::Add:
    return IndexExpr(arith::AddIOp::create(builder, lhs, other), builder);
  case IndexOp::Sub:
    return IndexExpr(arith::SubIOp::create(builder, lhs, other), builder);
  case IndexOp::Mul:
    return IndexExpr(arith::MulIOp::create(builder, lhs, other), builder);
  case IndexOp::FloorDiv:
    return IndexExpr(arith::FloorDivSIOp::create(builder, lhs, other),
                     builder);
  case IndexOp::Mod:
    return a - floorDiv(a, b) * b;
  case IndexOp::Min:
    return IndexExpr(arith::MinSIOp::create(builder, lhs, other), builder);
  case IndexOp::Max:
    return IndexExpr(arith::MaxSIOp::create(builder, lhs, other), builder);
  }
  llvm_unreachable("unknown index operation");
}

IndexExpr mlir::sattn::detail::emitCompare(CompareOp op, const IndexExpr &a,
                              const IndexExpr &b) {
  if (sameExpr(a, b))
    return op != CompareOp::Lt;
  ImplicitLocOpBuilder &builder = builderOf(a, b);
  arith::CmpIPredicate predicate = op == CompareOp::Lt ? arith::CmpIPredicate::slt
                                   : op == CompareOp::Le
                                       ? arith::CmpIPredicate::sle
                                       : arith::CmpIPredicate::eq;
  return IndexExpr(arith::CmpIOp::create(builder, predicate,
                                         a.materializeIndex(builder),
                                         b.materializeIndex(builder)),
                   builder);
}

IndexExpr mlir::sattn::detail::emitLogic(bool isAnd, const IndexExpr &a,
                            const IndexExpr &b) {
  if (sameExpr(a, b))
    return a;
  ImplicitLocOpBuilder &builder = builderOf(a, b);
  Value lhs = a.materializeBool(builder), rhs = b.materializeBool(builder);
  if (isAnd)
    return IndexExpr(arith::AndIOp::create(builder, lhs, rhs), builder);
  return IndexExpr(arith::OrIOp::create(builder, lhs, rhs), builder);
}

IndexExpr mlir::sattn::detail::emitNot(const IndexExpr &a) {
  ImplicitLocOpBuilder &builder = *a.getBuilder();
  Value one = arith::ConstantIntOp::create(builder, 1, /*width=*/1);
  return IndexExpr(
      arith::XOrIOp::create(builder, a.materializeBool(builder), one),
      builder);
}

IndexExpr mlir::sattn::detail::emitSelect(const IndexExpr &c, const IndexExpr &a,
                             const IndexExpr &b) {
  if (sameExpr(a, b))
    return a;
  ImplicitLocOpBuilder &builder = *c.getBuilder();
  auto isBool = [](const IndexExpr &e) {
    ImplicitLocOpBuilder *eb = e.getBuilder();
    return eb && e.materializeIndex(*eb).getType().isInteger(1);
  };
  bool boolean = isBool(a) || isBool(b);
  Value condition = c.materializeBool(builder);
  if (boolean)
    return IndexExpr(arith::SelectOp::create(builder, condition,
                                             a.materializeBool(builder),
                                             b.materializeBool(builder)),
                     builder);
  return IndexExpr(arith::SelectOp::create(builder, condition,
                                           a.materializeIndex(builder),
                                           b.materializeIndex(builder)),
                   builder);
}
