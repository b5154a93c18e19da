// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Verification of `sattn.attention`. The functions attention_c1, attention_c2,
/// ... are the numbered rules of docs/Semantics.md.
#include "AttentionOpsDetail.h"

#include "mlir/IR/Matchers.h"

#include <cmath>

using namespace mlir;
using namespace mlir::sattn;
using sattn::detail::hasRequiredOperands;

namespace {

/// Sums and differences of positions within this, and of what patterns add to
/// them, fit in 64 bits.
constexpr int64_t maxQueryPosition = int64_t(1) << 62;

/// An operand with the name that diagnostics give it.
struct Named {
  StringRef name;
  Value value;

  ShapedType type() const { return cast<ShapedType>(value.getType()); }
};

/// query, key, value, out: those of rank 4.
SmallVector<Named> mainOperands(AttentionOp op) {
  return {{"query", op.getQuery()},
          {"key", op.getKey()},
          {"value", op.getValue()},
          {"out", op.getOut()}};
}

/// lse and row_max: those of rank 3.
SmallVector<Named> rowOperands(AttentionOp op) {
  SmallVector<Named> operands;
  if (op.getLse())
    operands.push_back({"lse", op.getLse()});
  if (op.getRowMax())
    operands.push_back({"row_max", op.getRowMax()});
  return operands;
}

SmallVector<Named> allOperands(AttentionOp op) {
  SmallVector<Named> operands = mainOperands(op);
  llvm::append_range(operands, rowOperands(op));
  return operands;
}

/// Sizes that are known are equal. `what` names the dimension `dim` of the
/// operands.
LogicalResult verifySameSize(AttentionOp op, ArrayRef<Named> operands,
                             int64_t dim, StringRef what) {
  const Named *known = nullptr;
  for (const Named &operand : operands) {
    int64_t size = operand.type().getDimSize(dim);
    if (ShapedType::isDynamic(size))
      continue;
    if (!known) {
      known = &operand;
      continue;
    }
    int64_t expected = known->type().getDimSize(dim);
    if (size != expected)
      return op.emitOpError()
             << "expected " << operand.name << " to have " << what << " "
             << expected << " like " << known->name << ", but got " << size;
  }
  return success();
}

/// Of several operands, those that share a dimension of the query rows.
SmallVector<Named> queryRowOperands(AttentionOp op) {
  SmallVector<Named> operands = {{"query", op.getQuery()},
                                 {"out", op.getOut()}};
  llvm::append_range(operands, rowOperands(op));
  return operands;
}

LogicalResult attention_c1(AttentionOp op) {
  if (!hasRequiredOperands(op))
    return op.emitOpError("expected one operand for each of query, key, value "
                          "and out");
  for (const Named &operand : allOperands(op))
    if (!isa<RankedTensorType, MemRefType>(operand.value.getType()))
      return op.emitOpError() << "expected " << operand.name
                              << " to be a ranked tensor or memref, but got "
                              << operand.value.getType();
  return success();
}

LogicalResult attention_c2(AttentionOp op) {
  bool tensors = op.hasTensorSemantics();
  for (const Named &operand : allOperands(op))
    if (isa<TensorType>(operand.value.getType()) != tensors)
      return op.emitOpError()
             << "expected " << operand.name << " to be a "
             << (tensors ? "tensor" : "memref") << " like query, but got "
             << operand.value.getType();
  return success();
}

// C3, results like the destinations, is verified by
// DestinationStyleOpInterface.

LogicalResult attention_c4(AttentionOp op) {
  for (const Named &operand : allOperands(op)) {
    int64_t rank = operand.name == "lse" || operand.name == "row_max" ? 3 : 4;
    if (operand.type().getRank() != rank)
      return op.emitOpError()
             << "expected " << operand.name << " to have rank " << rank
             << ", but got rank " << operand.type().getRank();
  }
  return success();
}

LogicalResult attention_c5(AttentionOp op) {
  Type element = op.getQueryType().getElementType();
  if (!element.isF32() && !element.isF16() && !element.isBF16())
    return op.emitOpError() << "expected query to have elements of type f32, "
                               "f16 or bf16, but got "
                            << element;
  return success();
}

LogicalResult attention_c6(AttentionOp op) {
  Type element = op.getQueryType().getElementType();
  for (const Named &operand :
       {Named{"key", op.getKey()}, Named{"value", op.getValue()}})
    if (operand.type().getElementType() != element)
      return op.emitOpError()
             << "expected " << operand.name << " to have elements of type "
             << element << " like query, but got "
             << operand.type().getElementType();
  return success();
}

LogicalResult attention_c7(AttentionOp op) {
  Type element = op.getOutType().getElementType();
  if (element.isF32() || element == op.getQueryType().getElementType())
    return success();
  return op.emitOpError() << "expected out to have elements of type f32 or "
                          << op.getQueryType().getElementType()
                          << " like query, but got " << element;
}

LogicalResult attention_c8(AttentionOp op) {
  if (op.getRowMax() && !op.getLse())
    return op.emitOpError("expected row_max to come with lse");
  for (const Named &operand : rowOperands(op))
    if (Type element = operand.type().getElementType(); !element.isF32())
      return op.emitOpError()
             << "expected " << operand.name
             << " to have elements of type f32, but got " << element;
  return success();
}

LogicalResult attention_c9(AttentionOp op) {
  if (!op.getBlockTable())
    return verifySameSize(op, allOperands(op), 0, "batch size");
  if (failed(verifySameSize(op, queryRowOperands(op), 0, "batch size")))
    return failure();
  return verifySameSize(
      op, {Named{"key", op.getKey()}, Named{"value", op.getValue()}}, 0,
      "page count");
}

LogicalResult attention_c10(AttentionOp op) {
  return verifySameSize(
      op, {Named{"key", op.getKey()}, Named{"value", op.getValue()}}, 1,
      "head count");
}

LogicalResult attention_c11(AttentionOp op) {
  return verifySameSize(op, queryRowOperands(op), 1, "head count");
}

LogicalResult attention_c12(AttentionOp op) {
  // Any operand may be the one whose size is known.
  auto known = [](ArrayRef<Value> values) -> int64_t {
    for (Value value : values) {
      int64_t size = cast<ShapedType>(value.getType()).getDimSize(1);
      if (!ShapedType::isDynamic(size))
        return size;
    }
    return ShapedType::kDynamic;
  };
  int64_t heads = known({op.getQuery(), op.getOut()});
  int64_t kvHeads = known({op.getKey(), op.getValue()});
  if (ShapedType::isDynamic(heads) || ShapedType::isDynamic(kvHeads))
    return success();
  if (kvHeads == 0 ? heads == 0 : heads % kvHeads == 0)
    return success();
  return op.emitOpError() << "expected query to have a multiple of key's "
                          << kvHeads << " heads, but got " << heads;
}

LogicalResult attention_c13(AttentionOp op) {
  return verifySameSize(op, queryRowOperands(op), 2, "row count");
}

LogicalResult attention_c14(AttentionOp op) {
  return verifySameSize(
      op, {Named{"key", op.getKey()}, Named{"value", op.getValue()}}, 2,
      "row count");
}

LogicalResult attention_c15(AttentionOp op) {
  for (const Named &operand : mainOperands(op)) {
    int64_t size = operand.type().getDimSize(3);
    if (ShapedType::isDynamic(size))
      return op.emitOpError() << "expected " << operand.name
                              << " to have a static head size, but got "
                              << operand.value.getType();
    if (size < 1 || size > AttentionOp::maxHeadSize)
      return op.emitOpError()
             << "expected " << operand.name << " to have a head size in [1, "
             << AttentionOp::maxHeadSize << "], but got " << size;
  }
  return success();
}

LogicalResult attention_c16(AttentionOp op) {
  return verifySameSize(
      op, {Named{"query", op.getQuery()}, Named{"key", op.getKey()}}, 3,
      "head size");
}

LogicalResult attention_c17(AttentionOp op) {
  return verifySameSize(
      op, {Named{"value", op.getValue()}, Named{"out", op.getOut()}}, 3,
      "head size");
}

LogicalResult attention_c18(AttentionOp op) {
  for (const Named &operand : allOperands(op)) {
    auto type = dyn_cast<MemRefType>(operand.value.getType());
    if (type && !type.isStrided())
      return op.emitOpError() << "expected " << operand.name
                              << " to have a strided layout, but got " << type;
  }
  return success();
}

LogicalResult attention_c19(AttentionOp op) {
  for (const Named &operand : mainOperands(op)) {
    auto type = dyn_cast<MemRefType>(operand.value.getType());
    if (!type)
      continue;
    auto [strides, offset] = type.getStridesAndOffset();
    if (strides.back() != 1)
      return op.emitOpError()
             << "expected " << operand.name
             << " to have an innermost stride of 1, but got " << type;
  }
  return success();
}

LogicalResult attention_c20(AttentionOp op) {
  std::optional<APFloat> scale = op.getScale();
  if (!scale || scale->isFinite())
    return success();
  SmallString<8> text;
  scale->toString(text);
  return op.emitOpError() << "expected 'scale' to be finite, but got " << text;
}

LogicalResult attention_c21(AttentionOp op) {
  if (isa<PatternAttr>(op.getPattern()))
    return success();
  return op.emitOpError() << "expected 'pattern' to implement "
                             "SparsityPatternAttrInterface, but got "
                          << op.getPattern();
}

LogicalResult attention_c22(AttentionOp op) {
  std::optional<int64_t> heads;
  std::optional<int64_t> other;
  op.getPattern().walk([&](Attribute attr) {
    auto pattern = dyn_cast<PatternAttr>(attr);
    std::optional<int64_t> named =
        pattern ? pattern.getNumHeads() : std::nullopt;
    if (!named)
      return;
    if (!heads)
      heads = named;
    else if (*named != *heads)
      other = named;
  });
  if (!other)
    return success();
  return op.emitOpError() << "expected the parts of 'pattern' to name the same "
                             "number of heads, but got "
                          << *heads << " and " << *other;
}

LogicalResult attention_c23(AttentionOp op) {
  std::optional<int64_t> named = op.getSparsityPattern().getNumHeads();
  int64_t heads = op.getQueryType().getDimSize(1);
  if (!named || *named == heads)
    return success();
  InFlightDiagnostic diagnostic =
      op.emitOpError() << "expected query to have " << *named
                       << (*named == 1 ? " head" : " heads")
                       << ", as many as 'pattern' names, but got ";
  if (ShapedType::isDynamic(heads))
    return diagnostic << "a dynamic number";
  return diagnostic << heads;
}

LogicalResult attention_c24(AttentionOp op) {
  if (!op.getFirstHead() || !op.getSparsityPattern().getNumHeads())
    return success();
  return op.emitOpError("expected no 'first_head' with a 'pattern' that names "
                        "heads");
}

LogicalResult attention_c25(AttentionOp op) {
  std::optional<int64_t> limit =
      op.getSparsityPattern().getMaxPositions(/*keys=*/true);
  int64_t keys = op.getStaticNumKeys();
  if (!limit || ShapedType::isDynamic(keys) || keys <= *limit)
    return success();
  return op.emitOpError() << "expected key to have at most " << *limit
                          << " rows, as many as 'pattern' describes, but got "
                          << keys;
}

LogicalResult attention_c26(AttentionOp op) {
  std::optional<int64_t> limit =
      op.getSparsityPattern().getMaxPositions(/*keys=*/false);
  int64_t rows = op.getQueryType().getDimSize(2);
  if (ShapedType::isDynamic(rows))
    rows = op.getOutType().getDimSize(2);
  if (!limit || rows == 0 || op.getOffset() || op.getOffsets())
    return success();
  // The last row stands at M - 1 from the top left, at N - 1 from the bottom
  // right.
  int64_t end = op.getAlign() == Alignment::TopLeft ? rows : op.getStaticNumKeys();
  if (ShapedType::isDynamic(end) || end <= *limit)
    return success();
  return op.emitOpError() << "expected query positions below " << *limit
                          << ", the end of what 'pattern' describes, but got "
                          << "up to " << end - 1;
}

LogicalResult attention_c27(AttentionOp op) {
  APInt constant;
  if (!op.getOffset() ||
      !matchPattern(op.getOffset(), m_ConstantInt(&constant)))
    return success();
  int64_t offset = constant.getSExtValue();
  // Sizes that are not known count as none.
  auto known = [](int64_t size) {
    return ShapedType::isDynamic(size) ? 0 : size;
  };
  int64_t rows = known(op.getQueryType().getDimSize(2));
  __int128 first = offset;
  if (op.getAlign() == Alignment::BottomRight)
    first += known(op.getStaticNumKeys()) - rows;
  if (first >= -maxQueryPosition && first + rows <= maxQueryPosition)
    return success();
  return op.emitOpError() << "expected 'offset' to keep query positions "
                             "between -2^62 and 2^62, but got "
                          << offset;
}

LogicalResult attention_c28(AttentionOp op) {
  if (bool(op.getDropoutSeed()) == op.getDropout().has_value())
    return success();
  return op.emitOpError() << "expected 'dropout' to have "
                          << (op.getDropoutSeed() ? "a rate" : "a seed");
}

LogicalResult attention_c29(AttentionOp op) {
  if (!op.getDropout())
    return success();
  float rate = op.getDropout()->convertToFloat();
  if (rate >= 0 && rate < 1)
    return success();
  SmallString<8> text;
  op.getDropout()->toString(text);
  return op.emitOpError() << "expected the rate of 'dropout' to be at least 0 "
                             "and below 1, but got "
                          << text;
}
} // namespace

LogicalResult AttentionOp::verify() {
  // Later rules rely on earlier ones.
  for (auto rule : {attention_c1,  attention_c2,  attention_c4,  attention_c5,
                    attention_c6,  attention_c7,  attention_c8,  attention_c9,
                    attention_c10, attention_c11, attention_c12, attention_c13,
                    attention_c14, attention_c15, attention_c16, attention_c17,
                    attention_c18, attention_c19, attention_c20, attention_c21,
                    attention_c22, attention_c23, attention_c24, attention_c25,
                    attention_c26, attention_c27, attention_c28,
                    attention_c29})
    if (failed(rule(*this)))
      return failure();
  if (failed(detail::verifyBlockTable(*this)) ||
      failed(detail::verifyPatternOperands(*this)))
    return failure();
  return detail::verifyScores(*this);
}
