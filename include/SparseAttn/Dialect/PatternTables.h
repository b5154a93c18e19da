// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Tables of the listed leaves of a pattern.
#ifndef SPARSEATTN_DIALECT_PATTERNTABLES_H
#define SPARSEATTN_DIALECT_PATTERNTABLES_H

#include "SparseAttn/Dialect/PatternInterface.h"

namespace mlir::sattn {

/// Emits the tables of `pattern` and of every pattern inside of it, each once. Named
/// compositions have none: simplify first.
PatternTables buildPatternTables(ImplicitLocOpBuilder &builder,
                                 PatternAttr pattern,
                                 const TableExtent &extent);

/// Releases them.
void releasePatternTables(ImplicitLocOpBuilder &builder,
                          const PatternTables &tables);

} // namespace mlir::sattn

#endif // SPARSEATTN_DIALECT_PATTERNTABLES_H
