// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Patterns made of patterns: and, or, not, per_head.
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "SparseAttn/Dialect/PatternSyntax.h"

#include <numeric>

using namespace mlir;
using namespace mlir::sattn;

namespace {
using EmitError = function_ref<InFlightDiagnostic()>;
} // namespace

namespace {
LogicalResult verifyOperands(EmitError emitError, ArrayRef<Attribute> operands,
                             StringRef name, unsigned least) {
  if (operands.size() < least)
    return emitError() << "expected '" << name << "' to have at least " << least
                       << (least == 1 ? " operand" : " operands");
  for (Attribute operand : operands)
    if (!isa_and_nonnull<PatternAttr>(operand))
      return emitError() << "expected a pattern, but got " << operand;
  return success();
}

SmallVector<Attribute> operandsForHead(ArrayRef<Attribute> operands,
                                       int64_t head) {
  return llvm::map_to_vector(operands, [&](Attribute operand) {
    return cast<PatternAttr>(operand).forHead(head);
  });
}

std::optional<int64_t> firstNumHeads(ArrayRef<Attribute> operands) {
  for (Attribute operand : operands)
    if (std::optional<int64_t> heads = cast<PatternAttr>(operand).getNumHeads())
      return heads;
  return std::nullopt;
}

std::optional<int64_t> leastMaxPositions(ArrayRef<Attribute> operands,
                                         bool keys) {
  std::optional<int64_t> least;
  for (Attribute operand : operands)
    if (auto limit = cast<PatternAttr>(operand).getMaxPositions(keys))
      least = std::min(*limit, least.value_or(*limit));
  return least;
}

SmallVector<KeySegment> segmentsOf(ArrayRef<Attribute> operands,
                                   const QueryTile &tile,
                                   const IndexExpr &key) {
  return llvm::map_to_vector(operands, [&](Attribute operand) {
    return cast<PatternAttr>(operand).nextSegment(tile, key);
  });
}
} // namespace

PatternAttr mlir::sattn::makeAnd(ArrayRef<PatternAttr> operands) {
  if (operands.size() == 1)
    return operands.front();
  SmallVector<Attribute> attrs(operands.begin(), operands.end());
  return cast<PatternAttr>(
      Attribute(AndAttr::get(attrs.front().getContext(), attrs)));
}
PatternAttr mlir::sattn::makeOr(ArrayRef<PatternAttr> operands) {
  if (operands.size() == 1)
    return operands.front();
  SmallVector<Attribute> attrs(operands.begin(), operands.end());
  return cast<PatternAttr>(
      Attribute(OrAttr::get(attrs.front().getContext(), attrs)));
}
PatternAttr mlir::sattn::makeNot(PatternAttr operand) {
  return cast<PatternAttr>(
      Attribute(NotAttr::get(operand.getContext(), operand)));
}

LogicalResult AndAttr::verify(EmitError emitError,
                              ArrayRef<Attribute> operands) {
  return verifyOperands(emitError, operands, "and", 2);
}
IndexExpr AndAttr::buildPredicate(const PatternScope &scope, IndexExpr query,
                                  IndexExpr key) const {
  IndexExpr live = true;
  for (Attribute operand : getOperands()) {
    live = live & cast<PatternAttr>(operand).buildPredicate(scope, query, key);
    if (live.isFalse())
      break;
  }
  return live;
}
KeySegment AndAttr::nextSegment(const QueryTile &tile, IndexExpr key) const {
  return andSegments(segmentsOf(getOperands(), tile, key));
}
int64_t AndAttr::getLattice() const {
  // j = i modulo each lattice, hence modulo their least common multiple.
  constexpr int64_t maxLattice = int64_t(1) << 20;
  int64_t lattice = 1;
  for (Attribute operand : getOperands()) {
    int64_t own = cast<PatternAttr>(operand).getLattice();
    int64_t common = lattice / std::gcd(lattice, own) * own;
    lattice = lattice == 1 || common <= maxLattice ? common : lattice;
  }
  return lattice;
}
Attribute AndAttr::forHead(int64_t head) const {
  return get(getContext(), operandsForHead(getOperands(), head));
}
std::optional<int64_t> AndAttr::getNumHeads() const {
  return firstNumHeads(getOperands());
}
std::optional<int64_t> AndAttr::getMaxPositions(bool keys) const {
  return leastMaxPositions(getOperands(), keys);
}

