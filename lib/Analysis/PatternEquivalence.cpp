// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Equivalence by simplification, then by search in the symmetric difference.
#include "SparseAttn/Analysis/PatternEquivalence.h"

#include "SparseAttn/Analysis/HeadGroups.h"
#include "SparseAttn/Analysis/LiveRectangles.h"
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace mlir::sattn;

/// Appends the operands of nested `and`s.
static void collectConjuncts(PatternAttr pattern,
                             SmallVectorImpl<PatternAttr> &conjuncts) {
  auto andAttr = dyn_cast<AndAttr>(pattern);
  if (!andAttr) {
    conjuncts.push_back(pattern);
    return;
  }
  for (Attribute operand : andAttr.getOperands())
    collectConjuncts(cast<PatternAttr>(operand), conjuncts);
}

/// a and not b, without an `and` inside of the `and`: `decompose` can then free the
/// evenly spaced parts of a.
static PatternAttr makeDifference(PatternAttr a, PatternAttr b) {
  SmallVector<PatternAttr> operands;
  collectConjuncts(a, operands);
  operands.push_back(makeNot(b));
  return makeAnd(operands);
}

std::optional<PatternDifference>
mlir::sattn::findDifference(PatternAttr a, PatternAttr b,
                            const PatternShape &shape, int64_t firstHead,
                            int64_t numHeads) {
  PatternAttr simpleA = simplifyPattern(a), simpleB = simplifyPattern(b);
  if (simpleA == simpleB)
    return std::nullopt;
  // Pairs of patterns that were found equal, and hold for every head.
  llvm::DenseSet<std::pair<Attribute, Attribute>> equal;
  for (int64_t head = firstHead; head < firstHead + numHeads; ++head) {
    PatternAttr first = simplifyPattern(getPatternForHead(simpleA, head));
    PatternAttr second = simplifyPattern(getPatternForHead(simpleB, head));
    if (first == second || equal.contains({first, second}))
      continue;
    PatternShape ofHead = shape;
    ofHead.head = head;
    PatternAttr difference = makeOr(
        {makeDifference(first, second), makeDifference(second, first)});
    if (auto found = findFirstLivePair(difference, ofHead))
      return PatternDifference{
          head, found->first, found->second,
          isLive(first, ofHead, found->first, found->second)};
    if (!mayDependOnHead(first) && !mayDependOnHead(second))
      equal.insert({first, second});
  }
  return std::nullopt;
}
