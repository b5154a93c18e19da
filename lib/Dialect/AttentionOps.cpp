// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `sattn.attention`: syntax, effects and canonicalization.
#include "AttentionOpsDetail.h"

#include "SparseAttn/Dialect/PatternSyntax.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Syntax
//===----------------------------------------------------------------------===//

using UnresolvedOperand = OpAsmParser::UnresolvedOperand;

namespace mlir::sattn {
// Found by the generated code next to the functions of PatternSyntax.h.

/// `pattern` or `pattern : type, ...`: the types of its operands, in the order in which
/// they are first named.
static ParseResult parsePattern(OpAsmParser &parser, Attribute &pattern,
                                SmallVectorImpl<UnresolvedOperand> &operands,
                                SmallVectorImpl<Type> &types) {
  auto readOperand = [&](int64_t &number) -> ParseResult {
    UnresolvedOperand operand;
    if (parser.parseOperand(operand))
      return failure();
    auto *known = llvm::find_if(operands, [&](const UnresolvedOperand &other) {
      return other.name == operand.name && other.number == operand.number;
    });
    number = known - operands.begin();
    if (known == operands.end())
      operands.push_back(operand);
    return success();
  };
  if (parsePattern(parser, pattern, readOperand))
    return failure();
  return failure(!operands.empty() && parser.parseColonTypeList(types));
}

static void printPattern(OpAsmPrinter &printer, AttentionOp, Attribute pattern,
                         OperandRange operands, TypeRange) {
  llvm::SmallSetVector<Value, 4> named;
  printPattern(printer, pattern, [&](int64_t number) {
    named.insert(operands[number]);
    printer << operands[number];
  });
  if (named.empty())
    return;
  printer << " : ";
  llvm::interleaveComma(named, printer,
                        [&](Value operand) { printer << operand.getType(); });
}
} // namespace mlir::sattn

ParseResult mlir::sattn::parseAlignment(OpAsmParser &parser,
                                        AlignmentAttr &alignment) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef name;
  if (failed(parser.parseOptionalKeyword(&name)))
    return parser.emitError(loc, "expected 'top_left' or 'bottom_right'");
  std::optional<Alignment> value = symbolizeAlignment(name);
  if (!value)
    return parser.emitError(loc)
           << "expected 'top_left' or 'bottom_right', but got '" << name << "'";
  alignment = AlignmentAttr::get(parser.getContext(), *value);
  return success();
}

void mlir::sattn::printAlignment(OpAsmPrinter &printer, Operation *,
                                 AlignmentAttr alignment) {
  printer << stringifyAlignment(alignment ? alignment.getValue()
                                          : Alignment::TopLeft);
}

using OptionalOperand = std::optional<OpAsmParser::UnresolvedOperand>;

/// `%out : type`, `%out, %lse : type, type` or `%out, %lse, %row_max : type, type, type`.
static ParseResult parseDestinations(OpAsmParser &parser,
                                     OpAsmParser::UnresolvedOperand &out,
                                     Type &outType, OptionalOperand &lse,
                                     Type &lseType, OptionalOperand &rowMax,
                                     Type &rowMaxType) {
  if (parser.parseOperand(out))
    return failure();
  for (OptionalOperand *more : {&lse, &rowMax}) {
    if (failed(parser.parseOptionalComma()))
      break;
    if (parser.parseOperand(more->emplace()))
      return failure();
  }
  if (parser.parseColonType(outType))
    return failure();
  if (lse && (parser.parseComma() || parser.parseType(lseType)))
    return failure();
  return failure(rowMax &&
                 (parser.parseComma() || parser.parseType(rowMaxType)));
}

static void printDestinations(OpAsmPrinter &printer, AttentionOp op, Value,
                              Type, Value, Type, Value, Type) {
  SmallVector<Value> destinations = op.getDestinations();
  llvm::interleaveComma(destinations, printer);
  printer << " : ";
  llvm::interleaveComma(ValueRange(destinations).getTypes(), printer);
}

