// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Verification of the operands that a pattern reads. The functions pattern_p1,
/// pattern_p2, ... are the numbered rules of docs/Semantics.md.
#include "AttentionOpsDetail.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// An operand as one of the leaves that read it sees it, or the offsets.
struct ReadOperand {
  PatternOperandSpec spec;
  Value value;

  ShapedType type() const { return cast<ShapedType>(value.getType()); }
  /// The dimensions that the operand has.
  ArrayRef<OperandDim> dims() const {
    return ArrayRef(spec.dims).take_back(type().getRank());
  }
  StringRef name() const { return sattn_operand_role_name(spec.role); }
};

LogicalResult forEachRead(AttentionOp op,
                          llvm::function_ref<LogicalResult(ReadOperand)> visit) {
  LogicalResult result = success();
  if (op.getOffsets())
    result = visit({getOffsetsSpec(), op.getOffsets()});
  forEachRuntimeLeaf(op.getSparsityPattern(), [&](RuntimePatternAttr leaf) {
    for (const PatternOperandSpec &spec : leaf.getOperandSpecs())
      if (succeeded(result))
        result = visit({spec, op.getPatternOperands()[spec.index]});
  });
  return result;
}

LogicalResult pattern_p1(AttentionOp op) {
  int64_t count = op.getPatternOperands().size();
  LogicalResult result = success();
  forEachRuntimeLeaf(op.getSparsityPattern(), [&](RuntimePatternAttr leaf) {
    SmallVector<PatternOperandSpec> specs = leaf.getOperandSpecs();
    if (succeeded(result) && specs.empty())
      result = op.emitOpError() << "expected 'pattern' to give the operands of "
                                << leaf;
    for (const PatternOperandSpec &spec : specs)
      if (succeeded(result) && spec.index >= count)
        result = op.emitOpError()
                 << "expected 'pattern' to read operands below " << count
                 << ", as many as there are, but got " << spec.index;
  });
  return result;
}

LogicalResult pattern_p2(AttentionOp op) {
  SmallVector<bool> isRead(op.getPatternOperands().size(), false);
  forEachRuntimeLeaf(op.getSparsityPattern(), [&](RuntimePatternAttr leaf) {
    for (const PatternOperandSpec &spec : leaf.getOperandSpecs())
      isRead[spec.index] = true;
  });
  auto *unread = llvm::find(isRead, false);
  if (unread == isRead.end())
    return success();
  return op.emitOpError() << "expected 'pattern' to read all of its operands, "
                             "but not number "
                          << unread - isRead.begin();
}

LogicalResult pattern_p3(AttentionOp op) {
  bool tensors = op.hasTensorSemantics();
  return forEachRead(op, [&](const ReadOperand &read) -> LogicalResult {
    Type type = read.value.getType();
    if (tensors ? isa<RankedTensorType>(type) : isa<MemRefType>(type))
      return success();
    return op.emitOpError() << "expected the " << read.name() << " to be a ranked "
                            << (tensors ? "tensor" : "memref")
                            << " like query, but got " << type;
  });
}

LogicalResult pattern_p4(AttentionOp op) {
  return forEachRead(op, [&](const ReadOperand &read) -> LogicalResult {
    Type element = read.type().getElementType();
    bool fits = read.spec.isTruth
                    ? element.isInteger(1) || element.isInteger(8)
                    : element.isInteger(32) || element.isInteger(64);
    if (fits && cast<IntegerType>(element).isSignless())
      return success();
    return op.emitOpError() << "expected the " << read.name()
                            << " to have elements of type "
                            << (read.spec.isTruth ? "i1 or i8" : "i32 or i64")
                            << ", but got " << element;
  });
}

LogicalResult pattern_p5(AttentionOp op) {
  return forEachRead(op, [&](const ReadOperand &read) -> LogicalResult {
    int64_t rank = read.type().getRank(), least = read.spec.minRank,
            most = read.spec.dims.size();
    if (least <= rank && rank <= most)
      return success();
    InFlightDiagnostic diagnostic =
        op.emitOpError() << "expected the " << read.name() << " to have rank "
                         << least;
    if (most > least)
      diagnostic << " to " << most;
    return diagnostic << ", but got rank " << rank;
  });
}

