// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ComputeAgain.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace mlir::sattn;

static bool isNumberOfKernel(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  return argument && value.getType().isIndex() &&
         isa<gpu::GPUFuncOp>(argument.getOwner()->getParentOp());
}

/// 0, of which no later pass knows that.
static Value emitZero(GpuBuilder &b, Value number) {
  Value low = b.toI32(number);
  return b.toIndex(b.sub(b.shuffleXor(low, 0), low));
}

namespace {
/// What an operation uses, from the number of the block, of the iteration and those of the kernel on.
class OperandsAgain {
public:
  OperandsAgain(Operation *place, bool withNumbers)
      : b(place->getLoc(), place), withNumbers(withNumbers) {}

  Value emit(Value value) {
    if (Value found = again.lookupOrNull(value))
      return found;
    Value result = compute(value);
    again.map(value, result);
    return result;
  }

private:
  Value compute(Value value) {
    Operation *source = value.getDefiningOp();
    if (isa_and_present<gpu::BlockIdOp>(source) || isIteration(value))
      return copy(value);
    if (withNumbers && isNumberOfKernel(value)) {
      if (!zero)
        zero = emitZero(b, value);
      return b.add(value, zero);
    }
    if (!source || source->hasTrait<OpTrait::ConstantLike>() ||
        source->getNumRegions() || !isMemoryEffectFree(source))
      return value;
    bool isNew = false;
    for (Value operand : source->getOperands())
      isNew |= emit(operand) != operand;
    if (!isNew)
      return value;
    Operation *copied = b.clone(*source, again);
    return copied->getResult(cast<OpResult>(value).getResultNumber());
  }

  static bool isIteration(Value value) {
    auto argument = dyn_cast<BlockArgument>(value);
    auto loop = argument ? dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp())
                         : scf::ForOp();
    return loop && loop.getInductionVar() == value;
  }

  /// Numbers of blocks, and of iterations that have tiles, fit 32 bits.
  Value copy(Value number) {
    Value copied = b.shuffleXor(b.toI32(number), 0);
    return number.getType().isIndex()
               ? arith::IndexCastUIOp::create(b, number.getType(), copied)
                     .getResult()
               : copied;
  }

  GpuBuilder b;
  bool withNumbers;
  IRMapping again;
  Value zero;
};
} // namespace

void mlir::sattn::computeOperandsAgain(TileAttentionOp op, bool withNumbers) {
  OperandsAgain operands(op, withNumbers);
  for (OpOperand &operand : op->getOpOperands())
    operand.set(operands.emit(operand.get()));
  llvm::SetVector<Value> used;
  getUsedValuesDefinedAbove(op->getRegions(), used);
  for (Value value : used)
    value.replaceUsesWithIf(operands.emit(value), [&](OpOperand &use) {
      return op->isProperAncestor(use.getOwner());
    });
}

/// Sums and differences are computed again, since they may be of numbers that are in constant memory.
static Value emitAgain(GpuBuilder &b, Value value, Value zero, IRMapping &again) {
  if (Value found = again.lookupOrNull(value))
    return found;
  Operation *source = value.getDefiningOp();
  Value result = value;
  if (isa_and_present<arith::AddIOp, arith::SubIOp>(source)) {
    for (Value operand : source->getOperands())
      emitAgain(b, operand, zero, again);
    result = b.clone(*source, again)->getResult(0);
  } else if (value.getType().isIndex() && !matchPattern(value, m_Constant())) {
    // Not by an addition, which other sums would be joined with.
    result = arith::XOrIOp::create(b, value, zero);
  }
  again.map(value, result);
  return result;
}

void mlir::sattn::computeNumbersAgain(GpuBuilder &b, TileAttentionOp op, Region &region,
                                      IRMapping &again) {
  Value zero = emitZero(b, op.getFirst());
  llvm::SetVector<Value> used;
  getUsedValuesDefinedAbove(region, used);
  for (Value value : used)
    emitAgain(b, value, zero, again);
}
