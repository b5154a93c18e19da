// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From attention to query tiles: loops over (batch, head, query tile), and for
/// each tile the closed form of its live key segments.
#include "SparseAttn/Transforms/Passes.h"

#include "AttentionTiler.h"
#include "EmptyRows.h"
#include "TileRegions.h"
#include "TileSlices.h"

#include "SparseAttn/Analysis/GpuTile.h"
#include "SparseAttn/Analysis/TileSizes.h"
#include "SparseAttn/Dialect/BlockTable.h"
#include "SparseAttn/Dialect/ScoreExpansion.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_TILETOBLOCKSPARSE
#include "SparseAttn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {

/// Rows of a block that all phases of a pattern work through before the next
/// one: it bounds the partial result that is kept between phases.
constexpr int64_t maxPhaseBlockRows = 16384;

int64_t chooseGpuRows(AttentionOp op) {
  Type element = op.getOutType().getElementType();
  return GpuTile::chooseRows(op.getKeyType().getDimSize(3),
                             op.getValueType().getDimSize(3),
                             element.getIntOrFloatBitWidth() / 8);
}
} // namespace

void AttentionTiler::run() {
  PatternAttr pattern = simplifyPattern(op.getSparsityPattern());
  runtime.buildTables();
  extent = runtime.getTableExtent(sizes);
  if (expr(sizes.keys).is(0))
    emitEmptyRows(b, op, sizes);
  else if (std::optional<int64_t> numHeads = pattern.getNumHeads()) {
    llvm::MapVector<Attribute, SmallVector<int64_t>> groups;
    for (int64_t head = 0; head < *numHeads; ++head)
      groups[simplifyPattern(getPatternForHead(pattern, head))].push_back(
          head);
    SmallVector<Phase> tiled;
    for (auto &[headPattern, heads] : groups)
      for (const HeadRange &range : toHeadRanges(heads))
        if (auto own = cast<PatternAttr>(headPattern); !worksByRows(own, range))
          for (int64_t head = 0; head < *range.count; ++head)
            tiled.append(getTypicalPhases(own));
    commonRows = chooseRows(tiled);
    for (auto &[headPattern, heads] : groups)
      for (const HeadRange &range : toHeadRanges(heads))
        emitHeads(cast<PatternAttr>(headPattern), range);
  } else {
    commonRows = chooseRows(getTypicalPhases(pattern));
    emitHeads(pattern, HeadRange());
  }
  runtime.releaseTables();
  op.erase();
}

SmallVector<Phase> AttentionTiler::getTypicalPhases(PatternAttr pattern) {
  SmallVector<Phase> phases = decompose(pattern);
  for (Phase &phase : phases)
    phase = {getTypicalPattern(phase.getPattern()), phase.step};
  return phases;
}

std::optional<int64_t> AttentionTiler::getNumQueries() {
  int64_t size = op.getOutType().getDimSize(2);
  return ShapedType::isDynamic(size) ? std::nullopt : std::optional(size);
}

bool AttentionTiler::worksByRows(PatternAttr pattern, const HeadRange &range) {
  return queryTile <= 1 && mayWorkByRows(pattern, range) &&
         (queryTile ||
          prefersSingleRows(getTypicalPattern(pattern), getTypicalPhases(pattern),
                            target, getNumQueries(), usesPairs()));
}

int64_t AttentionTiler::chooseRows(ArrayRef<Phase> phases) {
  return queryTile > 1 ? queryTile
                       : chooseQueryTile(phases, target, getNumQueries(), usesPairs());
}

void AttentionTiler::emitHeads(PatternAttr pattern, const HeadRange &range) {
  tables = buildPatternTables(b, pattern, extent);
  SmallVector<Phase> phases = decompose(pattern);
  Value heads = range.count ? index(*range.count) : sizes.heads;
  if (isShort(pattern)) {
    // Few rows need no blocks of rows for their phases: these are disjoint.
    bool isSinglePhase = phases.size() == 1 && (phases.front().step == 1 || getNumQueries() == 1);
    emitDecode(isSinglePhase ? phases.front() : Phase{pattern, 1}, range, heads);
    releasePatternTables(b, tables);
    return;
  }
  if (worksByRows(pattern, range)) {
    emitSingleRows(pattern, range, heads);
    releasePatternTables(b, tables);
    return;
  }
  tileRows = commonRows;
  rowsAlign = true;
  if (phases.size() == 1)
    emitPhase(phases.front(), range, heads, {});
  else if (isGpu)
    emitPhases(phases, range, heads);
  else
    emitPhasesOfBlocks(phases, range, heads);
  releasePatternTables(b, tables);
}

