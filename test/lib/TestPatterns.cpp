// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A pattern of another dialect: a predicate, a closed form, and nothing else.
#include "TestPatterns.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace test_pattern;

#include "TestPatternsDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "TestPatternsAttrs.cpp.inc"

void TestPatternDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "TestPatternsAttrs.cpp.inc"
      >();
}

IndexExpr StripesAttr::buildPredicate(const PatternScope &, IndexExpr query,
                                      IndexExpr key) const {
  return mod(query - key, 2 * getWidth()) < getWidth();
}

KeySegment StripesAttr::nextSegment(const QueryTile &tile,
                                    IndexExpr key) const {
  // Where the first and the last row stand in their period of 2 * width.
  int64_t width = getWidth();
  IndexExpr first = mod(tile.first - key, 2 * width);
  IndexExpr span = tile.last - tile.first;
  IndexExpr last = first + span;
  IndexExpr live = (first < width) | (IndexExpr(2 * width) <= last);
  IndexExpr full = last < width;
  // One key further, every row stands one lower in its period.
  IndexExpr untilFirst = select(first < width, first, first - width) + 1;
  IndexExpr lastInPeriod = mod(last, 2 * width);
  IndexExpr untilLast =
      select(lastInPeriod < width, lastInPeriod, lastInPeriod - width) + 1;
  return {live, full, key + min(untilFirst, untilLast)};
}
