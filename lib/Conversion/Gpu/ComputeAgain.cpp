// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ComputeAgain.h"

#include "GpuBuilder.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
class Computation {
public:
  explicit Computation(Operation *place) : b(place->getLoc(), place) {}

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
  IRMapping again;
};
} // namespace

void mlir::sattn::computeOperandsAgain(TileAttentionOp op) {
  Computation computation(op);
  for (OpOperand &operand : op->getOpOperands())
    operand.set(computation.emit(operand.get()));
  llvm::SetVector<Value> used;
  getUsedValuesDefinedAbove(op->getRegions(), used);
  for (Value value : used)
    value.replaceUsesWithIf(computation.emit(value), [&](OpOperand &use) {
      return op->isProperAncestor(use.getOwner());
    });
}
