// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `pages`: the keys whose pages a batch has.
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "PatternAttrsDetail.h"
#include "RuntimePatternsDetail.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::detail;

LogicalResult PagesAttr::verify(EmitError emitError, int64_t size,
                                int64_t table) {
  if (failed(verifyBetween(emitError, "size", size, 1)))
    return failure();
  return verifyOperandNumbers(emitError, {table}, 1);
}

std::pair<unsigned, unsigned> PagesAttr::getOperandCounts() const {
  return {1, 1};
}

SmallVector<PatternOperandSpec> PagesAttr::getOperandSpecs() const {
  if (getTable() < 0)
    return {};
  return {{SATTN_BLOCK_TABLE,
           getTable(),
           {OperandDim{OperandDim::Batch, 1, 0, true}, OperandDim{}},
           /*minRank=*/2}};
}

Attribute PagesAttr::withOperands(ArrayRef<int64_t> operands) const {
  return get(getContext(), getSize(), operands.empty() ? -1 : operands[0]);
}

PatternAttr PagesAttr::getTypicalPattern() const {
  return cast<PatternAttr>(Attribute(DenseAttr::get(getContext())));
}

/// The number of keys of each batch.
SmallVector<PatternOperand>
PagesAttr::buildRuntimeTables(IndexProgram &program, const RuntimeSizes &,
                              ArrayRef<PatternOperand> operands) const {
  const PatternOperand &table = operands[0];
  const IndexExpr &columns = table.getSize(1);
  PatternOperand lengths = program.allocate({max(table.getSize(0), 1)});
  program.forEach(table.getSize(0), [&](const IndexExpr &batch) {
    IndexExpr pages = program.loop(
        0, columns, {columns},
        [&](const IndexExpr &i,
            ArrayRef<IndexExpr> carried) -> SmallVector<IndexExpr> {
          return {select(table.at({batch, i}) < 0, min(carried[0], i),
                         carried[0])};
        })[0];
    program.store(lengths, {batch}, pages * getSize());
  });
  return {lengths};
}

IndexExpr PagesAttr::buildPredicate(const PatternScope &scope, IndexExpr,
                                    IndexExpr key) const {
  return key < runtimeTablesOf(scope, *this)[0].at({scope.batch});
}

KeySegment PagesAttr::nextSegment(const QueryTile &tile, IndexExpr key) const {
  IndexExpr end =
      runtimeTablesOf(tile.scope, *this)[0].at({tile.scope.batch});
  return intervalSegment(tile, key, 0, end, 0, end);
}
