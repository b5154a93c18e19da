// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The laws of the pattern algebra: rewriting to simplest form.
///
/// Each law keeps the set of live pairs for every length, every position (also
/// negative ones) and every head, and leaves fewer leaves, or the same leaves
/// with `not` further in or `per_head` further out, so rewriting ends. Operands
/// keep the order in which they were written.
///
/// Laws of `and` and of `or` are dual. They are written once, for a chain of
/// operands, over three questions about pairs of patterns: is one included in
/// the other, do they leave nothing (everything) between them, do they merge
/// into one leaf.
#include "LeafLaws.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"


using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::detail;

namespace {
//===----------------------------------------------------------------------===//
// and, or
//===----------------------------------------------------------------------===//

template <typename ChainT>
constexpr bool isAnd = std::is_same_v<ChainT, AndAttr>;

/// The other kind of chain.
template <typename ChainT>
using Dual = std::conditional_t<isAnd<ChainT>, OrAttr, AndAttr>;

/// The operands of an `and` or `or`, being rewritten.
template <typename ChainT> class Chain {
public:
  explicit Chain(ChainT chain) : context(chain.getContext()) {
    for (Attribute operand : chain.getOperands())
      flatten(operand);
  }

  PatternAttr simplify() {
    if (PatternAttr whole = distributeOverHeads())
      return whole;
    dropNeutral();
    dropDuplicates();
    if (hasComplement())
      return absorbing();
    absorb();
    mergeLeaves();
    resolve();
    return build(operands);
  }

private:
  using DualT = Dual<ChainT>;

  static PatternAttr make(ArrayRef<PatternAttr> operands) {
    return isAnd<ChainT> ? makeAnd(operands) : makeOr(operands);
  }
  PatternAttr build(ArrayRef<PatternAttr> operands) const {
    return operands.empty() ? neutral() : make(operands);
  }
  PatternAttr neutral() const {
    return isAnd<ChainT> ? getDense(context) : getNone(context);
  }
  PatternAttr absorbing() const {
    return isAnd<ChainT> ? getNone(context) : getDense(context);
  }
  /// and(p, q) is p; or(p, q) is p.
  static bool outweighs(PatternAttr p, PatternAttr q) {
    return isAnd<ChainT> ? isIncluded(p, q) : isIncluded(q, p);
  }
  static PatternAttr merge(PatternAttr p, PatternAttr q) {
    return isAnd<ChainT> ? intersect(p, q) : unite(p, q);
  }

  /// and(and(p, q), r) -> and(p, q, r)
  /// or(or(p, q), r) -> or(p, q, r)
  void flatten(Attribute operand) {
    if (auto nested = dyn_cast<ChainT>(operand))
      for (Attribute inner : nested.getOperands())
        flatten(inner);
    else
      operands.push_back(asPattern(operand));
  }

  /// and(per_head<[p, q]>, r) -> per_head<[and(p, r), and(q, r)]>
  /// or(per_head<[p, q]>, r) -> per_head<[or(p, r), or(q, r)]>
  PatternAttr distributeOverHeads() const {
    std::optional<size_t> numHeads;
    for (PatternAttr operand : operands)
      if (auto perHead = dyn_cast<PerHeadAttr>(operand)) {
        size_t own = perHead.getPatterns().size();
        if (numHeads.value_or(own) != own)
          return nullptr;
        numHeads = own;
      }
    if (!numHeads)
      return nullptr;
    SmallVector<Attribute> patterns;
    for (size_t head = 0; head < *numHeads; ++head)
      patterns.push_back(
          make(llvm::map_to_vector(operands, [&](PatternAttr operand) {
            return asPattern(operand.forHead(head));
          })));
    return asPattern(PerHeadAttr::get(context, patterns));
  }

  /// and(p, dense) -> p
  /// or(p, none) -> p
  void dropNeutral() { llvm::erase(operands, neutral()); }

  /// and(p, p) -> p
  /// or(p, p) -> p
  void dropDuplicates() {
    llvm::SetVector<PatternAttr, Operands> unique(operands.begin(),
                                                  operands.end());
    operands = unique.takeVector();
  }

  /// and(p, not(p)) -> none
  /// or(p, not(p)) -> dense
  /// and(p, none) -> none
  /// or(p, dense) -> dense
  bool hasComplement() const {
    for (auto [index, p] : llvm::enumerate(operands)) {
      if (p == absorbing())
        return true;
      for (PatternAttr q : ArrayRef(operands).drop_front(index + 1))
        if (areComplements(p, q))
          return true;
    }
    return false;
  }

  /// and(p, q) is none; or(p, q) is dense.
  static bool areComplements(PatternAttr p, PatternAttr q) {
    if (isComplementOf(p, q) || isComplementOf(q, p))
      return true;
    PatternAttr merged = merge(p, q);
    return isAnd<ChainT> ? isa_and_nonnull<NoneAttr>(merged)
                         : isa_and_nonnull<DenseAttr>(merged);
  }

  static bool isComplementOf(PatternAttr p, PatternAttr q) {
    // and(p, not(q)) is none if p is in q; or(p, not(q)) is dense if q is in p.
    if (auto negation = dyn_cast<NotAttr>(q))
      return outweighs(p, asPattern(negation.getOperand()));
    // and(p, and(q, r)) is none if and(p, q) is; or(p, or(q, r)) likewise.
    auto chain = dyn_cast<ChainT>(q);
    return chain && llvm::any_of(chain.getOperands(), [&](Attribute operand) {
             return areComplements(p, asPattern(operand));
           });
  }

  /// and(p, or(p, q)) -> p
  /// or(p, and(p, q)) -> p
  /// and(p, q) -> p, where p is in q
  /// or(p, q) -> q, where p is in q
  void absorb() {
    for (size_t index = 0; index < operands.size();) {
      bool isAbsorbed = false;
      for (size_t other = 0; other < operands.size() && !isAbsorbed; ++other)
        isAbsorbed =
            other != index && outweighs(operands[other], operands[index]);
      if (isAbsorbed)
        operands.erase(operands.begin() + index);
      else
        ++index;
    }
  }

  /// and(p, q) -> r, where the leaf r is the same set
  /// or(p, q) -> r, where the leaf r is the same set
  void mergeLeaves() {
    for (size_t index = 0; index < operands.size(); ++index)
      for (size_t other = index + 1; other < operands.size();) {
        if (PatternAttr merged = merge(operands[index], operands[other])) {
          operands[index] = merged;
          operands.erase(operands.begin() + other);
          other = index + 1;
        } else {
          ++other;
        }
      }
  }

  /// and(p, or(not(p), q)) -> and(p, q)
  /// or(p, and(not(p), q)) -> or(p, q)
  void resolve() {
    for (auto [index, operand] : llvm::enumerate(operands)) {
      auto nested = dyn_cast<DualT>(operand);
      if (!nested)
        continue;
      Operands kept;
      for (Attribute inner : nested.getOperands()) {
        bool isDead = false;
        for (auto [other, p] : llvm::enumerate(operands))
          isDead |= other != index && areComplements(p, asPattern(inner));
        if (!isDead)
          kept.push_back(asPattern(inner));
      }
      if (kept.size() == nested.getOperands().size())
        continue;
      operand = kept.empty()    ? absorbing()
                : isAnd<ChainT> ? makeOr(kept)
                                : makeAnd(kept);
    }
  }

  using Operands = SmallVector<PatternAttr>;
  MLIRContext *context;
  Operands operands;
};
} // namespace

