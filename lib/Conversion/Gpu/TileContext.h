// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What all parts of a tile's code know: its operands, its rows, and the softmax that a row has.
#ifndef SPARSEATTN_LIB_CONVERSION_GPU_TILECONTEXT_H
#define SPARSEATTN_LIB_CONVERSION_GPU_TILECONTEXT_H

#include "PairBits.h"
#include "RowResults.h"

#include "SparseAttn/Dialect/TiledOps.h"

#include <cfloat>

namespace mlir::sattn {

/// A tile, its operands as memory, and what is the same for all of its pairs.
class TileContext {
public:
  TileContext(GpuBuilder &b, TileAttentionOp op, const GpuTile &tile);

  /// Whether positions or keys are too far from 0 for 32 bits, for all rows alike: what is about pairs is then only
  /// right after `useAllBits`.
  Value emitIsFar();
  void useAllBits();

  /// The position and the head number of a row of the tile.
  Offset positionOf(const Offset &row);
  Offset headOf(const Offset &row);
  /// The row (i32) itself, or the last one.
  Value clampRow(Value row) { return b.min(row, lastRow); }
  /// Whether something is read for a pair, so that its row must exist.
  bool readsForPairs() const {
    return asked || mask.needsLivePair() || (score && score->needsLivePair());
  }
  /// The row of `key` and `value` (i64) that holds a key (i32).
  Value keyRow(Value key);

  /// The first key (index) that is visited.
  Value emitFirstKey();

  /// The segment that begins at a key (index) in range, where it is full or partial, and its end
  /// (index).
  struct Segment {
    Value live, full, end;
  };
  Segment emitSegment(Value key);

  /// Whether the pair is live; not for a tile whose rows stand at one position.
  Value emitLive(const Offset &position, const Offset &key);
  /// Whether `getMaskBits` may be used in place of `emitLive`.
  bool hasLiveBits() const { return !asked && maskBits.isSupported(); }
  PairBits &getMaskBits() { return maskBits; }
  /// Whether scores of dead pairs are products that begin with `deadScore`, and not replaced.
  bool masksByProduct() const { return nothing > -FLT_MAX; }
  /// The exponent that a dot product becomes, divided by `factor`.
  Value emitScore(Value dot, const Offset &head, const Offset &position,
                  const Offset &key, Value live);
  /// The score that `emitScore` has divided by a scale.
  Value emitScaled(Value score) {
    return finishScale == 1 ? score : b.mulF(score, b.f32(finishScale));
  }
  /// Whether dropout keeps the pair; null without dropout.
  Value emitKept(const Offset &head, const Offset &position, const Offset &key);

  /// What row (i32) begins with: nothing, a sink, or what was saved.
  RowSoftmax emitFirst(Value row);
  /// The accumulator that row and column (i32) begin with; columns are those up to a multiple of `unit`, and 0 beyond the
  /// last.
  Value emitFirstSum(Value row, Value column, int64_t unit);

  /// Finds where results go: before any is written, and no sooner, since that takes registers.
  void openResults();
  RowResults &getResults() { return *results; }

  GpuBuilder &b;
  TileAttentionOp op;
  const GpuTile &tile;
  RowSource query, key, value;
  Value first, rows, lastRow, numKeys;
  /// What turns a score into an exponent of 2, positive; the sign of the scale is in `emitScore`.
  float factor;
  bool hasScore, hasRowMax;
  /// The exponent that a row without a key has so far.
  float nothing;
  /// Whether a segment may be partial: not if all rows stand at one position, or the mask has all pairs.
  bool mayBePartial;

private:
  /// A row of the tile as one of its head, where rows have `rows_per_head`; else the row itself.
  Offset rowOfHead(const Offset &row);
  /// Which of the heads that a tile has sinks for a row (i32) belongs to.
  Value numberOfHead(Value row) {
    return op.getRowsPerHead() ? b.divide(row, *op.getRowsPerHead()) : row;
  }

  PairRegion mask;
  PairBits maskBits;
  std::optional<PairRegion> asked, score;
  bool usesAllBits = false;
  double scale;
  /// The scale of a saved or finished maximum.
  double finishScale;
  std::optional<RowResults> results;
};

/// A power of 2 in bf16. With a product that has no more than 20 bits less it is below `nothing`.
inline constexpr float deadScore = -0x1p127f;

/// Exponents from here on are too coarse in f32 for differences of scores.
inline constexpr float coarseExponent = 0x1p20f;

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_GPU_TILECONTEXT_H
