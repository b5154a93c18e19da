// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The notation of score modifiers, `name<parameters>(%operands : types)`, and of the
/// regions `mask` and `score`.
#include "AttentionOpsDetail.h"
#include "PatternAttrsDetail.h"

using namespace mlir;
using namespace mlir::sattn;

ParseResult mlir::sattn::detail::parseModifiers(
    OpAsmParser &parser, ArrayAttr &modifiers,
    SmallVectorImpl<OpAsmParser::UnresolvedOperand> &operands,
    SmallVectorImpl<Type> &types) {
  SmallVector<Attribute> parsed;
  auto parseOne = [&]() -> ParseResult {
    SMLoc loc = parser.getCurrentLocation();
    StringRef name;
    Attribute attr;
    if (succeeded(parser.parseOptionalKeyword(&name))) {
      if (parseAttributeByName(parser, name, loc, attr, "modifier"))
        return failure();
    } else {
      OptionalParseResult other = parser.parseOptionalAttribute(attr);
      if (!other.has_value())
        return parser.emitError(loc, "expected a modifier");
      if (failed(*other))
        return failure();
    }
    auto modifier = dyn_cast<ScoreModifierAttr>(attr);
    if (!modifier)
      return parser.emitError(loc) << "expected a modifier, but got " << attr;
    size_t before = operands.size();
    if (succeeded(parser.parseOptionalLParen()) &&
        (parser.parseOperandList(operands) || parser.parseColonTypeList(types) ||
         parser.parseRParen()))
      return failure();
    if (types.size() != operands.size())
      return parser.emitError(loc) << "expected as many types as operands";
    if (operands.size() - before != modifier.getNumOperands())
      return parser.emitError(loc)
             << "expected " << modifier.getNumOperands() << " operands of "
             << attr << ", but got " << operands.size() - before;
    parsed.push_back(attr);
    return success();
  };
  if (parser.parseCommaSeparatedList(parseOne))
    return failure();
  modifiers = ArrayAttr::get(parser.getContext(), parsed);
  return success();
}

void mlir::sattn::detail::printModifiers(OpAsmPrinter &printer,
                                         ArrayAttr modifiers,
                                         OperandRange operands) {
  llvm::interleaveComma(modifiers, printer, [&](Attribute attr) {
    if (failed(printPatternByName(printer, attr)))
      printer.printAttribute(attr);
    // What has not been verified is printed, too.
    auto modifier = dyn_cast<ScoreModifierAttr>(attr);
    size_t count = modifier ? modifier.getNumOperands() : 0;
    count = std::min(count, operands.size());
    if (count == 0)
      return;
    OperandRange own = operands.take_front(count);
    operands = operands.drop_front(count);
    printer << "(" << own << " : " << own.getTypes() << ")";
  });
}

ParseResult mlir::sattn::detail::parsePairRegions(
    OpAsmParser &parser, Attribute pattern,
    SmallVectorImpl<std::unique_ptr<Region>> &regions) {
  auto parseIfThere = [&](StringRef keyword) -> OptionalParseResult {
    if (failed(parser.parseOptionalKeyword(keyword)))
      return std::nullopt;
    regions.push_back(std::make_unique<Region>());
    return parser.parseRegion(*regions.back());
  };
  SMLoc loc = parser.getCurrentLocation();
  bool isAsked = asksMaskRegion(pattern);
  OptionalParseResult mask = parseIfThere("mask");
  if (mask.has_value() != isAsked)
    return parser.emitError(loc)
           << (isAsked ? "expected a region 'mask' after a pattern with 'region'"
                       : "expected 'region' in the pattern before a region 'mask'");
  if (mask.has_value() && failed(*mask))
    return failure();
  OptionalParseResult score = parseIfThere("score");
  return failure(score.has_value() && failed(*score));
}

void mlir::sattn::detail::printPairRegions(OpAsmPrinter &printer,
                                           Attribute pattern,
                                           MutableArrayRef<Region> regions) {
  StringRef keyword = asksMaskRegion(pattern) ? "mask" : "score";
  for (Region &region : regions) {
    printer << " " << keyword << " ";
    printer.printRegion(region);
    keyword = "score";
  }
}