Attribute AndAttr::simplifyPattern() const {
  return Chain<AndAttr>(*this).simplify();
}
Attribute OrAttr::simplifyPattern() const {
  return Chain<OrAttr>(*this).simplify();
}

//===----------------------------------------------------------------------===//
// not, per_head
//===----------------------------------------------------------------------===//

Attribute NotAttr::simplifyPattern() const {
  MLIRContext *context = getContext();
  auto negateAll = [](ArrayRef<Attribute> operands) {
    return llvm::map_to_vector(operands, [](Attribute operand) -> Attribute {
      return makeNot(asPattern(operand));
    });
  };
  // not(not(p)) -> p
  if (auto inner = dyn_cast<NotAttr>(getOperand()))
    return inner.getOperand();
  // not(dense) -> none
  if (isa<DenseAttr>(getOperand()))
    return NoneAttr::get(context);
  // not(none) -> dense
  if (isa<NoneAttr>(getOperand()))
    return DenseAttr::get(context);
  // not(and(p, q)) -> or(not(p), not(q))
  if (auto inner = dyn_cast<AndAttr>(getOperand()))
    return OrAttr::get(context, negateAll(inner.getOperands()));
  // not(or(p, q)) -> and(not(p), not(q))
  if (auto inner = dyn_cast<OrAttr>(getOperand()))
    return AndAttr::get(context, negateAll(inner.getOperands()));
  // not(per_head<[p, q]>) -> per_head<[not(p), not(q)]>
  if (auto inner = dyn_cast<PerHeadAttr>(getOperand()))
    return PerHeadAttr::get(context, negateAll(inner.getPatterns()));
  if (auto columns = dyn_cast<ColumnsAttr>(getOperand())) {
    int64_t end = columns.getPhase() + columns.getWidth();
    // not(columns<s, width = w>) -> columns<s, phase = w, width = s - w>
    if (columns.getPhase() == 0)
      return makeColumns(context, columns.getStride(), end,
                         columns.getStride());
    // not(columns<s, phase = p, width = s - p>) -> columns<s, width = p>
    if (end == columns.getStride())
      return makeColumns(context, columns.getStride(), 0, columns.getPhase());
  }
  return *this;
}

