// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The lowering of operations on tiles of few rows (`row_major`).
#ifndef SPARSEATTN_LIB_CONVERSION_ROWMAJORLOWERING_H
#define SPARSEATTN_LIB_CONVERSION_ROWMAJORLOWERING_H

#include "SoftmaxUpdateLowering.h"

namespace mlir::sattn {

/// Emits the code of `op`, one of the operations with `row_major`, before it;
/// `op` itself stays.
void lowerRowMajor(Operation *op, const RegisterTile &tile,
                   ScratchBuffers &scratch);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_ROWMAJORLOWERING_H
