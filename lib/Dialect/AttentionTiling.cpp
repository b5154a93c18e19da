// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `sattn.attention` for other compilers' passes: tiling over batch, query head
/// and query row.
///
/// A tile of rows is an attention at a larger `offset`; a tile of heads is one
/// at a larger `first_head`, with the key/value heads that its groups use. Both
/// are therefore exact for every pattern, except one that names heads: its
/// heads cannot be sliced.
#include "AttentionOpsDetail.h"
#include "SparseAttn/Dialect/IndexExpr.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;
using namespace mlir::sattn;
using mlir::sattn::detail::sizeOf;

OpFoldResult mlir::sattn::detail::sizeOf(OpBuilder &b, Location loc, Value shaped,
                                         int64_t dim) {
  int64_t size = cast<ShapedType>(shaped.getType()).getDimSize(dim);
  if (!ShapedType::isDynamic(size))
    return b.getIndexAttr(size);
  if (isa<TensorType>(shaped.getType()))
    return tensor::DimOp::create(b, loc, shaped, dim).getResult();
  return memref::DimOp::create(b, loc, shaped, dim).getResult();
}

//===----------------------------------------------------------------------===//
// Divisibility
//===----------------------------------------------------------------------===//

namespace {

int64_t knownDivisor(OpFoldResult value);

/// A divisor of the product of two numbers with these divisors.
int64_t divisorOfProduct(int64_t a, int64_t b) {
  int64_t product;
  return llvm::MulOverflow(a, b, product) ? 1 : product;
}

int64_t knownDivisor(AffineExpr expr, ValueRange operands, unsigned numDims) {
  switch (expr.getKind()) {
  case AffineExprKind::Constant:
    return cast<AffineConstantExpr>(expr).getValue();
  case AffineExprKind::DimId:
    return knownDivisor(operands[cast<AffineDimExpr>(expr).getPosition()]);
  case AffineExprKind::SymbolId:
    return knownDivisor(
        operands[numDims + cast<AffineSymbolExpr>(expr).getPosition()]);
  case AffineExprKind::Add:
  case AffineExprKind::Mul: {
    auto binary = cast<AffineBinaryOpExpr>(expr);
    int64_t lhs = knownDivisor(binary.getLHS(), operands, numDims);
    int64_t rhs = knownDivisor(binary.getRHS(), operands, numDims);
    return expr.getKind() == AffineExprKind::Add ? std::gcd(lhs, rhs)
                                                 : divisorOfProduct(lhs, rhs);
  }
  case AffineExprKind::Mod:
  case AffineExprKind::FloorDiv:
  case AffineExprKind::CeilDiv:
    return 1;
  }
  return 1;
}

/// A number that `value` is a multiple of; 0 if it is 0.
int64_t knownDivisor(OpFoldResult value) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return *constant == INT64_MIN ? 1 : *constant;
  auto dynamic = cast<Value>(value);
  if (auto argument = dyn_cast<BlockArgument>(dynamic)) {
    auto loop = dyn_cast_or_null<LoopLikeOpInterface>(
        argument.getOwner()->getParentOp());
    if (!loop)
      return 1;
    std::optional<SmallVector<Value>> ivs = loop.getLoopInductionVars();
    std::optional<SmallVector<OpFoldResult>> lower = loop.getLoopLowerBounds();
    std::optional<SmallVector<OpFoldResult>> steps = loop.getLoopSteps();
    if (!ivs || !lower || !steps)
      return 1;
    for (auto [iv, first, step] : llvm::zip(*ivs, *lower, *steps))
      if (iv == dynamic)
        return std::gcd(knownDivisor(first), knownDivisor(step));
    return 1;
  }
  if (auto apply = dynamic.getDefiningOp<affine::AffineApplyOp>())
    return knownDivisor(apply.getAffineMap().getResult(0),
                        apply.getMapOperands(),
                        apply.getAffineMap().getNumDims());
  if (auto product = dynamic.getDefiningOp<arith::MulIOp>())
    return divisorOfProduct(knownDivisor(product.getLhs()),
                            knownDivisor(product.getRhs()));
  return 1;
}

bool isMultipleOf(OpFoldResult value, int64_t factor) {
  return factor == 1 || knownDivisor(value) % factor == 0;
}

//===----------------------------------------------------------------------===//
// Tiling
//===----------------------------------------------------------------------===//

constexpr StringLiteral dimensionNames[] = {"batch", "head", "row"};

