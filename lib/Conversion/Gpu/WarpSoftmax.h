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
/// Where pairs may be dead, a warp skips a key tile without a live pair of its own, and computes all of any other
/// one.
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
  /// Finds what masks need of a thread, right before the loop that it is kept over, or where it is used.
  void openMasks(Value thread, bool isKept);
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
  /// Columns of values that a lane has sums of, which follow each other: two of a product, or in tf32 those of the products
  /// of a panel, which have every so-manyth column.
  struct Run {
    /// The first product, and how many there are.
    int64_t product, count;
    int64_t columns() const { return 2 * count; }
    /// Where the sum of a column of one of the lane's rows is.
    int64_t sumOf(int64_t row, int64_t column) const {
      return (product + column % count) * 4 + row * 2 + column / count;
    }
  };
  SmallVector<Run> runs() const;
  Value columnOf(const Run &run, int64_t column) {
    return b.add(b.mul(laneColumn, run.count), run.product * 8 + column);
  }
  /// Element i of a matrix of 16 x 8 belongs to the lane's row i / 2 and column i mod 2.
  static int64_t rowOf(int64_t element) { return element / 2 % rowsOfLane; }

  /// Scores, 4 of each 8 keys; then weights.
  using Scores = SmallVector<Value>;
  /// A lane's pair: its group, the number of its row, and how far its key is from the lane's first one.
  struct Pair {
    int64_t group, row, column;
  };
  /// The mask of a group of rows and a slice of keys.
  struct Mask {
    /// Bits of dead pairs, by how far the key is from the lane's first one of the slice, which is below 16: for each of
    /// the lane's rows from a byte on. Other bits are anything.
    Value dead;
    std::array<int64_t, rowsOfLane> bytes;
  };
  /// The masks of a key tile, those of one group after the other; none if all its pairs are live.
  SmallVector<Mask> emitMasks(const Pairs &pairs);
  Mask emitMask(const Pairs &pairs, int64_t first, int64_t group);
  /// Bits of live pairs, the first row's before the second one's, from key `first` of the tile on.
  Value emitLiveInLoop(const Pairs &pairs, int64_t first, int64_t group);
  /// Whether the warp has a live pair; it may be true if it has none.
  Value emitHasLive(ArrayRef<Mask> masks);
  const Mask &maskOf(ArrayRef<Mask> masks, int64_t group, int64_t key);
  /// Whether a pair is live, where that is asked of scores; null if all are.
  Value emitIsLive(ArrayRef<Mask> masks, const Pair &pair);

  void emitProducts(SmallVector<Scores> &scores, ArrayRef<Mask> masks,
                    Value stage);
  /// Of wide heads in three parts, from some columns on: no fragment that is loaded after this is in a register before.
  /// As early as it likes, ptxas loads so many that it spills sums.
  void endLoads(int64_t column);
  /// The sums that products begin with: deadScore for dead pairs, 0 for others.
  void emitMaskProducts(SmallVector<Scores> &scores, ArrayRef<Mask> masks);
  void emitModified(SmallVector<Scores> &scores, const Pairs &pairs,
                    ArrayRef<Mask> masks);
  /// Replaces the scores of dead pairs, where products have not done so.
  void emitMasked(SmallVector<Scores> &scores, ArrayRef<Mask> masks);
  /// The state after all pairs, with masks or without.
  SmallVector<Value> updateAll(ArrayRef<Value> state, Value stage,
                               const Pairs &pairs, ArrayRef<Mask> masks);
  void emitMax(Group &group, ArrayRef<Value> found);
  void emitRaise(Group &group, ArrayRef<Value> found, ArrayRef<Value> above);
  /// Adds the weights, and values by them.
  void emitWeights(SmallVector<Group> &groups, SmallVector<Scores> &scores);
  void emitDropout(SmallVector<Scores> &weights, const Pairs &pairs);
  void emitValues(SmallVector<Group> &groups, ArrayRef<Scores> weights,
                  Value stage);
  /// Operand A of products, of 16 rows.
  using Fragment = std::array<Value, 4>;
  /// The weights of `depth` keys, by part.
  SmallVector<Fragment> emitWeightFragments(ArrayRef<Value> weights);
  /// Operands B of keys from `row` on and of products that are loaded together, from number `product` on: one for each.
  SmallVector<SmallVector<Value, 2>> loadValues(Value address, int64_t row,
                                                int64_t product);
  void forEachPair(SmallVector<Scores> &scores,
                   llvm::function_ref<Value(Value, const Pair &)> body);
  /// The key that is so far from the lane's first one, in the order of the tile.
  Offset keyOf(const Pairs &pairs, const Offset &column);

  TileContext &context;
  GpuBuilder &b;
  const GpuTile &tile;
  SharedTile queries, keys, values;
  /// The lane's first column of 8 values, and its first key.
  Value shared, laneColumn, laneKey;
  /// Lane offsets in wide and narrow panels, of matrices and for `loadColumns`.
  SmallVector<Value> laneOffsets, columnOffsets;
  /// Rows of the lane, their positions and heads.
  SmallVector<Offset> rows, positions, heads;
  /// From the lane's first key of a tile that begins with key 0 to the base of positions, where parts of the mask are of
  /// distances, and `distanceAbove` more, as much as a causal mask wants; and the right operand that leaves 8 columns as
  /// they are.
  Value distanceFromKey, identity;
  int64_t distanceAbove = 0;
  /// Fragments of the queries: by part, group and `depth` columns.
  SmallVector<Fragment> fragments;
  Fragment queryFragment(int64_t part, int64_t group, int64_t column);
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_GPU_WARPSOFTMAX_H
