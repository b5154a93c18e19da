// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One-Shot Bufferize for `sattn.merge` and `sattn.select_blocks`: destinations are written in
/// place.
#include "SparseAttn/Dialect/MergeOp.h"
#include "SparseAttn/Dialect/SelectBlocksOp.h"

#include "AttentionOpsDetail.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
template <typename Op>
struct DestinationBufferization
    : bufferization::DstBufferizableOpInterfaceExternalModel<
          DestinationBufferization<Op>, Op> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const bufferization::AnalysisState &) const {
    return !cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const bufferization::BufferizationOptions &options,
                          bufferization::BufferizationState &state) const {
    if (!cast<Op>(op).hasTensorSemantics())
      return success();
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(op);
    SmallVector<Value> operands, results;
    for (OpOperand &operand : op->getOpOperands()) {
      if (!isa<TensorType>(operand.get().getType())) {
        operands.push_back(operand.get());
        continue;
      }
      FailureOr<Value> buffer =
          bufferization::getBuffer(rewriter, operand.get(), options, state);
      if (failed(buffer))
        return failure();
      operands.push_back(*buffer);
      if (cast<DestinationStyleOpInterface>(op).isDpsInit(&operand))
        results.push_back(*buffer);
    }
    rewriter.create(op->getLoc(), op->getName().getIdentifier(), operands,
                    TypeRange(), op->getAttrs());
    bufferization::replaceOpWithBufferizedValues(rewriter, op, results);
    return success();
  }
};
} // namespace

void mlir::sattn::detail::attachDestinationBufferization(MLIRContext *context) {
  MergeOp::attachInterface<DestinationBufferization<MergeOp>>(*context);
  SelectBlocksOp::attachInterface<DestinationBufferization<SelectBlocksOp>>(
      *context);
}
