// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Softmaxes that are left running, in memory: between phases of a pattern, and of parts of the keys.
#ifndef SPARSEATTN_LIB_TRANSFORMS_SOFTMAXSTATES_H
#define SPARSEATTN_LIB_TRANSFORMS_SOFTMAXSTATES_H

#include "SparseAttn/Dialect/AttentionOps.h"
#include "SparseAttn/Dialect/AttentionSizes.h"
#include "SparseAttn/Dialect/TiledOps.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::sattn {

/// Accumulator [sizes, Dv], maximum, sum and, if the attention asks for it, row maximum [sizes], of
/// f32; for `save` and `resume` of a tile.
SmallVector<Value> allocateSoftmaxStates(ImplicitLocOpBuilder &b, AttentionOp op,
                                         ArrayRef<OpFoldResult> sizes);
void releaseSoftmaxStates(ImplicitLocOpBuilder &b, ValueRange states);

/// The keys of one query row, or of few, in parts that tiles have to themselves. A GPU has more
/// multiprocessors, and a CPU more cores, than there are groups of heads. How many parts there are,
/// and which keys each has, follows from sizes alone: results do not depend on what runs them.
class SplitKeys {
public:
  struct Limits {
    /// Parts, of all rows together, from which on more of them gain nothing, and the fewest keys of
    /// a part.
    int64_t wantedTiles, leastKeys;
    /// So few groups are combined sooner than threads begin.
    int64_t fewGroups;
  };
  /// For a least number of keys of 0, the target's own.
  static Limits getLimits(bool isGpu, int64_t leastKeys);

  /// The parts of `groups` groups of heads per batch, for tiles with this `step`.
  SplitKeys(ImplicitLocOpBuilder &b, AttentionOp op, const AttentionSizes &sizes,
            Value groups, int64_t step, const Limits &limits);

  /// Whether all keys are known to be one part.
  bool isWhole() const;
  /// Allocates the states of `rows` groups of `heads` query heads each, per batch.
  void allocate(Value rows, int64_t heads);

  Value getNumSplits() const { return numSplits; }
  /// The states of one part, and its keys, which are those of `tile` then.
  SmallVector<Value> getStates(Value batch, Value row, Value split);
  void setKeys(TileAttentionOp tile, Value split);
  /// Loops over batches and groups, for `combine`: in parallel unless groups are few.
  void emitLoops(llvm::function_ref<void(Value, Value)> body);
  /// Combines the parts of a row into `outs`.
  void combine(Value batch, Value row, ValueRange outs);
  void release() { releaseSoftmaxStates(b, states); }

private:
  Value slice(Value state, Value batch, Value row, Value split);

  ImplicitLocOpBuilder &b;
  AttentionOp op;
  int64_t step, fewGroups;
  Value batch, groups, keys, numSplits, keysOfSplit;
  SmallVector<Value> states;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_TRANSFORMS_SOFTMAXSTATES_H
