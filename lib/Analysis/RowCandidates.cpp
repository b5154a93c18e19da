// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Taking the drawn blocks out of a pattern.
#include "SparseAttn/Analysis/RowCandidates.h"

#include "mlir/IR/AttrTypeSubElements.h"

using namespace mlir;
using namespace mlir::sattn;

std::optional<RowCandidates> RowCandidates::find(PatternAttr pattern) {
  RandomAttr drawn;
  bool onlyAdds = true;
  Attribute(pattern).walk([&](Attribute part) {
    if (auto random = dyn_cast<RandomAttr>(part); random && !drawn)
      drawn = random;
    else if (auto negated = dyn_cast<NotAttr>(part))
      Attribute(negated).walk([&](RandomAttr) { onlyAdds = false; });
  });
  if (!drawn || !onlyAdds)
    return std::nullopt;
  auto replaceBy = [&](PatternAttr constant) {
    AttrTypeReplacer replacer;
    replacer.addReplacement([&](RandomAttr random) -> std::optional<Attribute> {
      return random == drawn ? Attribute(constant) : random;
    });
    return simplifyPattern(cast<PatternAttr>(replacer.replace(Attribute(pattern))));
  };
  MLIRContext *context = pattern.getContext();
  PatternAttr rest = replaceBy(NoneAttr::get(context));
  Attribute most = replaceBy(DenseAttr::get(context));
  Attribute others = NotAttr::get(context, rest);
  PatternAttr filter = simplifyPattern(
      cast<PatternAttr>(Attribute(AndAttr::get(context, {most, others}))));
  return RowCandidates{drawn, rest, filter};
}
