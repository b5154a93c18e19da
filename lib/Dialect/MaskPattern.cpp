// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `mask`: a tensor of truth values.
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "RuntimePatternsDetail.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::detail;

LogicalResult MaskAttr::verify(EmitError emitError, int64_t values) {
  return verifyOperandNumbers(emitError, {values}, 1);
}

std::pair<unsigned, unsigned> MaskAttr::getOperandCounts() const {
  return {1, 1};
}

SmallVector<PatternOperandSpec> MaskAttr::getOperandSpecs() const {
  if (getValues() < 0)
    return {};
  SmallVector<OperandDim> dims;
  for (OperandDim::Kind kind : {OperandDim::Batch, OperandDim::Heads,
                                OperandDim::Rows, OperandDim::Keys})
    dims.push_back({kind, 1, 0, true});
  return {{SATTN_MASK, getValues(), dims, /*minRank=*/2, /*isTruth=*/true}};
}

Attribute MaskAttr::withOperands(ArrayRef<int64_t> operands) const {
  return get(getContext(), operands.empty() ? -1 : operands[0]);
}

PatternAttr MaskAttr::getTypicalPattern() const {
  return cast<PatternAttr>(Attribute(DenseAttr::get(getContext())));
}

bool MaskAttr::dependsOnHead() const { return true; }

namespace {
/// Whether a row, clamped to those of the mask, sees a key: 0 or 1.
IndexExpr valueAt(const PatternOperand &mask, const PatternScope &scope,
                  const IndexExpr &row, const IndexExpr &key) {
  const IndexExpr &rows = mask.getSize(mask.getRank() - 2);
  IndexExpr inside = max(min(row, max(rows, 1) - 1), 0);
  return mask.at({scope.batch, scope.head, inside, key});
}
} // namespace

IndexExpr MaskAttr::buildPredicate(const PatternScope &scope, IndexExpr query,
                                   IndexExpr key) const {
  const PatternOperand &mask = operandOf(scope, getValues());
  return valueAt(mask, scope, query - scope.rowOrigin, key) == 1;
}

KeySegment MaskAttr::nextSegment(const QueryTile &tile, IndexExpr key) const {
  // A block of keys, row by row, up to the first value that is not the block's first.
  constexpr int64_t blockKeys = 32;
  const PatternScope &scope = tile.scope;
  const PatternOperand &mask = operandOf(scope, getValues());
  IndexProgram program = mask.getBuilder() ? IndexProgram(*mask.getBuilder())
                                           : IndexProgram();
  IndexExpr firstRow = tile.first - scope.rowOrigin;
  IndexExpr rows = floorDiv(tile.last - tile.first, tile.step) + 1;
  // One row of values for all.
  rows = select(mask.getSize(mask.getRank() - 2) == 1, 1, rows);
  IndexExpr value = valueAt(mask, scope, firstRow, key);
  IndexExpr count = rows * blockKeys;
  IndexExpr equal = program.loopWhile(
      {IndexExpr(1)},
      [&](ArrayRef<IndexExpr> state) {
        // One past the end is asked as well: `and` evaluates both sides.
        IndexExpr at = min(state[0], count - 1);
        IndexExpr row = firstRow + floorDiv(at, blockKeys) * tile.step;
        IndexExpr column = min(key + mod(at, blockKeys), scope.numKeys - 1);
        return (state[0] < count) &
               (valueAt(mask, scope, row, column) == value);
      },
      [&](ArrayRef<IndexExpr> state) {
        return SmallVector<IndexExpr>{state[0] + 1};
      })[0];
  IndexExpr isUniform = equal == count;
  // A row by itself is exact: it ends where its value does.
  IndexExpr isExact = isUniform | (rows == 1);
  IndexExpr isTrue = value == 1;
  return {select(isExact, isTrue, true), isExact & isTrue,
          select((rows == 1) & !isUniform, key + equal, key + blockKeys)};
}
