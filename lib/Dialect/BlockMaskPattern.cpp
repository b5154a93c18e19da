// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `block_mask`: a layout of blocks.
#include "ListedPatterns.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::detail;

namespace {
/// Sizes and bits of a layout, whatever its rank.
struct Layout {
  explicit Layout(BlockMaskAttr attr)
      : values(attr.getLayout()), perHead(values.getType().getRank() == 3),
        rows(values.getType().getDimSize(perHead ? 1 : 0)),
        cols(values.getType().getDimSize(perHead ? 2 : 1)),
        heads(perHead ? values.getType().getDimSize(0) : 1) {}

  bool at(int64_t head, int64_t row, int64_t col) const {
    if (row < 0 || row >= rows || col >= cols || head >= heads)
      return false;
    if (values.isSplat())
      return values.getSplatValue<bool>();
    return values.getValues<bool>()[(head * rows + row) * cols + col];
  }

  DenseIntElementsAttr values;
  bool perHead;
  int64_t rows, cols, heads;
};
} // namespace

/// `= dense<...> : tensor<...xi1>`.
static ParseResult parseLayout(AsmParser &parser, DenseIntElementsAttr &layout) {
  Attribute given;
  SMLoc loc;
  if (parser.parseEqual() || parser.getCurrentLocation(&loc) ||
      parser.parseAttribute(given))
    return failure();
  layout = dyn_cast<DenseIntElementsAttr>(given);
  if (layout)
    return success();
  return parser.emitError(loc)
         << "expected 'layout' to be a dense tensor of i1, but got " << given;
}

Attribute BlockMaskAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  int64_t queryBlock = 0, keyBlock = 0;
  DenseIntElementsAttr layout;
  auto parseItem = [&]() -> ParseResult {
    SMLoc itemLoc = parser.getCurrentLocation();
    StringRef name;
    if (parser.parseKeyword(&name))
      return failure();
    if (name == "block")
      return failure(parser.parseEqual() || parser.parseLSquare() ||
                     sattn::detail::parseInteger(parser, queryBlock) ||
                     parser.parseComma() ||
                     sattn::detail::parseInteger(parser, keyBlock) ||
                     parser.parseRSquare());
    if (name == "layout")
      return parseLayout(parser, layout);
    return parser.emitError(itemLoc)
           << "expected 'block' or 'layout', but got '" << name << "'";
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseItem))
    return {};
  if (!layout) {
    parser.emitError(loc, "expected 'layout = dense<...>' in block_mask");
    return {};
  }
  return parser.getChecked<BlockMaskAttr>(loc, parser.getContext(), queryBlock,
                                          keyBlock, layout);
}

void BlockMaskAttr::print(AsmPrinter &printer) const {
  printer << "<block = [" << getQueryBlock() << ", " << getKeyBlock()
          << "], layout = ";
  printer.printAttribute(getLayout());
  printer << ">";
}

LogicalResult BlockMaskAttr::verify(EmitError emitError, int64_t queryBlock,
                                    int64_t keyBlock,
                                    DenseIntElementsAttr layout) {
  constexpr int64_t maxBlock = int64_t(1) << 20;
  if (queryBlock < 1 || queryBlock > maxBlock || keyBlock < 1 ||
      keyBlock > maxBlock)
    return emitError() << "expected 'block' sizes between 1 and 2^20, but got ["
                       << queryBlock << ", " << keyBlock << "]";
  ShapedType type = layout.getType();
  if (!type.getElementType().isInteger(1))
    return emitError() << "expected 'layout' to have elements of type i1, but "
                          "got "
                       << type.getElementType();
  if (type.getRank() != 2 && type.getRank() != 3)
    return emitError() << "expected 'layout' to be [query blocks, key blocks] "
                          "or [heads, query blocks, key blocks], but got rank "
                       << type.getRank();
  if (type.getNumElements() == 0)
    return emitError() << "expected 'layout' to have at least one block";
  return success();
}

std::optional<int64_t> BlockMaskAttr::getNumHeads() const {
  Layout layout(*this);
  return layout.perHead ? std::optional(layout.heads) : std::nullopt;
}

std::optional<int64_t> BlockMaskAttr::getMaxPositions(bool keys) const {
  Layout layout(*this);
  return keys ? layout.cols * getKeyBlock() : layout.rows * getQueryBlock();
}

