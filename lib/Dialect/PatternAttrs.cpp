// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The pattern attributes: parameters, predicates and segments.
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "PatternAttrsDetail.h"
#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::sattn;

#include "SparseAttn/Dialect/SparseAttnEnums.cpp.inc"

// The dialect dispatches by name itself (see parsePatternByName).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#define GET_ATTRDEF_CLASSES
#include "SparseAttn/Dialect/PatternAttrs.cpp.inc"
#pragma GCC diagnostic pop

void SparseAttnDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "SparseAttn/Dialect/PatternAttrs.cpp.inc"
      >();
}

namespace {

using EmitError = function_ref<InFlightDiagnostic()>;

/// Positions, and products of parameters that are compared with positions, stay far
/// from the limits of 64-bit arithmetic.
constexpr int64_t maxPosition = int64_t(1) << 40;

LogicalResult verifyBetween(EmitError emitError, StringRef name, int64_t value,
                            int64_t least, int64_t most = maxPosition) {
  if (value < least)
    return emitError() << "expected '" << name << "' to be at least " << least
                       << ", but got " << value;
  if (value > most)
    return emitError() << "expected '" << name << "' to be at most " << most
                       << ", but got " << value;
  return success();
}

/// key mod stride in [phase, phase + width): the same for every query.
KeySegment periodicSegment(const IndexExpr &key, int64_t stride, int64_t phase,
                           int64_t width) {
  IndexExpr residue = mod(key - phase, stride);
  IndexExpr inside = residue < width;
  return {inside, inside,
          key + select(inside, width - residue, stride - residue)};
}
} // namespace

//===----------------------------------------------------------------------===//
// Syntax
//===----------------------------------------------------------------------===//

namespace {
template <typename T, typename = void> struct HasMnemonic : std::false_type {};
template <typename T>
struct HasMnemonic<T, std::void_t<decltype(T::getMnemonic())>>
    : std::true_type {};
template <typename T, typename = void> struct HasParse : std::false_type {};
template <typename T>
struct HasParse<T, std::void_t<decltype(T::parse(std::declval<AsmParser &>(),
                                                 Type()))>> : std::true_type {};

/// Returns whether `name` is the attribute T; if so parses its parameters.
template <typename T>
bool tryParse(AsmParser &parser, StringRef name, Attribute &result) {
  if constexpr (HasMnemonic<T>::value) {
    if (name != T::getMnemonic())
      return false;
    if constexpr (HasParse<T>::value)
      result = T::parse(parser, Type());
    else
      result = T::get(parser.getContext());
    return true;
  }
  return false;
}

template <typename T> bool tryPrint(AsmPrinter &printer, Attribute attr) {
  if constexpr (HasMnemonic<T>::value) {
    auto typed = dyn_cast<T>(attr);
    if (!typed)
      return false;
    printer << T::getMnemonic();
    if constexpr (HasParse<T>::value)
      typed.print(printer);
    return true;
  }
  return false;
}

template <typename... Attrs> struct ByName {
  static bool parse(AsmParser &parser, StringRef name, Attribute &result) {
    return (tryParse<Attrs>(parser, name, result) || ...);
  }
  static bool print(AsmPrinter &printer, Attribute attr) {
    return (tryPrint<Attrs>(printer, attr) || ...);
  }
};
using AllAttributes = ByName<
#define GET_ATTRDEF_LIST
#include "SparseAttn/Dialect/PatternAttrs.cpp.inc"
    >;
} // namespace

ParseResult mlir::sattn::detail::parsePatternByName(AsmParser &parser,
                                                    StringRef name, SMLoc loc,
                                                    Attribute &result) {
  if (!AllAttributes::parse(parser, name, result))
    return parser.emitError(loc) << "unknown pattern '" << name << "'";
  return success(static_cast<bool>(result));
}

LogicalResult mlir::sattn::detail::printPatternByName(AsmPrinter &printer,
                                                      Attribute attr) {
  return success(AllAttributes::print(printer, attr));
}

Attribute SparseAttnDialect::parseAttribute(DialectAsmParser &parser,
                                            Type) const {
  SMLoc loc = parser.getCurrentLocation();
  StringRef name;
  if (parser.parseKeyword(&name))
    return {};
  Attribute result;
  if (name == "pattern") {
    if (parser.parseLess() || parsePattern(parser, result) ||
        parser.parseGreater())
      return {};
    return result;
  }
  if (detail::parsePatternByName(parser, name, loc, result))
    return {};
  return result;
}