void AttentionTiler::emitForall(const HeadRange &range, Value heads, Value tiles,
                                llvm::function_ref<void(const Place &, Value)> body) {
  SmallVector<OpFoldResult> bounds =
      getAsOpFoldResult(ValueRange{sizes.batch, heads, tiles});
  auto forall = scf::ForallOp::create(b, bounds, ValueRange(), std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(forall.getTerminator());
  body(makePlace(range, forall.getInductionVar(0), forall.getInductionVar(1)),
       forall.getInductionVar(2));
}

AttentionTiler::Place AttentionTiler::makePlace(const HeadRange &range, Value batch, Value number) {
  Place place;
  place.batch = batch;
  place.number = number;
  place.head = value(expr(number) * range.step + range.first);
  place.kvHead = value(floorDiv(expr(place.head), expr(sizes.group)));
  return place;
}

void AttentionTiler::emitPhase(const Phase &phase, const HeadRange &range, Value heads,
                               const PhaseStates &states) {
  // Residue classes one after the other, each in tiles.
  IndexExpr rows = expr(sizes.queries);
  IndexExpr classes = min(phase.step, rows);
  IndexExpr tilesPerClass = ceilDiv(ceilDiv(rows, phase.step), tileRows);
  IndexExpr tiles = expr(value(classes * tilesPerClass));
  bool lastFirst = growsWithRow(phase);
  emitForall(range, heads, value(tiles),
             [&](const Place &place, Value tileIndex) {
               IndexExpr tile = expr(tileIndex), residue = 0;
               if (lastFirst)
                 tile = tiles - 1 - tile;
               if (phase.step > 1) {
                 residue = floorDiv(tile, tilesPerClass);
                 tile = tile - residue * tilesPerClass;
               }
               IndexExpr row = residue + tile * (tileRows * phase.step);
               SmallVector<Value> at{place.batch, place.number};
               State resume{llvm::to_vector(states.resume), at, row};
               State save{llvm::to_vector(states.save), at, row};
               emitTile(phase, place, row, rows - row, states.resume.empty() ? nullptr : &resume,
                        states.save.empty() ? nullptr : &save);
             });
}

void AttentionTiler::emitPhases(ArrayRef<Phase> phases, const HeadRange &range, Value heads) {
  // The softmax of all rows, left running between phases.
  SmallVector<Value> states =
      allocateSoftmaxStates(b, op, getAsOpFoldResult(ValueRange{sizes.batch, heads, sizes.queries}));
  for (auto [i, phase] : llvm::enumerate(phases))
    emitPhase(phase, range, heads,
              {i == 0 ? ArrayRef<Value>() : states, i + 1 == phases.size() ? ArrayRef<Value>() : states});
  releaseSoftmaxStates(b, states);
}

void AttentionTiler::emitPhasesOfBlocks(ArrayRef<Phase> phases, const HeadRange &range, Value heads) {
  int64_t maxStep = 1;
  for (const Phase &phase : phases)
    maxStep = std::max(maxStep, phase.step);
  int64_t blockRows =
      std::max(tileRows, std::min(maxStep * tileRows, maxPhaseBlockRows));
  rowsAlign = blockRows % tileRows == 0;
  IndexExpr rows = expr(sizes.queries);
  emitForall(
      range, heads, value(ceilDiv(rows, blockRows)),
      [&](const Place &place, Value blockIndex) {
        IndexExpr blockRow = expr(blockIndex) * blockRows;
        IndexExpr count = min(rows - blockRow, blockRows);
        // The softmax of the block's rows, left running between phases.
        State state;
        state.buffers = allocateSoftmaxStates(b, op, {value(count)});
        for (const Phase &phase : phases) {
          bool isFirst = &phase == phases.begin();
          bool isLast = &phase + 1 == phases.end();
          emitLoop(value(min(phase.step, count)), [&](IndexExpr residue) {
            IndexExpr inClass = ceilDiv(count - residue, phase.step);
            emitLoop(value(ceilDiv(inClass, tileRows)), [&](IndexExpr tile) {
              IndexExpr local = residue + tile * (tileRows * phase.step);
              state.row = local;
              emitTile(phase, place, blockRow + local, count - local,
                       isFirst ? nullptr : &state, isLast ? nullptr : &state);
            });
          });
        }
        releaseSoftmaxStates(b, state.buffers);
      });
}

void AttentionTiler::emitLoop(Value count, llvm::function_ref<void(IndexExpr)> body) {
  auto loop = scf::ForOp::create(b, index(0), count, index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(expr(loop.getInductionVar()));
}

void AttentionTiler::emitTile(const Phase &phase, const Place &place, IndexExpr row,
                              const IndexExpr &remaining, const State *resume,
                              const State *save) {
  IndexExpr count = min(ceilDiv(remaining, phase.step), tileRows);
  OpBuilder::InsertionGuard guard(b);
  if (phase.step > 1) {
    // The last tile of a residue class may lie beyond the rows.
    Value some = (IndexExpr(0) < count).materializeBool(b);
    auto ifOp = scf::IfOp::create(b, some, /*withElseRegion=*/false);
    b.setInsertionPointToStart(ifOp.thenBlock());
  }
  // Bounds are computed once, outside of the regions that use them.
  count = expr(value(count));
  row = expr(value(row));
  IndexExpr first =
      expr(value(row + runtime.getOffset(place.batch)));
  IndexExpr last = expr(value(first + (count - 1) * phase.step));

  SmallVector<Value> queryAt{place.batch, place.head};
  auto stateRows = [&](const State *state) {
    SmallVector<Value> slices;
    if (state)
      for (Value buffer : state->buffers)
        slices.push_back(
            sliceRows(b, buffer, state->at, value(state->row), value(count),
                      phase.step));
    return slices;
  };
  Value query = sliceRows(b, op.getQuery(), queryAt, value(row),
                          value(count), phase.step);
  SmallVector<Value> outs;
  if (!save)
    for (Value destination : op.getDestinations())
      outs.push_back(sliceRows(b, destination, queryAt, value(row),
                               value(count), phase.step));
  auto tile = createTile(phase, place, query, outs, stateRows(save),
                         stateRows(resume), value(first));
  emitRegions(tile, phase, place, first, last);
}

TileAttentionOp AttentionTiler::createTile(const Phase &phase, const Place &place,
                                           Value query, ValueRange outs, ValueRange save,
                                           ValueRange resume, Value first) {
  SmallVector<Value> keyAt{place.batch, place.kvHead};
  auto allKeys = [&](Value source) {
    if (op.getBlockTable())
      return slicePages(b, source, place.kvHead);
    return sliceRows(b, source, keyAt, index(0), sizes.keys, 1);
  };
  Value key = allKeys(op.getKey()), keyValue = allKeys(op.getValue());
  Value pageTable, pageRows;
  if (op.getBlockTable()) {
    pageTable = slicePageTable(place);
    pageRows = getPageRows(b, op.getKey());
  }
  return TileAttentionOp::create(
      b, query, key, keyValue, outs, save, resume,
      resume.empty() ? sliceSink(place) : Value(), pageTable, pageRows,
      /*first_key=*/Value(), /*end_key=*/Value(), /*candidates=*/Value(),
      /*first_candidate=*/Value(), /*end_candidate=*/Value(), first,
      /*head=*/Value(), op.getDropoutSeed(), /*batch=*/Value(),
      op.getDropoutAttr(),
      pageTable ? b.getI64IntegerAttr(op.getPageSize()) : IntegerAttr(),
      /*candidate_block=*/IntegerAttr(), /*rows_per_head=*/IntegerAttr(),
      b.getF64FloatAttr(op.getScaleValue()), b.getI64IntegerAttr(tileRows),
      b.getI64IntegerAttr(phase.step));
}

Value AttentionTiler::slicePageTable(const Place &place) {
  Value table = op.getBlockTable();
  IndexExpr batch = expr(place.batch) + expr(sizes.firstBatch);
  IndexExpr batches = expr(memref::DimOp::create(b, table, 0));
  Value columns = memref::DimOp::create(b, table, 1);
  return sliceRows(b, table, {value(select(batches == 1, 0, batch))}, index(0),
                   columns, 1);
}

Value AttentionTiler::sliceSink(const Place &place) {
  if (!op.getSink())
    return Value();
  OpFoldResult one = b.getIndexAttr(1);
  return memref::SubViewOp::create(
      b, op.getSink(), ArrayRef<OpFoldResult>{place.head},
      ArrayRef<OpFoldResult>{b.getIndexAttr(place.heads)},
      ArrayRef<OpFoldResult>{one});
}

void AttentionTiler::emitRegions(TileAttentionOp tile, const Phase &phase, const Place &place,
                                 const IndexExpr &first, const IndexExpr &last) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(tile);
  Value head = value(expr(place.head) + expr(sizes.firstHead));
  PatternScope scope = runtime.getScope(head, place.batch, tables);
  if (phase.step == 1 && rowsAlign && !op.getFirstRow()) {
    scope.tileAlignment = tileRows;
    scope.tileRow = expr(value(first - scope.rowOrigin));
  }
  Type indexType = b.getIndexType();
  PatternAttr pattern = phase.getPattern();
  bool asks = asksMaskRegion(pattern);
  {
    Block *block =
        b.createBlock(&tile.getSegments(), {}, {indexType}, {b.getLoc()});
    QueryTile queryTile{scope, first, last, phase.step};
    KeySegment segment =
        pattern.nextSegment(queryTile, expr(block->getArgument(0)));
    if (asks && tile.getGrouped())
      segment = emitAskedSegment(b, segment, pattern, scope, *op.getMask(),
                                 {place.batch, head, value(first),
                                  block->getArgument(0)});
    SegmentOp::create(b, segment.live.materializeBool(b),
                      segment.full.materializeBool(b), value(segment.end));
  }
  {
    SmallVector<Type> types{indexType, indexType};
    if (asks && !tile.getGrouped())
      types.push_back(b.getI1Type());
    SmallVector<Location> locs(types.size(), b.getLoc());
    Block *block = b.createBlock(&tile.getMask(), {}, types, locs);
    if (asks) // Of a tile without partial segments nothing is asked.
      scope.regionSays = tile.getGrouped() ? IndexExpr(false)
                                           : expr(block->getArgument(2));
    IndexExpr live = pattern.buildPredicate(
        scope, expr(block->getArgument(0)), expr(block->getArgument(1)));
    YieldOp::create(b, live.materializeBool(b));
    if (asks && !tile.getGrouped())
      emitTileMask(b, tile, *op.getMask(), place.batch, head);
  }
  b.setInsertionPoint(tile);
  if (op.getScore() || op.getDropoutSeed())
    tile.getHeadMutable().assign(head);
  if (op.getDropoutSeed())
    tile.getBatchMutable().assign(
        value(expr(place.batch) + expr(sizes.firstBatch)));
  if (op.getScore())
    emitTileScore(b, tile, *op.getScore(), place.batch, head);
}

namespace {
struct TileToBlockSparse
    : sattn::impl::TileToBlockSparseBase<TileToBlockSparse> {
  using TileToBlockSparseBase::TileToBlockSparseBase;

  void runOnOperation() override {
    if (queryTile < 0) {
      emitError(getOperation()->getLoc())
          << "expected 'query-tile' to be at least 0, but got "
          << queryTile.getValue();
      return signalPassFailure();
    }
    constexpr int64_t mostSplitKeys = 1 << 30;
    if (splitKeys < 0 || splitKeys > mostSplitKeys) {
      emitError(getOperation()->getLoc())
          << "expected 'split-keys' to be between 0 and 2^30, but got "
          << splitKeys.getValue();
      return signalPassFailure();
    }
    if (vectorWidth < 1 || vectorsPerStrip < 1 || keyUnroll < 1 ||
        multiplyAddsPerCycle < 1) {
      emitError(getOperation()->getLoc())
          << "expected 'vector-width', 'vectors-per-strip', 'key-unroll' and "
             "'multiply-adds-per-cycle' to be positive";
      return signalPassFailure();
    }
    SmallVector<AttentionOp> attentions;
    getOperation()->walk([&](AttentionOp op) { attentions.push_back(op); });
    for (AttentionOp op : attentions) {
      if (op.hasTensorSemantics()) {
        op.emitOpError("expected memref operands: bufferize before tiling");
        return signalPassFailure();
      }
      op = expandScoreModifiers(op);
      addPagesToPattern(op);
      int64_t rows = gpu && queryTile <= 1 ? chooseGpuRows(op) : queryTile;
      AttentionTiler(op, rows,
                     TargetInfo{vectorWidth, vectorsPerStrip, keyUnroll,
                                /*powerTable=*/0, multiplyAddsPerCycle, bf16Pairs},
                     gpu, splitKeys, checkOperands)
          .run();
    }
  }
};
} // namespace
