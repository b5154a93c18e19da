// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Laws of leaves, and of two of them: the questions that the laws of `and` and
/// `or` ask.
#ifndef SPARSEATTN_LIB_DIALECT_LEAFLAWS_H
#define SPARSEATTN_LIB_DIALECT_LEAFLAWS_H

#include "SparseAttn/Dialect/PatternAttrs.h"

namespace mlir::sattn::detail {

inline PatternAttr asPattern(Attribute attr) { return cast<PatternAttr>(attr); }
inline PatternAttr getDense(MLIRContext *context) {
  return asPattern(DenseAttr::get(context));
}
inline PatternAttr getNone(MLIRContext *context) {
  return asPattern(NoneAttr::get(context));
}

/// columns<stride, phase = begin, width = end - begin>, or the simpler pattern
/// that it is.
PatternAttr makeColumns(MLIRContext *context, int64_t stride, int64_t begin,
                        int64_t end);

/// Whether each live pair of p is known to be one of q.
bool isIncluded(PatternAttr p, PatternAttr q);

/// A single leaf for and(p, q), or null.
PatternAttr intersect(PatternAttr p, PatternAttr q);

/// A single leaf for or(p, q), or null.
PatternAttr unite(PatternAttr p, PatternAttr q);

} // namespace mlir::sattn::detail

#endif // SPARSEATTN_LIB_DIALECT_LEAFLAWS_H
