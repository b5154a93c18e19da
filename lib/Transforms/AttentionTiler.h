// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The loop nests of one attention: loops over (batch, head, query tile), and for each tile the
/// closed form of its live key segments.
#ifndef SPARSEATTN_LIB_TRANSFORMS_ATTENTIONTILER_H
#define SPARSEATTN_LIB_TRANSFORMS_ATTENTIONTILER_H

#include "SoftmaxStates.h"

#include "SparseAttn/Analysis/HeadGroups.h"
#include "SparseAttn/Analysis/RowCandidates.h"
#include "SparseAttn/Analysis/TargetInfo.h"
#include "SparseAttn/Dialect/AttentionOps.h"
#include "SparseAttn/Dialect/AttentionSizes.h"
#include "SparseAttn/Dialect/PatternTables.h"
#include "SparseAttn/Dialect/RuntimeOperands.h"
#include "SparseAttn/Dialect/TiledOps.h"

namespace mlir::sattn {

/// The loop nests of one attention.
class AttentionTiler {
public:
  /// With `queryTile` 0 the pattern chooses what suits it on the target, 1 works on rows one by one.
  AttentionTiler(AttentionOp op, int64_t queryTile, const TargetInfo &target,
                 bool isGpu, int64_t splitKeys, bool checkOperands)
      : op(op), b(op.getLoc(), op),
        queryTile(queryTile), target(target), isGpu(isGpu), splitKeys(splitKeys),
        sizes(AttentionSizes::emit(b, op)), runtime(b, op, sizes) {
    if (checkOperands)
      runtime.check();
  }

  void run();

private:
  struct Place {
    Value batch, head, kvHead;
    /// The head's, or the group's, among those that are worked on together.
    Value number;
    /// Heads that are rows of one tile.
    int64_t heads = 1;
  };
  /// Accumulator, maximum, sum and, if asked for, row maximum of a block of rows, or of all, by batch and head; `row` is
  /// the tile's first.
  struct State {
    SmallVector<Value> buffers;
    SmallVector<Value> at;
    IndexExpr row;
  };
  /// What a phase continues, and what it leaves.
  struct PhaseStates {
    ArrayRef<Value> resume, save;
  };

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  IndexExpr expr(Value value) { return IndexExpr(value, b); }
  Value value(const IndexExpr &e) { return e.materializeIndex(b); }

  //===--------------------------------------------------------------------===//
  // Loops (TileToBlockSparse.cpp)
  //===--------------------------------------------------------------------===//

  /// Phases as `chooseRows` samples them: lengths that are not known are typical ones.
  static SmallVector<Phase> getTypicalPhases(PatternAttr pattern);
  std::optional<int64_t> getNumQueries();
  /// Whether products are those of bf16 pairs.
  bool usesPairs() {
    return target.bf16Dot && op.getOutType().getElementType().isBF16();
  }
  /// Whether the rows of these heads are worked on one by one.
  bool worksByRows(PatternAttr pattern, const HeadRange &range);
  /// Rows of a tile, for all phases of all heads: tiles of one size share their kernels, which
  /// are nearly all that takes time to compile.
  int64_t chooseRows(ArrayRef<Phase> phases);
  /// What becomes of heads that have one pattern.
  void emitHeads(PatternAttr pattern, const HeadRange &range);
  /// Opens an scf.forall over batches, heads and `tiles`; `body` gets the third
  /// index.
  void emitForall(const HeadRange &range, Value heads, Value tiles,
                  llvm::function_ref<void(const Place &, Value)> body);
  /// Of head `number` of a range.
  Place makePlace(const HeadRange &range, Value batch, Value number);
  /// All tiles of a phase, with states of all rows, if there are any.
  void emitPhase(const Phase &phase, const HeadRange &range, Value heads, const PhaseStates &states);
  /// Phases one after the other: within blocks of rows, or, on a GPU, which has use for all tiles at once, within all.
  void emitPhases(ArrayRef<Phase> phases, const HeadRange &range, Value heads);
  void emitPhasesOfBlocks(ArrayRef<Phase> phases, const HeadRange &range, Value heads);
  void emitLoop(Value count, llvm::function_ref<void(IndexExpr)> body);

