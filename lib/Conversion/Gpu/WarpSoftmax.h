// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a warp does with a key tile: scores, online softmax and weighted values, all in registers.
#ifndef SPARSEATTN_LIB_CONVERSION_GPU_WARPSOFTMAX_H
#define SPARSEATTN_LIB_CONVERSION_GPU_WARPSOFTMAX_H

#include "TileContext.h"

namespace mlir::sattn {

/// The rows of one warp: `rowGroups` times 16.
///
/// A matrix of 16 x 8 sums is spread over the lanes as `mma` has it: lane l holds columns 2 (l mod 4)
/// and one more, of rows l / 4 and l / 4 + 8. The four lanes of a row agree in its maximum; each has
/// a sum of its own until the end.
///
/// The maximum is a whole exponent that weights are relative to. It grows only when a score is
/// more than `headroom` above it, which is rare after the first key tiles: the accumulator is then
/// rescaled, and the branch is taken by a whole warp.
///
/// Where pairs may be dead, a warp computes a key tile in chunks of 16 keys, and skips those without a live
/// pair of its own.
class WarpSoftmax {
public:
  WarpSoftmax(TileContext &context, Value shared);

  /// Fragments of the queries, which are in shared memory.
  void loadQueries();

  /// The state of the rows before their first key: values of f32.
  SmallVector<Value> emitFirst();

  /// Which pairs a key tile has.
  struct Pairs {
    /// The tile's first key (i32), if its keys follow each other.
    Value firstKey;
    /// Or where its keys are listed in shared memory, and how many they are.
    Value list, count;
    /// Whether pairs may be dead (i1); none are if this is null.
    Value masked;
  };
  /// The state after the keys and values at `stage` in shared memory.
  SmallVector<Value> update(ArrayRef<Value> state, Value stage,
                            const Pairs &pairs);

  /// Writes what the rows have come to.
  void emitLast(ArrayRef<Value> state);

private:
  static constexpr int64_t rowsOfLane = 2;
  /// Rows of one group: the sums of value columns, 4 of each 16 x 8 matrix, and two softmaxes, in which
  /// the maximum is negated, as the exponents want it.
  struct Group {
    SmallVector<Value> sums;
    RowSoftmax softmax[rowsOfLane];
  };
  SmallVector<Group> unpack(ArrayRef<Value> state);
  SmallVector<Value> pack(ArrayRef<Group> groups);
  /// Element i of a matrix of 16 x 8 belongs to the lane's row i / 2 and column i mod 2.
  static int64_t rowOf(int64_t element) { return element / 2 % rowsOfLane; }

  /// Scores, 4 of each 8 keys; then weights.
  using Scores = SmallVector<Value>;
  /// Some of the keys of a tile, whose scores are computed and masked together.
  struct Chunk {
    int64_t firstKey, numKeys;
    /// Whether the warp has a live pair here (i1); null where that is not asked, and it may have.
    Value hasLive;

    MutableArrayRef<Value> of(Scores &scores) const {
      return MutableArrayRef(scores).slice(firstKey / 2, numKeys / 2);
    }
    /// Of all groups, one after the other.
    SmallVector<Value> get(SmallVector<Scores> &scores) const {
      SmallVector<Value> all;
      for (Scores &group : scores)
        all.append(of(group).begin(), of(group).end());
      return all;
    }
    void set(SmallVector<Scores> &scores, ArrayRef<Value> all) const {
      for (Scores &group : scores) {
        llvm::copy(all.take_front(numKeys / 2), of(group).begin());
        all = all.drop_front(numKeys / 2);
      }
    }
  };
  /// The number of a lane's pair (element i of the matrix of 8 keys from 8 n on), and its place in
  /// the key tile.
  struct Pair {
    int64_t group, row, column;
  };
  /// The mask of 64 keys of a tile.
  struct Mask {
    /// Bits by row, as PairBits has them.
    SmallVector<Value> bits;
    /// What rows have in common: pairs that are live for some, and for all.
    Value some, all;

    static constexpr int64_t keys = PairBits::maxCount * 4;
    /// The bits of 16 keys from `key` on, 4 of which belong to a lane, and that of a lane's key.
    static int64_t bitsOf(int64_t key) { return 0xf << key % keys / 4; }
    static int64_t bitOf(int64_t key) {
      return 1 << (key % keys / 8 * 2 + key % 2);
    }
  };
  /// The masks of a key tile, 64 keys each; none if all its pairs are live.
  SmallVector<Mask> emitMasks(const Pairs &pairs);
  Mask emitMask(const Pairs &pairs, int64_t first);
  /// Bits of the lane's `count` keys from key `first` of the tile on.
  SmallVector<Value> emitBitsInLoop(const Pairs &pairs, int64_t first,
                                    int64_t count);
  /// Whether a pair is live; null if all are.
  Value emitIsLive(ArrayRef<Mask> masks, const Pair &pair);
  SmallVector<Chunk> emitChunks(ArrayRef<Mask> masks);
  /// `body`, whose results have the types of `otherwise`, if the chunk has a live pair.
  SmallVector<Value> emitIfLive(const Chunk &chunk, ArrayRef<Value> otherwise,
                                GpuBuilder::Branch body);

  /// The chunk's scores, which are nothing where no pair is live, and the largest one of each row, also of
  /// those found before.
  void emitScores(SmallVector<Scores> &scores, SmallVector<Value> &largest,
                  const Chunk &chunk, const Pairs &pairs,
                  ArrayRef<Mask> masks, Value stage);
  void emitProducts(SmallVector<Scores> &scores, const Chunk &chunk,
                    Value stage);
  void emitModified(SmallVector<Scores> &scores, const Chunk &chunk,
                    const Pairs &pairs, ArrayRef<Mask> masks);
  /// Replaces the scores of dead pairs.
  void emitMasked(SmallVector<Scores> &scores, const Chunk &chunk,
                  ArrayRef<Mask> masks);
  void emitMax(Group &group, ArrayRef<Value> found);
  void emitRaise(Group &group, ArrayRef<Value> found, ArrayRef<Value> above);
  /// Adds the weights of a chunk, and its values by them.
  void emitChunkValues(SmallVector<Group> &groups, SmallVector<Scores> &scores,
                       const Chunk &chunk, const Pairs &pairs, Value stage);
  void emitDropout(SmallVector<Scores> &weights, const Chunk &chunk,
                   const Pairs &pairs);
  void emitValues(SmallVector<Group> &groups, ArrayRef<Scores> weights,
                  const Chunk &chunk, Value stage);
  void forEachPair(SmallVector<Scores> &scores, const Chunk &chunk,
                   llvm::function_ref<Value(Value, const Pair &)> body);
  /// The lane's key at a place in the tile: a multiple of 8, and 0 or 1.
  Offset keyOf(const Pairs &pairs, const Offset &column);

  TileContext &context;
  GpuBuilder &b;
  const GpuTile &tile;
  SharedTile queries, keys, values;
  Value shared, laneColumn;
  /// Lane offsets for wide and narrow panels.
  SmallVector<Value> rowsFirst, columnsFirst;
  /// Rows of the lane, their positions and heads.
  SmallVector<Offset> rows, positions, heads;
  /// Fragments of the queries: by part, group and 16 columns.
  SmallVector<std::array<Value, 4>> fragments;
  std::array<Value, 4> queryFragment(int64_t part, int64_t group, int64_t column);
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_GPU_WARPSOFTMAX_H
