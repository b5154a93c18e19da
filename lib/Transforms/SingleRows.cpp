// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Tiles of one query row, or of few rows of each head in a group: decoding, and patterns of which two rows
/// hardly share a key.
#include "AttentionTiler.h"
#include "TileRegions.h"
#include "TileSlices.h"

#include "SparseAttn/Analysis/TileSizes.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// Rows that a thread takes at once where they are worked on one by one.
constexpr int64_t singleRowsAtOnce = 16;
} // namespace

int64_t AttentionTiler::getSharedHeads(PatternAttr pattern, const HeadRange &range) {
  int64_t heads = op.getOutType().getDimSize(1);
  int64_t kvHeads = op.getKeyType().getDimSize(1);
  bool asksHead =
      asksMaskRegion(pattern) && !op.getMask()->getArgument(1).use_empty();
  if (range.count || asksHead || mayDependOnHead(pattern) ||
      ShapedType::isDynamic(heads) || ShapedType::isDynamic(kvHeads) ||
      kvHeads == 0)
    return 1;
  return std::max<int64_t>(heads / kvHeads, 1);
}

bool AttentionTiler::mayWorkByRows(PatternAttr pattern, const HeadRange &range) {
  return !isGpu && !op.getDropoutSeed() && getMultiplicity(pattern) == 1 &&
         !asksMaskRegion(pattern) && getSharedHeads(pattern, range) < target.lanes;
}

void AttentionTiler::emitSingleRows(PatternAttr pattern, const HeadRange &range, Value heads) {
  tileRows = getSharedHeads(pattern, range);
  rowsPerHead = 1;
  rowMajor = true;
  rowsAlign = false;
  Phase phase{pattern, 1};
  std::optional<RowCandidates> candidates = RowCandidates::find(pattern);
  IndexExpr rows = expr(sizes.queries);
  IndexExpr tasks = ceilDiv(rows, singleRowsAtOnce);
  bool lastFirst = growsWithRow(phase);
  emitForall(range, value(floorDiv(expr(heads), tileRows)), value(tasks),
             [&](Place place, Value number) {
    shareHeads(place, tileRows);
    IndexExpr task = expr(number);
    IndexExpr first = (lastFirst ? tasks - 1 - task : task) * singleRowsAtOnce;
    emitLoop(value(min(rows - first, singleRowsAtOnce)), [&](IndexExpr row) {
      Value at = value(first + row);
      Phase segments{candidates ? candidates->rest : pattern, 1};
      auto tile = emitGroup(segments, place, getGroupOuts(place, at), {}, at);
      if (candidates)
        emitCandidates(tile, *candidates, place);
    });
  });
}

void AttentionTiler::emitCandidates(TileAttentionOp tile, const RowCandidates &candidates,
                                    const Place &place) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(tile);
  PatternScope scope = runtime.getScope(
      value(expr(place.head) + expr(sizes.firstHead)), place.batch, tables);
  auto [buffer, begin, end] = candidates.drawn.getDraws(scope, expr(tile.getFirst()));
  tile.getCandidatesMutable().assign(buffer);
  tile.getFirstCandidateMutable().assign(value(begin));
  tile.getEndCandidateMutable().assign(value(end));
  tile.setCandidateBlock(candidates.drawn.getBlock());
  Block &mask = tile.getMask().front();
  mask.clear();
  b.setInsertionPointToStart(&mask);
  IndexExpr live = candidates.filter.buildPredicate(scope, expr(mask.getArgument(0)),
                                                    expr(mask.getArgument(1)));
  YieldOp::create(b, live.materializeBool(b));
}

bool AttentionTiler::isShort(PatternAttr pattern) {
  int64_t rows = getNumQueries().value_or(0);
  if (getMultiplicity(pattern) != 1 || rows < 1)
    return false;
  if (rows == 1)
    return !asksMaskRegion(pattern) || isScalarMask(*op.getMask());
  return isGpu && rows <= queryTile;
}

int64_t AttentionTiler::getStackedHeads(PatternAttr pattern, const HeadRange &range) {
  int64_t shared = getSharedHeads(pattern, range), heads = shared;
  if (rowsPerHead == 1)
    return shared;
  auto mayStack = [&](Value matrix) { return mayStackHeads(matrix, heads, rowsPerHead); };
  while (shared % heads || heads * rowsPerHead > queryTile ||
         (heads > 1 && !(mayStack(op.getQuery()) && llvm::all_of(op.getDestinations(), mayStack))))
    --heads;
  return heads;
}

void AttentionTiler::emitDecode(const Phase &phase, const HeadRange &range, Value heads) {
  rowsPerHead = *getNumQueries();
  rowsAlign = false;
  int64_t shared = getStackedHeads(phase.getPattern(), range);
  // Fewer rows than lanes leave the lanes to columns and keys.
  rowMajor = !isGpu && shared < target.lanes && !op.getDropoutSeed();
  tileRows = rowMajor || isGpu ? shared * rowsPerHead : llvm::alignTo(shared, target.lanes);
  Value groups = value(floorDiv(expr(heads), shared));
  SplitKeys split(b, op, sizes, groups, phase.step,
                  SplitKeys::getLimits(isGpu, splitKeys));
  if (!split.isWhole())
    return emitSplitDecode(split, phase, range, groups, shared);
  emitForall(range, groups, index(1), [&](Place place, Value) {
    shareHeads(place, shared);
    emitGroup(phase, place, getGroupOuts(place, index(0)), {}, index(0));
  });
}

void AttentionTiler::shareHeads(Place &place, int64_t shared) {
  if (shared > 1) {
    place.head = value(expr(place.head) * shared);
    place.kvHead = value(floorDiv(expr(place.head), expr(sizes.group)));
  }
  place.heads = shared;
}

SmallVector<Value> AttentionTiler::getGroupOuts(const Place &place, Value row) {
  SmallVector<Value> outs;
  for (Value destination : op.getDestinations())
    outs.push_back(
        sliceHeads(b, destination, {place.batch, place.head, place.heads, rowsPerHead, row}));
  return outs;
}

TileAttentionOp AttentionTiler::emitGroup(const Phase &phase, const Place &place,
                                          ValueRange outs, ValueRange save, Value row) {
  // Before the tile, whose regions they are for.
  IndexExpr first = expr(value(expr(row) + runtime.getOffset(place.batch)));
  IndexExpr last = expr(value(first + (rowsPerHead - 1) * phase.step));
  Value query = sliceHeads(b, op.getQuery(), {place.batch, place.head, place.heads, rowsPerHead, row});
  auto tile = createTile(phase, place, query, outs, save, {}, value(first));
  if (rowsPerHead == 1)
    tile.setGrouped(true);
  else if (place.heads > 1)
    tile.setRowsPerHead(rowsPerHead);
  tile.setRowMajor(rowMajor);
  emitRegions(tile, phase, place, first, last);
  return tile;
}

void AttentionTiler::emitSplitDecode(SplitKeys &split, const Phase &phase,
                                     const HeadRange &range, Value groups, int64_t shared) {
  split.allocate(groups, shared * rowsPerHead);
  emitForall(range, groups, split.getNumSplits(),
             [&](Place place, Value number) {
               SmallVector<Value> states =
                   split.getStates(place.batch, place.number, number);
               shareHeads(place, shared);
               split.setKeys(emitGroup(phase, place, {}, states, index(0)), number);
             });
  split.emitLoops([&](Value batch, Value group) {
    Place place = makePlace(range, batch, group);
    shareHeads(place, shared);
    split.combine(batch, group, getGroupOuts(place, index(0)));
  });
  split.release();
}
