// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `block_list`: blocks listed for each block of rows, in compressed rows. Blocks are found
/// by halving the list of a row, so that nothing grows with the number of pairs of blocks;
/// how often it must be halved is found once per call, and the same for all lanes.
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "RuntimePatternsDetail.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::detail;

Attribute BlockListAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  int64_t queryBlock = 0, keyBlock = 0, rowPtr = -1, cols = -1;
  int64_t multiset = 1, least = 1;
  auto parseItem = [&]() -> ParseResult {
    SMLoc itemLoc = parser.getCurrentLocation();
    StringRef name;
    if (parser.parseKeyword(&name) || parser.parseEqual())
      return failure();
    if (name == "block")
      return failure(parser.parseLSquare() || sattn::detail::parseInteger(parser, queryBlock) ||
                     parser.parseComma() || sattn::detail::parseInteger(parser, keyBlock) ||
                     parser.parseRSquare());
    if (name == "multiset")
      return sattn::detail::parseInteger(parser, multiset);
    if (name == "least")
      return sattn::detail::parseInteger(parser, least);
    if (name == "row_ptr")
      return sattn::detail::parseInteger(parser, rowPtr);
    if (name == "cols")
      return sattn::detail::parseInteger(parser, cols);
    return parser.emitError(itemLoc) << "expected 'block', but got '" << name
                                     << "'";
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseItem))
    return {};
  return parser.getChecked<BlockListAttr>(loc, parser.getContext(), queryBlock,
                                          keyBlock, multiset, least, rowPtr,
                                          cols);
}

void BlockListAttr::print(AsmPrinter &printer) const {
  printer << "<block = [" << getQueryBlock() << ", " << getKeyBlock() << "]";
  if (getMultiset() != 1)
    printer << ", multiset = " << getMultiset();
  if (getLeast() != 1)
    printer << ", least = " << getLeast();
  if (getRowPtr() >= 0)
    printer << ", row_ptr = " << getRowPtr() << ", cols = " << getCols();
  printer << ">";
}

LogicalResult BlockListAttr::verify(EmitError emitError, int64_t queryBlock,
                                    int64_t keyBlock, int64_t multiset,
                                    int64_t least, int64_t rowPtr,
                                    int64_t cols) {
  constexpr int64_t mostTimes = 16;
  constexpr int64_t maxBlock = int64_t(1) << 20;
  if (queryBlock < 1 || queryBlock > maxBlock || keyBlock < 1 ||
      keyBlock > maxBlock)
    return emitError() << "expected 'block' sizes between 1 and 2^20, but got ["
                       << queryBlock << ", " << keyBlock << "]";
  if (failed(verifyBetween(emitError, "multiset", multiset, 1, mostTimes)) ||
      failed(verifyBetween(emitError, "least", least, 1, mostTimes)))
    return failure();
  if (multiset > 1 && least > 1)
    return emitError() << "expected 'multiset' or 'least', but got both";
  return verifyOperandNumbers(emitError, {rowPtr, cols}, 2);
}

std::pair<unsigned, unsigned> BlockListAttr::getOperandCounts() const {
  return {2, 2};
}

SmallVector<PatternOperandSpec> BlockListAttr::getOperandSpecs() const {
  if (getRowPtr() < 0)
    return {};
  return {{SATTN_ROW_POINTERS,
           getRowPtr(),
           {{OperandDim::Batch, 1, 0, true},
            {OperandDim::Heads, 1, 0, true},
            {OperandDim::Rows, getQueryBlock(), 1}}},
          {SATTN_COLUMNS, getCols(), {{OperandDim::Any}}}};
}

Attribute BlockListAttr::withOperands(ArrayRef<int64_t> operands) const {
  return get(getContext(), getQueryBlock(), getKeyBlock(), getMultiset(),
             getLeast(), operands.empty() ? -1 : operands[0],
             operands.empty() ? -1 : operands[1]);
}

int64_t BlockListAttr::getMultiplicity() const { return getMultiset(); }

PatternAttr BlockListAttr::atLeast(int64_t times) const {
  if (times > getMultiset())
    return cast<PatternAttr>(Attribute(NoneAttr::get(getContext())));
  return cast<PatternAttr>(
      Attribute(get(getContext(), getQueryBlock(), getKeyBlock(),
                    /*multiset=*/1, std::max(times, getLeast()), getRowPtr(),
                    getCols())));
}

Attribute BlockListAttr::getTableKey() const {
  return get(getContext(), getQueryBlock(), getKeyBlock(), /*multiset=*/1,
             /*least=*/1, getRowPtr(), getCols());
}

PatternAttr BlockListAttr::getTypicalPattern() const {
  constexpr int64_t typicalBlocks = 16;
  return cast<PatternAttr>(Attribute(RandomAttr::get(
      getContext(), std::max(getQueryBlock(), getKeyBlock()), typicalBlocks,
      /*seed=*/0)));
}

bool BlockListAttr::dependsOnHead() const { return true; }

