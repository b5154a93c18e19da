// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `segments`: ids of queries and keys. Tables of where runs of equal ids end, and, where
/// ids ascend, of the keys that each row sees, are filled once per call in a few passes
/// over the ids.
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "RuntimePatternsDetail.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::detail;

LogicalResult SegmentsAttr::verify(EmitError emitError, int64_t rows,
                                   int64_t keys) {
  return verifyOperandNumbers(emitError, {rows, keys}, 1);
}

std::pair<unsigned, unsigned> SegmentsAttr::getOperandCounts() const {
  return {1, 2};
}

SmallVector<PatternOperandSpec> SegmentsAttr::getOperandSpecs() const {
  SmallVector<PatternOperandSpec> specs;
  const OperandDim batch{OperandDim::Batch, 1, 0, true};
  bool isPair = getKeys() >= 0;
  if (getRows() >= 0)
    specs.push_back({isPair ? SATTN_ROW_IDS : SATTN_IDS,
                     getRows(),
                     {batch, {isPair ? OperandDim::Rows : OperandDim::Keys}}});
  if (isPair)
    specs.push_back({SATTN_KEY_IDS, getKeys(), {batch, {OperandDim::Keys}}});
  return specs;
}

Attribute SegmentsAttr::withOperands(ArrayRef<int64_t> operands) const {
  return get(getContext(), operands.empty() ? -1 : operands[0],
             operands.size() < 2 ? -1 : operands[1]);
}

PatternAttr SegmentsAttr::getTypicalPattern() const {
  return getTypicalDocuments(getContext());
}

namespace {
enum Table { RowRunEnd, KeyRunEnd, FirstKey, EndKey };
} // namespace

SmallVector<PatternOperand>
SegmentsAttr::buildRuntimeTables(IndexProgram &program,
                                 const RuntimeSizes &sizes,
                                 ArrayRef<PatternOperand> operands) const {
  const PatternOperand &rowIds = operands.front(), &keyIds = operands.back();
  IndexExpr rows = rowIds.getSize(rowIds.getRank() - 1);
  IndexExpr keys = keyIds.getSize(keyIds.getRank() - 1);
  IndexExpr batches = 1;
  for (const PatternOperand &ids : operands)
    if (ids.getRank() == 2)
      batches = max(batches, ids.getSize(0));
  SmallVector<PatternOperand> tables;
  for (const IndexExpr &size : {rows, keys, rows, rows})
    tables.push_back(program.allocate({batches, max(size, 1)}));

  program.forEach(batches, [&](const IndexExpr &b) {
    // Ends of runs, from the last one down; the number of ids that descend.
    auto findRuns = [&](const PatternOperand &ids, const IndexExpr &size,
                        const PatternOperand &ends) {
      return program.loopDown(
          0, size, {size, 0},
          [&](const IndexExpr &i,
              ArrayRef<IndexExpr> carried) -> SmallVector<IndexExpr> {
            IndexExpr next = min(i + 1, size - 1);
            IndexExpr own = ids.at({b, i}), after = ids.at({b, next});
            IndexExpr end = select(own == after, carried[0], i + 1);
            program.store(ends, {b, i}, end);
            return {end, carried[1] + select(after < own, 1, 0)};
          })[1];
    };
    IndexExpr descents = findRuns(rowIds, rows, tables[RowRunEnd]) +
                         findRuns(keyIds, keys, tables[KeyRunEnd]);
    IndexExpr ascends = descents == 0;
    // Merges rows and keys: each step passes a key, or finds where a row's keys begin
    // (end) and passes the row.
    auto merge = [&](const PatternOperand &table, bool passesEqual) {
      program.loop(
          0, select(ascends & (IndexExpr(0) < rows) & (IndexExpr(0) < keys),
                    rows + keys, 0),
          {0, 0},
          [&](const IndexExpr &,
              ArrayRef<IndexExpr> carried) -> SmallVector<IndexExpr> {
            const IndexExpr &row = carried[0], &key = carried[1];
            IndexExpr at = min(row, rows - 1);
            IndexExpr rowId = rowIds.at({b, at}),
                      keyId = keyIds.at({b, min(key, keys - 1)});
            program.store(table, {b, at}, key);
            IndexExpr before = passesEqual ? keyId <= rowId : keyId < rowId;
            IndexExpr passesKey = (row < rows) & (key < keys) & before;
            return {select((row < rows) & !passesKey, row + 1, row),
                    select(passesKey, key + 1, key)};
          });
    };
    merge(tables[FirstKey], /*passesEqual=*/false);
    merge(tables[EndKey], /*passesEqual=*/true);
    program.forEach(select(ascends, 0, rows), [&](const IndexExpr &row) {
      program.store(tables[FirstKey], {b, row}, 0);
      program.store(tables[EndKey], {b, row}, sizes.keys);
    });
  });
  return tables;
}

