// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Verification of what happens to the scores of `sattn.attention`, and of its mask
/// region. The functions attention_m1, attention_m2, ... are the numbered rules of
/// docs/Semantics.md.
#include "AttentionOpsDetail.h"
#include "SparseAttn/Dialect/TiledOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {

/// Calls `check` for each modifier with its operands, up to the first failure.
LogicalResult
forEachModifier(AttentionOp op,
                function_ref<LogicalResult(ScoreModifierAttr, ValueRange)> check) {
  ValueRange operands = op.getModifierOperands();
  for (ScoreModifierAttr modifier : op.getScoreModifiers()) {
    unsigned count = modifier.getNumOperands();
    if (failed(check(modifier, operands.take_front(count))))
      return failure();
    operands = operands.drop_front(count);
  }
  return success();
}

LogicalResult attention_m1(AttentionOp op) {
  if (std::optional<ArrayAttr> modifiers = op.getModifiers())
    for (Attribute modifier : *modifiers)
      if (!isa<ScoreModifierAttr>(modifier))
        return op.emitOpError() << "expected 'modifiers' to implement "
                                   "ScoreModifierAttrInterface, but got "
                                << modifier;
  return success();
}

LogicalResult attention_m2(AttentionOp op) {
  size_t expected = 0;
  for (ScoreModifierAttr modifier : op.getScoreModifiers())
    expected += modifier.getNumOperands();
  size_t got = op.getModifierOperands().size();
  if (got == expected)
    return success();
  return op.emitOpError() << "expected " << expected
                          << " operands of 'modifiers', but got " << got;
}

LogicalResult attention_m3(AttentionOp op) {
  return forEachModifier(op, [&](ScoreModifierAttr modifier,
                                 ValueRange operands) -> LogicalResult {
    for (Value operand : operands) {
      Type type = operand.getType();
      if (op.hasTensorSemantics() ? isa<RankedTensorType>(type)
                                  : isa<MemRefType>(type) &&
                                        cast<MemRefType>(type).isStrided())
        continue;
      return op.emitOpError()
             << "expected operands of " << modifier << " to be "
             << (op.hasTensorSemantics() ? "ranked tensors"
                                         : "strided memrefs")
             << " like query, but got " << type;
    }
    return success();
  });
}

LogicalResult attention_m4(AttentionOp op) {
  return forEachModifier(
      op, [&](ScoreModifierAttr modifier, ValueRange operands) -> LogicalResult {
        for (Value operand : operands) {
          Type element = cast<ShapedType>(operand.getType()).getElementType();
          if (!element.isF32() && !element.isF16() && !element.isBF16())
            return op.emitOpError()
                   << "expected operands of " << modifier
                   << " to have elements of type f32, f16 or bf16, but got "
                   << element;
        }
        return success();
      });
}

LogicalResult attention_m5(AttentionOp op) {
  return forEachModifier(
      op, [&](ScoreModifierAttr modifier, ValueRange operands) -> LogicalResult {
        for (auto [index, operand] : llvm::enumerate(operands)) {
          int64_t most = modifier.getOperandDims(index).size();
          int64_t rank = cast<ShapedType>(operand.getType()).getRank();
          if (rank < 1 || rank > most)
            return op.emitOpError()
                   << "expected operands of " << modifier
                   << " to have a rank between 1 and " << most << ", but got "
                   << rank;
        }
        return success();
      });
}

/// The sizes of the attention, from whichever operand knows them.
ScoreSizes sizesOf(AttentionOp op) {
  auto known = [](ArrayRef<ShapedType> types, int64_t dim) {
    for (ShapedType type : types)
      if (!type.isDynamicDim(dim))
        return type.getDimSize(dim);
    return ShapedType::kDynamic;
  };
  ShapedType query = op.getQueryType(), out = op.getOutType(),
             key = op.getKeyType(), value = op.getValueType();
  int64_t batch = op.getBlockTable() ? known({query, out}, 0)
                                     : known({query, key, value, out}, 0);
  return {batch, known({query, out}, 1), known({query, out}, 2),
          op.getStaticNumKeys(),
          bool(op.getFirstHead())};
}

LogicalResult attention_m6(AttentionOp op) {
  ScoreSizes sizes = sizesOf(op);
  return forEachModifier(
      op, [&](ScoreModifierAttr modifier, ValueRange operands) -> LogicalResult {
        for (auto [index, operand] : llvm::enumerate(operands)) {
          auto type = cast<ShapedType>(operand.getType());
          SmallVector<ScoreDim> dims = modifier.getOperandDims(index);
          ArrayRef<ScoreDim> own = ArrayRef(dims).take_back(type.getRank());
          for (auto [at, dim] : llvm::enumerate(own)) {
            int64_t expected = sizes.of(dim), got = type.getDimSize(at);
            if (got == 1 || ShapedType::isDynamic(got) ||
                ShapedType::isDynamic(expected) || got == expected)
              continue;
            return op.emitOpError()
                   << "expected dimension " << at << " of the operand of "
                   << modifier << " to be 1 or " << expected << ", but got "
                   << type;
          }
        }
        return success();
      });
}

