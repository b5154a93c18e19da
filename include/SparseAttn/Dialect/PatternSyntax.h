// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The infix notation of patterns.
///
///     pattern   ::= conjunct (`or` conjunct)*
///     conjunct  ::= factor (`and` factor)*
///     factor    ::= `not` factor | `(` pattern `)` | leaf
///     leaf      ::= name (`<` params `>`)? | #dialect.attribute
///
/// A name is an attribute of this dialect without its prefix. Any attribute that
/// implements SparsityPatternAttrInterface is a leaf.
#ifndef SPARSEATTN_DIALECT_PATTERNSYNTAX_H
#define SPARSEATTN_DIALECT_PATTERNSYNTAX_H

#include "SparseAttn/Dialect/PatternInterface.h"

#include "mlir/IR/OpImplementation.h"

#include <string>

namespace mlir::sattn {

/// Parses the notation; errors point at the offending token.
ParseResult parsePattern(AsmParser &parser, Attribute &pattern);

/// Prints with the fewest parentheses; what it prints parses to the same attribute.
void printPattern(AsmPrinter &printer, Attribute pattern);

/// Parses a whole string, as given to a tool's `--pattern`. On failure `error` holds
/// one line with the column (from 1) of the offending token.
SparsityPatternAttrInterface parsePatternString(StringRef text,
                                                MLIRContext *context,
                                                std::string &error);

/// The notation as a string.
std::string patternToString(Attribute pattern);

} // namespace mlir::sattn

#endif // SPARSEATTN_DIALECT_PATTERNSYNTAX_H