void SparseAttnDialect::printAttribute(Attribute attr,
                                       DialectAsmPrinter &printer) const {
  if (succeeded(detail::printPatternByName(printer, attr)))
    return;
  printer << "pattern<";
  printPattern(printer, attr);
  printer << ">";
}

//===----------------------------------------------------------------------===//
// dense, none, causal, prefix
//===----------------------------------------------------------------------===//

IndexExpr DenseAttr::buildPredicate(const PatternScope &, IndexExpr,
                                    IndexExpr) const {
  return true;
}
KeySegment DenseAttr::nextSegment(const QueryTile &tile, IndexExpr) const {
  return {true, true, tile.scope.numKeys};
}

IndexExpr NoneAttr::buildPredicate(const PatternScope &, IndexExpr,
                                   IndexExpr) const {
  return false;
}
KeySegment NoneAttr::nextSegment(const QueryTile &tile, IndexExpr) const {
  return {false, false, tile.scope.numKeys};
}

IndexExpr CausalAttr::buildPredicate(const PatternScope &, IndexExpr query,
                                     IndexExpr key) const {
  return key <= query;
}
KeySegment CausalAttr::nextSegment(const QueryTile &tile,
                                   IndexExpr key) const {
  return intervalSegment(tile, key, 0, tile.first + 1, 0, tile.last + 1);
}

LogicalResult PrefixAttr::verify(EmitError emitError, int64_t len) {
  return verifyBetween(emitError, "len", len, 0);
}
IndexExpr PrefixAttr::buildPredicate(const PatternScope &, IndexExpr,
                                     IndexExpr key) const {
  return key < getLen();
}
KeySegment PrefixAttr::nextSegment(const QueryTile &tile,
                                   IndexExpr key) const {
  return intervalSegment(tile, key, 0, getLen(), 0, getLen());
}

//===----------------------------------------------------------------------===//
// window, strided, columns, block_local
//===----------------------------------------------------------------------===//

LogicalResult WindowAttr::verify(EmitError emitError,
                                 std::optional<int64_t> left,
                                 std::optional<int64_t> right,
                                 int64_t dilation) {
  if (failed(verifyBetween(emitError, "dilation", dilation, 1)))
    return failure();
  for (auto [name, bound] :
       {std::pair<StringRef, std::optional<int64_t>>{"left", left},
        {"right", right}}) {
    if (!bound)
      continue;
    if (*bound < 0)
      return emitError() << "expected '" << name
                         << "' to be non-negative, but got " << *bound
                         << "; leave it out for an unbounded side";
    if (failed(verifyBetween(emitError, name, *bound, 0,
                             maxPosition / dilation)))
      return failure();
  }
  return success();
}

int64_t WindowAttr::getLattice() const { return getDilation(); }

IndexExpr WindowAttr::buildPredicate(const PatternScope &, IndexExpr query,
                                     IndexExpr key) const {
  IndexExpr distance = key - query;
  IndexExpr live = true;
  if (getLeft())
    live = live & (-*getLeft() * getDilation() <= distance);
  if (getRight())
    live = live & (distance <= *getRight() * getDilation());
  if (getDilation() > 1)
    live = live & (mod(distance, getDilation()) == 0);
  return live;
}

namespace {
/// (key - query) mod stride == 0 for a tile of any step.
KeySegment stridedSegment(const QueryTile &tile, const IndexExpr &key,
                          int64_t stride) {
  if (tile.step % stride == 0)
    return {true, true, tile.scope.numKeys};
  // Rows first .. last occupy the residues 0 .. span, counted from the first row's.
  IndexExpr residue = mod(key - tile.first, stride);
  IndexExpr span = tile.last - tile.first;
  IndexExpr live = residue <= span;
  return {live, live & (span == 0),
          key + select(live, span - residue + 1, stride - residue)};
}
} // namespace

KeySegment WindowAttr::nextSegment(const QueryTile &tile,
                                   IndexExpr key) const {
  auto lo = [&](const IndexExpr &row) {
    return getLeft() ? row - *getLeft() * getDilation() : IndexExpr(0);
  };
  auto hi = [&](const IndexExpr &row) {
    return getRight() ? row + (*getRight() * getDilation() + 1)
                      : tile.scope.numKeys;
  };
  KeySegment span = intervalSegment(tile, key, lo(tile.first), hi(tile.first),
                                    lo(tile.last), hi(tile.last));
  if (getDilation() == 1)
    return span;
  return andSegments({span, stridedSegment(tile, key, getDilation())});
}