Attribute PerHeadAttr::simplifyPattern() const {
  // per_head<[per_head<[p, q]>, r]> -> per_head<[p, r]>
  SmallVector<Attribute> patterns;
  for (auto [head, pattern] : llvm::enumerate(getPatterns()))
    patterns.push_back(asPattern(pattern).forHead(head));
  // per_head<[p, p]> -> p
  if (llvm::all_equal(patterns))
    return patterns.front();
  return get(getContext(), patterns);
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

namespace {
/// Applies the laws from the leaves up until none applies.
class Simplifier {
public:
  PatternAttr simplify(PatternAttr pattern) {
    if (PatternAttr known = simplest.lookup(pattern))
      return known;
    PatternAttr current = pattern;
    while (true) {
      PatternAttr next =
          asPattern(withSimpleOperands(current).simplifyPattern());
      if (next == current)
        break;
      current = next;
    }
    simplest[pattern] = current;
    simplest[current] = current;
    return current;
  }

private:
  PatternAttr withSimpleOperands(PatternAttr pattern) {
    MLIRContext *context = pattern.getContext();
    auto all = [&](ArrayRef<Attribute> operands) {
      return llvm::map_to_vector(operands, [&](Attribute operand) -> Attribute {
        return simplify(asPattern(operand));
      });
    };
    if (auto chain = dyn_cast<AndAttr>(pattern))
      return asPattern(AndAttr::get(context, all(chain.getOperands())));
    if (auto chain = dyn_cast<OrAttr>(pattern))
      return asPattern(OrAttr::get(context, all(chain.getOperands())));
    if (auto negation = dyn_cast<NotAttr>(pattern))
      return makeNot(simplify(asPattern(negation.getOperand())));
    if (auto perHead = dyn_cast<PerHeadAttr>(pattern))
      return asPattern(PerHeadAttr::get(context, all(perHead.getPatterns())));
    return pattern;
  }

  llvm::DenseMap<Attribute, PatternAttr> simplest;
};
} // namespace

PatternAttr mlir::sattn::simplifyPattern(PatternAttr pattern) {
  return Simplifier().simplify(pattern);
}