LogicalResult attention_m7(AttentionOp op) {
  ScoreSizes sizes = sizesOf(op);
  return forEachModifier(
      op, [&](ScoreModifierAttr modifier, ValueRange operands) {
        return modifier.verifyOperands([&] { return op.emitOpError(); }, sizes,
                                       operands);
      });
}

LogicalResult attention_m8(AttentionOp op) {
  size_t others = op.getPairRegions().size() - bool(op.getMask());
  if (others > 1)
    return op.emitOpError() << "expected at most one region 'score', but got "
                            << others;
  if (!op.getScore())
    return success();
  Block &block = op.getScore()->front();
  if (block.getNumArguments() != 5 || !block.getArgument(0).getType().isF32() ||
      llvm::any_of(block.getArguments().drop_front(), [](BlockArgument argument) {
        return !argument.getType().isIndex();
      }))
    return op.emitOpError("expected 'score' to have the arguments (f32, index, "
                          "index, index, index)");
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield || !yield.getValue().getType().isF32())
    return op.emitOpError("expected 'score' to end in 'sattn.yield' of an f32");
  return success();
}

/// The region of `op` that `inner` stands in, as messages name it.
StringRef nameOfRegion(AttentionOp op, Operation *inner) {
  Region *mask = op.getMask();
  return mask && mask->isAncestor(inner->getParentRegion()) ? "mask" : "score";
}

LogicalResult attention_m9(AttentionOp op) {
  WalkResult result = op->walk([&](Operation *inner) {
    // Of loops and branches, what is in them counts.
    if (inner == op || isa<YieldOp, memref::LoadOp>(inner) ||
        inner->hasTrait<OpTrait::HasRecursiveMemoryEffects>() || isMemoryEffectFree(inner))
      return WalkResult::advance();
    inner->emitOpError() << "expected operations in '" << nameOfRegion(op, inner)
                         << "' of sattn.attention to be free of side effects; "
                            "only loads may read";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

LogicalResult attention_m10(AttentionOp op) {
  auto isNumber = [](Type type) {
    auto integer = dyn_cast<IntegerType>(type);
    return type.isF32() || type.isIndex() ||
           (integer && integer.getWidth() <= 64);
  };
  WalkResult result = op->walk([&](Operation *inner) {
    if (inner == op)
      return WalkResult::advance();
    for (Type type : inner->getResultTypes()) {
      // 16-bit numbers are read and written, not computed with.
      bool isNarrow = type.isF16() || type.isBF16();
      if (isNumber(type) ||
          (isNarrow &&
           isa<memref::LoadOp, tensor::ExtractOp, arith::TruncFOp>(inner)))
        continue;
      inner->emitOpError()
          << "expected operations in '" << nameOfRegion(op, inner)
          << "' of sattn.attention to compute f32, index or integers of at most "
             "64 bits, but got "
          << type;
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

LogicalResult attention_m11(AttentionOp op) {
  if (!op.getSink())
    return success();
  auto type = dyn_cast<ShapedType>(op.getSink().getType());
  Type element = type.getElementType();
  auto memref = dyn_cast<MemRefType>(type);
  bool isKind = op.hasTensorSemantics() ? isa<RankedTensorType>(type)
                                        : memref && memref.isStrided();
  int64_t heads = sizesOf(op).heads;
  if (isKind && type.getRank() == 1 &&
      (element.isF32() || element.isF16() || element.isBF16()) &&
      (type.isDynamicDim(0) || ShapedType::isDynamic(heads) ||
       type.getDimSize(0) == heads))
    return success();
  InFlightDiagnostic diagnostic = op.emitOpError()
                                  << "expected sink to be a "
                                  << (op.hasTensorSemantics() ? "tensor"
                                                              : "memref")
                                  << " of one f32, f16 or bf16 for each of ";
  if (ShapedType::isDynamic(heads))
    diagnostic << "query's heads";
  else
    diagnostic << heads << " heads";
  return diagnostic << ", but got " << type;
}

LogicalResult attention_m12(AttentionOp op) {
  if (bool(op.getMask()) == asksMaskRegion(op.getPattern()))
    return success();
  return op.emitOpError(
      "expected a region 'mask' with a 'pattern' that has 'region'");
}

LogicalResult attention_m13(AttentionOp op) {
  if (!op.getMask())
    return success();
  Block &block = op.getMask()->front();
  if (block.getNumArguments() != 4 ||
      llvm::any_of(block.getArguments(), [](BlockArgument argument) {
        return !argument.getType().isIndex();
      }))
    return op.emitOpError("expected 'mask' to have the arguments (index, index, "
                          "index, index)");
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield || !yield.getValue().getType().isInteger(1))
    return op.emitOpError("expected 'mask' to end in 'sattn.yield' of an i1");
  return success();
}
} // namespace

LogicalResult mlir::sattn::detail::verifyScores(AttentionOp op) {
  // Later rules rely on earlier ones.
  for (auto rule : {attention_m1, attention_m2, attention_m3, attention_m4,
                    attention_m5, attention_m6, attention_m7, attention_m8,
                    attention_m9, attention_m10, attention_m11, attention_m12,
                    attention_m13})
    if (failed(rule(op)))
      return failure();
  return success();
}
