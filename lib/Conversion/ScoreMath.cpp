// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Transcendental functions of score regions as polynomials: no call, in vectors and
/// in scalars.
#include "ScoreEmitter.h"
#include "VectorMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <limits>

using namespace mlir;
using namespace mlir::sattn;

namespace {

bool isF32Lanes(Type type) {
  auto lanes = dyn_cast<VectorType>(type);
  return lanes && lanes.getRank() == 1 && lanes.getElementType().isF32();
}

bool isF32OrLanes(Type type) { return type.isF32() || isF32Lanes(type); }

/// f64, or as many lanes of it.
Type widen(Type type) {
  Type f64 = Float64Type::get(type.getContext());
  if (auto lanes = dyn_cast<VectorType>(type))
    return lanes.clone(f64);
  return f64;
}

/// A constant of a scalar's or a vector's type.
Value number(ImplicitLocOpBuilder &b, Type type, double value) {
  TypedAttr attr = b.getF32FloatAttr(value);
  if (auto lanes = dyn_cast<VectorType>(type))
    attr = DenseElementsAttr::get(lanes, Attribute(attr));
  return arith::ConstantOp::create(b, attr);
}

/// tanh(x) = sign(x) (1 - t) / (1 + t) with t = e^(-2|x|); where |x| is small and that
/// cancels, x + x^3 p(x^2), a minimax polynomial on |x| < 0.625 (Cephes, S. Moshier).
/// Both have an error of about one unit in the last place.
struct ExpandTanh : OpRewritePattern<math::TanhOp> {
  ExpandTanh(MLIRContext *context, int64_t powerTable)
      : OpRewritePattern(context, /*benefit=*/10), powerTable(powerTable) {}

  LogicalResult matchAndRewrite(math::TanhOp op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!isF32Lanes(type))
      return rewriter.notifyMatchFailure(op, "not a vector of f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto constant = [&](double value) { return number(b, type, value); };
    Value x = op.getOperand();
    Value size = math::AbsFOp::create(b, x);

    constexpr double coefficients[] = {
        -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2,
        1.33314422036e-1, -3.33332819422e-1};
    Value square = arith::MulFOp::create(b, x, x);
    Value power = constant(coefficients[0]);
    for (double coefficient : ArrayRef(coefficients).drop_front())
      power = vector::FMAOp::create(b, power, square, constant(coefficient));
    Value cube = arith::MulFOp::create(b, square, x);
    Value small = vector::FMAOp::create(b, power, cube, x);

    // t is 0 long before the exponent is out of range.
    SmallVector<Value> t{
        arith::MulFOp::create(b, size, constant(-2 * 1.4426950408889634))};
    emitExp2(b, t, powerTable);
    Value one = constant(1.0);
    Value large = arith::DivFOp::create(b, arith::SubFOp::create(b, one, t[0]),
                                        arith::AddFOp::create(b, one, t[0]));
    large = math::CopySignOp::create(b, large, x);
    Value isSmall = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, size,
                                          constant(0.625));
    rewriter.replaceOpWithNewOp<arith::SelectOp>(op, isSmall, small, large);
    return success();
  }

  int64_t powerTable;
};
/// log10(x) = ln(x) / ln(10).
struct ExpandLog10 : OpRewritePattern<math::Log10Op> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::Log10Op op,
                                PatternRewriter &rewriter) const override {
    if (!isF32OrLanes(op.getType()))
      return rewriter.notifyMatchFailure(op, "not f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Value log = math::LogOp::create(b, op.getOperand());
    rewriter.replaceOpWithNewOp<arith::MulFOp>(
        op, log, number(b, op.getType(), 0.43429448190325182));
    return success();
  }
};

/// remainder(x, y) = x - trunc(x / y) y, in f64, where that is exact for quotients below 2^53; the
/// quotient may have been rounded to the next whole number.
struct ExpandRemainder : OpRewritePattern<arith::RemFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::RemFOp op,
                                PatternRewriter &rewriter) const override {
    if (!isF32OrLanes(op.getType()))
      return rewriter.notifyMatchFailure(op, "not f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Type narrow = op.getType(), wide = widen(narrow);
    Value x = arith::ExtFOp::create(b, wide, op.getLhs());
    Value y = arith::ExtFOp::create(b, wide, op.getRhs());
    Value quotient =
        math::TruncOp::create(b, arith::DivFOp::create(b, x, y).getResult());
    Value rest = math::FmaOp::create(
        b, arith::NegFOp::create(b, quotient).getResult(), y, x);
    // It has the sign of x.
    Value size = math::AbsFOp::create(b, y);
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(wide));
    Value isOver = arith::CmpFOp::create(
        b, arith::CmpFPredicate::OLT,
        math::CopySignOp::create(b, rest, arith::MulFOp::create(b, rest, x)),
        zero);
    Value step = math::CopySignOp::create(b, size, x);
    rest = arith::SelectOp::create(
        b, isOver, arith::AddFOp::create(b, rest, step), rest);
    Value result = math::CopySignOp::create(
        b, arith::TruncFOp::create(b, narrow, rest).getResult(), op.getLhs());
    // Of an infinite divisor, all of x is left.
    Value infinity = number(b, narrow, std::numeric_limits<double>::infinity());
    Value isAll = arith::AndIOp::create(
        b,
        arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ,
                              math::AbsFOp::create(b, op.getRhs()), infinity)
            .getResult(),
        arith::CmpFOp::create(b, arith::CmpFPredicate::OLT,
                              math::AbsFOp::create(b, op.getLhs()), infinity)
            .getResult());
    rewriter.replaceOpWithNewOp<arith::SelectOp>(op, isAll, op.getLhs(), result);
    return success();
  }
};
} // namespace

void mlir::sattn::expandScoreMath(Operation *root, int64_t powerTable) {
  MLIRContext *context = root->getContext();
  SmallVector<Operation *> ops;
  root->walk([&](Operation *op) {
    if ((isa<arith::RemFOp>(op) ||
         op->getDialect() == context->getLoadedDialect<math::MathDialect>()) &&
        op->getNumResults() == 1 &&
        getElementTypeOrSelf(op->getResult(0).getType()).isF32())
      ops.push_back(op);
  });
  RewritePatternSet patterns(context);
  patterns.add<ExpandTanh>(context, powerTable);
  patterns.add<ExpandLog10, ExpandRemainder>(context);
  math::populateExpansionPatterns(
      patterns, {"exp2", "powf", "fpowi", "sinh", "cosh", "tan", "asinh",
                 "acosh", "atanh", "rsqrt"});
  populateMathPolynomialApproximationPatterns(patterns);
  GreedyRewriteConfig config;
  config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
  (void)applyOpPatternsGreedily(ops, std::move(patterns), config);
}
