// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Tables of the listed leaves of a pattern.
#include "SparseAttn/Dialect/PatternTables.h"

using namespace mlir;
using namespace mlir::sattn;

PatternTables mlir::sattn::buildPatternTables(ImplicitLocOpBuilder &builder,
                                              PatternAttr pattern,
                                              const TableExtent &extent) {
  PatternTables tables;
  Attribute(pattern).walk([&](Attribute attr) {
    auto part = dyn_cast<PatternAttr>(attr);
    if (!part || tables.contains(attr))
      return;
    SmallVector<Value> own = part.buildTables(builder, extent);
    if (!own.empty())
      tables[attr] = own;
  });
  return tables;
}

void mlir::sattn::releasePatternTables(ImplicitLocOpBuilder &builder,
                                       const PatternTables &tables) {
  for (const auto &[attr, values] : tables)
    cast<PatternAttr>(attr).releaseTables(builder, values);
}
