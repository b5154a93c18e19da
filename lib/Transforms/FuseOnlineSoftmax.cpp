// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From tiles to one pass over the live keys of each, with a running softmax
/// (Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018; Dao et al.,
/// "FlashAttention", 2022).
#include "SparseAttn/Transforms/Passes.h"

#include "SparseAttn/Dialect/IndexExpr.h"
#include "SparseAttn/Dialect/TiledOps.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_FUSEONLINESOFTMAX
#include "SparseAttn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {

/// Buffers of a tile up to this size live on the stack.
constexpr int64_t maxStackBytes = 64 * 1024;

/// The more keys an update has, the more its own cost is spread; but their rows
/// should stay in the second-level cache for all strips of a tile.
int64_t chooseKeyTile(TileAttentionOp tile) {
  constexpr int64_t most = 192, least = 48, blockElements = 192 * 64;
  if (tile.getRowMajor()) // It waits for memory; the longer the stream, the better.
    return 4 * most;
  int64_t headSize =
      std::max(cast<MemRefType>(tile.getQuery().getType()).getDimSize(1),
               cast<MemRefType>(tile.getValue().getType()).getDimSize(1));
  int64_t keys = blockElements / std::max<int64_t>(headSize, 1);
  return std::clamp(keys / least * least, least, most);
}

/// Whether the scores and the accumulator of a tile can be summed over bf16 pairs.
bool canPair(TileAttentionOp tile) {
  auto isBF16 = [](Value operand) {
    return cast<MemRefType>(operand.getType()).getElementType().isBF16();
  };
  int64_t headSize = cast<MemRefType>(tile.getQuery().getType()).getDimSize(1);
  return !tile.getRowMajor() && headSize % 2 == 0 && isBF16(tile.getQuery()) &&
         isBF16(tile.getKey()) && isBF16(tile.getValue());
}

class TileExpander {
public:
  TileExpander(TileAttentionOp tile, int64_t keyTile, bool bf16Pairs)
      : tile(tile), b(tile.getLoc(), tile), keyTile(keyTile),
        bf16Pairs(bf16Pairs) {}

  void run() {
    // Stack buffers of a tile end with it.
    auto scope = memref::AllocaScopeOp::create(b, TypeRange());
    b.createBlock(&scope.getBodyRegion());
    emitBody();
    for (Value buffer : llvm::reverse(heapBuffers))
      memref::DeallocOp::create(b, buffer);
    memref::AllocaScopeReturnOp::create(b, ValueRange());
    tile.erase();
  }

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  IndexExpr expr(Value value) { return IndexExpr(value, b); }
  Value value(const IndexExpr &e) { return e.materializeIndex(b); }
  Value truth(const IndexExpr &e) { return e.materializeBool(b); }

  Value buffer(ArrayRef<int64_t> shape, Type element) {
    auto type = MemRefType::get(shape, element);
    int64_t bytes = type.getNumElements() * 8;
    auto alignment = b.getI64IntegerAttr(64);
    if (bytes <= maxStackBytes)
      return memref::AllocaOp::create(b, type, ValueRange(), alignment);
    Value allocated =
        memref::AllocOp::create(b, type, ValueRange(), alignment);
    heapBuffers.push_back(allocated);
    return allocated;
  }