void BlockListAttr::checkValues(OperandChecker &checker,
                                const RuntimeSizes &sizes,
                                ArrayRef<PatternOperand> operands) const {
  const PatternOperand &rowPtr = operands[0], &cols = operands[1];
  checker.checkRange(SATTN_ROW_POINTERS, rowPtr, 0, cols.getSize(0));
  checker.checkAscending(SATTN_ROW_POINTERS, rowPtr);
  // Entries of no row are 0, also where there is no key.
  checker.checkRange(SATTN_COLUMNS, cols, 0,
                     max(ceilDiv(sizes.keys, getKeyBlock()) - 1, 0));
  // Blocks of a row ascend; rows may overlap.
  int64_t rank = rowPtr.getRank();
  IndexExpr rows = max(rowPtr.getSize(rank - 1) - 1, 0);
  IndexExpr heads = rank > 1 ? rowPtr.getSize(rank - 2) : IndexExpr(1);
  IndexExpr batches = rank > 2 ? rowPtr.getSize(rank - 3) : IndexExpr(1);
  // Where the list of row number `index`, of all batches and heads, begins and ends.
  auto listOf = [&](const IndexExpr &index) {
    IndexExpr row = mod(index, max(rows, 1));
    IndexExpr rest = floorDiv(index, max(rows, 1));
    IndexExpr head = mod(rest, max(heads, 1));
    IndexExpr batch = floorDiv(rest, max(heads, 1));
    return std::pair(rowPtr.at({batch, head, row}),
                     rowPtr.at({batch, head, row + 1}));
  };
  checker.check(
      SATTN_COLUMNS, SATTN_RULE_ASCENDING, batches * heads * rows,
      [&](const IndexExpr &index) -> OperandChecker::Claim {
        auto [begin, end] = listOf(index);
        SmallVector<IndexExpr> found = checker.getProgram().loop(
            begin + 1, end,
            {-1, 0, 0},
            [&](const IndexExpr &at,
                ArrayRef<IndexExpr> carried) -> SmallVector<IndexExpr> {
              IndexExpr before = cols.at({at - 1}), own = cols.at({at});
              IndexExpr descends = own < before;
              return {select(descends, at, carried[0]),
                      select(descends, own, carried[1]),
                      select(descends, before, carried[2])};
            });
        return {found[0] == -1, found[0], found[1], found[2]};
      });
  if (getMultiset() == 1)
    return;
  // A block that is listed more often than `multiset` says.
  checker.check(
      SATTN_COLUMNS, SATTN_RULE_TIMES, batches * heads * rows,
      [&](const IndexExpr &index) -> OperandChecker::Claim {
        auto [begin, end] = listOf(index);
        SmallVector<IndexExpr> found = checker.getProgram().loop(
            begin + getMultiset(), end, {-1, 0},
            [&](const IndexExpr &at,
                ArrayRef<IndexExpr> carried) -> SmallVector<IndexExpr> {
              IndexExpr own = cols.at({at});
              IndexExpr again = cols.at({at - getMultiset()}) == own;
              return {select(again, at, carried[0]),
                      select(again, own, carried[1])};
            });
        return {found[0] == -1, found[0], found[1], getMultiset()};
      });
}

/// One number: how often the longest row is halved until nothing is left of it.
SmallVector<PatternOperand>
BlockListAttr::buildRuntimeTables(IndexProgram &program,
                                  const RuntimeSizes &sizes,
                                  ArrayRef<PatternOperand> operands) const {
  const PatternOperand &rowPtr = operands[0];
  int64_t rank = rowPtr.getRank();
  IndexExpr rows = max(rowPtr.getSize(rank - 1) - 1, 0);
  IndexExpr heads = rank > 1 ? rowPtr.getSize(rank - 2) : IndexExpr(1);
  IndexExpr batches = rank > 2 ? rowPtr.getSize(rank - 3) : IndexExpr(1);
  auto longestOf = [&](const IndexExpr &end, const IndexExpr &longest,
                       llvm::function_ref<IndexExpr(const IndexExpr &,
                                                    const IndexExpr &)>
                           visit) {
    return program.loop(0, end, {longest},
                        [&](const IndexExpr &i, ArrayRef<IndexExpr> carried)
                            -> SmallVector<IndexExpr> {
                          return {visit(i, carried[0])};
                        })[0];
  };
  IndexExpr longest = longestOf(
      batches, 0, [&](const IndexExpr &batch, const IndexExpr &ofBatches) {
        return longestOf(
            heads, ofBatches, [&](const IndexExpr &head, const IndexExpr &ofHeads) {
              return longestOf(
                  rows, ofHeads, [&](const IndexExpr &row, const IndexExpr &ofRows) {
                    return max(ofRows, rowPtr.at({batch, head, row + 1}) -
                                           rowPtr.at({batch, head, row}));
                  });
            });
      });
  IndexExpr halvings = program.loopWhile(
      {longest, 0},
      [](ArrayRef<IndexExpr> state) { return IndexExpr(0) < state[0]; },
      [](ArrayRef<IndexExpr> state) {
        return SmallVector<IndexExpr>{floorDiv(state[0], 2), state[1] + 1};
      })[1];
  PatternOperand table = program.allocate({1});
  program.store(table, {0}, halvings);
  return {table};
}

