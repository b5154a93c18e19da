// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The rows of a warp once more, pair by pair.
#ifndef SPARSEATTN_LIB_CONVERSION_GPU_CAREFULROWS_H
#define SPARSEATTN_LIB_CONVERSION_GPU_CAREFULROWS_H

#include "TileContext.h"

namespace mlir::sattn {

/// Computes and stores the rows of a warp with nothing but live pairs, for numbers that the matrix
/// products cannot tell apart: a value that is not finite in a dead pair, whose weight of 0 makes it
/// NaN, and scores so large that f32 is too coarse for their differences; and for positions of more than 30 bits.
/// It is slow and rare, and the last that `context` is used for. Queries are at `shared`.
void emitCarefulRows(TileContext &context, Value shared);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_GPU_CAREFULROWS_H
