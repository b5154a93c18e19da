// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `sattn.merge` as loops. Each row reads its parts once; columns are left to LLVM's vectorizer.
#include "SparseAttn/Transforms/Passes.h"

#include "SparseAttn/Dialect/MergeOp.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <limits>

namespace mlir::sattn {
#define GEN_PASS_DEF_EXPANDMERGE
#include "SparseAttn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {

/// The loops of one merge.
class MergeExpander {
public:
  MergeExpander(MergeOp op, Type number)
      : op(op), b(op.getLoc(), op), number(number) {}

  void run() {
    SmallVector<OpFoldResult> bounds;
    for (int64_t dim = 0; dim < 3; ++dim)
      bounds.push_back(
          memref::DimOp::create(b, op.getOut(), dim).getResult());
    auto forall = scf::ForallOp::create(b, bounds, ValueRange(), std::nullopt);
    b.setInsertionPoint(forall.getTerminator());
    emitRow(llvm::to_vector(forall.getInductionVars()));
    op.erase();
  }

private:
  Value constant(double value) {
    return arith::ConstantOp::create(b, b.getFloatAttr(number, value));
  }
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }

  /// Narrow numbers go by way of f32, for which every target has the instructions.
  Value load(Value buffer, ValueRange at) {
    Value element = memref::LoadOp::create(b, buffer, at);
    if (element.getType().getIntOrFloatBitWidth() < 32)
      element = arith::ExtFOp::create(b, b.getF32Type(), element);
    if (element.getType() != number)
      element = arith::ExtFOp::create(b, number, element);
    return element;
  }
  void store(Value value, Value buffer, ValueRange at) {
    Type type = cast<MemRefType>(buffer.getType()).getElementType();
    if (!value.getType().isF32() && value.getType() != type)
      value = arith::TruncFOp::create(b, b.getF32Type(), value);
    if (value.getType() != type)
      value = arith::TruncFOp::create(b, type, value);
    memref::StoreOp::create(b, value, buffer, at);
  }

  void emitRow(ArrayRef<Value> row) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    SmallVector<Value> lses;
    for (Value lse : op.getPartLses())
      lses.push_back(load(lse, row));
    Value largest = lses.front();
    for (Value lse : ArrayRef(lses).drop_front())
      largest = arith::MaximumFOp::create(b, largest, lse);
    // Without a live key in any part: -inf - -inf would not be a number.
    Value isDead = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, largest,
                                         constant(-infinity));
    Value reference = arith::SelectOp::create(b, isDead, constant(0), largest);
    SmallVector<Value> weights, isThere;
    Value sum = constant(0);
    for (Value lse : lses) {
      Value weight = math::ExpOp::create(
          b, arith::SubFOp::create(b, lse, reference).getResult());
      weights.push_back(weight);
      isThere.push_back(arith::CmpFOp::create(b, arith::CmpFPredicate::UNE,
                                              weight, constant(0)));
      sum = arith::AddFOp::create(b, sum, weight);
    }
    Value divisor = arith::SelectOp::create(b, isDead, constant(1), sum);
    for (Value &weight : weights)
      weight = arith::DivFOp::create(b, weight, divisor);

    auto loop = scf::ForOp::create(
        b, index(0), memref::DimOp::create(b, op.getOut(), 3), index(1));
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      SmallVector<Value> at(row);
      at.push_back(loop.getInductionVar());
      Value total = constant(0);
      for (auto [part, weight, there] :
           llvm::zip_equal(op.getParts(), weights, isThere)) {
        Value term = arith::MulFOp::create(b, weight, load(part, at));
        // Whatever a part without live keys holds.
        term = arith::SelectOp::create(b, there, term, constant(0));
        total = arith::AddFOp::create(b, total, term);
      }
      store(total, op.getOut(), at);
    }
    Value lse = arith::AddFOp::create(b, reference,
                                      math::LogOp::create(b, sum).getResult());
    store(arith::SelectOp::create(b, isDead, constant(-infinity), lse),
          op.getLse(), row);
  }

  MergeOp op;
  ImplicitLocOpBuilder b;
  Type number;
};

struct ExpandMerge : sattn::impl::ExpandMergeBase<ExpandMerge> {
  using ExpandMergeBase::ExpandMergeBase;

  void runOnOperation() override {
    SmallVector<MergeOp> merges;
    getOperation()->walk([&](MergeOp op) { merges.push_back(op); });
    Builder builder(&getContext());
    Type number = fp64 ? Type(builder.getF64Type()) : builder.getF32Type();
    for (MergeOp op : merges) {
      if (op.hasTensorSemantics()) {
        op.emitOpError("expected memref operands: bufferize before expanding");
        return signalPassFailure();
      }
      MergeExpander(op, number).run();
    }
  }
};
} // namespace
