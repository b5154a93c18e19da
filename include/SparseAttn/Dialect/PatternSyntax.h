// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The infix notation of patterns.
///
///     pattern   ::= conjunct (`or` conjunct)*
///     conjunct  ::= factor (`and` factor)*
///     factor    ::= `not` factor | `(` pattern `)` | leaf
///     leaf      ::= name (`<` params `>`)? (`(` operand (`,` operand)* `)`)?
///                 | #dialect.attribute
///
/// A name is an attribute of this dialect without its prefix. Any attribute that
/// implements SparsityPatternAttrInterface is a leaf. Operands stand after leaves that
/// read some: %value in an operation, %name in the text that a tool is given, and in an
/// attribute, where there is nothing to name, a number.
#ifndef SPARSEATTN_DIALECT_PATTERNSYNTAX_H
#define SPARSEATTN_DIALECT_PATTERNSYNTAX_H

#include "SparseAttn/Dialect/PatternInterface.h"

#include "mlir/IR/OpImplementation.h"

#include <string>

namespace mlir::sattn {

/// Reads one operand and gives its number.
using ReadOperand = llvm::function_ref<ParseResult(int64_t &)>;
/// Prints an operand by its number.
using PrintOperand = llvm::function_ref<void(int64_t)>;

/// Parses the notation; errors point at the offending token. Without `readOperand`
/// operands are numbers.
ParseResult parsePattern(AsmParser &parser, Attribute &pattern,
                         ReadOperand readOperand = nullptr);

/// Prints with the fewest parentheses; what it prints parses to the same attribute. Without
/// `printOperand` numbers of operands are parameters.
void printPattern(AsmPrinter &printer, Attribute pattern,
                  PrintOperand printOperand = nullptr);

/// Parses a whole string, as given to a tool's `--pattern`. On failure `error` holds
/// one line with the column (from 1) of the offending token. Operands are %names; operand
/// n is `operandNames[n]`. They are refused without `operandNames`; `region` always is, as
/// only operations say what it stands for.
SparsityPatternAttrInterface
parsePatternString(StringRef text, MLIRContext *context, std::string &error,
                   SmallVectorImpl<std::string> *operandNames = nullptr);

/// The notation as a string.
std::string patternToString(Attribute pattern);

} // namespace mlir::sattn

#endif // SPARSEATTN_DIALECT_PATTERNSYNTAX_H
