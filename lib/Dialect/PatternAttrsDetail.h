// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the files of pattern attributes share: parsing and printing by name,
/// and checks of parameters.
#ifndef SPARSEATTN_LIB_DIALECT_PATTERNATTRSDETAIL_H
#define SPARSEATTN_LIB_DIALECT_PATTERNATTRSDETAIL_H

#include "mlir/IR/OpImplementation.h"

namespace mlir::sattn::detail {

/// Parses the parameters of the attribute called `name`, whose keyword at `loc`
/// has just been read.
ParseResult parsePatternByName(AsmParser &parser, StringRef name, SMLoc loc,
                               Attribute &result);

/// The same for an attribute of any kind; `kind` names it in errors.
ParseResult parseAttributeByName(AsmParser &parser, StringRef name, SMLoc loc,
                                 Attribute &result, StringRef kind);

/// Prints name and parameters; fails for attributes of other dialects.
LogicalResult printPatternByName(AsmPrinter &printer, Attribute attr);

using EmitError = function_ref<InFlightDiagnostic()>;

/// An integer that is none of `true` and `false`.
ParseResult parseInteger(AsmParser &parser, int64_t &value);
FailureOr<int64_t> parseIntegerParameter(AsmParser &parser);

/// Positions, and products of parameters that are compared with positions, stay
/// far from the limits of 64-bit arithmetic.
inline constexpr int64_t maxPosition = int64_t(1) << 40;

inline LogicalResult verifyBetween(EmitError emitError, StringRef name,
                                   int64_t value, int64_t least,
                                   int64_t most = maxPosition) {
  if (value < least)
    return emitError() << "expected '" << name << "' to be at least " << least
                       << ", but got " << value;
  if (value > most)
    return emitError() << "expected '" << name << "' to be at most " << most
                       << ", but got " << value;
  return success();
}

} // namespace mlir::sattn::detail

#endif // SPARSEATTN_LIB_DIALECT_PATTERNATTRSDETAIL_H
