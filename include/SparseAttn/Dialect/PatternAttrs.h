// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The pattern attributes of the dialect, and their rewriting.
#ifndef SPARSEATTN_DIALECT_PATTERNATTRS_H
#define SPARSEATTN_DIALECT_PATTERNATTRS_H

#include "SparseAttn/Dialect/PatternInterface.h"
#include "SparseAttn/Dialect/RuntimePattern.h"
#include "SparseAttn/Dialect/ScoreModifierInterface.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/OpImplementation.h"

#include "SparseAttn/Dialect/SparseAttnEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "SparseAttn/Dialect/PatternAttrs.h.inc"

namespace mlir::sattn {

/// The simplest form that the laws of PatternLaws.cpp reach. Same pairs, always; named
/// compositions become leaves. Idempotent.
SparsityPatternAttrInterface
simplifyPattern(SparsityPatternAttrInterface pattern);

/// Replaces named compositions by what they stand for and changes nothing else.
SparsityPatternAttrInterface
expandNamedPatterns(SparsityPatternAttrInterface pattern);

/// Makers that do not simplify; one operand stands for itself.
SparsityPatternAttrInterface
makeAnd(ArrayRef<SparsityPatternAttrInterface> operands);
SparsityPatternAttrInterface
makeOr(ArrayRef<SparsityPatternAttrInterface> operands);
SparsityPatternAttrInterface makeNot(SparsityPatternAttrInterface operand);

/// Whether some leaf is what a `mask` region says.
bool asksMaskRegion(Attribute pattern);

} // namespace mlir::sattn

#endif // SPARSEATTN_DIALECT_PATTERNATTRS_H