/// A size of the operation that is known from one of `values`.
int64_t knownSize(ArrayRef<Value> values, int64_t dim) {
  for (Value value : values) {
    int64_t size = cast<ShapedType>(value.getType()).getDimSize(dim);
    if (!ShapedType::isDynamic(size))
      return size;
  }
  return ShapedType::kDynamic;
}

LogicalResult pattern_p6(AttentionOp op) {
  auto known = [&](OperandDim::Kind kind) {
    switch (kind) {
    case OperandDim::Batch:
      return op.getFirstBatch() ? ShapedType::kDynamic
                                : knownSize({op.getQuery(), op.getOut()}, 0);
    case OperandDim::Heads:
      return op.getFirstHead() ? ShapedType::kDynamic
                               : knownSize({op.getQuery(), op.getOut()}, 1);
    case OperandDim::Rows:
      return op.getFirstRow() ? ShapedType::kDynamic
                              : knownSize({op.getQuery(), op.getOut()}, 2);
    case OperandDim::Keys:
      return op.getStaticNumKeys();
    case OperandDim::Any:
      return ShapedType::kDynamic;
    }
    return ShapedType::kDynamic;
  };
  return forEachRead(op, [&](const ReadOperand &read) -> LogicalResult {
    for (auto [index, dim] : llvm::enumerate(read.dims())) {
      int64_t size = read.type().getDimSize(index), of = known(dim.kind);
      if (ShapedType::isDynamic(size) || (dim.mayBeOne && size == 1))
        continue;
      InFlightDiagnostic diagnostic =
          op.emitOpError() << "expected dimension " << index << " of the "
                           << read.name() << " to be ";
      int64_t expected = dim.extra;
      bool fits;
      if (dim.kind == OperandDim::Any) {
        fits = size >= expected;
        diagnostic << "at least " << expected;
      } else {
        expected = ShapedType::isDynamic(of)
                       ? size
                       : llvm::divideCeilSigned(of, dim.block) + dim.extra;
        fits = size == expected;
        diagnostic << expected << (dim.mayBeOne ? " or 1" : "");
      }
      if (!fits)
        return diagnostic << ", but got " << size;
      diagnostic.abandon();
    }
    return success();
  });
}

LogicalResult pattern_p7(AttentionOp op) {
  return forEachRead(op, [&](const ReadOperand &read) -> LogicalResult {
    auto type = dyn_cast<MemRefType>(read.value.getType());
    if (!type || type.isStrided())
      return success();
    return op.emitOpError() << "expected the " << read.name()
                            << " to have a strided layout, but got " << type;
  });
}
/// Whether multisets stand where their counts have a meaning.
bool countsAreMeant(Attribute pattern) {
  auto counts = [](Attribute part) {
    return getMultiplicity(cast<PatternAttr>(part)) > 1;
  };
  if (auto andAttr = dyn_cast<AndAttr>(pattern))
    return llvm::count_if(andAttr.getOperands(), counts) <= 1 &&
           llvm::all_of(andAttr.getOperands(), countsAreMeant);
  if (auto perHead = dyn_cast<PerHeadAttr>(pattern))
    return llvm::all_of(perHead.getPatterns(), countsAreMeant);
  return isa<RuntimePatternAttr>(pattern) || !counts(pattern);
}

LogicalResult pattern_p8(AttentionOp op) {
  if (countsAreMeant(op.getPattern()))
    return success();
  return op.emitOpError("expected a 'multiset' in 'pattern' to stand alone or as "
                        "the only one in an 'and'");
}
} // namespace

LogicalResult mlir::sattn::detail::verifyPatternOperands(AttentionOp op) {
  // Later rules rely on earlier ones.
  for (auto rule : {pattern_p1, pattern_p2, pattern_p3, pattern_p4, pattern_p5,
                    pattern_p6, pattern_p7, pattern_p8})
    if (failed(rule(op)))
      return failure();
  return success();
}
