// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "TileChecks.h"

#include "SparseAttn/Analysis/GpuTile.h"

using namespace mlir;
using namespace mlir::sattn;

LogicalResult mlir::sattn::checkForGpu(TileAttentionOp op) {
  // A key tile of them fits 30 bits.
  constexpr int64_t maxStep = 1 << 20;
  if (op.getStep() > maxStep)
    return op.emitError() << "expected strides of a pattern to be at most "
                          << maxStep << " on a GPU, but got " << op.getStep();
  if (op.getCandidates())
    return op.emitError("expected no 'candidates' on a GPU: tile with 'gpu'");
  auto type = [](Value matrix) { return cast<MemRefType>(matrix.getType()); };
  auto checkSpace = [&](StringRef name, ValueRange operands) -> LogicalResult {
    for (Value operand : operands)
      if (Attribute space = type(operand).getMemorySpace())
        return op.emitError() << "expected '" << name
                              << "' to be in the default memory space on a GPU, but got "
                              << space;
    return success();
  };
  if (failed(checkSpace("query", op.getQuery())) || failed(checkSpace("key", op.getKey())) ||
      failed(checkSpace("value", op.getValue())) || failed(checkSpace("outs", op.getOuts())) ||
      failed(checkSpace("save", op.getSave())) || failed(checkSpace("resume", op.getResume())))
    return failure();
  Type element = type(op.getQuery()).getElementType();
  for (auto [name, operand] : {std::pair("query", op.getQuery()),
                               std::pair("key", op.getKey()),
                               std::pair("value", op.getValue())}) {
    if (!type(operand).getElementType().isF32() &&
        !type(operand).getElementType().isF16() &&
        !type(operand).getElementType().isBF16())
      return op.emitError() << "expected '" << name
                            << "' to have elements of f32, f16 or bf16 on a GPU, "
                               "but got "
                            << type(operand).getElementType();
    if (type(operand).getElementType() != element)
      return op.emitError() << "expected '" << name
                            << "' to have the query's element type on a GPU ("
                            << element << "), but got "
                            << type(operand).getElementType();
    if (type(operand).getDimSize(1) > maxGpuHeadSize)
      return op.emitError() << "expected '" << name << "' to have at most "
                            << maxGpuHeadSize << " columns on a GPU, but got "
                            << type(operand).getDimSize(1);
  }
  return success();
}