/// Whether a tile takes all of a dimension, as far as is known.
bool isWhole(Value shaped, int64_t dim, OpFoldResult offset,
             OpFoldResult size) {
  int64_t known = cast<ShapedType>(shaped.getType()).getDimSize(dim);
  if (!ShapedType::isDynamic(known))
    return isConstantIntValue(size, known);
  if (!isConstantIntValue(offset, 0))
    return false;
  auto value = dyn_cast<Value>(size);
  auto dimOp = value ? value.getDefiningOp<ShapedDimOpInterface>()
                     : ShapedDimOpInterface();
  return dimOp && dimOp.getShapedValue() == shaped &&
         isConstantIntValue(dimOp.getDimension(), dim);
}

/// Emits one tile of an attention.
class TileEmitter {
public:
  TileEmitter(OpBuilder &builder, AttentionOp op,
              ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes)
      : op(op), b(op.getLoc(), builder), offsets(offsets), sizes(sizes),
        readsRows(!op.getPatternOperands().empty() || op.getOffsets() ||
                  op.getBlockTable()),
        wholeBatch(isWhole(op.getQuery(), 0, offsets[0], sizes[0])),
        wholeHeads(isWhole(op.getQuery(), 1, offsets[1], sizes[1])),
        wholeRows(isWhole(op.getQuery(), 2, offsets[2], sizes[2])) {}

  FailureOr<TilingResult> run() {
    OpFoldResult kvOffset, kvSize;
    if (failed(chooseKeyHeads(kvOffset, kvSize)))
      return failure();

    OpFoldResult zero = b.getIndexAttr(0);
    auto rows = [&](Value shaped) {
      return slice(shaped, {offsets[0], offsets[1], offsets[2]},
                   {sizes[0], sizes[1], sizes[2]});
    };
    auto keys = [&](Value shaped) {
      // Batches share the pages.
      bool isPaged = bool(op.getBlockTable());
      return slice(shaped, {isPaged ? zero : offsets[0], kvOffset, zero},
                   {isPaged ? sizeOf(b, b.getLoc(), shaped, 0) : sizes[0],
                    kvSize, sizeOf(b, b.getLoc(), shaped, 2)});
    };
    Value query = rows(op.getQuery());
    Value key = keys(op.getKey()), value = keys(op.getValue());
    Value out = rows(op.getOut());
    auto rowsIfThere = [&](Value shaped) {
      return shaped ? rows(shaped) : Value();
    };
    Value lse = rowsIfThere(op.getLse()), rowMax = rowsIfThere(op.getRowMax());
    SmallVector<Value> modifierOperands;
    ArrayAttr modifiers;
    if (failed(sliceModifiers(modifiers, modifierOperands)))
      return failure();
    Value sink;
    if (op.getSink())
      sink = slice(op.getSink(), {offsets[1]}, {sizes[1]});

    SmallVector<Type> resultTypes;
    for (Value destination : {out, lse, rowMax})
      if (destination && op.hasTensorSemantics())
        resultTypes.push_back(destination.getType());
    auto tile = AttentionOp::create(
        b, resultTypes, query, key, value, out, lse, rowMax, tileOffset(),
        op.getOffsets(),
        tileFirst(1, op.getFirstHead(), wholeHeads),
        readsRows || op.getDropoutSeed()
            ? tileFirst(0, op.getFirstBatch(), wholeBatch)
            : Value(),
        readsRows ? tileFirst(2, op.getFirstRow(), wholeRows) : Value(),
        op.getPatternOperands(), modifierOperands, sink, op.getDropoutSeed(),
        op.getBlockTable(), op.getDropoutAttr(), modifiers,
        op.getPatternAttr(), op.getScaleAttr(),
        AlignmentAttr::get(b.getContext(),
                           wholeRows ? op.getAlign() : Alignment::TopLeft),
        op.getPairRegions().size());
    cloneRegions(tile);
    tile->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    return TilingResult{
        {tile}, llvm::to_vector_of<Value>(tile->getResults()), slices};
  }

private:
  IndexExpr expr(OpFoldResult value) {
    if (std::optional<int64_t> constant = getConstantIntValue(value))
      return *constant;
    return IndexExpr(cast<Value>(value), b);
  }
  OpFoldResult fold(const IndexExpr &e) {
    if (e.isConstant())
      return b.getIndexAttr(e.getConstant());
    return e.materializeIndex(b);
  }
  /// As an optional operand: 0 is the same as absent.
  Value operand(const IndexExpr &e) {
    return e.is(0) ? Value() : e.materializeIndex(b);
  }

  /// A slice with unit strides, whole in the dimensions that are not named.
  Value slice(Value shaped, SmallVector<OpFoldResult> at,
              SmallVector<OpFoldResult> size) {
    auto type = cast<ShapedType>(shaped.getType());
    for (int64_t dim = at.size(); dim < type.getRank(); ++dim) {
      at.push_back(b.getIndexAttr(0));
      size.push_back(sizeOf(b, b.getLoc(), shaped, dim));
    }
    SmallVector<OpFoldResult> strides(type.getRank(), b.getIndexAttr(1));
    Operation *result;
    if (isa<TensorType>(type))
      result = tensor::ExtractSliceOp::create(b, shaped, at, size, strides);
    else
      result = memref::SubViewOp::create(b, shaped, at, size, strides);
    slices.push_back(result);
    return result->getResult(0);
  }

