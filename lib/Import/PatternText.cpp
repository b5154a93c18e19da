// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Text of patterns, with the parentheses that precedence demands.
#include "PatternText.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::sattn;
using llvm::ArrayRef;
using llvm::formatv;

static PatternText join(ArrayRef<PatternText> parts, PatternText::Level level,
                        llvm::StringRef word) {
  if (parts.size() == 1)
    return parts.front();
  PatternText result{"", level};
  for (const PatternText &part : parts) {
    if (!result.text.empty())
      result.text += word;
    bool parentheses = part.level < level;
    result.cost += part.cost;
    result.text += parentheses ? "(" + part.text + ")" : part.text;
  }
  return result;
}

PatternText mlir::sattn::allOf(ArrayRef<PatternText> parts) {
  return parts.empty() ? PatternText{"dense"}
                       : join(parts, PatternText::And, " and ");
}
PatternText mlir::sattn::anyOf(ArrayRef<PatternText> parts) {
  return parts.empty() ? PatternText{"none"}
                       : join(parts, PatternText::Or, " or ");
}
PatternText mlir::sattn::negate(const PatternText &part) {
  if (part.level == PatternText::Leaf)
    return {"not " + part.text, PatternText::Leaf, part.cost + 1};
  return {"not (" + part.text + ")", PatternText::Leaf, part.cost + 1};
}

PatternText mlir::sattn::prefix(int64_t length) {
  return {formatv("prefix<len = {0}>", length), PatternText::Leaf, 2};
}
PatternText mlir::sattn::causalWindow(int64_t left) {
  return {formatv("causal and window<left = {0}>", left), PatternText::And, 3};
}

/// [begin, end) as what ends at `end` and not at `begin`.
template <typename MakeFirst>
static PatternText between(int64_t begin, int64_t end, int64_t numPositions,
                           MakeFirst makeFirst) {
  llvm::SmallVector<PatternText> parts;
  if (end < numPositions)
    parts.push_back(makeFirst(end));
  if (begin > 0)
    parts.push_back(negate(makeFirst(begin)));
  return allOf(parts);
}

PatternText mlir::sattn::keysBetween(int64_t begin, int64_t end,
                                     int64_t numPositions) {
  return between(begin, end, numPositions, prefix);
}
PatternText mlir::sattn::rowsBetween(int64_t begin, int64_t end,
                                     int64_t numPositions) {
  return between(begin, end, numPositions, [](int64_t first) -> PatternText {
    return {formatv("global<first = {0}, rows>", first), PatternText::Leaf, 2};
  });
}
