// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The lowering of what happens to single query rows whose keys are shared by tiles: each saves
/// its softmax, and one result is made of all.
#ifndef SPARSEATTN_LIB_CONVERSION_SAVEDSOFTMAXLOWERING_H
#define SPARSEATTN_LIB_CONVERSION_SAVEDSOFTMAXLOWERING_H

#include "SoftmaxUpdateLowering.h"

namespace mlir::sattn {

/// These emit the code of `op` before it; `op` itself stays. The first is for operations with
/// `row_major`.
void lowerRowMajorSave(SoftmaxSaveOp op, const RegisterTile &tile);
void lowerCombine(SoftmaxCombineOp op, const RegisterTile &tile,
                  ScratchBuffers &scratch);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_SAVEDSOFTMAXLOWERING_H
