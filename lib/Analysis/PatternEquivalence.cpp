// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Equivalence by simplification, then by search in the symmetric difference.
#include "SparseAttn/Analysis/PatternEquivalence.h"

#include "SparseAttn/Analysis/HeadGroups.h"
#include "SparseAttn/Analysis/FirstLivePair.h"
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <type_traits>

using namespace mlir;
using namespace mlir::sattn;

/// Appends the operands of nested `Combinator`s.
template <typename Combinator>
static void collectOperands(PatternAttr pattern,
                            SmallVectorImpl<PatternAttr> &operands) {
  auto combinator = dyn_cast<Combinator>(pattern);
  if (!combinator) {
    operands.push_back(pattern);
    return;
  }
  for (Attribute operand : combinator.getOperands())
    collectOperands<Combinator>(cast<PatternAttr>(operand), operands);
}

/// Moves the operands that `a` and `b` share to `shared`; `neutral` stands for an
/// operand list that is left empty.
template <typename Combinator>
static bool splitShared(PatternAttr &a, PatternAttr &b, PatternAttr neutral,
                        SmallVectorImpl<PatternAttr> &shared) {
  SmallVector<PatternAttr> ofA, ofB;
  collectOperands<Combinator>(a, ofA);
  collectOperands<Combinator>(b, ofB);
  SmallVector<PatternAttr> restA, restB;
  for (PatternAttr operand : ofA)
    (llvm::is_contained(ofB, operand) ? shared : restA).push_back(operand);
  for (PatternAttr operand : ofB)
    if (!llvm::is_contained(ofA, operand))
      restB.push_back(operand);
  if (restA.size() == ofA.size())
    return false;
  auto combine = [&](ArrayRef<PatternAttr> rest) -> PatternAttr {
    if (rest.empty())
      return neutral;
    return std::is_same_v<Combinator, AndAttr> ? makeAnd(rest) : makeOr(rest);
  };
  a = combine(restA);
  b = combine(restB);
  return true;
}

/// The pairs in which a and b differ.
///
///     (c and a) differs from (c and b) where c and (a differs from b)
///     (c or a) differs from (c or b) where not c and (a differs from b)
///
/// Conjuncts stand in one flat `and`, so that `decompose` can free evenly spaced parts.
static PatternAttr makeDifference(PatternAttr a, PatternAttr b) {
  MLIRContext *context = Attribute(a).getContext();
  SmallVector<PatternAttr> where;
  for (bool changed = true; changed && a != b;) {
    changed = splitShared<AndAttr>(a, b, DenseAttr::get(context), where);
    SmallVector<PatternAttr> shared;
    if (a != b &&
        splitShared<OrAttr>(a, b, NoneAttr::get(context), shared)) {
      for (PatternAttr pattern : shared)
        where.push_back(makeNot(pattern));
      changed = true;
    }
  }
  auto without = [&](PatternAttr p, PatternAttr q) {
    SmallVector<PatternAttr> conjuncts(where);
    collectOperands<AndAttr>(p, conjuncts);
    conjuncts.push_back(makeNot(q));
    return simplifyPattern(makeAnd(conjuncts));
  };
  return makeOr({without(a, b), without(b, a)});
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
    PatternAttr difference = makeDifference(first, second);
    if (auto found = findFirstLivePair(difference, ofHead))
      return PatternDifference{
          head, found->first, found->second,
          isLive(first, ofHead, found->first, found->second)};
    if (!mayDependOnHead(first) && !mayDependOnHead(second))
      equal.insert({first, second});
  }
  return std::nullopt;
}
