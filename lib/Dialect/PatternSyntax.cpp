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
  PatternParser(AsmParser &parser, ReadOperand readOperand)
      : parser(parser), readOperand(readOperand) {}

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
      return parser.emitError(parser.getCurrentLocation())
             << "expected a pattern nested at most " << maxNesting
             << " deep, but got a deeper one";
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
      if (name == PerHeadAttr::getMnemonic())
        return parsePerHead(result);
      if (sattn::detail::parsePatternByName(parser, name, loc, result) ||
          parseOperands(name, loc, result))
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

  /// Its patterns may have operands, which attributes cannot parse.
  ParseResult parsePerHead(Attribute &result) {
    SMLoc loc = parser.getCurrentLocation();
    SmallVector<Attribute> patterns;
    if (parser.parseLess() ||
        parser.parseCommaSeparatedList(
            AsmParser::Delimiter::Square,
            [&] { return parseUnion(patterns.emplace_back()); }) ||
        parser.parseGreater())
      return failure();
    result = parser.getChecked<PerHeadAttr>(loc, parser.getContext(),
                                            ArrayRef<Attribute>(patterns));
    return success(static_cast<bool>(result));
  }

  /// `(` operand (`,` operand)* `)`, where the leaf reads some.
  ParseResult parseOperands(StringRef name, SMLoc loc, Attribute &result) {
    auto leaf = dyn_cast<RuntimePatternAttr>(result);
    SMLoc operandsLoc = parser.getCurrentLocation();
    if (failed(parser.parseOptionalLParen())) {
      if (leaf && leaf.getOperandSpecs().empty())
        return parser.emitError(operandsLoc)
               << "expected operands after '" << name << "'";
      return success();
    }
    if (!leaf)
      return parser.emitError(operandsLoc)
             << "expected no operands after '" << name << "'";
    if (!leaf.getOperandSpecs().empty())
      return parser.emitError(operandsLoc)
             << "expected the operands of '" << name << "' once";
    SmallVector<int64_t> operands;
    if (parser.parseCommaSeparatedList([&]() -> ParseResult {
          int64_t &operand = operands.emplace_back();
          if (readOperand)
            return readOperand(operand);
          SMLoc numberLoc = parser.getCurrentLocation();
          if (sattn::detail::parseInteger(parser, operand))
            return failure();
          if (operand < 0)
            return parser.emitError(numberLoc)
                   << "expected the number of an operand, but got " << operand;
          return success();
        }) ||
        parser.parseRParen())
      return failure();
    auto [least, most] = leaf.getOperandCounts();
    if (operands.size() < least || operands.size() > most) {
      InFlightDiagnostic diagnostic = parser.emitError(operandsLoc)
                                      << "expected '" << name << "' to have "
                                      << least;
      if (most > least)
        diagnostic << " to " << most;
      return diagnostic << (most == 1 ? " operand" : " operands")
                        << ", but got " << operands.size();
    }
    result = leaf.withOperands(operands);
    return success();
  }

  AsmParser &parser;
  ReadOperand readOperand;
  unsigned nesting = 0;
};

/// Binding strength of what an attribute prints as.
enum Strength { UnionStrength, ConjunctStrength, FactorStrength };

