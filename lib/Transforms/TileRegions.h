// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The regions of an attention in its tiles.
#ifndef SPARSEATTN_LIB_TRANSFORMS_TILEREGIONS_H
#define SPARSEATTN_LIB_TRANSFORMS_TILEREGIONS_H

#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/TiledOps.h"

namespace mlir::sattn {

/// The score region with its batch, and its head if all rows of the tile have one, in their
/// places.
void emitTileScore(ImplicitLocOpBuilder &b, TileAttentionOp tile, Region &score,
                   Value batch, Value head);

/// The mask region with its batch and head in their places.
void emitTileMask(ImplicitLocOpBuilder &b, TileAttentionOp tile, Region &mask,
                  Value batch, Value head);

/// Whether a mask region may be asked by scalar code: functions are polynomials in vector
/// code only.
bool isScalarMask(Region &mask);

/// The segment of rows at one position whose predicate `segment` leaves open: the keys, from
/// the one of `pair` on, for which it is what it is for that. `pair` is batch, head, query
/// position and key.
KeySegment emitAskedSegment(ImplicitLocOpBuilder &b, const KeySegment &segment,
                            PatternAttr pattern, const PatternScope &scope,
                            Region &mask, ArrayRef<Value> pair);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_TRANSFORMS_TILEREGIONS_H