namespace {
/// The lists of one batch and head.
class Lists {
public:
  Lists(BlockListAttr attr, const PatternScope &scope)
      : scope(scope), rowPtr(operandOf(scope, attr.getRowPtr())),
        cols(operandOf(scope, attr.getCols())),
        halvings(runtimeTablesOf(scope, attr.getTableKey())[0].at({0})),
        queryBlock(attr.getQueryBlock()), least(attr.getLeast()),
        numBlocks(ceilDiv(scope.numKeys, attr.getKeyBlock())) {}

  /// The block of rows of a query; one that is there.
  IndexExpr blockOf(const IndexExpr &query) const {
    bool isTileInBlock =
        scope.tileAlignment && queryBlock % scope.tileAlignment == 0;
    IndexExpr row = isTileInBlock ? scope.tileRow : query - scope.rowOrigin;
    IndexExpr blocks = rowPtr.getSize(rowPtr.getRank() - 1) - 1;
    return max(min(floorDiv(row, queryBlock), blocks - 1), 0);
  }

  struct Found {
    /// The first block that is listed and not below the wanted one; `getNumBlocks` if
    /// there is none.
    IndexExpr next;
    /// Whether the wanted block is listed often enough.
    IndexExpr isListed;
  };
  Found find(const IndexExpr &row, const IndexExpr &wanted) const {
    IndexExpr begin = rowPtr.at({scope.batch, scope.head, row});
    IndexExpr end = rowPtr.at({scope.batch, scope.head, row + 1});
    IndexExpr most = cols.getSize(0) - 1;
    // What is sought lies in [lo, hi]; `next` is what is listed at hi.
    SmallVector<IndexExpr> found = getProgram().loop(
        0, halvings, {begin, end, numBlocks},
        [&](const IndexExpr &,
            ArrayRef<IndexExpr> carried) -> SmallVector<IndexExpr> {
          const IndexExpr &lo = carried[0], &hi = carried[1];
          IndexExpr middle = floorDiv(lo + hi, 2);
          // At the end, when nothing is left between lo and hi, nothing changes.
          IndexExpr listed = cols.at({min(middle, most)});
          IndexExpr isLeft = lo < hi;
          IndexExpr isBelow = listed < wanted;
          IndexExpr goesUp = isLeft & isBelow, goesDown = isLeft & !isBelow;
          return {select(goesUp, middle + 1, lo), select(goesDown, middle, hi),
                  select(goesDown, listed, carried[2])};
        });
    IndexExpr next = found[2], isListed = next == wanted;
    if (least > 1) {
      // As often as that: then it is also listed so many places further.
      IndexExpr at = found[1] + (least - 1);
      IndexExpr inside = max(min(at, most), 0);
      isListed = isListed & (at < end) &
                 (cols.at({select(isListed, inside, 0)}) == wanted);
    }
    return {next, isListed};
  }

  const IndexExpr &getNumBlocks() const { return numBlocks; }
  IndexProgram getProgram() const {
    return cols.getBuilder() ? IndexProgram(*cols.getBuilder())
                             : IndexProgram();
  }

private:
  const PatternScope &scope;
  const PatternOperand &rowPtr, &cols;
  IndexExpr halvings;
  int64_t queryBlock, least;
  IndexExpr numBlocks;
};
} // namespace

IndexExpr BlockListAttr::buildPredicate(const PatternScope &scope,
                                        IndexExpr query, IndexExpr key) const {
  Lists lists(*this, scope);
  IndexExpr wanted = floorDiv(key, getKeyBlock());
  return lists.find(lists.blockOf(query), wanted).isListed;
}

KeySegment BlockListAttr::nextSegment(const QueryTile &tile,
                                      IndexExpr key) const {
  const PatternScope &scope = tile.scope;
  Lists lists(*this, scope);
  IndexExpr wanted = floorDiv(key, getKeyBlock());
  // Blocks of rows that list the wanted block, and the next block that one of them lists.
  IndexExpr first = lists.blockOf(tile.first), last = lists.blockOf(tile.last);
  IndexProgram program = lists.getProgram();
  SmallVector<IndexExpr> found = program.loop(
      first, last + 1, {0, lists.getNumBlocks()},
      [&](const IndexExpr &row,
          ArrayRef<IndexExpr> carried) -> SmallVector<IndexExpr> {
        Lists::Found found = lists.find(row, wanted);
        return {carried[0] + select(found.isListed, 1, 0),
                min(carried[1], found.next)};
      });
  IndexExpr any = IndexExpr(0) < found[0];
  IndexExpr all = found[0] == last - first + 1;
  IndexExpr next = found[1];
  return {any, all,
          select(any | (next == wanted), (wanted + 1) * getKeyBlock(),
                 select(next < lists.getNumBlocks(), next * getKeyBlock(),
                        scope.numKeys))};
}
