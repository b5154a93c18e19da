// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `neighborhood`: the keys around a query on a 2-D grid.
#include "PatternAttrsDetail.h"
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::detail;

namespace {
ParseResult parsePair(AsmParser &parser, int64_t &first, int64_t &second) {
  return failure(parser.parseEqual() || parser.parseLSquare() ||
                 sattn::detail::parseInteger(parser, first) || parser.parseComma() ||
                 sattn::detail::parseInteger(parser, second) || parser.parseRSquare());
}
} // namespace

Attribute NeighborhoodAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  int64_t height = 0, width = 0, kernelHeight = 0, kernelWidth = 0;
  NeighborhoodBorder border = NeighborhoodBorder::Shift;
  auto parseItem = [&]() -> ParseResult {
    SMLoc itemLoc = parser.getCurrentLocation();
    StringRef name;
    if (parser.parseKeyword(&name))
      return failure();
    if (name == "grid")
      return parsePair(parser, height, width);
    if (name == "kernel")
      return parsePair(parser, kernelHeight, kernelWidth);
    if (name != "border")
      return parser.emitError(itemLoc)
             << "expected 'grid', 'kernel' or 'border', but got '" << name
             << "'";
    StringRef kind;
    SMLoc kindLoc;
    if (parser.parseEqual())
      return failure();
    kindLoc = parser.getCurrentLocation();
    if (parser.parseKeyword(&kind))
      return failure();
    std::optional<NeighborhoodBorder> parsed =
        symbolizeNeighborhoodBorder(kind);
    if (!parsed)
      return parser.emitError(kindLoc)
             << "expected 'shift' or 'clip', but got '" << kind << "'";
    border = *parsed;
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseItem))
    return {};
  return parser.getChecked<NeighborhoodAttr>(loc, parser.getContext(), height,
                                             width, kernelHeight, kernelWidth,
                                             border);
}

void NeighborhoodAttr::print(AsmPrinter &printer) const {
  printer << "<grid = [" << getGridHeight() << ", " << getGridWidth()
          << "], kernel = [" << getKernelHeight() << ", " << getKernelWidth()
          << "]";
  if (getBorder() != NeighborhoodBorder::Shift)
    printer << ", border = " << stringifyNeighborhoodBorder(getBorder());
  printer << ">";
}

LogicalResult NeighborhoodAttr::verify(EmitError emitError, int64_t height,
                                       int64_t width, int64_t kernelHeight,
                                       int64_t kernelWidth,
                                       NeighborhoodBorder) {
  if (failed(verifyBetween(emitError, "grid", height, 1)) ||
      failed(verifyBetween(emitError, "grid", width, 1, maxPosition / height)))
    return failure();
  if (failed(verifyBetween(emitError, "kernel", kernelHeight, 1, height)))
    return failure();
  return verifyBetween(emitError, "kernel", kernelWidth, 1, width);
}

std::optional<int64_t> NeighborhoodAttr::getMaxPositions(bool) const {
  return getGridHeight() * getGridWidth();
}

namespace {
/// Window [lo, hi) of a coordinate, along an axis of `size` points.
std::pair<IndexExpr, IndexExpr> axisWindow(const IndexExpr &at, int64_t size,
                                           int64_t kernel,
                                           NeighborhoodBorder border) {
  IndexExpr lo = at - kernel / 2;
  if (border == NeighborhoodBorder::Clip)
    return {max(lo, 0), min(lo + kernel, size)};
  lo = min(max(lo, 0), size - kernel);
  return {lo, lo + kernel};
}
} // namespace

IndexExpr NeighborhoodAttr::buildPredicate(const PatternScope &,
                                           IndexExpr query,
                                           IndexExpr key) const {
  int64_t height = getGridHeight(), width = getGridWidth();
  auto [rowLo, rowHi] = axisWindow(floorDiv(query, width), height,
                                   getKernelHeight(), getBorder());
  auto [colLo, colHi] =
      axisWindow(mod(query, width), width, getKernelWidth(), getBorder());
  IndexExpr row = floorDiv(key, width), col = mod(key, width);
  return (IndexExpr(0) <= query) & (query < height * width) &
         (key < height * width) & (rowLo <= row) & (row < rowHi) &
         (colLo <= col) & (col < colHi);
}

KeySegment NeighborhoodAttr::nextSegment(const QueryTile &tile,
                                         IndexExpr key) const {
  int64_t height = getGridHeight(), width = getGridWidth();
  const IndexExpr &numKeys = tile.scope.numKeys;
  IndexExpr someRow =
      (tile.first < height * width) & (IndexExpr(0) <= tile.last);
  IndexExpr allRows =
      (IndexExpr(0) <= tile.first) & (tile.last < height * width);
  IndexExpr first = max(tile.first, 0);
  IndexExpr last = min(tile.last, height * width - 1);
  IndexExpr firstRow = floorDiv(first, width), lastRow = floorDiv(last, width);
  IndexExpr sameRow = firstRow == lastRow;
  // Queries that span grid rows may stand in any column.
  IndexExpr firstCol = select(sameRow, mod(first, width), 0);
  IndexExpr lastCol = select(sameRow, mod(last, width), width - 1);

  auto rows = [&](const IndexExpr &at) {
    return axisWindow(at, height, getKernelHeight(), getBorder());
  };
  auto cols = [&](const IndexExpr &at) {
    return axisWindow(at, width, getKernelWidth(), getBorder());
  };
  auto [rowLo, fullRowHi] = rows(firstRow);
  auto [fullRowLo, rowHi] = rows(lastRow);
  auto [colLo, fullColHi] = cols(firstCol);
  auto [fullColLo, colHi] = cols(lastCol);

  IndexExpr row = floorDiv(key, width), col = mod(key, width);
  IndexExpr rowBegin = row * width;
  IndexExpr rowFull = allRows & (fullRowLo <= row) & (row < fullRowHi);
  IndexExpr inRow = (rowLo <= row) & (row < rowHi);
  IndexExpr live = someRow & inRow & (colLo <= col) & (col < colHi);
  IndexExpr full = rowFull & (fullColLo <= col) & (col < fullColHi);

  IndexExpr liveEnd =
      select(full, fullColHi,
             select(rowFull & (col < fullColLo) & (fullColLo < fullColHi),
                    fullColLo, colHi));
  IndexExpr emptyEnd =
      select(row < rowLo, rowLo * width + colLo,
             select(rowHi <= row, numKeys,
                    rowBegin + select(col < colLo, colLo, colLo + width)));
  return {live, full,
          select(someRow, select(live, rowBegin + liveEnd, emptyEnd), numKeys)};
}