  void emitBody() {
    Type f32 = b.getF32Type();
    int64_t rows = tile.getMaxRows(), step = tile.getStep();
    int64_t headSize = cast<MemRefType>(tile.getQuery().getType()).getDimSize(1);
    int64_t valueSize = cast<MemRefType>(tile.getValue().getType()).getDimSize(1);
    auto state = [&](int64_t columns) {
      return tile.getRowMajor() ? buffer({rows, columns}, f32)
                                : buffer({columns, rows}, f32);
    };
    packed = bf16Pairs ? buffer({headSize / 2, 2 * rows}, b.getBF16Type())
                       : state(headSize);
    max = buffer({rows}, f32);
    sum = buffer({rows}, f32);
    acc = state(valueSize);
    if (tile.hasRowMax())
      rowMax = buffer({rows}, f32);
    Value fullKeys = buffer({keyTile}, b.getIndexType());
    Value partialKeys;
    if (tile.getPageTable())
      keyRows = buffer({keyTile}, b.getIndexType());
    if (tile.getDropoutSeed())
      kept = buffer({keyTile, rows}, f32);
    if (!tile.getGrouped()) {
      partialKeys = buffer({keyTile}, b.getIndexType());
      pairMask = buffer({keyTile, rows}, b.getI32Type());
    }

    // A score is sign * |scale| * dot: the sign goes into the queries. A scale of 0 does
    // so as a whole.
    double signedScale = tile.getScale().convertToDouble();
    double sign = signedScale > 0 ? 1.0 : signedScale < 0 ? -1.0 : 0.0;
    scale = b.getF64FloatAttr(sign != 0 ? std::abs(signedScale) : 1.0);
    // What a score region makes is no multiple of the dot product any more.
    FloatAttr finishScale =
        tile.getScore().empty() ? scale : b.getF64FloatAttr(1.0);
    if (!tile.getScore().empty() || !tile.getAsked().empty())
      liveRows = memref::DimOp::create(b, tile.getQuery(), 0);
    PackQueriesOp::create(b, tile.getQuery(), packed, b.getF32FloatAttr(sign),
                          tile.getRowMajorAttr());
    emitInit(finishScale);

    // Hop over the segments, then flush what the lists still hold.
    Value numKeys = emitNumKeys();
    IndexExpr first = expr(tile.getFirst());
    Value start = tile.getFirstKey() ? tile.getFirstKey()
                                     : value(mod(first, step));
    Value held = tile.getCandidates() ? emitCandidates(fullKeys, numKeys) : index(0);
    Type indexType = b.getIndexType();
    SmallVector<Type> types(3, indexType);
    SmallVector<Location> locs(3, b.getLoc());
    auto loop = scf::WhileOp::create(b, types,
                                     ValueRange{start, held, index(0)});
    {
      OpBuilder::InsertionGuard guard(b);
      Block *before = b.createBlock(&loop.getBefore(), {}, types, locs);
      IndexExpr key = expr(before->getArgument(0));
      IndexExpr pending =
          expr(before->getArgument(1)) + expr(before->getArgument(2));
      scf::ConditionOp::create(
          b, truth((key < expr(numKeys)) | (IndexExpr(0) < pending)),
          before->getArguments());

      Block *after = b.createBlock(&loop.getAfter(), {}, types, locs);
      key = expr(after->getArgument(0));
      IndexExpr inRange = key < expr(numKeys);
      SegmentValues segment = emitSegment(after->getArgument(0), inRange,
                                          numKeys);
      IndexExpr end = mlir::sattn::min(expr(segment.end), expr(numKeys));
      IndexExpr length = ceilDiv(end - key, step);
      // Rows at one position see the same keys.
      IndexExpr full = expr(tile.getGrouped() ? segment.live : segment.full);
      IndexExpr partial = expr(segment.live) & !full;
      auto [fullCount, fullTaken] =
          emitList(fullKeys, key, after->getArgument(1), full, length, inRange,
                   /*masked=*/false);
      std::pair<IndexExpr, IndexExpr> none(0, 0);
      auto [partialCount, partialTaken] =
          tile.getGrouped() ? none
                            : emitList(partialKeys, key, after->getArgument(2),
                                       partial, length, inRange,
                                       /*masked=*/true);
      // At most one of both took keys; an empty segment is left at once.
      IndexExpr taken = tile.getGrouped() ? full : full | partial;
      IndexExpr hop = select(taken, fullTaken + partialTaken, length);
      IndexExpr next = select(inRange, key + hop * step, key);
      scf::YieldOp::create(
          b, ValueRange{value(next), value(fullCount), value(partialCount)});
    }
    if (!tile.getSave().empty()) {
      OperandRange save = tile.getSave();
      SoftmaxSaveOp::create(b, max, sum, acc, rowMax, save[0], save[1], save[2],
                            rowMax ? save[3] : Value(), tile.getRowMajorAttr());
      return;
    }
    OperandRange outs = tile.getOuts();
    Value lse = outs.size() > 1 ? outs[1] : Value();
    // What dropout keeps counts for what it drops as well.
    double factor =
        tile.getDropout() ? 1 / (1.0 - tile.getDropout()->convertToFloat()) : 1;
    SoftmaxFinishOp::create(b, max, sum, acc, rowMax, outs[0], lse,
                            rowMax ? outs[2] : Value(), finishScale, b.getF32FloatAttr(factor),
                            tile.getRowMajorAttr());
  }