void print(AsmPrinter &printer, Attribute pattern, Strength context,
           PrintOperand printOperand) {
  auto chain = [&](ArrayRef<Attribute> operands, StringRef keyword,
                   Strength own) {
    if (own < context)
      printer << "(";
    // A nested chain of the same kind keeps its parentheses: the attribute is n-ary
    // and must parse back to the same tree.
    llvm::interleave(
        operands,
        [&](Attribute operand) {
          print(printer, operand, static_cast<Strength>(own + 1), printOperand);
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
    return print(printer, notAttr.getOperand(), FactorStrength, printOperand);
  }
  if (auto perHead = dyn_cast<PerHeadAttr>(pattern)) {
    printer << PerHeadAttr::getMnemonic() << "<[";
    llvm::interleaveComma(perHead.getPatterns(), printer, [&](Attribute part) {
      print(printer, part, UnionStrength, printOperand);
    });
    printer << "]>";
    return;
  }
  auto leaf = dyn_cast<RuntimePatternAttr>(pattern);
  if (leaf && printOperand &&
      succeeded(sattn::detail::printPatternByName(printer,
                                                  leaf.withOperands({})))) {
    printer << "(";
    llvm::interleaveComma(leaf.getOperandSpecs(), printer,
                          [&](const PatternOperandSpec &spec) {
                            printOperand(spec.index);
                          });
    printer << ")";
    return;
  }
  if (failed(sattn::detail::printPatternByName(printer, pattern)))
    printer.printAttribute(pattern);
}
} // namespace

ParseResult mlir::sattn::parsePattern(AsmParser &parser, Attribute &pattern,
                                      ReadOperand readOperand) {
  return PatternParser(parser, readOperand).parseUnion(pattern);
}

void mlir::sattn::printPattern(AsmPrinter &printer, Attribute pattern,
                               PrintOperand printOperand) {
  print(printer, pattern, UnionStrength, printOperand);
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
static std::string explain(std::string message, bool inParameters,
                           bool atOperand) {
  if (StringRef text = message;
      text.contains("created with unregistered dialect")) {
    // #"dialect"<"name"> ...
    StringRef dialect = text.split('"').second.split('"').first;
    StringRef name = text.split("<\"").second.split("\">").first;
    return ("unknown pattern '#" + dialect + "." + name + "'").str();
  }
  if (atOperand && StringRef(message).starts_with("expected a pattern, but got "))
    return "expected operands only after the name that reads them, as in "
           "'padding(%lengths)'";
  if (message == "expected '>'")
    return inParameters ? "expected ',' and a known parameter, or '>'"
                        : "expected 'and', 'or' or the end of the pattern";
  if (message == "expected ','")
    return "expected ',' and another parameter";
  if (message == "expected valid keyword")
    return "expected a parameter by name, as in 'size = 64'";
  return message;
}

/// Puts numbers for %names and blanks for what they are shorter, so that columns stay; and
/// blanks for ends of lines.
static std::string numberOperands(StringRef text,
                                  SmallVectorImpl<std::string> &names) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '%') {
      // Columns count over all lines.
      result += text[at] == '\n' ? ' ' : text[at];
      ++at;
      continue;
    }
    StringRef name = text.drop_front(at + 1).take_while([](char character) {
      return llvm::isAlnum(character) || StringRef("_$.-").contains(character);
    });
    if (name.empty()) {
      result += text[at++];
      continue;
    }
    auto *known = llvm::find(names, name);
    size_t number = known - names.begin();
    if (known == names.end())
      names.push_back(name.str());
    std::string digits = std::to_string(number);
    digits.resize(std::max(digits.size(), name.size() + 1), ' ');
    result += digits;
    at += name.size() + 1;
  }
  return result;
}

SparsityPatternAttrInterface
mlir::sattn::parsePatternString(StringRef text, MLIRContext *context,
                                std::string &error,
                                SmallVectorImpl<std::string> *operandNames) {
  constexpr StringLiteral prefix = "#sattn.pattern<";
  // The buffer must hold the notation and nothing that closes the wrapper early.
  SmallVector<std::string> refusedNames;
  std::string numbered =
      numberOperands(text, operandNames ? *operandNames : refusedNames);
  std::string wrapped = (prefix + numbered + ">").str();
  error = findUnbalanced(text);
  if (!error.empty())
    return nullptr;
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
    if (!error.empty())
      return success();
    llvm::raw_string_ostream stream(error);
    int64_t column = 1;
    if (auto loc = dyn_cast<FileLineColLoc>(diagnostic.getLocation())) {
      column = std::max<int64_t>(1, int64_t(loc.getColumn()) -
                                        int64_t(prefix.size()));
      stream << "column " << column << ": ";
    }
    StringRef before = text.take_front(column - 1);
    bool atOperand = text.drop_front(before.size()).starts_with("%");
    stream << explain(diagnostic.str(), before.count('<') > before.count('>'),
                      atOperand);
    return success();
  });
  size_t read = 0;
  Attribute attr = parseAttribute(wrapped, context, Type(), &read);
  if (attr && read == wrapped.size()) {
    if (asksMaskRegion(attr))
      error = "'region' has no closed form: a .mlir file says what it is, in the "
              "mask region of sattn.attention";
    int64_t numNames = operandNames ? operandNames->size() : 0;
    forEachRuntimeLeaf(cast<PatternAttr>(attr), [&](RuntimePatternAttr leaf) {
      for (const PatternOperandSpec &spec : leaf.getOperandSpecs())
        if (spec.index >= numNames)
          error = operandNames
                      ? "expected operands by name, as in 'padding(%lengths)'"
                      : "the pattern reads operands, which have values at run "
                        "time only";
    });
    return error.empty() ? cast<PatternAttr>(attr) : nullptr;
  }
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
