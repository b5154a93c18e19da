// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The lowering of `sattn.dropout_mask`.
#ifndef SPARSEATTN_LIB_CONVERSION_DROPOUTLOWERING_H
#define SPARSEATTN_LIB_CONVERSION_DROPOUTLOWERING_H

#include "SoftmaxUpdateLowering.h"

namespace mlir::sattn {

/// Emits the code of `op` before it; `op` itself stays.
void lowerDropoutMask(DropoutMaskOp op, const RegisterTile &tile,
                         ScratchBuffers &scratch);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_DROPOUTLOWERING_H