  /// The key/value heads that the tile's query heads use.
  LogicalResult chooseKeyHeads(OpFoldResult &offset, OpFoldResult &size) {
    OpFoldResult kvHeads = sizeOf(b, b.getLoc(), op.getKey(), 1);
    if (wholeHeads || isConstantIntValue(kvHeads, 1)) {
      if (!wholeHeads && namesHeads())
        return failure();
      offset = b.getIndexAttr(0);
      size = kvHeads;
      return success();
    }
    if (namesHeads())
      return failure();

    // At least 1, so that an attention without heads does not divide by 0.
    IndexExpr queryHeads = expr(sizeOf(b, b.getLoc(), op.getQuery(), 1));
    IndexExpr group = max(floorDiv(queryHeads, max(expr(kvHeads), 1)), 1);
    if (group.is(1)) {
      offset = offsets[1];
      size = sizes[1];
      return success();
    }
    std::optional<int64_t> tileHeads = getConstantIntValue(sizes[1]);
    if (tileHeads && *tileHeads == 1) {
      offset = fold(floorDiv(expr(offsets[1]), group));
      size = b.getIndexAttr(1);
      return success();
    }
    if (!tileHeads || !group.isConstant())
      return op.emitOpError(
          "expected a static head tile and static head "
          "counts, or a head tile of 1, to tile grouped heads");
    // Whole groups, or a part of one.
    int64_t perGroup = group.getConstant();
    bool wholeGroups = *tileHeads % perGroup == 0;
    bool partOfGroup = *tileHeads > 0 && perGroup % *tileHeads == 0;
    if (!wholeGroups && !partOfGroup)
      return op.emitOpError()
             << "expected a head tile that divides or is a multiple of the "
                "group of "
             << perGroup << " heads, but got " << *tileHeads;
    if (!isMultipleOf(offsets[1], wholeGroups ? perGroup : *tileHeads))
      return op.emitOpError()
             << "expected head tiles to start at a multiple of "
             << (wholeGroups ? perGroup : *tileHeads);
    offset = fold(floorDiv(expr(offsets[1]), group));
    size = b.getIndexAttr(wholeGroups ? *tileHeads / perGroup : 1);
    return success();
  }

  /// The modifiers of the tile, and their operands' slices. A dimension of size
  /// 1 is the same for all and stays.
  LogicalResult sliceModifiers(ArrayAttr &modifiers,
                               SmallVectorImpl<Value> &operands) {
    modifiers = op.getModifiersAttr();
    if (!modifiers)
      return success();
    SmallVector<Attribute> tiled;
    ValueRange left = op.getModifierOperands();
    for (ScoreModifierAttr modifier : op.getScoreModifiers()) {
      int64_t heads = op.getQueryType().getDimSize(1);
      tiled.push_back(wholeHeads ? modifier : modifier.forHeadsOf(heads));
      if (!tiled.back())
        return op.emitOpError()
               << "expected a static number of heads to tile the heads of "
               << modifier;
      for (unsigned i = 0; i < modifier.getNumOperands(); ++i) {
        operands.push_back(
            sliceScoreOperand(left.front(), modifier.getOperandDims(i)));
        left = left.drop_front();
      }
    }
    modifiers = b.getArrayAttr(tiled);
    return success();
  }

  Value sliceScoreOperand(Value operand, ArrayRef<ScoreDim> dims) {
    auto type = cast<ShapedType>(operand.getType());
    SmallVector<OpFoldResult> at, size;
    for (auto [index, dim] : llvm::enumerate(dims.take_back(type.getRank()))) {
      auto iteration = static_cast<size_t>(dim);
      bool isTiled = iteration < std::size(dimensionNames) &&
                     type.getDimSize(index) != 1;
      at.push_back(isTiled ? offsets[iteration] : b.getIndexAttr(0));
      size.push_back(isTiled ? sizes[iteration]
                             : sizeOf(b, b.getLoc(), operand, index));
    }
    return slice(operand, at, size);
  }

