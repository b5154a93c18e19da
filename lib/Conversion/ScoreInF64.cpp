// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A score region in fp64, for the oracle.
#include "ScoreInF64.h"

#include "SparseAttn/Dialect/TiledOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
class Widener {
public:
  explicit Widener(ImplicitLocOpBuilder &b) : b(b), f64(b.getF64Type()) {}

  IRMapping mapping;

  void widen(Block &block) {
    for (Operation &op : block.without_terminator())
      widen(op);
  }

  Value lookup(Value value) {
    Value known = mapping.lookupOrDefault(value);
    // Numbers of 16 bits stay what they are until they are extended.
    if (value.getType().isF32() && known.getType().isF32())
      return arith::ExtFOp::create(b, f64, known);
    return known;
  }

private:
  void widen(Operation &op) {
    auto computesF32 = [](TypeRange types) {
      return llvm::any_of(types, [](Type type) { return type.isF32(); });
    };
    if (isa<arith::ExtFOp>(op)) {
      mapping.map(op.getResult(0),
                  Value(arith::ExtFOp::create(b, f64, lookup(op.getOperand(0)))));
      return;
    }
    if (auto constant = dyn_cast<arith::ConstantOp>(op);
        constant && constant.getType().isF32()) {
      double value =
          cast<FloatAttr>(constant.getValue()).getValue().convertToFloat();
      mapping.map(
          op.getResult(0),
          Value(arith::ConstantOp::create(b, b.getF64FloatAttr(value))));
      return;
    }
    // Bits of a number are bits of its f32; what is read or has regions of its
    // own is taken as it is.
    bool isElementwise = OpTrait::hasElementwiseMappableTraits(&op) &&
                         !isa<arith::BitcastOp>(op);
    if (!isElementwise || (!computesF32(op.getOperandTypes()) &&
                           !computesF32(op.getResultTypes()))) {
      IRMapping own = mapping;
      for (Value operand : op.getOperands())
        if (operand.getType().isF32())
          own.map(operand, Value(arith::TruncFOp::create(b, operand.getType(),
                                                         lookup(operand))));
      mapping.map(op.getResults(), b.clone(op, own)->getResults());
      return;
    }
    SmallVector<Value> operands = llvm::map_to_vector(
        op.getOperands(), [&](Value operand) { return lookup(operand); });
    SmallVector<Type> types =
        llvm::map_to_vector(op.getResultTypes(), [&](Type type) -> Type {
          return type.isF32() ? f64 : type;
        });
    Operation *wide = b.create(op.getLoc(), op.getName().getIdentifier(),
                               operands, types, op.getAttrs());
    mapping.map(op.getResults(), wide->getResults());
  }

  ImplicitLocOpBuilder &b;
  Type f64;
};
} // namespace

Value mlir::sattn::inlineScoreInF64(ImplicitLocOpBuilder &b, Region &score,
                                    ValueRange arguments) {
  Widener widener(b);
  Block &block = score.front();
  widener.mapping.map(block.getArguments(), arguments);
  widener.widen(block);
  return widener.lookup(cast<YieldOp>(block.getTerminator()).getValue());
}