/// An operand that may not be left out once its keyword is there.
static ParseResult parseIndexOperand(OpAsmParser &parser,
                                     OptionalOperand &operand) {
  return parser.parseOperand(operand.emplace());
}

/// `%o`, `%t : type` or `%o, %t : type`.
static ParseResult parseOffset(OpAsmParser &parser, OptionalOperand &offset,
                               OptionalOperand &offsets, Type &offsetsType) {
  if (parser.parseOperand(offset.emplace()))
    return failure();
  if (succeeded(parser.parseOptionalComma())) {
    if (parser.parseOperand(offsets.emplace()))
      return failure();
    return parser.parseColonType(offsetsType);
  }
  if (failed(parser.parseOptionalColon()))
    return success();
  std::swap(offset, offsets);
  return parser.parseType(offsetsType);
}

static void printOffset(OpAsmPrinter &printer, AttentionOp, Value offset,
                        Value offsets, Type offsetsType) {
  if (offset)
    printer << offset << (offsets ? ", " : "");
  if (offsets)
    printer << offsets << " : " << offsetsType;
}

static void printIndexOperand(OpAsmPrinter &printer, AttentionOp,
                              Value operand) {
  printer << operand;
}

/// `rate, %seed`.
static ParseResult parseDropout(OpAsmParser &parser, FloatAttr &rate,
                                OptionalOperand &seed) {
  double value;
  if (parser.parseFloat(value) || parser.parseComma() ||
      parser.parseOperand(seed.emplace()))
    return failure();
  rate = parser.getBuilder().getF32FloatAttr(static_cast<float>(value));
  return success();
}

static void printDropout(OpAsmPrinter &printer, AttentionOp, FloatAttr rate,
                         Value seed) {
  printer.printFloat(rate.getValue());
  printer << ", " << seed;
}

/// The results are the destinations that are tensors; nothing is written.
static ParseResult parseDestinationResults(OpAsmParser &, Type out, Type lse,
                                           Type rowMax,
                                           SmallVectorImpl<Type> &results) {
  for (Type type : {out, lse, rowMax})
    if (isa_and_present<TensorType>(type))
      results.push_back(type);
  return success();
}

static void printDestinationResults(OpAsmPrinter &, AttentionOp, Type, Type,
                                    Type, TypeRange) {}

static ParseResult
parsePairRegions(OpAsmParser &parser, Attribute pattern,
                 SmallVectorImpl<std::unique_ptr<Region>> &regions) {
  return sattn::detail::parsePairRegions(parser, pattern, regions);
}
static void printPairRegions(OpAsmPrinter &printer, AttentionOp, Attribute pattern,
                             MutableArrayRef<Region> regions) {
  sattn::detail::printPairRegions(printer, pattern, regions);
}

static ParseResult
parseModifiers(OpAsmParser &parser, ArrayAttr &modifiers,
               SmallVectorImpl<OpAsmParser::UnresolvedOperand> &operands,
               SmallVectorImpl<Type> &types) {
  return sattn::detail::parseModifiers(parser, modifiers, operands, types);
}
static void printModifiers(OpAsmPrinter &printer, AttentionOp,
                           ArrayAttr modifiers, OperandRange operands,
                           TypeRange) {
  sattn::detail::printModifiers(printer, modifiers, operands);
}

#define GET_OP_CLASSES
#include "SparseAttn/Dialect/AttentionOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Accessors
//===----------------------------------------------------------------------===//

bool mlir::sattn::detail::hasRequiredOperands(AttentionOp op) {
  constexpr unsigned numRequired = 4;
  for (unsigned group = 0; group < numRequired; ++group)
    if (op.getODSOperandIndexAndLength(group).second != 1)
      return false;
  return true;
}

MutableOperandRange AttentionOp::getDpsInitsMutable() {
  // The interface's verifier asks before our own.
  if (!detail::hasRequiredOperands(*this))
    return MutableOperandRange(*this, 0, 0);
  unsigned first = getOutMutable().getOperandNumber();
  return MutableOperandRange(*this, first, getDestinations().size());
}

