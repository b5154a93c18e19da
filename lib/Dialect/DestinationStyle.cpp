// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Effects and shapes of operations that have operands and destinations, and nothing else.
#include "AttentionOpsDetail.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::sattn;

void mlir::sattn::detail::getDestinationEffects(DestinationStyleOpInterface op,
                                                Effects &effects) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<BaseMemRefType>(operand.get().getType()))
      continue;
    if (op.isDpsInit(&operand))
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
    else
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  }
}

LogicalResult mlir::sattn::detail::reifyDestinationShapes(
    DestinationStyleOpInterface op, OpBuilder &builder,
    ReifiedRankedShapedTypeDims &shapes) {
  for (OpOperand &destination : op.getDpsInitsMutable())
    if (isa<TensorType>(destination.get().getType()))
      shapes.push_back(
          tensor::getMixedSizes(builder, op->getLoc(), destination.get()));
  return success();
}
