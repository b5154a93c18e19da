// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `sattn.select_blocks`: its syntax, rules and effects. The functions select_s1, ... are the
/// numbered rules of docs/Semantics.md.
#include "SparseAttn/Dialect/SelectBlocksOp.h"

#include "AttentionOpsDetail.h"

#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/Dialect/RuntimePattern.h"

#include "mlir/IR/OpImplementation.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn;

/// A pattern of blocks: there is nothing that it could read.
static ParseResult parseBlockPattern(OpAsmParser &parser, Attribute &pattern) {
  return sattn::parsePattern(parser, pattern, [&](int64_t &) -> ParseResult {
    return parser.emitError(parser.getCurrentLocation(),
                            "expected a pattern that reads no operands");
  });
}
static void printBlockPattern(OpAsmPrinter &printer, SelectBlocksOp,
                              Attribute pattern) {
  sattn::printPattern(printer, pattern);
}

static ParseResult parsePooling(OpAsmParser &parser, PoolingAttr &pooling) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef name;
  if (failed(parser.parseOptionalKeyword(&name)))
    return parser.emitError(loc, "expected 'mean', 'max' or 'bounds'");
  std::optional<Pooling> value = symbolizePooling(name);
  if (!value)
    return parser.emitError(loc)
           << "expected 'mean', 'max' or 'bounds', but got '" << name << "'";
  pooling = PoolingAttr::get(parser.getContext(), *value);
  return success();
}
static void printPooling(OpAsmPrinter &printer, SelectBlocksOp,
                         PoolingAttr pooling) {
  printer << stringifyPooling(pooling.getValue());
}

/// The results are the destinations that are tensors; nothing is written.
static ParseResult parseSelectionResults(OpAsmParser &, Type rowPtr, Type cols,
                                         SmallVectorImpl<Type> &results) {
  for (Type type : {rowPtr, cols})
    if (isa<TensorType>(type))
      results.push_back(type);
  return success();
}
static void printSelectionResults(OpAsmPrinter &, SelectBlocksOp, Type, Type,
                                  TypeRange) {}

#define GET_OP_CLASSES
#include "SparseAttn/Dialect/SelectBlocksOp.cpp.inc"

