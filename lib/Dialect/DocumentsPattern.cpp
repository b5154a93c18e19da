// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `documents`: sequences that stand one after the other, by cumulative lengths. A table
/// of the first and last key of each row's document, filled once per call, makes it an
/// interval pattern: a tile within one document has full segments, and one that holds a
/// boundary a partial segment.
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "RuntimePatternsDetail.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::detail;

LogicalResult DocumentsAttr::verify(EmitError emitError, int64_t rows,
                                    int64_t keys) {
  return verifyOperandNumbers(emitError, {rows, keys}, 1);
}

std::pair<unsigned, unsigned> DocumentsAttr::getOperandCounts() const {
  return {1, 2};
}

SmallVector<PatternOperandSpec> DocumentsAttr::getOperandSpecs() const {
  SmallVector<PatternOperandSpec> specs;
  const OperandDim batch{OperandDim::Batch, 1, 0, true};
  const OperandDim ends{OperandDim::Any, 1, 1};
  bool isPair = getKeys() >= 0;
  if (getRows() >= 0)
    specs.push_back(
        {isPair ? SATTN_ROW_ENDS : SATTN_ENDS, getRows(), {batch, ends}});
  if (isPair)
    specs.push_back({SATTN_KEY_ENDS, getKeys(), {batch, ends}});
  return specs;
}

Attribute DocumentsAttr::withOperands(ArrayRef<int64_t> operands) const {
  return get(getContext(), operands.empty() ? -1 : operands[0],
             operands.size() < 2 ? -1 : operands[1]);
}

PatternAttr DocumentsAttr::getTypicalPattern() const {
  return getTypicalDocuments(getContext());
}

void DocumentsAttr::checkValues(OperandChecker &checker,
                                const RuntimeSizes &sizes,
                                ArrayRef<PatternOperand> operands) const {
  bool isPair = operands.size() == 2;
  auto checkEnds = [&](OperandRole role, const PatternOperand &ends,
                       const IndexExpr &most) {
    checker.checkRange(role, ends, 0, most);
    checker.checkAscending(role, ends);
  };
  checkEnds(isPair ? SATTN_ROW_ENDS : SATTN_ENDS, operands[0],
            isPair ? sizes.rows : sizes.keys);
  if (!isPair)
    return;
  checkEnds(SATTN_KEY_ENDS, operands[1], sizes.keys);
  checker.checkSize(SATTN_KEY_ENDS, operands[1], operands[1].getRank() - 1,
                    operands[0].getSize(operands[0].getRank() - 1));
}

/// Tables begin [batches, rows] and end: the keys that a row sees. Both ascend; rows in no
/// document have an empty range between those of their neighbours.
SmallVector<PatternOperand>
DocumentsAttr::buildRuntimeTables(IndexProgram &program,
                                  const RuntimeSizes &sizes,
                                  ArrayRef<PatternOperand> operands) const {
  bool isPair = operands.size() == 2;
  const PatternOperand &rowEnds = operands.front(), &keyEnds = operands.back();
  IndexExpr rows = isPair ? sizes.rows : sizes.keys;
  IndexExpr batches = 1;
  for (const PatternOperand &ends : operands)
    if (ends.getRank() == 2)
      batches = max(batches, ends.getSize(0));
  SmallVector<PatternOperand> tables = {
      program.allocate({batches, max(rows, 1)}),
      program.allocate({batches, max(rows, 1)})};
  program.forEach(batches, [&](const IndexExpr &b) {
    auto fill = [&](const IndexExpr &from, const IndexExpr &to,
                    const IndexExpr &begin, const IndexExpr &end) {
      program.loop(from, to, {},
                   [&](const IndexExpr &row, ArrayRef<IndexExpr>) {
                     program.store(tables[0], {b, row}, begin);
                     program.store(tables[1], {b, row}, end);
                     return SmallVector<IndexExpr>();
                   });
    };
    IndexExpr documents = rowEnds.getSize(rowEnds.getRank() - 1) - 1;
    fill(0, rowEnds.at({b, 0}), 0, 0);
    program.forEach(documents, [&](const IndexExpr &d) {
      fill(rowEnds.at({b, d}), rowEnds.at({b, d + 1}), keyEnds.at({b, d}),
           keyEnds.at({b, d + 1}));
    });
    fill(rowEnds.at({b, documents}), rows, sizes.keys, sizes.keys);
  });
  return tables;
}

namespace {
/// The keys [begin, end) of the query at a position.
std::pair<IndexExpr, IndexExpr> rangeOf(DocumentsAttr attr,
                                        const PatternScope &scope,
                                        const IndexExpr &query) {
  ArrayRef<PatternOperand> tables = runtimeTablesOf(scope, attr);
  IndexExpr row = attr.getKeys() < 0 ? query : query - scope.rowOrigin;
  IndexExpr rows = tables[0].getSize(1);
  // Rows outside of the table are in no document, and bounds still ascend.
  IndexExpr inside = min(max(row, 0), rows - 1);
  auto bound = [&](const PatternOperand &table) {
    return select(row < 0, 0,
                  select(rows <= row, scope.numKeys,
                         table.at({scope.batch, inside})));
  };
  return {bound(tables[0]), bound(tables[1])};
}
} // namespace

IndexExpr DocumentsAttr::buildPredicate(const PatternScope &scope,
                                        IndexExpr query, IndexExpr key) const {
  auto [begin, end] = rangeOf(*this, scope, query);
  return (begin <= key) & (key < end);
}

KeySegment DocumentsAttr::nextSegment(const QueryTile &tile,
                                      IndexExpr key) const {
  auto [firstBegin, firstEnd] = rangeOf(*this, tile.scope, tile.first);
  auto [lastBegin, lastEnd] = rangeOf(*this, tile.scope, tile.last);
  return intervalSegment(tile, key, firstBegin, firstEnd, lastBegin, lastEnd);
}