IndexExpr BlockMaskAttr::buildPredicate(const PatternScope &scope,
                                        IndexExpr query, IndexExpr key) const {
  Layout layout(*this);
  IndexExpr row = floorDiv(query, getQueryBlock());
  IndexExpr col = floorDiv(key, getKeyBlock());
  IndexExpr head = layout.perHead ? scope.head : IndexExpr(0);
  if (row.isConstant() && col.isConstant() && head.isConstant())
    return layout.at(head.getConstant(), row.getConstant(), col.getConstant());
  Value next = tablesOf(scope, *this).front();
  ImplicitLocOpBuilder &b =
      *(query.getBuilder() ? query.getBuilder() : key.getBuilder());
  auto clamp = [&](const IndexExpr &at, int64_t size) {
    return min(max(at, 0), size - 1);
  };
  IndexExpr position =
      (head * layout.rows + clamp(row, layout.rows)) * layout.cols +
      clamp(col, layout.cols);
  Value entry =
      asIndex(b, memref::LoadOp::create(
                     b, next, ValueRange{position.materializeIndex(b)}));
  return (IndexExpr(entry, b) == col) & (IndexExpr(0) <= row) &
         (row < layout.rows);
}

KeySegment BlockMaskAttr::nextSegment(const QueryTile &tile,
                                      IndexExpr key) const {
  Layout layout(*this);
  const IndexExpr &numKeys = tile.scope.numKeys;
  IndexExpr firstRow = floorDiv(tile.first, getQueryBlock());
  IndexExpr lastRow = floorDiv(tile.last, getQueryBlock());
  IndexExpr someRow = (IndexExpr(0) <= lastRow) & (firstRow < layout.rows);
  IndexExpr allRows = (IndexExpr(0) <= firstRow) & (lastRow < layout.rows);
  IndexExpr lo = min(max(firstRow, 0), layout.rows - 1);
  IndexExpr hi = min(max(lastRow, 0), layout.rows - 1);
  IndexExpr col = floorDiv(key, getKeyBlock());
  IndexExpr head = layout.perHead ? tile.scope.head : IndexExpr(0);

  if (lo.isConstant() && hi.isConstant() && col.isConstant() &&
      head.isConstant()) {
    bool any = false, all = true;
    for (int64_t row = lo.getConstant(); row <= hi.getConstant(); ++row) {
      bool live = layout.at(head.getConstant(), row, col.getConstant());
      any |= live;
      all &= live;
    }
    return {IndexExpr(any) & someRow, IndexExpr(all) & allRows,
            select(someRow & (col < layout.cols), (col + 1) * getKeyBlock(),
                   max(numKeys, key + 1))};
  }

  Value table = tablesOf(tile.scope, *this).front();
  ImplicitLocOpBuilder &b =
      *(key.getBuilder() ? key.getBuilder() : tile.first.getBuilder());
  Value clampedCol = min(col, layout.cols - 1).materializeIndex(b);
  Value none = arith::ConstantIndexOp::create(b, layout.cols);
  BlockSweep sweep = emitBlockSweep(
      b, lo.materializeIndex(b), hi.materializeIndex(b), none,
      [&](Value row) -> std::pair<Value, Value> {
        IndexExpr position =
            (head * layout.rows + IndexExpr(row, b)) * layout.cols +
            IndexExpr(clampedCol, b);
        Value next =
            asIndex(b, memref::LoadOp::create(
                           b, table, ValueRange{position.materializeIndex(b)}));
        return {arith::CmpIOp::create(b, arith::CmpIPredicate::eq, next,
                                      clampedCol),
                next};
      });
  IndexExpr inside = someRow & (col < layout.cols);
  IndexExpr any = IndexExpr(sweep.any, b) & inside;
  IndexExpr next(sweep.next, b);
  IndexExpr emptyEnd =
      select(next < layout.cols, next * getKeyBlock(), numKeys);
  return {any, IndexExpr(sweep.all, b) & allRows & inside,
          select(inside, select(any, (col + 1) * getKeyBlock(), emptyEnd),
                 max(numKeys, key + 1))};
}

SmallVector<Value> BlockMaskAttr::buildTables(ImplicitLocOpBuilder &b,
                                              const TableExtent &) const {
  // next[h, row, col], flat: the first live block at or after col; the number
  // of columns if there is none. A block is live iff it is its own next.
  Layout layout(*this);
  std::vector<int32_t> next(layout.heads * layout.rows * layout.cols);
  for (int64_t head = 0; head < layout.heads; ++head)
    for (int64_t row = 0; row < layout.rows; ++row) {
      int32_t ahead = layout.cols;
      for (int64_t col = layout.cols - 1; col >= 0; --col) {
        if (layout.at(head, row, col))
          ahead = col;
        next[(head * layout.rows + row) * layout.cols + col] = ahead;
      }
    }
  return {emitConstantTable<int32_t>(b, "sattn_block_mask", next)};
}