SmallVector<Value> AttentionOp::getDestinations() {
  SmallVector<Value> destinations{getOut()};
  for (Value optional : {Value(getLse()), Value(getRowMax())})
    if (optional)
      destinations.push_back(optional);
  return destinations;
}

PatternAttr AttentionOp::getSparsityPattern() {
  return cast<PatternAttr>(getPattern());
}

ShapedType AttentionOp::getQueryType() {
  return cast<ShapedType>(getQuery().getType());
}
ShapedType AttentionOp::getKeyType() {
  return cast<ShapedType>(getKey().getType());
}
ShapedType AttentionOp::getValueType() {
  return cast<ShapedType>(getValue().getType());
}
ShapedType AttentionOp::getOutType() {
  return cast<ShapedType>(getOut().getType());
}

SmallVector<ScoreModifierAttr> AttentionOp::getScoreModifiers() {
  SmallVector<ScoreModifierAttr> result;
  if (std::optional<ArrayAttr> modifiers = getModifiers())
    for (Attribute modifier : *modifiers)
      result.push_back(cast<ScoreModifierAttr>(modifier));
  return result;
}

int64_t AttentionOp::getStaticNumKeys() {
  int64_t keys = getKeyType().getDimSize(2);
  if (ShapedType::isDynamic(keys))
    keys = getValueType().getDimSize(2);
  if (!getBlockTable() || ShapedType::isDynamic(keys))
    return keys;
  auto table = dyn_cast<ShapedType>(getBlockTable().getType());
  int64_t total;
  if (!table || !table.hasRank() || table.getRank() != 2 ||
      table.isDynamicDim(1) ||
      llvm::MulOverflow(keys, table.getDimSize(1), total))
    return ShapedType::kDynamic;
  return total;
}

Region *AttentionOp::getMask() {
  bool isThere = asksMaskRegion(getPattern()) && !getPairRegions().empty();
  return isThere ? &getPairRegions().front() : nullptr;
}

Region *AttentionOp::getScore() {
  size_t index = asksMaskRegion(getPattern());
  return index < getPairRegions().size() ? &getPairRegions()[index] : nullptr;
}

bool AttentionOp::modifiesScores() {
  return getScore() || !getScoreModifiers().empty();
}

bool AttentionOp::hasTensorSemantics() {
  return isa<TensorType>(getQuery().getType());
}

double AttentionOp::getScaleValue() {
  if (std::optional<APFloat> scale = getScale())
    return scale->convertToFloat();
  return 1.0 / std::sqrt(static_cast<double>(getQueryType().getDimSize(3)));
}

//===----------------------------------------------------------------------===//
// Effects and shapes
//===----------------------------------------------------------------------===//

void AttentionOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  if (hasTensorSemantics())
    return;
  for (OpOperand *input :
       {&getQueryMutable(), &getKeyMutable(), &getValueMutable()})
    effects.emplace_back(MemoryEffects::Read::get(), input);
  for (MutableOperandRange range :
       {getOffsetsMutable(), getBlockTableMutable(), getPatternOperandsMutable(),
        getModifierOperandsMutable(), getSinkMutable()})
    for (OpOperand &operand : range)
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  for (OpOperand &destination : getDpsInitsMutable())
    effects.emplace_back(MemoryEffects::Write::get(), &destination);
}

LogicalResult
AttentionOp::reifyResultShapes(OpBuilder &builder,
                               ReifiedRankedShapedTypeDims &shapes) {
  return detail::reifyDestinationShapes(*this, builder, shapes);
}

//===----------------------------------------------------------------------===//
// Canonicalization
//===----------------------------------------------------------------------===//

