// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `global`: rows and columns of chosen positions. A few runs of listed
/// positions are comparisons; many are searched in a sorted table.
#include "ListedPatterns.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <limits>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::detail;

Attribute GlobalAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  int64_t first = 0, last = 0, lastBlock = 1;
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
      return failure(parser.parseEqual() || sattn::detail::parseInteger(parser, first));
    if (name == "last")
      return failure(parser.parseEqual() || sattn::detail::parseInteger(parser, last));
    if (name == "last_block")
      return failure(parser.parseEqual() || sattn::detail::parseInteger(parser, lastBlock));
    if (name == "positions")
      return failure(
          parser.parseEqual() ||
          parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
            return sattn::detail::parseInteger(parser, positions.emplace_back());
          }));
    return parser.emitError(itemLoc)
           << "expected 'first', 'last', 'last_block', 'positions', 'rows' or "
              "'columns', but got '"
           << name << "'";
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseItem))
    return {};
  return parser.getChecked<GlobalAttr>(loc, parser.getContext(), first, last,
                                       lastBlock, ArrayRef<int64_t>(positions), rows,
                                       columns);
}

void GlobalAttr::print(AsmPrinter &printer) const {
  SmallVector<std::string> items;
  if (getFirst() || (!getLast() && getPositions().empty()))
    items.push_back("first = " + std::to_string(getFirst()));
  if (getLast())
    items.push_back("last = " + std::to_string(getLast()));
  if (getLastBlock() != 1)
    items.push_back("last_block = " + std::to_string(getLastBlock()));
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
                                 int64_t last, int64_t lastBlock,
                                 ArrayRef<int64_t> positions, bool rows,
                                 bool columns) {
  if (failed(verifyBetween(emitError, "first", first, 0)) ||
      failed(verifyBetween(emitError, "last_block", lastBlock, 1)) ||
      failed(
          verifyBetween(emitError, "last", last, 0, maxPosition / lastBlock)))
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
/// More runs of listed positions than this are searched in a table.
constexpr size_t maxInlineRuns = 8;

constexpr int64_t never = std::numeric_limits<int64_t>::max();

/// A run of positions [lo, hi).
struct Run {
  IndexExpr lo, hi;
};

/// The listed positions as runs, in order.
SmallVector<std::pair<int64_t, int64_t>> listedRuns(GlobalAttr attr) {
  SmallVector<std::pair<int64_t, int64_t>> runs;
  for (int64_t position : attr.getPositions()) {
    if (runs.empty() || runs.back().second != position)
      runs.push_back({position, position});
    ++runs.back().second;
  }
  return runs;
}

/// Of the listed positions, the first run that ends after `position`; without
/// one, a run that is never reached.
std::pair<int64_t, int64_t> findListedRun(GlobalAttr attr, int64_t position) {
  ArrayRef<int64_t> listed = attr.getPositions();
  const int64_t *at = llvm::lower_bound(listed, position);
  if (at == listed.end())
    return {never, never};
  // In a run, positions grow as their indices do.
  const int64_t *end = std::partition_point(
      at, listed.end(),
      [&](const int64_t &next) { return next - *at == &next - at; });
  return {*at, *at + (end - at)};
}

/// The set G, as questions about runs.
class GlobalSet {
public:
  GlobalSet(GlobalAttr attr, const PatternScope &scope)
      : attr(attr), scope(scope) {}

  /// Calls `visit` with runs among which are those that hold `position` or come
  /// first after it.
  void visitNear(const IndexExpr &position,
                 function_ref<void(const Run &)> visit) const {
    const IndexExpr &numKeys = scope.numKeys;
    if (attr.getFirst())
      visit({0, attr.getFirst()});
    if (position.isConstant()) {
      auto [lo, hi] = findListedRun(attr, position.getConstant());
      visit({lo, hi});
    } else if (auto runs = listedRuns(attr); runs.size() <= maxInlineRuns) {
      for (auto [lo, hi] : runs)
        visit({lo, hi});
    } else {
      visit(searchTable(position));
    }
    if (attr.getLast()) {
      int64_t block = attr.getLastBlock();
      visit({max((ceilDiv(numKeys, block) - attr.getLast()) * block, 0),
             numKeys});
    }
  }

  IndexExpr containsQuery(const IndexExpr &query) const {
    IndexExpr inside = false;
    visitNear(query, [&](const Run &run) {
      inside = inside | ((run.lo <= query) & (query < run.hi));
    });
    return inside;
  }

  IndexExpr containsKey(const IndexExpr &key) const {
    IndexExpr inside = false;
    visitNear(key, [&](const Run &run) { inside = inside | holdsKey(run, key); });
    return inside;
  }

  /// Keys, other than positions, are never negative.
  static IndexExpr holdsKey(const Run &run, const IndexExpr &key) {
    return run.lo.is(0) ? key < run.hi : (run.lo <= key) & (key < run.hi);
  }

private:
  /// Binary search in the table that `buildTables` made, without a branch, so
  /// that lanes can search together.
  Run searchTable(const IndexExpr &position) const {
    ImplicitLocOpBuilder &b = *position.getBuilder();
    Value table = tablesOf(scope, attr).front();
    int64_t size = cast<MemRefType>(table.getType()).getDimSize(0) / 2;
    auto load = [&](const IndexExpr &at) {
      return IndexExpr(
          asIndex(b, memref::LoadOp::create(
                         b, table, ValueRange{at.materializeIndex(b)})),
          b);
    };
    Value zero = arith::ConstantIndexOp::create(b, 0);
    Value one = arith::ConstantIndexOp::create(b, 1);
    Value half = arith::ConstantIndexOp::create(b, size / 2);
    Value rounds = arith::ConstantIndexOp::create(b, llvm::Log2_64(size));
    auto loop = scf::ForOp::create(b, zero, rounds, one, ValueRange{zero});
    {
      // The runs before `found` end at or before the position.
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      IndexExpr step(
          arith::ShRUIOp::create(b, half, loop.getInductionVar()), b);
      IndexExpr found(loop.getRegionIterArg(0), b);
      IndexExpr next = found + step;
      IndexExpr ends = load(next - 1) <= position;
      scf::YieldOp::create(b, select(ends, next, found).materializeIndex(b));
    }
    IndexExpr found(loop.getResult(0), b);
    return {load(found + size), load(found)};
  }

  GlobalAttr attr;
  const PatternScope &scope;
};
} // namespace