  /// Of tiles that share the keys, the first one begins with the sink.
  void emitInit(FloatAttr sinkScale) {
    auto init = [&](Value sink) {
      SoftmaxInitOp::create(b, max, sum, acc, rowMax, tile.getResume(), sink,
                            sink ? sinkScale : FloatAttr(),
                            tile.getRowMajorAttr());
    };
    if (!tile.getSink() || !tile.getFirstKey())
      return init(tile.getSink());
    Value isFirst = truth(expr(tile.getFirstKey()) < int64_t(tile.getStep()));
    auto ifOp = scf::IfOp::create(b, isFirst, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(ifOp.thenBlock());
    init(tile.getSink());
    b.setInsertionPointToStart(ifOp.elseBlock());
    init(Value());
  }

  IndexExpr pageSize() { return int64_t(*tile.getPageSize()); }
  /// The end of the keys.
  Value emitNumKeys() {
    if (tile.getEndKey())
      return tile.getEndKey();
    if (!tile.getPageTable())
      return memref::DimOp::create(b, tile.getKey(), 0);
    Value pages = memref::DimOp::create(b, tile.getPageTable(), 0);
    return value(expr(pages) * pageSize());
  }

  /// The rows of `key` and `value` that the first `number` keys of a list are.
  Value emitRows(Value keys, Value number) {
    if (!tile.getPageTable())
      return keys;
    auto loop = scf::ForOp::create(b, index(0), number, index(1));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    IndexExpr key = expr(
        memref::LoadOp::create(b, keys, loop.getInductionVar()).getResult());
    IndexExpr size = pageSize();
    Value page = memref::LoadOp::create(
        b, tile.getPageTable(), value(floorDiv(key, size)));
    page = arith::IndexCastOp::create(b, b.getIndexType(), page);
    memref::StoreOp::create(
        b, value(expr(page) * expr(tile.getPageRows()) + mod(key, size)),
        keyRows, loop.getInductionVar());
    return keyRows;
  }

  /// Appends the live keys of candidate blocks to the list, and consumes it where it is full.
  /// Returns how many keys it is left with.
  Value emitCandidates(Value keys, Value numKeys) {
    OpBuilder::InsertionGuard guard(b);
    int64_t block = *tile.getCandidateBlock();
    auto loopOver = [&](Value first, Value end, Value held,
                        llvm::function_ref<Value(Value, Value)> body) -> Value {
      auto loop = scf::ForOp::create(b, first, end, index(1), held);
      b.setInsertionPointToStart(loop.getBody());
      scf::YieldOp::create(b, body(loop.getInductionVar(), loop.getRegionIterArg(0)));
      b.setInsertionPointAfter(loop);
      return loop.getResult(0);
    };
    return loopOver(tile.getFirstCandidate(), tile.getEndCandidate(), index(0),
                    [&](Value number, Value held) {
      Value drawn = memref::LoadOp::create(b, tile.getCandidates(), number);
      IndexExpr first = expr(arith::IndexCastOp::create(b, b.getIndexType(), drawn)) * block;
      return loopOver(index(0), index(block), held, [&](Value offset, Value held) {
        IndexExpr key = expr(value(first + expr(offset)));
        // Written in any case, and kept if it is live: there is a place left.
        memref::StoreOp::create(b, value(key), keys, held);
        IndexExpr live = (IndexExpr(0) <= key) & (key < expr(numKeys)) &
                         expr(emitMask(value(key)));
        Value now = value(expr(held) + select(live, 1, 0));
        IndexExpr isFull = expr(now) == keyTile;
        auto ifOp = scf::IfOp::create(b, truth(isFull), /*withElseRegion=*/false);
        b.setInsertionPointToStart(ifOp.thenBlock());
        emitUpdate(keys, index(keyTile), Value());
        b.setInsertionPointAfter(ifOp);
        return value(select(isFull, 0, expr(now)));
      });
    });
  }

  /// What the tile's mask says of its position and `key`.
  Value emitMask(Value key) {
    Block &mask = tile.getMask().front();
    IRMapping mapping;
    mapping.map(mask.getArgument(0), tile.getFirst());
    mapping.map(mask.getArgument(1), key);
    for (Operation &operation : mask.without_terminator())
      b.clone(operation, mapping);
    return mapping.lookupOrDefault(cast<YieldOp>(mask.getTerminator()).getValue());
  }

  struct SegmentValues {
    Value live, full, end;
  };

  /// The segments region at `key`; beyond the last key, an empty segment.
  SegmentValues emitSegment(Value key, const IndexExpr &inRange,
                            Value numKeys) {
    Type i1 = b.getI1Type();
    auto ifOp = scf::IfOp::create(b, TypeRange{i1, i1, b.getIndexType()},
                                  truth(inRange), /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(ifOp.elseBlock());
    Value no = truth(false);
    scf::YieldOp::create(b, ValueRange{no, no, numKeys});

    Block *region = &tile.getSegments().front();
    auto terminator = cast<SegmentOp>(region->getTerminator());
    b.setInsertionPointToStart(ifOp.thenBlock());
    scf::YieldOp::create(b, ValueRange{terminator.getLive(),
                                       terminator.getFull(),
                                       terminator.getEnd()});
    region->getArgument(0).replaceAllUsesWith(key);
    terminator.erase();
    ifOp.thenBlock()->getOperations().splice(ifOp.thenBlock()->begin(),
                                             region->getOperations());
    return {ifOp.getResult(0), ifOp.getResult(1), ifOp.getResult(2)};
  }

  /// Appends as many keys of the segment as the list holds, if `taken` into it, and
  /// consumes a full list, or any when no segment is left. Returns the list's new length
  /// and how many keys it took.
  std::pair<IndexExpr, IndexExpr>
  emitList(Value keys, const IndexExpr &key, Value count,
           const IndexExpr &wanted, const IndexExpr &length,
           const IndexExpr &inRange, bool masked) {
    IndexExpr held = expr(count);
    int64_t step = tile.getStep();
    IndexExpr taken =
        select(wanted, mlir::sattn::min(length, IndexExpr(keyTile) - held), 0);
    Value takenValue = value(taken);
    auto append = scf::ForOp::create(b, index(0), takenValue, index(1));
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(append.getBody());
      IndexExpr at = expr(append.getInductionVar());
      memref::StoreOp::create(b, value(key + at * step), keys,
                              value(held + at));
    }
    IndexExpr filled = expr(value(held + expr(takenValue)));
    IndexExpr ready = (filled == keyTile) |
                      (!inRange & (IndexExpr(0) < filled));
    auto ifOp = scf::IfOp::create(b, truth(ready), /*withElseRegion=*/false);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(ifOp.thenBlock());
      Value number = value(filled), mask;
      if (masked) {
        mask = pairMask;
        bool asks = !tile.getAsked().empty();
        auto evaluate = PairMaskOp::create(b, keys, number, mask, tile.getFirst(),
                                           asks ? liveRows : Value(),
                                           tile.getStepAttr());
        evaluate.getPredicate().takeBody(tile.getMask());
        evaluate.getAsked().takeBody(tile.getAsked());
      }
      emitUpdate(keys, number, mask);
    }
    return {select(ready, 0, filled), expr(takenValue)};
  }