  //===--------------------------------------------------------------------===//
  // Tiles (TileToBlockSparse.cpp)
  //===--------------------------------------------------------------------===//

  /// One tile of at most `remaining` positions from `row` on, in steps of the
  /// phase. It continues `resume` if given, and leaves its softmax in `save` if
  /// given.
  void emitTile(const Phase &phase, const Place &place, IndexExpr row,
                const IndexExpr &remaining, const State *resume,
                const State *save);
  TileAttentionOp createTile(const Phase &phase, const Place &place,
                             Value query, ValueRange outs, ValueRange save,
                             ValueRange resume, Value first);
  /// The pages of a batch, [C].
  Value slicePageTable(const Place &place);
  /// The sinks of the heads in a tile: one, or in `emitDecode` those of a group.
  Value sliceSink(const Place &place);
  /// Segments and mask of a tile with positions from `first` to `last`.
  void emitRegions(TileAttentionOp tile, const Phase &phase, const Place &place,
                   const IndexExpr &first, const IndexExpr &last);

  //===--------------------------------------------------------------------===//
  // Tiles of one row, or of few rows of each head in a group (SingleRows.cpp)
  //===--------------------------------------------------------------------===//

  /// Heads of a group that see the same keys share a tile: keys and values are
  /// read once for all of them.
  int64_t getSharedHeads(PatternAttr pattern, const HeadRange &range);
  /// The place of a group of heads, given its number as that of a head.
  void shareHeads(Place &place, int64_t shared);
  /// Whether all query rows of a head are in one tile of `emitDecode`: one row, as when text is generated, or on a
  /// GPU the few that are drafted or checked at a time.
  bool isShort(PatternAttr pattern);
  /// The most heads of a group that sees the same keys whose rows are one matrix and fit a tile.
  int64_t getStackedHeads(PatternAttr pattern, const HeadRange &range);
  void emitDecode(const Phase &phase, const HeadRange &range, Value heads);
  /// Tiles share the keys of a group, and their softmaxes are combined.
  void emitSplitDecode(SplitKeys &split, const Phase &phase,
                       const HeadRange &range, Value groups, int64_t shared);
  bool mayWorkByRows(PatternAttr pattern, const HeadRange &range);
  /// Rows one by one.
  void emitSingleRows(PatternAttr pattern, const HeadRange &range, Value heads);
  /// What is drawn for the row of `tile`, which has the segments of what is left.
  void emitCandidates(TileAttentionOp tile, const RowCandidates &candidates,
                      const Place &place);
  SmallVector<Value> getGroupOuts(const Place &place, Value row);
  /// `rowsPerHead` rows of each head in a group, from `row` on.
  TileAttentionOp emitGroup(const Phase &phase, const Place &place,
                            ValueRange outs, ValueRange save, Value row);

  AttentionOp op;
  ImplicitLocOpBuilder b;
  int64_t queryTile;
  TargetInfo target;
  bool isGpu;
  int64_t splitKeys;
  /// Rows of the tiles that are emitted now, and of those of all heads that are not worked on by rows.
  int64_t tileRows = 0, commonRows = 0;
  /// Rows of each head in the tiles of `emitGroup`.
  int64_t rowsPerHead = 1;
  /// Whether tiles of consecutive rows begin at multiples of `tileRows`.
  bool rowsAlign = false;
  /// Whether the tiles of single query rows have columns in the lanes.
  bool rowMajor = false;
  AttentionSizes sizes;
  RuntimeOperands runtime;
  TableExtent extent;
  PatternTables tables;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_TRANSFORMS_ATTENTIONTILER_H