SmallVector<Value> GlobalAttr::buildTables(ImplicitLocOpBuilder &b,
                                           const TableExtent &) const {
  auto runs = listedRuns(*this);
  if (runs.size() <= maxInlineRuns)
    return {};
  // Ends, then begins, each padded to a power of two by at least one run that
  // is never reached.
  int64_t size = llvm::NextPowerOf2(runs.size());
  std::vector<int64_t> table(2 * size, never);
  for (auto [index, run] : llvm::enumerate(runs)) {
    table[index] = run.second;
    table[size + index] = run.first;
  }
  return {emitConstantTable<int64_t>(b, "sattn_global_positions", table)};
}

IndexExpr GlobalAttr::buildPredicate(const PatternScope &scope, IndexExpr query,
                                     IndexExpr key) const {
  GlobalSet set(*this, scope);
  IndexExpr live = false;
  if (getRows())
    live = live | set.containsQuery(query);
  if (getColumns())
    live = live | set.containsKey(key);
  return live;
}

KeySegment GlobalAttr::nextSegment(const QueryTile &tile, IndexExpr key) const {
  const IndexExpr &numKeys = tile.scope.numKeys;
  GlobalSet set(*this, tile.scope);
  IndexExpr someRow = false, allRows = false, column = false;
  IndexExpr columnEnd = 0, nextColumn = numKeys;
  if (getRows())
    set.visitNear(tile.first, [&](const Run &run) {
      someRow = someRow | ((run.lo <= tile.last) & (tile.first < run.hi));
      allRows = allRows | ((run.lo <= tile.first) & (tile.last < run.hi));
    });
  if (getColumns())
    set.visitNear(key, [&](const Run &run) {
      IndexExpr inside = GlobalSet::holdsKey(run, key);
      column = column | inside;
      columnEnd = max(columnEnd, select(inside, run.hi, 0));
      nextColumn = min(nextColumn, select(key < run.lo, run.lo, numKeys));
    });
  return {someRow | column, allRows | column,
          select(allRows, numKeys, select(column, columnEnd, nextColumn))};
}
