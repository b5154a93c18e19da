// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Patterns as text while they are put together; the parser of the dialect then
/// reads and checks the whole.
#ifndef SPARSEATTN_LIB_IMPORT_PATTERNTEXT_H
#define SPARSEATTN_LIB_IMPORT_PATTERNTEXT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace mlir::sattn {

/// A pattern and how tightly its outermost operator binds.
struct PatternText {
  enum Level { Or, And, Leaf };

  std::string text;
  Level level = Leaf;
  /// How much there is to read: leaves and their parameters.
  int cost = 0;

  bool isSimplerThan(const PatternText &other) const {
    if (cost != other.cost)
      return cost < other.cost;
    if (text.size() != other.text.size())
      return text.size() < other.text.size();
    return text < other.text;
  }
};

/// `p and q and ...`, `p or q or ...`, `not p`; one operand stands for itself.
PatternText allOf(llvm::ArrayRef<PatternText> parts);
PatternText anyOf(llvm::ArrayRef<PatternText> parts);
PatternText negate(const PatternText &part);

PatternText prefix(int64_t length);
/// `causal and window<left>`.
PatternText causalWindow(int64_t left);

/// Keys, or query positions, in [begin, end). `numPositions` is where they end:
/// a bound there, or at 0, is not written.
PatternText keysBetween(int64_t begin, int64_t end, int64_t numPositions);
PatternText rowsBetween(int64_t begin, int64_t end, int64_t numPositions);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_IMPORT_PATTERNTEXT_H
