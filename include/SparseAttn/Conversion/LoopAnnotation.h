// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What loops ask of LLVM.
#ifndef SPARSEATTN_CONVERSION_LOOPANNOTATION_H
#define SPARSEATTN_CONVERSION_LOOPANNOTATION_H

#include "llvm/ADT/StringRef.h"

namespace mlir::sattn {

/// The attribute of `scf.for` with an `LLVM::LoopAnnotationAttr`. Lowering to branches keeps
/// attributes with this prefix.
inline constexpr llvm::StringLiteral loopAnnotationName = "llvm.loop_annotation";

} // namespace mlir::sattn

#endif // SPARSEATTN_CONVERSION_LOOPANNOTATION_H