namespace {

/// pattern(p) -> pattern(q), where q is the simplest form of p, equal operands are one, and
/// those that q does not read are gone, as is a mask region that it does not ask
struct SimplifyPattern : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    // Equal operands first: leaves that read the same values may then merge.
    llvm::SmallSetVector<Value, 4> distinct, kept;
    auto numberIn = [](auto &values, Value operand) {
      values.insert(operand);
      return std::distance(values.begin(), llvm::find(values, operand));
    };
    PatternAttr simple = simplifyPattern(renumberOperands(
        op.getSparsityPattern(), [&](int64_t number) -> int64_t {
          return numberIn(distinct, op.getPatternOperands()[number]);
        }));
    simple = renumberOperands(simple, [&](int64_t number) -> int64_t {
      return numberIn(kept, distinct[number]);
    });
    if (simple == op.getPattern() &&
        kept.size() == op.getPatternOperands().size())
      return rewriter.notifyMatchFailure(op, "pattern is in simplest form");
    if (op.getMask() && !asksMaskRegion(simple))
      op = dropMask(op, simple, rewriter);
    rewriter.modifyOpInPlace(op, [&] {
      op.setPatternAttr(simple);
      op.getPatternOperandsMutable().assign(kept.getArrayRef());
    });
    return success();
  }

private:
  /// Another operation: the number of regions is part of one.
  static AttentionOp dropMask(AttentionOp op, PatternAttr pattern,
                              PatternRewriter &rewriter) {
    OperationState state(op.getLoc(), op->getName());
    state.addOperands(op->getOperands());
    state.addTypes(op->getResultTypes());
    state.addAttributes(llvm::to_vector(op->getDiscardableAttrs()));
    state.getOrAddProperties<AttentionOp::Properties>() = op.getProperties();
    if (Region *score = op.getScore())
      state.addRegion()->takeBody(*score);
    auto unmasked = cast<AttentionOp>(rewriter.create(state));
    unmasked.setPatternAttr(pattern);
    rewriter.replaceOp(op, unmasked);
    return unmasked;
  }
};

/// offset(0) -> nothing; likewise first_head, first_batch, first_row
struct DropZeroOperand : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    bool dropped = false;
    rewriter.startOpModification(op);
    for (auto get :
         {&AttentionOp::getOffsetMutable, &AttentionOp::getFirstHeadMutable,
          &AttentionOp::getFirstBatchMutable,
          &AttentionOp::getFirstRowMutable}) {
      MutableOperandRange operand = (op.*get)();
      if (!operand.empty() && matchPattern(operand[0].get(), m_Zero())) {
        operand.clear();
        dropped = true;
      }
    }
    if (dropped) {
      rewriter.finalizeOpModification(op);
      return success();
    }
    rewriter.cancelOpModification(op);
    return rewriter.notifyMatchFailure(op, "no operand is constant 0");
  }
};

/// dropout(0, %seed) -> nothing
struct DropZeroDropout : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getDropout() || !op.getDropout()->isZero())
      return rewriter.notifyMatchFailure(op, "dropout is not 0");
    rewriter.modifyOpInPlace(op, [&] {
      op.removeDropoutAttr();
      op.getDropoutSeedMutable().clear();
    });
    return success();
  }
};

/// align(bottom_right) -> align(top_left) where M == N
struct DropSquareAlignment : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getAlign() == Alignment::TopLeft)
      return rewriter.notifyMatchFailure(op, "aligned to the top left");
    int64_t rows = op.getQueryType().getDimSize(2);
    if (ShapedType::isDynamic(rows) || rows != op.getStaticNumKeys())
      return rewriter.notifyMatchFailure(op, "not known to be square");
    rewriter.modifyOpInPlace(op, [&] { op.setAlign(Alignment::TopLeft); });
    return success();
  }
};

/// attention(memref.cast(x)) -> attention(x), where x's type says more. (Casts
/// of tensors are folded by the tensor dialect, for every op in destination
/// style.)
struct FoldMemRefCast : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    if (op.hasTensorSemantics())
      return rewriter.notifyMatchFailure(op, "operands are tensors");
    rewriter.startOpModification(op);
    if (failed(memref::foldMemRefCast(op))) {
      rewriter.cancelOpModification(op);
      return rewriter.notifyMatchFailure(op,
                                         "no cast loses static information");
    }
    rewriter.finalizeOpModification(op);
    return success();
  }
};
} // namespace

void AttentionOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<SimplifyPattern, DropZeroOperand, DropZeroDropout,
               DropSquareAlignment, FoldMemRefCast>(context);
}
