// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Disjunctive normal form, as far as it stays small.
#include "SparseAttn/Analysis/PatternTerms.h"

#include "SparseAttn/Dialect/PatternAttrs.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// The most terms that an `and` is multiplied out to.
constexpr size_t maxTerms = 16;

using Terms = SmallVector<PatternTerm>;

/// Whether the pairs of a row (`ofKey` false: of a key) are the same for all.
bool dependsOnlyOn(bool ofKey, PatternAttr pattern) {
  auto all = [&](ArrayRef<Attribute> operands) {
    return llvm::all_of(operands, [&](Attribute operand) {
      return dependsOnlyOn(ofKey, cast<PatternAttr>(operand));
    });
  };
  if (auto andAttr = dyn_cast<AndAttr>(pattern))
    return all(andAttr.getOperands());
  if (auto orAttr = dyn_cast<OrAttr>(pattern))
    return all(orAttr.getOperands());
  if (auto notAttr = dyn_cast<NotAttr>(pattern))
    return all(notAttr.getOperand());
  if (auto global = dyn_cast<GlobalAttr>(pattern))
    return ofKey ? !global.getRows() : !global.getColumns();
  return isa<DenseAttr, NoneAttr>(pattern) ||
         (ofKey && isa<ColumnsAttr, PrefixAttr>(pattern));
}

Terms expand(PatternAttr pattern, bool negated);

Terms expandUnion(ArrayRef<Attribute> operands, bool negated) {
  Terms terms;
  for (Attribute operand : operands)
    llvm::append_range(terms, expand(cast<PatternAttr>(operand), negated));
  return terms;
}

/// and(or(p, q), r) -> or(and(p, r), and(q, r)); nothing if there are too many.
std::optional<Terms> expandIntersection(ArrayRef<Attribute> operands,
                                        bool negated) {
  Terms terms(1);
  for (Attribute operand : operands) {
    Terms choices = expand(cast<PatternAttr>(operand), negated);
    if (terms.size() * choices.size() > maxTerms)
      return std::nullopt;
    Terms products;
    for (const PatternTerm &term : terms)
      for (const PatternTerm &choice : choices) {
        PatternTerm product = term;
        llvm::append_range(product.ofKey, choice.ofKey);
        llvm::append_range(product.ofRow, choice.ofRow);
        llvm::append_range(product.ofBoth, choice.ofBoth);
        products.push_back(std::move(product));
      }
    terms = std::move(products);
  }
  return terms;
}

Terms expand(PatternAttr pattern, bool negated) {
  PatternTerm whole;
  PatternAttr signedPattern = negated ? makeNot(pattern) : pattern;
  if (isa<DenseAttr>(pattern) && !negated)
    return {whole};
  if (dependsOnlyOn(/*ofKey=*/true, pattern)) {
    whole.ofKey.push_back(signedPattern);
    return {whole};
  }
  if (dependsOnlyOn(/*ofKey=*/false, pattern)) {
    whole.ofRow.push_back(signedPattern);
    return {whole};
  }
  if (auto notAttr = dyn_cast<NotAttr>(pattern))
    return expand(cast<PatternAttr>(notAttr.getOperand()), !negated);
  std::optional<Terms> terms;
  if (auto andAttr = dyn_cast<AndAttr>(pattern)) {
    terms = negated ? expandUnion(andAttr.getOperands(), true)
                    : expandIntersection(andAttr.getOperands(), false);
  } else if (auto orAttr = dyn_cast<OrAttr>(pattern)) {
    terms = negated ? expandIntersection(orAttr.getOperands(), true)
                    : expandUnion(orAttr.getOperands(), false);
  } else if (auto global = dyn_cast<GlobalAttr>(pattern)) {
    // Rows or columns.
    auto get = [&](bool rows) -> Attribute {
      return GlobalAttr::get(pattern.getContext(), global.getFirst(),
                             global.getLast(), global.getLastBlock(),
                             global.getPositions(), rows,
                             !rows);
    };
    Attribute parts[] = {get(true), get(false)};
    terms = negated ? expandIntersection(parts, true)
                    : expandUnion(parts, false);
  }
  if (terms)
    return std::move(*terms);
  whole.ofBoth.push_back(signedPattern);
  return {whole};
}
} // namespace

PatternAttr PatternTerm::getPattern(MLIRContext *context) const {
  SmallVector<PatternAttr> all(ofKey);
  llvm::append_range(all, ofRow);
  llvm::append_range(all, ofBoth);
  return all.empty() ? cast<PatternAttr>(Attribute(DenseAttr::get(context)))
                     : makeAnd(all);
}

SmallVector<PatternTerm> mlir::sattn::splitIntoTerms(PatternAttr pattern) {
  return expand(pattern, /*negated=*/false);
}