LogicalResult OrAttr::verify(EmitError emitError,
                             ArrayRef<Attribute> operands) {
  return verifyOperands(emitError, operands, "or", 2);
}
IndexExpr OrAttr::buildPredicate(const PatternScope &scope, IndexExpr query,
                                 IndexExpr key) const {
  IndexExpr live = false;
  for (Attribute operand : getOperands()) {
    live = live | cast<PatternAttr>(operand).buildPredicate(scope, query, key);
    if (live.isTrue())
      break;
  }
  return live;
}
KeySegment OrAttr::nextSegment(const QueryTile &tile, IndexExpr key) const {
  return orSegments(segmentsOf(getOperands(), tile, key));
}
int64_t OrAttr::getLattice() const {
  int64_t lattice = 0;
  for (Attribute operand : getOperands())
    lattice = std::gcd(lattice, cast<PatternAttr>(operand).getLattice());
  return lattice;
}
Attribute OrAttr::forHead(int64_t head) const {
  return get(getContext(), operandsForHead(getOperands(), head));
}
std::optional<int64_t> OrAttr::getNumHeads() const {
  return firstNumHeads(getOperands());
}
std::optional<int64_t> OrAttr::getMaxPositions(bool keys) const {
  return leastMaxPositions(getOperands(), keys);
}

LogicalResult NotAttr::verify(EmitError emitError, Attribute operand) {
  return verifyOperands(emitError, {operand}, "not", 1);
}
IndexExpr NotAttr::buildPredicate(const PatternScope &scope, IndexExpr query,
                                  IndexExpr key) const {
  return !cast<PatternAttr>(getOperand()).buildPredicate(scope, query, key);
}
KeySegment NotAttr::nextSegment(const QueryTile &tile, IndexExpr key) const {
  return notSegment(cast<PatternAttr>(getOperand()).nextSegment(tile, key));
}
Attribute NotAttr::forHead(int64_t head) const {
  return get(getContext(), cast<PatternAttr>(getOperand()).forHead(head));
}
std::optional<int64_t> NotAttr::getNumHeads() const {
  return firstNumHeads(getOperand());
}
std::optional<int64_t> NotAttr::getMaxPositions(bool keys) const {
  return leastMaxPositions(getOperand(), keys);
}

Attribute PerHeadAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  SmallVector<Attribute> patterns;
  if (parser.parseLess() ||
      parser.parseCommaSeparatedList(
          AsmParser::Delimiter::Square,
          [&] { return parsePattern(parser, patterns.emplace_back()); }) ||
      parser.parseGreater())
    return {};
  return parser.getChecked<PerHeadAttr>(loc, parser.getContext(),
                                        ArrayRef<Attribute>(patterns));
}
void PerHeadAttr::print(AsmPrinter &printer) const {
  printer << "<[";
  llvm::interleaveComma(getPatterns(), printer, [&](Attribute pattern) {
    printPattern(printer, pattern);
  });
  printer << "]>";
}
LogicalResult PerHeadAttr::verify(EmitError emitError,
                                  ArrayRef<Attribute> patterns) {
  return verifyOperands(emitError, patterns, "per_head", 1);
}
IndexExpr PerHeadAttr::buildPredicate(const PatternScope &scope,
                                      IndexExpr query, IndexExpr key) const {
  IndexExpr live = false;
  for (auto [head, pattern] : llvm::enumerate(getPatterns())) {
    IndexExpr isHead = scope.head == static_cast<int64_t>(head);
    if (isHead.isFalse())
      continue;
    live =
        live |
        (isHead & cast<PatternAttr>(pattern).buildPredicate(scope, query, key));
  }
  return live;
}
KeySegment PerHeadAttr::nextSegment(const QueryTile &tile,
                                    IndexExpr key) const {
  KeySegment segment{false, false, tile.scope.numKeys};
  for (auto [head, pattern] : llvm::enumerate(getPatterns())) {
    IndexExpr isHead = tile.scope.head == static_cast<int64_t>(head);
    if (isHead.isFalse())
      continue;
    KeySegment own = cast<PatternAttr>(pattern).nextSegment(tile, key);
    segment.live = segment.live | (isHead & own.live);
    segment.full = segment.full | (isHead & own.full);
    segment.end = select(isHead, own.end, segment.end);
  }
  return segment;
}
int64_t PerHeadAttr::getLattice() const {
  int64_t lattice = 0;
  for (Attribute pattern : getPatterns())
    lattice = std::gcd(lattice, cast<PatternAttr>(pattern).getLattice());
  return lattice;
}
Attribute PerHeadAttr::forHead(int64_t head) const {
  if (head < 0 || head >= static_cast<int64_t>(getPatterns().size()))
    return NoneAttr::get(getContext());
  return cast<PatternAttr>(getPatterns()[head]).forHead(head);
}
std::optional<int64_t> PerHeadAttr::getNumHeads() const {
  return getPatterns().size();
}
std::optional<int64_t> PerHeadAttr::getMaxPositions(bool keys) const {
  return leastMaxPositions(getPatterns(), keys);
}
