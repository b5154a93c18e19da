// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `global`: rows and columns of chosen positions.
#include "PatternAttrsDetail.h"
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::detail;

Attribute GlobalAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  int64_t first = 0, last = 0;
  SmallVector<int64_t> positions;
  bool rows = true, columns = true, oneSided = false;
  auto parseItem = [&]() -> ParseResult {
    SMLoc itemLoc = parser.getCurrentLocation();
    StringRef name;
    if (parser.parseKeyword(&name))
      return failure();
    if (name == "rows" || name == "columns") {
      if (oneSided)
        return parser.emitError(itemLoc, "expected at most one of 'rows' and "
                                         "'columns'; both is the default");
      oneSided = true;
      (name == "rows" ? columns : rows) = false;
      return success();
    }
    if (name == "first")
      return failure(parser.parseEqual() || parser.parseInteger(first));
    if (name == "last")
      return failure(parser.parseEqual() || parser.parseInteger(last));
    if (name == "positions")
      return failure(
          parser.parseEqual() ||
          parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
            return parser.parseInteger(positions.emplace_back());
          }));
    return parser.emitError(itemLoc)
           << "expected 'first', 'last', 'positions', 'rows' or 'columns', but "
              "got '"
           << name << "'";
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseItem))
    return {};
  return parser.getChecked<GlobalAttr>(loc, parser.getContext(), first, last,
                                       ArrayRef<int64_t>(positions), rows,
                                       columns);
}

void GlobalAttr::print(AsmPrinter &printer) const {
  SmallVector<std::string> items;
  if (getFirst() || (!getLast() && getPositions().empty()))
    items.push_back("first = " + std::to_string(getFirst()));
  if (getLast())
    items.push_back("last = " + std::to_string(getLast()));
  if (!getPositions().empty()) {
    std::string list;
    llvm::raw_string_ostream stream(list);
    llvm::interleaveComma(getPositions(), stream);
    items.push_back("positions = [" + list + "]");
  }
  if (!getColumns())
    items.push_back("rows");
  if (!getRows())
    items.push_back("columns");
  printer << "<";
  llvm::interleaveComma(items, printer);
  printer << ">";
}

LogicalResult GlobalAttr::verify(EmitError emitError, int64_t first,
                                 int64_t last, ArrayRef<int64_t> positions,
                                 bool rows, bool columns) {
  if (failed(verifyBetween(emitError, "first", first, 0)) ||
      failed(verifyBetween(emitError, "last", last, 0)))
    return failure();
  if (!rows && !columns)
    return emitError() << "expected 'rows' or 'columns' to hold";
  for (auto [index, position] : llvm::enumerate(positions)) {
    if (failed(verifyBetween(emitError, "positions", position, 0)))
      return failure();
    if (index && positions[index - 1] >= position)
      return emitError() << "expected 'positions' to ascend, but got "
                         << position << " after " << positions[index - 1];
  }
  return success();
}

namespace {
/// The set G as intervals [lo, hi).
SmallVector<std::pair<IndexExpr, IndexExpr>>
globalIntervals(GlobalAttr attr, const IndexExpr &numKeys) {
  SmallVector<std::pair<IndexExpr, IndexExpr>> intervals;
  if (attr.getFirst())
    intervals.push_back({0, attr.getFirst()});
  ArrayRef<int64_t> positions = attr.getPositions();
  while (!positions.empty()) {
    size_t length = 1;
    while (length < positions.size() &&
           positions[length] == positions[length - 1] + 1)
      ++length;
    intervals.push_back({positions[0], positions[length - 1] + 1});
    positions = positions.drop_front(length);
  }
  if (attr.getLast())
    intervals.push_back({max(numKeys - attr.getLast(), 0), numKeys});
  return intervals;
}

IndexExpr isGlobal(GlobalAttr attr, const IndexExpr &numKeys,
                   const IndexExpr &position) {
  IndexExpr inside = false;
  for (auto &[lo, hi] : globalIntervals(attr, numKeys))
    inside = inside | ((lo <= position) & (position < hi));
  return inside;
}
} // namespace

IndexExpr GlobalAttr::buildPredicate(const PatternScope &scope, IndexExpr query,
                                     IndexExpr key) const {
  IndexExpr live = false;
  if (getRows())
    live = live | isGlobal(*this, scope.numKeys, query);
  if (getColumns())
    live = live | isGlobal(*this, scope.numKeys, key);
  return live;
}

KeySegment GlobalAttr::nextSegment(const QueryTile &tile, IndexExpr key) const {
  const IndexExpr &numKeys = tile.scope.numKeys;
  IndexExpr someRow = false, allRows = false, column = false;
  IndexExpr columnEnd = 0, nextColumn = numKeys;
  for (auto &[lo, hi] : globalIntervals(*this, numKeys)) {
    if (getRows()) {
      someRow = someRow | ((lo <= tile.last) & (tile.first < hi));
      allRows = allRows | ((lo <= tile.first) & (tile.last < hi));
    }
    if (getColumns()) {
      IndexExpr inside = (lo <= key) & (key < hi);
      column = column | inside;
      columnEnd = max(columnEnd, select(inside, hi, 0));
      nextColumn = min(nextColumn, select(key < lo, lo, numKeys));
    }
  }
  return {someRow | column, allRows | column,
          select(allRows, numKeys, select(column, columnEnd, nextColumn))};
}

//===----------------------------------------------------------------------===//