namespace {
/// Ids of queries, by position or by row, and of keys.
struct Ids {
  Ids(SegmentsAttr attr, const PatternScope &scope)
      : scope(scope), isPair(attr.getKeys() >= 0),
        rows(operandOf(scope, attr.getRows())),
        keys(operandOf(scope, isPair ? attr.getKeys() : attr.getRows())) {}

  IndexExpr rowOf(const IndexExpr &query) const {
    return isPair ? query - scope.rowOrigin : query;
  }
  IndexExpr numRows() const { return rows.getSize(rows.getRank() - 1); }
  IndexExpr clamp(const IndexExpr &row) const {
    return max(min(row, numRows() - 1), 0);
  }
  IndexExpr ofRow(const IndexExpr &row) const {
    return rows.at({scope.batch, clamp(row)});
  }
  IndexExpr ofKey(const IndexExpr &key) const {
    return keys.at({scope.batch, key});
  }

  const PatternScope &scope;
  bool isPair;
  const PatternOperand &rows, &keys;
};
} // namespace

IndexExpr SegmentsAttr::buildPredicate(const PatternScope &scope,
                                       IndexExpr query, IndexExpr key) const {
  Ids ids(*this, scope);
  IndexExpr row = ids.rowOf(query);
  IndexExpr same = ids.ofRow(row) == ids.ofKey(key);
  if (ids.isPair)
    return same;
  return same & (IndexExpr(0) <= row) & (row < ids.numRows());
}

KeySegment SegmentsAttr::nextSegment(const QueryTile &tile,
                                     IndexExpr key) const {
  const PatternScope &scope = tile.scope;
  ArrayRef<PatternOperand> tables = runtimeTablesOf(scope, *this);
  Ids ids(*this, scope);
  IndexExpr first = ids.rowOf(tile.first), last = ids.rowOf(tile.last);
  IndexExpr someRow = true, allRows = true;
  if (!ids.isPair) {
    someRow = (IndexExpr(0) <= last) & (first < ids.numRows());
    allRows = (IndexExpr(0) <= first) & (last < ids.numRows());
  }
  IndexExpr firstInside = ids.clamp(first), lastInside = ids.clamp(last);
  auto entry = [&](Table table, const IndexExpr &at) {
    return tables[table].at({scope.batch, at});
  };
  // Within one run of ids a tile is exact; otherwise it may see all between the first key
  // of its first row and the last of its last.
  IndexExpr isOneRun = lastInside < entry(RowRunEnd, firstInside);
  IndexExpr begin = entry(FirstKey, firstInside);
  IndexExpr end = entry(EndKey, lastInside);
  IndexExpr same = ids.ofRow(first) == ids.ofKey(key);
  IndexExpr within = (begin <= key) & (key < end);
  return {select(isOneRun, same, within) & someRow, isOneRun & same & allRows,
          select(!someRow | (end <= key), scope.numKeys,
                 select(key < begin, begin, entry(KeyRunEnd, key)))};
}