LogicalResult StridedAttr::verify(EmitError emitError, int64_t stride) {
  return verifyBetween(emitError, "stride", stride, 1);
}
int64_t StridedAttr::getLattice() const { return getStride(); }
IndexExpr StridedAttr::buildPredicate(const PatternScope &, IndexExpr query,
                                      IndexExpr key) const {
  return mod(query - key, getStride()) == 0;
}
KeySegment StridedAttr::nextSegment(const QueryTile &tile,
                                    IndexExpr key) const {
  return stridedSegment(tile, key, getStride());
}

LogicalResult ColumnsAttr::verify(EmitError emitError, int64_t stride,
                                  int64_t phase, int64_t width) {
  if (failed(verifyBetween(emitError, "stride", stride, 1)) ||
      failed(verifyBetween(emitError, "phase", phase, 0, stride - 1)))
    return failure();
  return verifyBetween(emitError, "width", width, 1, stride - phase);
}
IndexExpr ColumnsAttr::buildPredicate(const PatternScope &, IndexExpr,
                                      IndexExpr key) const {
  return mod(key - getPhase(), getStride()) < getWidth();
}
KeySegment ColumnsAttr::nextSegment(const QueryTile &, IndexExpr key) const {
  return periodicSegment(key, getStride(), getPhase(), getWidth());
}

LogicalResult BlockLocalAttr::verify(EmitError emitError, int64_t size,
                                     int64_t leftBlocks, int64_t rightBlocks,
                                     int64_t boundary) {
  if (failed(verifyBetween(emitError, "size", size, 1)) ||
      failed(verifyBetween(emitError, "left_blocks", leftBlocks, 0,
                           maxPosition / size)) ||
      failed(verifyBetween(emitError, "right_blocks", rightBlocks, 0,
                           maxPosition / size)))
    return failure();
  return verifyBetween(emitError, "boundary", boundary, 0, size);
}

namespace {
/// The keys [lo, hi) that a row of block_local sees.
std::pair<IndexExpr, IndexExpr> blockLocalRange(BlockLocalAttr attr,
                                                const IndexExpr &row) {
  int64_t before =
      std::max(attr.getLeftBlocks() * attr.getSize(), attr.getBoundary());
  int64_t after =
      std::max(attr.getRightBlocks() * attr.getSize(), attr.getBoundary());
  IndexExpr begin = floorDiv(row, attr.getSize()) * attr.getSize();
  return {begin - before, begin + (attr.getSize() + after)};
}
} // namespace

IndexExpr BlockLocalAttr::buildPredicate(const PatternScope &, IndexExpr query,
                                         IndexExpr key) const {
  auto [lo, hi] = blockLocalRange(*this, query);
  return (lo <= key) & (key < hi);
}
KeySegment BlockLocalAttr::nextSegment(const QueryTile &tile,
                                       IndexExpr key) const {
  auto [firstLo, firstHi] = blockLocalRange(*this, tile.first);
  auto [lastLo, lastHi] = blockLocalRange(*this, tile.last);
  return intervalSegment(tile, key, firstLo, firstHi, lastLo, lastHi);
}

//===----------------------------------------------------------------------===//
// global
//===----------------------------------------------------------------------===//

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
      return failure(parser.parseEqual() ||
                     parser.parseCommaSeparatedList(
                         AsmParser::Delimiter::Square, [&] {
                           return parser.parseInteger(
                               positions.emplace_back());
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
                                       positions, rows, columns);
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

IndexExpr GlobalAttr::buildPredicate(const PatternScope &scope,
                                     IndexExpr query, IndexExpr key) const {
  IndexExpr live = false;
  if (getRows())
    live = live | isGlobal(*this, scope.numKeys, query);
  if (getColumns())
    live = live | isGlobal(*this, scope.numKeys, key);
  return live;
}

KeySegment GlobalAttr::nextSegment(const QueryTile &tile,
                                   IndexExpr key) const {
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
// neighborhood
//===----------------------------------------------------------------------===//

namespace {
ParseResult parsePair(AsmParser &parser, int64_t &first, int64_t &second) {
  return failure(parser.parseEqual() || parser.parseLSquare() ||
                 parser.parseInteger(first) || parser.parseComma() ||
                 parser.parseInteger(second) || parser.parseRSquare());
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

  IndexExpr liveEnd = select(
      full, fullColHi,
      select(rowFull & (col < fullColLo) & (fullColLo < fullColHi), fullColLo,
             colHi));
  IndexExpr emptyEnd =
      select(row < rowLo, rowLo * width + colLo,
             select(rowHi <= row, numKeys,
                    rowBegin + select(col < colLo, colLo, colLo + width)));
  return {live, full,
          select(someRow, select(live, rowBegin + liveEnd, emptyEnd),
                 numKeys)};
}