  void emitUpdate(Value keys, Value number, Value mask) {
    bool hasScore = !tile.getScore().empty();
    if (kept)
      DropoutMaskOp::create(b, keys, number, kept, tile.getDropoutSeed(),
                               tile.getBatch(), tile.getHead(), tile.getFirst(),
                               tile.getDropoutAttr(), tile.getStepAttr(),
                               tile.getGroupedAttr());
    Value rows = emitRows(keys, number);
    // lse, or what is saved for it. Tiles that resume share the kernels of those that save.
    bool asksSum = tile.getOuts().size() > 1 || !tile.getSave().empty() ||
                   !tile.getResume().empty();
    auto update = SoftmaxUpdateOp::create(
        b, packed, tile.getKey(), tile.getValue(), rows, number,
        hasScore && rows != keys ? keys : Value(), mask, kept, max, sum, acc,
        rowMax, hasScore ? tile.getFirst() : Value(),
        hasScore ? tile.getHead() : Value(), hasScore ? liveRows : Value(),
        scale,
        hasScore ? tile.getStepAttr() : IntegerAttr(),
        hasScore ? tile.getGroupedAttr() : UnitAttr(), tile.getRowMajorAttr(),
        asksSum ? b.getUnitAttr() : UnitAttr());
    IRMapping mapping;
    tile.getScore().cloneInto(&update.getScore(), mapping);
  }

  TileAttentionOp tile;
  ImplicitLocOpBuilder b;
  int64_t keyTile;
  bool bf16Pairs;
  Value liveRows;
  Value packed, max, sum, acc, rowMax, pairMask, kept, keyRows;
  FloatAttr scale;
  SmallVector<Value> heapBuffers;
};

struct FuseOnlineSoftmax
    : sattn::impl::FuseOnlineSoftmaxBase<FuseOnlineSoftmax> {
  using FuseOnlineSoftmaxBase::FuseOnlineSoftmaxBase;

  void runOnOperation() override {
    if (keyTile < 0) {
      emitError(getOperation()->getLoc())
          << "expected 'key-tile' to be positive, or 0 to choose it, but got "
          << keyTile.getValue();
      return signalPassFailure();
    }
    SmallVector<TileAttentionOp> tiles;
    getOperation()->walk([&](TileAttentionOp op) { tiles.push_back(op); });
    for (TileAttentionOp op : tiles)
      if (op.getRowsPerHead()) {
        op.emitError("expected no 'rows_per_head' on a CPU: tile without 'gpu'");
        return signalPassFailure();
      }
    for (TileAttentionOp op : tiles)
      TileExpander(op, keyTile ? keyTile : chooseKeyTile(op),
                   bf16Pairs && canPair(op))
          .run();
  }
};
} // namespace
