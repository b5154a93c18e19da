// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The infix notation of patterns: parsing and minimal printing.
#include "SparseAttn/Dialect/PatternSyntax.h"

#include "PatternAttrsDetail.h"
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {


/// Deep enough for any real pattern, shallow enough for the stack.
constexpr unsigned maxNesting = 200;

class PatternParser {
public:
  explicit PatternParser(AsmParser &parser) : parser(parser) {}

  ParseResult parseUnion(Attribute &result) {
    return parseChain("or", result,
                      [&](Attribute &operand) { return parseConjunct(operand); },
                      [](ArrayRef<PatternAttr> operands) { return makeOr(operands); });
  }

private:
  ParseResult parseConjunct(Attribute &result) {
    return parseChain("and", result,
                      [&](Attribute &operand) { return parseFactor(operand); },
                      [](ArrayRef<PatternAttr> operands) { return makeAnd(operands); });
  }

  ParseResult
  parseChain(StringRef keyword, Attribute &result,
             llvm::function_ref<ParseResult(Attribute &)> parseOperand,
             llvm::function_ref<PatternAttr(ArrayRef<PatternAttr>)> combine) {
    SmallVector<PatternAttr> operands;
    do {
      Attribute operand;
      if (parseOperand(operand))
        return failure();
      operands.push_back(cast<PatternAttr>(operand));
    } while (succeeded(parser.parseOptionalKeyword(keyword)));
    result = combine(operands);
    return success();
  }

  ParseResult parseFactor(Attribute &result) {
    if (++nesting > maxNesting)
      return parser.emitError(parser.getCurrentLocation(),
                              "pattern is nested too deeply");
    ParseResult status = parseFactorUnguarded(result);
    --nesting;
    return status;
  }

  ParseResult parseFactorUnguarded(Attribute &result) {
    if (succeeded(parser.parseOptionalKeyword("not"))) {
      Attribute operand;
      if (parseFactor(operand))
        return failure();
      result = makeNot(cast<PatternAttr>(operand));
      return success();
    }
    if (succeeded(parser.parseOptionalLParen()))
      return failure(failed(parseUnion(result)) || parser.parseRParen());

    SMLoc loc = parser.getCurrentLocation();
    StringRef name;
    if (succeeded(parser.parseOptionalKeyword(&name))) {
      if (name == "and" || name == "or")
        return parser.emitError(loc) << "expected a pattern before '" << name
                                     << "'";
      if (sattn::detail::parsePatternByName(parser, name, loc, result))
        return failure();
    } else {
      OptionalParseResult parsed = parser.parseOptionalAttribute(result);
      if (!parsed.has_value())
        return parser.emitError(loc, "expected a pattern");
      if (failed(*parsed))
        return failure();
    }
    if (!isa<PatternAttr>(result))
      return parser.emitError(loc) << "expected a pattern, but got " << result;
    return success();
  }

  AsmParser &parser;
  unsigned nesting = 0;
};

/// Binding strength of what an attribute prints as.
enum Strength { UnionStrength, ConjunctStrength, FactorStrength };

void print(AsmPrinter &printer, Attribute pattern, Strength context) {
  auto chain = [&](ArrayRef<Attribute> operands, StringRef keyword,
                   Strength own) {
    if (own < context)
      printer << "(";
    // A nested chain of the same kind keeps its parentheses: the attribute is n-ary
    // and must parse back to the same tree.
    llvm::interleave(
        operands,
        [&](Attribute operand) {
          print(printer, operand, static_cast<Strength>(own + 1));
        },
        [&] { printer << " " << keyword << " "; });
    if (own < context)
      printer << ")";
  };
  if (auto orAttr = dyn_cast<OrAttr>(pattern))
    return chain(orAttr.getOperands(), "or", UnionStrength);
  if (auto andAttr = dyn_cast<AndAttr>(pattern))
    return chain(andAttr.getOperands(), "and", ConjunctStrength);
  if (auto notAttr = dyn_cast<NotAttr>(pattern)) {
    printer << "not ";
    return print(printer, notAttr.getOperand(), FactorStrength);
  }
  if (failed(sattn::detail::printPatternByName(printer, pattern)))
    printer.printAttribute(pattern);
}
} // namespace

ParseResult mlir::sattn::parsePattern(AsmParser &parser, Attribute &pattern) {
  return PatternParser(parser).parseUnion(pattern);
}

void mlir::sattn::printPattern(AsmPrinter &printer, Attribute pattern) {
  print(printer, pattern, UnionStrength);
}

/// The first bracket of `text` without a partner, said with its column; MLIR's lexer,
/// which skips over balanced brackets, would only find the text as a whole at fault.
static std::string findUnbalanced(StringRef text) {
  SmallVector<std::pair<char, size_t>> open;
  bool inString = false;
  for (auto [at, character] : llvm::enumerate(text)) {
    if (character == '"')
      inString = !inString;
    if (inString)
      continue;
    if (StringRef("([<{").contains(character)) {
      open.push_back({character, at});
      continue;
    }
    size_t kind = StringRef(")]>}").find(character);
    if (kind == StringRef::npos)
      continue;
    if (open.empty() || open.back().first != "([<{"[kind])
      return llvm::formatv("column {0}: unbalanced '{1}'", at + 1, character);
    open.pop_back();
  }
  if (open.empty())
    return "";
  return llvm::formatv("column {0}: '{1}' is not closed",
                       open.back().second + 1, open.back().first);
}

/// MLIR's message in the words of someone who wrote a pattern, not MLIR.
static std::string explain(std::string message) {
  if (StringRef(message).contains("created with unregistered dialect"))
    return "unknown pattern";
  if (message == "expected valid keyword")
    return "expected a parameter by name, as in 'size = 64'";
  StringRef name = message;
  if (name.consume_front("duplicate or unknown struct parameter name: "))
    return ("parameter '" + name + "' is unknown or given twice").str();
  return message;
}

SparsityPatternAttrInterface
mlir::sattn::parsePatternString(StringRef text, MLIRContext *context,
                                std::string &error) {
  constexpr StringLiteral prefix = "#sattn.pattern<";
  // The buffer must hold the notation and nothing that closes the wrapper early.
  std::string wrapped = (prefix + text + ">").str();
  error = findUnbalanced(text);
  if (!error.empty())
    return nullptr;
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
    if (!error.empty())
      return success();
    llvm::raw_string_ostream stream(error);
    if (auto loc = dyn_cast<FileLineColLoc>(diagnostic.getLocation()))
      stream << "column "
             << std::max<int64_t>(1, int64_t(loc.getColumn()) -
                                         int64_t(prefix.size()))
             << ": ";
    stream << explain(diagnostic.str());
    return success();
  });
  size_t read = 0;
  Attribute attr = parseAttribute(wrapped, context, Type(), &read);
  if (attr && read == wrapped.size())
    return cast<PatternAttr>(attr);
  if (error.empty())
    error = "column " +
            std::to_string(std::max<int64_t>(
                1, int64_t(read) - int64_t(prefix.size()) + 1)) +
            ": unexpected text after the pattern";
  return nullptr;
}

std::string mlir::sattn::patternToString(Attribute pattern) {
  std::string text;
  llvm::raw_string_ostream(text) << pattern;
  StringRef notation = text;
  if (notation.consume_front("#sattn.pattern<"))
    return notation.drop_back().str();
  notation.consume_front("#sattn.");
  return notation.str();
}
