// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `padding`: lengths of the keys, and of the query rows, of each batch.
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "PatternAttrsDetail.h"
#include "RuntimePatternsDetail.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::detail;

LogicalResult PaddingAttr::verify(EmitError emitError, int64_t keys,
                                  int64_t queries) {
  return verifyOperandNumbers(emitError, {keys, queries}, 1);
}

std::pair<unsigned, unsigned> PaddingAttr::getOperandCounts() const {
  return {1, 2};
}

SmallVector<PatternOperandSpec> PaddingAttr::getOperandSpecs() const {
  SmallVector<PatternOperandSpec> specs;
  const OperandDim batch{OperandDim::Batch, 1, 0, true};
  if (getKeys() >= 0)
    specs.push_back({SATTN_KEY_LENGTHS, getKeys(), {batch}});
  if (getQueries() >= 0)
    specs.push_back({SATTN_QUERY_LENGTHS, getQueries(), {batch}});
  return specs;
}

Attribute PaddingAttr::withOperands(ArrayRef<int64_t> operands) const {
  return get(getContext(), operands.empty() ? -1 : operands[0],
             operands.size() < 2 ? -1 : operands[1]);
}

PatternAttr PaddingAttr::getTypicalPattern() const {
  return cast<PatternAttr>(Attribute(DenseAttr::get(getContext())));
}

IndexExpr PaddingAttr::buildPredicate(const PatternScope &scope,
                                      IndexExpr query, IndexExpr key) const {
  IndexExpr live = key < operandOf(scope, getKeys()).at({scope.batch});
  if (getQueries() >= 0)
    live = live & (query - scope.rowOrigin <
                   operandOf(scope, getQueries()).at({scope.batch}));
  return live;
}

KeySegment PaddingAttr::nextSegment(const QueryTile &tile,
                                    IndexExpr key) const {
  const PatternScope &scope = tile.scope;
  IndexExpr end = operandOf(scope, getKeys()).at({scope.batch});
  KeySegment keys = intervalSegment(tile, key, 0, end, 0, end);
  if (getQueries() < 0)
    return keys;
  IndexExpr rows = operandOf(scope, getQueries()).at({scope.batch});
  return andSegments({keys,
                      {tile.first - scope.rowOrigin < rows,
                       tile.last - scope.rowOrigin < rows, scope.numKeys}});
}

void PaddingAttr::checkValues(OperandChecker &checker,
                              const RuntimeSizes &sizes,
                              ArrayRef<PatternOperand> operands) const {
  checker.checkRange(SATTN_KEY_LENGTHS, operands[0], 0, sizes.keys);
  if (operands.size() > 1)
    checker.checkRange(SATTN_QUERY_LENGTHS, operands[1], 0, sizes.rows);
}
