// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Parsing and printing of single attributes by name, shared by the dialect's hooks and
/// the infix notation.
#ifndef SPARSEATTN_LIB_DIALECT_PATTERNATTRSDETAIL_H
#define SPARSEATTN_LIB_DIALECT_PATTERNATTRSDETAIL_H

#include "mlir/IR/OpImplementation.h"

namespace mlir::sattn::detail {

/// Parses the parameters of the attribute called `name`, whose keyword at `loc` has
/// just been read.
ParseResult parsePatternByName(AsmParser &parser, StringRef name, SMLoc loc,
                               Attribute &result);

/// Prints name and parameters; fails for attributes of other dialects.
LogicalResult printPatternByName(AsmPrinter &printer, Attribute attr);

} // namespace mlir::sattn::detail

#endif // SPARSEATTN_LIB_DIALECT_PATTERNATTRSDETAIL_H
