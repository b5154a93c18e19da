// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The lowering of `sattn.softmax_update` with `row_major`.
#ifndef SPARSEATTN_LIB_CONVERSION_ROWMAJORUPDATE_H
#define SPARSEATTN_LIB_CONVERSION_ROWMAJORUPDATE_H

#include "SoftmaxUpdateLowering.h"

namespace mlir::sattn {

/// Emits the update before `op`.
void lowerRowMajorUpdate(SoftmaxUpdateOp op, const RegisterTile &tile,
                         ScratchBuffers &scratch);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_ROWMAJORUPDATE_H
