// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The lowering of `sattn.pair_mask`.
#ifndef SPARSEATTN_LIB_CONVERSION_PAIRMASKLOWERING_H
#define SPARSEATTN_LIB_CONVERSION_PAIRMASKLOWERING_H

#include "SparseAttn/Dialect/TiledOps.h"
#include "TileEmitter.h"

namespace mlir::sattn {

/// Emits the code of `op` before it; `op` itself stays.
void lowerPairMask(PairMaskOp op, const RegisterTile &tile);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_PAIRMASKLOWERING_H
