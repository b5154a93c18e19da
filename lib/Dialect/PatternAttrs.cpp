// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The pattern attributes in closed form on one line of positions: parameters,
/// predicates and segments; and how all of them are parsed and printed.
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "PatternAttrsDetail.h"
#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cstring>
#include <optional>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::detail;

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

ParseResult mlir::sattn::detail::parseInteger(AsmParser &parser,
                                              int64_t &value) {
  SMLoc loc = parser.getCurrentLocation();
  for (StringRef truth : {"true", "false"})
    if (succeeded(parser.parseOptionalKeyword(truth)))
      return parser.emitError(loc)
             << "expected an integer, but got '" << truth << "'";
  return parser.parseInteger(value);
}

FailureOr<int64_t>
mlir::sattn::detail::parseIntegerParameter(AsmParser &parser) {
  int64_t value;
  if (parseInteger(parser, value))
    return failure();
  return value;
}

namespace {
template <typename T, typename = void> struct HasMnemonic : std::false_type {};
template <typename T>
struct HasMnemonic<T, std::void_t<decltype(T::getMnemonic())>>
    : std::true_type {};
template <typename T, typename = void> struct HasParse : std::false_type {};
template <typename T>
struct HasParse<
    T, std::void_t<decltype(T::parse(std::declval<AsmParser &>(), Type()))>>
    : std::true_type {};

/// A parameter in the text of a list of them.
struct WrittenParameter {
  SMLoc name, value;
};

/// The parameters called `name` in the text after `open`, the bracket before a list of them.
SmallVector<WrittenParameter> findParameters(SMLoc open, StringRef name) {
  SmallVector<WrittenParameter> found;
  int64_t depth = 0;
  for (const char *at = open.getPointer(); *at; ++at) {
    // Parameters are words, and their values are not: a word that is followed
    // by '=' outside of inner brackets names one.
    if (StringRef("<[({").contains(*at))
      ++depth;
    else if (StringRef(">])}").contains(*at) && --depth == 0)
      break;
    auto isWord = [](char c) { return llvm::isAlnum(c) || c == '_'; };
    if (depth != 1 || isWord(at[-1]) || !isWord(*at))
      continue;
    StringRef word = StringRef(at, std::strlen(at)).take_while(isWord);
    const char *value = word.end();
    while (llvm::isSpace(*value))
      ++value;
    if (word != name || *value != '=')
      continue;
    do
      ++value;
    while (llvm::isSpace(*value));
    found.push_back({SMLoc::getFromPointer(at), SMLoc::getFromPointer(value)});
  }
  return found;
}

/// While it lives, errors about a parameter are moved to where that stands: errors about its
/// value, 'name' in their text, from the bracket that opens the list; errors about its name
/// from its value.
class ParameterLocations {
public:
  explicit ParameterLocations(AsmParser &parser)
      : parser(parser), open(parser.getCurrentLocation()),
        handler(std::in_place, parser.getContext(), [this](Diagnostic &diagnostic) {
          held.push_back(std::move(diagnostic));
          return success();
        }) {}

  /// Emits what was held back.
  void release() {
    handler.reset();
    for (Diagnostic &diagnostic : held) {
      std::string whole = diagnostic.str();
      StringRef text = whole;
      // The parser puts that before its errors, these ones too.
      if (text.consume_front("custom op '"))
        text = text.split("' ").second;
      // What failed has been said.
      if (&diagnostic != held.begin() && text.starts_with("failed to parse "))
        continue;
      StringRef name = text;
      if (name.consume_front("duplicate or unknown struct parameter name: ")) {
        SmallVector<WrittenParameter> found = findParameters(open, name);
        parser.emitError(found.empty() ? open : found.back().name)
            << "parameter '" << name << "' is unknown or given twice";
        continue;
      }
      name = text.split('\'').second.split('\'').first;
      SmallVector<WrittenParameter> found = findParameters(open, name);
      if (diagnostic.getLocation() == parser.getEncodedSourceLoc(open) &&
          !found.empty())
        parser.emitError(found.front().value) << text;
      else
        parser.getContext()->getDiagEngine().emit(std::move(diagnostic));
    }
  }

private:
  AsmParser &parser;
  SMLoc open;
  SmallVector<Diagnostic, 1> held;
  std::optional<ScopedDiagnosticHandler> handler;
};

/// Returns whether `name` is the attribute T; if so parses its parameters.
template <typename T>
bool tryParse(AsmParser &parser, StringRef name, Attribute &result) {
  if constexpr (HasMnemonic<T>::value) {
    if (name != T::getMnemonic())
      return false;
    if constexpr (HasParse<T>::value) {
      ParameterLocations locations(parser);
      result = T::parse(parser, Type());
      locations.release();
    } else
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

ParseResult mlir::sattn::detail::parseAttributeByName(
    AsmParser &parser, StringRef name, SMLoc loc, Attribute &result,
    StringRef kind) {
  if (!AllAttributes::parse(parser, name, result))
    return parser.emitError(loc) << "unknown " << kind << " '" << name << "'";
  return success(static_cast<bool>(result));
}

ParseResult mlir::sattn::detail::parsePatternByName(AsmParser &parser,
                                                    StringRef name, SMLoc loc,
                                                    Attribute &result) {
  return parseAttributeByName(parser, name, loc, result, "pattern");
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
KeySegment CausalAttr::nextSegment(const QueryTile &tile, IndexExpr key) const {
  return intervalSegment(tile, key, 0, tile.first + 1, 0, tile.last + 1);
}

LogicalResult PrefixAttr::verify(EmitError emitError, int64_t len) {
  return verifyBetween(emitError, "len", len, 0);
}
IndexExpr PrefixAttr::buildPredicate(const PatternScope &, IndexExpr,
                                     IndexExpr key) const {
  return key < getLen();
}
KeySegment PrefixAttr::nextSegment(const QueryTile &tile, IndexExpr key) const {
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
    if (failed(
            verifyBetween(emitError, name, *bound, 0, maxPosition / dilation)))
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
  // Rows first .. last occupy the residues 0 .. span, counted from the first
  // row's.
  IndexExpr residue = mod(key - tile.first, stride);
  IndexExpr span = tile.last - tile.first;
  IndexExpr live = residue <= span;
  return {live, live & (span == 0),
          key + select(live, span - residue + 1, stride - residue)};
}
} // namespace

KeySegment WindowAttr::nextSegment(const QueryTile &tile, IndexExpr key) const {
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