MutableOperandRange SelectBlocksOp::getDpsInitsMutable() {
  return MutableOperandRange(*this, getRowPtrMutable().getOperandNumber(), 2);
}
bool SelectBlocksOp::hasTensorSemantics() {
  return isa<TensorType>(getQuery().getType());
}
ShapedType SelectBlocksOp::getQueryType() {
  return cast<ShapedType>(getQuery().getType());
}
ShapedType SelectBlocksOp::getKeyType() {
  return cast<ShapedType>(getKey().getType());
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

namespace {
/// An operand with the name that diagnostics give it.
struct Named {
  StringLiteral name;
  Value value;
  int64_t rank;

  ShapedType type() const { return cast<ShapedType>(value.getType()); }
};

SmallVector<Named> allOperands(SelectBlocksOp op) {
  return {{"query", op.getQuery(), 4},
          {"key", op.getKey(), 4},
          {"row_ptr", op.getRowPtr(), 3},
          {"cols", op.getCols(), 1}};
}

LogicalResult select_s1(SelectBlocksOp op) {
  bool tensors = op.hasTensorSemantics();
  for (const Named &operand : allOperands(op)) {
    auto memref = dyn_cast<MemRefType>(operand.value.getType());
    if (tensors ? !isa<RankedTensorType>(operand.value.getType())
                : !memref || !memref.isStrided())
      return op.emitOpError()
             << "expected " << operand.name << " to be a "
             << (tensors ? "ranked tensor" : "strided memref") << ", but got "
             << operand.value.getType();
    if (operand.type().getRank() != operand.rank)
      return op.emitOpError()
             << "expected " << operand.name << " to have rank " << operand.rank
             << ", but got rank " << operand.type().getRank();
  }
  return success();
}

LogicalResult select_s2(SelectBlocksOp op) {
  for (const Named &operand : allOperands(op)) {
    Type element = operand.type().getElementType();
    bool isIndex = operand.rank != 4;
    if (isIndex ? element.isSignlessInteger(32) || element.isSignlessInteger(64)
                : element.isF32() || element.isF16() || element.isBF16())
      continue;
    return op.emitOpError()
           << "expected " << operand.name << " to have elements of type "
           << (isIndex ? "i32 or i64" : "f32, f16 or bf16") << ", but got "
           << element;
  }
  return success();
}

LogicalResult select_s3(SelectBlocksOp op) {
  constexpr int64_t most = int64_t(1) << 20;
  for (auto [name, value] :
       {std::pair<StringRef, int64_t>{"query block", op.getQueryBlock()},
        {"key block", op.getKeyBlock()},
        {"top_k", op.getTopK()}})
    if (value < 1 || value > most)
      return op.emitOpError() << "expected " << name
                              << " to be between 1 and 2^20, but got " << value;
  return success();
}

LogicalResult select_s4(SelectBlocksOp op) {
  ShapedType query = op.getQueryType(), key = op.getKeyType();
  auto same = [&](int64_t dim, StringRef what) -> LogicalResult {
    if (query.isDynamicDim(dim) || key.isDynamicDim(dim) ||
        query.getDimSize(dim) == key.getDimSize(dim))
      return success();
    return op.emitOpError()
           << "expected key to have " << what << " " << query.getDimSize(dim)
           << " like query, but got " << key.getDimSize(dim);
  };
  if (failed(same(0, "batch size")) || failed(same(3, "head size")))
    return failure();
  int64_t heads = query.getDimSize(1), kvHeads = key.getDimSize(1);
  if (!query.isDynamicDim(1) && !key.isDynamicDim(1) &&
      (kvHeads == 0 ? heads != 0 : heads % kvHeads != 0))
    return op.emitOpError() << "expected query to have a multiple of key's "
                            << kvHeads << " heads, but got " << heads;
  return success();
}

LogicalResult select_s5(SelectBlocksOp op) {
  ShapedType query = op.getQueryType();
  auto rowPtr = cast<ShapedType>(op.getRowPtr().getType());
  int64_t blocks = query.isDynamicDim(2)
                       ? ShapedType::kDynamic
                       : llvm::divideCeil(query.getDimSize(2), op.getQueryBlock());
  int64_t expected[] = {query.getDimSize(0), query.getDimSize(1),
                        ShapedType::isDynamic(blocks) ? blocks : blocks + 1};
  for (int64_t dim = 0; dim < 3; ++dim)
    if (!ShapedType::isDynamic(expected[dim]) && !rowPtr.isDynamicDim(dim) &&
        rowPtr.getDimSize(dim) != expected[dim])
      return op.emitOpError()
             << "expected row_ptr to have size " << expected[dim]
             << " in dimension " << dim << ", but got "
             << rowPtr.getDimSize(dim);
  auto cols = cast<ShapedType>(op.getCols().getType());
  int64_t total = op.getTopK();
  for (int64_t size : {expected[0], expected[1], blocks})
    if (ShapedType::isDynamic(size) || llvm::MulOverflow(total, size, total))
      return success();
  if (!cols.isDynamicDim(0) && cols.getDimSize(0) != total)
    return op.emitOpError() << "expected cols to have " << total
                            << " elements, but got " << cols.getDimSize(0);
  if (cols.getElementType().isInteger(32) && total > INT32_MAX)
    return op.emitOpError() << "expected row_ptr and cols of i64 for " << total
                            << " elements";
  return success();
}

LogicalResult select_s6(SelectBlocksOp op) {
  auto check = [&](StringRef name, Attribute attr) -> LogicalResult {
    auto pattern = dyn_cast<PatternAttr>(attr);
    if (!pattern)
      return op.emitOpError()
             << "expected '" << name << "' to be a pattern, but got " << attr;
    // What describes tokens, not blocks, or differs from head to head by name.
    bool isStatic = !readsOperands(pattern) && !asksMaskRegion(attr) &&
                    getMultiplicity(pattern) == 1 && !pattern.getNumHeads() &&
                    !pattern.getMaxPositions(/*keys=*/true) &&
                    !pattern.getMaxPositions(/*keys=*/false);
    if (isStatic)
      return success();
    return op.emitOpError()
           << "expected '" << name
           << "' to be a pattern of any size and number of heads that reads "
              "nothing";
  };
  if (failed(check("candidates", op.getCandidates())))
    return failure();
  return op.getAlways() ? check("always", *op.getAlways()) : success();
}
} // namespace

LogicalResult SelectBlocksOp::verify() {
  // Later rules rely on earlier ones.
  for (auto rule :
       {select_s1, select_s2, select_s3, select_s4, select_s5, select_s6})
    if (failed(rule(*this)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Effects and shapes
//===----------------------------------------------------------------------===//

void SelectBlocksOp::getEffects(detail::Effects &effects) {
  detail::getDestinationEffects(*this, effects);
}

LogicalResult SelectBlocksOp::reifyResultShapes(OpBuilder &builder,
                                                ReifiedRankedShapedTypeDims &shapes) {
  return detail::reifyDestinationShapes(*this, builder, shapes);
}
