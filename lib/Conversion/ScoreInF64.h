// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A score region in fp64, for the oracle.
#ifndef SPARSEATTN_LIB_CONVERSION_SCOREINF64_H
#define SPARSEATTN_LIB_CONVERSION_SCOREINF64_H

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Region.h"

namespace mlir::sattn {

/// Copies the operations of a score region with f64 for every f32 that is computed;
/// `arguments` begin with the score as f64. Returns what the region yields, as f64.
Value inlineScoreInF64(ImplicitLocOpBuilder &b, Region &score,
                       ValueRange arguments);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_SCOREINF64_H