  /// Heads and positions are the same numbers in a tile, batches are counted
  /// from its first.
  void cloneRegions(AttentionOp tile) {
    for (auto [from, to] :
         llvm::zip(op.getPairRegions(), tile.getPairRegions())) {
      IRMapping mapping;
      from.cloneInto(&to, mapping);
    }
    if (wholeBatch || op.getPairRegions().empty())
      return;
    Value first = expr(offsets[0]).materializeIndex(b);
    for (Region *region : {tile.getMask(), tile.getScore()}) {
      if (!region)
        continue;
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(&region->front());
      // The last four: batch, head, position and key.
      Value batch = region->getArguments().take_back(4).front();
      auto number = arith::AddIOp::create(b, batch, first);
      batch.replaceAllUsesExcept(number, number);
    }
  }

  bool namesHeads() {
    if (!op.getSparsityPattern().getNumHeads())
      return false;
    op.emitOpError("expected heads to stay untiled, because 'pattern' names "
                   "them");
    return true;
  }

  /// Position of the tile's row 0, from the top left unless all rows are in the
  /// tile.
  Value tileOffset() {
    if (wholeRows)
      return op.getOffset();
    IndexExpr offset = expr(offsets[2]);
    if (op.getOffset())
      offset = expr(op.getOffset()) + offset;
    if (op.getAlign() == Alignment::BottomRight)
      offset = offset + numKeys() - expr(sizeOf(b, b.getLoc(), op.getQuery(), 2));
    return operand(offset);
  }

  IndexExpr numKeys() {
    IndexExpr rows = expr(sizeOf(b, b.getLoc(), op.getKey(), 2));
    if (!op.getBlockTable())
      return rows;
    return rows * expr(sizeOf(b, b.getLoc(), op.getBlockTable(), 1));
  }

  /// What number of the whole the tile's first batch, head or row is.
  Value tileFirst(unsigned dim, Value ofOp, bool isWhole) {
    if (isWhole)
      return ofOp;
    IndexExpr first = expr(offsets[dim]);
    if (ofOp)
      first = expr(ofOp) + first;
    return operand(first);
  }

  AttentionOp op;
  ImplicitLocOpBuilder b;
  ArrayRef<OpFoldResult> offsets, sizes;
  /// Whether there are operands of the whole, which are not sliced.
  bool readsRows;
  bool wholeBatch, wholeHeads, wholeRows;
  SmallVector<Operation *> slices;
};
} // namespace

SmallVector<utils::IteratorType> AttentionOp::getLoopIteratorTypes() {
  return SmallVector<utils::IteratorType>(std::size(dimensionNames),
                                          utils::IteratorType::parallel);
}

/// Batches, query heads and query rows. Read off the query, which the tiling
/// drivers do not replace.
SmallVector<Range> AttentionOp::getIterationDomain(OpBuilder &builder) {
  SmallVector<Range> domain;
  for (int64_t dim = 0, end = std::size(dimensionNames); dim < end; ++dim)
    domain.push_back({builder.getIndexAttr(0),
                      sizeOf(builder, getLoc(), getQuery(), dim),
                      builder.getIndexAttr(1)});
  return domain;
}

FailureOr<TilingResult>
AttentionOp::getTiledImplementation(OpBuilder &builder,
                                    ArrayRef<OpFoldResult> offsets,
                                    ArrayRef<OpFoldResult> sizes) {
  return TileEmitter(builder, *this, offsets, sizes).run();
}

LogicalResult AttentionOp::getResultTilePosition(
    OpBuilder &builder, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  resultOffsets.assign(offsets.begin(), offsets.end());
  resultSizes.assign(sizes.begin(), sizes.end());
  if (resultNumber == 0) {
    resultOffsets.push_back(builder.getIndexAttr(0));
    resultSizes.push_back(builder.getIndexAttr(getOutType().getDimSize(3)));
  }
  return success();
}

LogicalResult AttentionOp::getIterationDomainTileFromResultTile(
    OpBuilder &, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVectorImpl<OpFoldResult> &domainOffsets,
    SmallVectorImpl<OpFoldResult> &domainSizes) {
  // A slice of the head dimension would repeat the softmax.
  if (resultNumber == 0 && !isWhole(getOut(), 3, offsets[3], sizes[3]))
    return failure();
  domainOffsets.assign(offsets.begin(), offsets.begin() + 3);
  domainSizes.assign(sizes.begin(), sizes.begin() + 3);
  return success();
}

FailureOr<TilingResult>
AttentionOp::generateResultTileValue(OpBuilder &builder, unsigned resultNumber,
                                     ArrayRef<OpFoldResult> offsets,
                                     ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> domainOffsets, domainSizes;
  if (failed(getIterationDomainTileFromResultTile(
          builder, resultNumber, offsets, sizes, domainOffsets, domainSizes)))
    return failure();
  FailureOr<TilingResult> tile =
      getTiledImplementation(builder, domainOffsets, domainSizes);
  if (failed(tile))
    return failure();
  tile->tiledValues = {tile->tiledValues[resultNumber]};
  return tile;
}
