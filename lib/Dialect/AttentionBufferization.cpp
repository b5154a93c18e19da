// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Bufferization of `sattn.attention`: tensors become memrefs, destinations are
/// written in place.
#include "AttentionOpsDetail.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {

/// Destinations are overwritten whatever they hold, so they are written in
/// place and never read.
struct AttentionBufferization
    : bufferization::DstBufferizableOpInterfaceExternalModel<
          AttentionBufferization, AttentionOp> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const bufferization::AnalysisState &) const {
    return !cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *operation, RewriterBase &rewriter,
                          const bufferization::BufferizationOptions &options,
                          bufferization::BufferizationState &state) const {
    auto op = cast<AttentionOp>(operation);
    if (!op.hasTensorSemantics())
      return success();
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(op);

    // Operands that are absent stay so.
    auto toBuffers =
        [&](ValueRange tensors) -> FailureOr<SmallVector<Value>> {
      SmallVector<Value> buffers;
      for (Value tensor : tensors) {
        if (!tensor) {
          buffers.push_back(Value());
          continue;
        }
        FailureOr<Value> buffer =
            bufferization::getBuffer(rewriter, tensor, options, state);
        if (failed(buffer))
          return failure();
        buffers.push_back(*buffer);
      }
      return buffers;
    };
    FailureOr<SmallVector<Value>> tensors =
        toBuffers({op.getQuery(), op.getKey(), op.getValue(), op.getOut(),
                   op.getLse(), op.getRowMax(), op.getOffsets(), op.getSink(),
                   op.getBlockTable()});
    FailureOr<SmallVector<Value>> patternOperands =
        toBuffers(op.getPatternOperands());
    FailureOr<SmallVector<Value>> modifierOperands =
        toBuffers(op.getModifierOperands());
    if (failed(tensors) || failed(patternOperands) || failed(modifierOperands))
      return failure();
    SmallVector<Value> buffers = *tensors;
    SmallVector<Value> results = {buffers[3]};
    for (Value optional : {buffers[4], buffers[5]})
      if (optional)
        results.push_back(optional);

    // A layout that is not known to have rows without gaps goes through a copy.
    SmallVector<Value> copies;
    Value outBuffer = buffers[3];
    for (unsigned i = 0; i < 4; ++i) {
      if (hasDenseRows(buffers[i]))
        continue;
      FailureOr<Value> copy =
          allocateLike(rewriter, op.getLoc(), buffers[i], options);
      if (failed(copy))
        return failure();
      if (i < 3 && failed(options.createMemCpy(rewriter, op.getLoc(),
                                               buffers[i], *copy)))
        return failure();
      buffers[i] = *copy;
      copies.push_back(*copy);
    }
    auto onBuffers = AttentionOp::create(
        rewriter, op.getLoc(), TypeRange(), buffers[0], buffers[1], buffers[2],
        buffers[3], buffers[4], buffers[5], op.getOffset(), buffers[6], op.getFirstHead(),
        op.getFirstBatch(), op.getFirstRow(), *patternOperands,
        *modifierOperands, buffers[7], op.getDropoutSeed(), buffers[8],
        op.getDropoutAttr(), op.getModifiersAttr(), op.getPatternAttr(),
        op.getScaleAttr(), op.getAlignAttr(), op.getPairRegions().size());
    for (auto [from, to] :
         llvm::zip(op.getPairRegions(), onBuffers.getPairRegions()))
      to.takeBody(from);
    onBuffers->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    if (buffers[3] != outBuffer &&
        failed(
            options.createMemCpy(rewriter, op.getLoc(), buffers[3], outBuffer)))
      return failure();
    for (Value copy : copies)
      memref::DeallocOp::create(rewriter, op.getLoc(), copy);
    bufferization::replaceOpWithBufferizedValues(rewriter, op, results);
    return success();
  }

private:
  static bool hasDenseRows(Value buffer) {
    auto type = dyn_cast<MemRefType>(buffer.getType());
    if (!type || !type.isStrided())
      return false;
    return type.getStridesAndOffset().first.back() == 1;
  }

  static FailureOr<Value>
  allocateLike(RewriterBase &rewriter, Location loc, Value buffer,
               const bufferization::BufferizationOptions &options) {
    auto type = dyn_cast<MemRefType>(buffer.getType());
    if (!type)
      return failure();
    SmallVector<Value> dynamicSizes;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (type.isDynamicDim(dim))
        dynamicSizes.push_back(
            memref::DimOp::create(rewriter, loc, buffer, dim));
    auto contiguous =
        MemRefType::get(type.getShape(), type.getElementType(),
                        MemRefLayoutAttrInterface(), type.getMemorySpace());
    return options.createAlloc(rewriter, loc, contiguous, dynamicSizes);
  }
};
} // namespace

void mlir::sattn::registerBufferizableOpInterfaceExternalModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, SparseAttnDialect *) {
    AttentionOp::attachInterface<AttentionBufferization>(*context);
    detail::attachDestinationBufferization(context);
  });
}
