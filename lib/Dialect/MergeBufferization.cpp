// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One-Shot Bufferize for `sattn.merge`: destinations are written in place.
#include "SparseAttn/Dialect/MergeOp.h"

#include "AttentionOpsDetail.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
struct MergeBufferization
    : bufferization::DstBufferizableOpInterfaceExternalModel<MergeBufferization,
                                                             MergeOp> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const bufferization::AnalysisState &) const {
    return !cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const bufferization::BufferizationOptions &options,
                          bufferization::BufferizationState &state) const {
    if (!cast<MergeOp>(op).hasTensorSemantics())
      return success();
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(op);
    SmallVector<Value> buffers;
    for (Value tensor : op->getOperands()) {
      FailureOr<Value> buffer =
          bufferization::getBuffer(rewriter, tensor, options, state);
      if (failed(buffer))
        return failure();
      buffers.push_back(*buffer);
    }
    rewriter.create(op->getLoc(), op->getName().getIdentifier(), buffers,
                    TypeRange(), op->getAttrs());
    bufferization::replaceOpWithBufferizedValues(
        rewriter, op, ArrayRef(buffers).take_back(2));
    return success();
  }
};
} // namespace

void mlir::sattn::detail::attachMergeBufferization(MLIRContext *context) {
  MergeOp::attachInterface<MergeBufferization>(*context);
}
