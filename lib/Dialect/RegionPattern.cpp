// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `region`: what a mask region of the operation says.
#include "SparseAttn/Dialect/PatternAttrs.h"

using namespace mlir;
using namespace mlir::sattn;

bool mlir::sattn::asksMaskRegion(Attribute pattern) {
  return pattern && pattern
                        .walk([](MaskRegionAttr) {
                          return WalkResult::interrupt();
                        })
                        .wasInterrupted();
}

IndexExpr MaskRegionAttr::buildPredicate(const PatternScope &scope, IndexExpr,
                                         IndexExpr) const {
  assert(scope.regionSays && "a mask region is asked for without one");
  return *scope.regionSays;
}

KeySegment MaskRegionAttr::nextSegment(const QueryTile &tile, IndexExpr) const {
  return {true, false, tile.scope.numKeys};
}
