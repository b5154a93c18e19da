// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The loops of a tile over its keys.
///
/// Full segments of at least a key tile, whose rows are aligned, are read where they are, several key
/// tiles ahead of the computation, and so are key tiles most of whose keys are in partial segments.
/// Everything else is gathered in two lists of keys, and a full list is a key tile: short segments
/// cost what long ones do.
#include "TileKernel.h"

#include "ComputeAgain.h"
#include "TileContext.h"
#include "WarpSoftmax.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
class TileKernel {
public:
  TileKernel(TileAttentionOp op, const GpuTile &tile, Value shared)
      : b(op.getLoc(), op), op(op), tile(tile), context(b, op, tile),
        warp(context, shared), queries(tile.queryLayout(), tile.threads()),
        keys(tile.keyLayout(), tile.threads()),
        values(tile.valueLayout(), tile.threads()) {
    stages = b.add(shared, tile.stagesOffset());
    lists = b.add(shared, tile.listsOffset());
    this->shared = shared;
  }

  void run() {
    // What an earlier tile of the block has in shared memory (`blocks`).
    b.barrier();
    loadQueries();
    SmallVector<Value> state = warp.emitFirst();
    state = hop(state);
    finish(state);
    op.erase();
  }

private:
  /// Keys (i32) of one kind: none, all or some of their pairs are live. `end` is in range, too.
  struct Segment {
    Value live, full, end;
  };
  int64_t step() { return op.getStep(); }
  /// Whether accumulators take most registers.
  bool isTight() { return tile.rowGroups > 1 && tile.valueSize > 64; }

  /// Whether what the end of a tile needs is computed again there: otherwise ptxas keeps it over the loops, for which
  /// there are registers where the tile is one group of rows, in panels of one width, and its mask a band or a loop; of
  /// tf32 where scores are not modified; and not of wide heads in three parts.
  bool isFrugal() {
    bool isCompared = !context.mayBePartial || context.hasLiveBits();
    return !op.getResume().empty() || !op.getSave().empty() || tile.rowGroups > 1 ||
           (tile.elementBytes == 4 && !op.getScore().empty()) || tile.hasWideParts() ||
           keys.hasPanel(/*isNarrow=*/true) ||
           (isCompared && !context.getMaskBits().isOfDistance());
  }

  void finish(ArrayRef<Value> state) {
    if (!isFrugal())
      return warp.emitLast(state);
    computeOperandsAgain(op, /*withNumbers=*/tile.isShortOfRegisters());
    TileContext last(b, op, tile);
    WarpSoftmax(last, shared).emitLast(state);
  }

  void loadQueries() {
    queries.copyRows(b, context.query, b.threadId(), shared,
                     [&](const SharedTile::ThreadChunk &chunk, int64_t plus) {
                       Value row = context.clampRow(b.add(chunk.row, plus));
                       return b.add(context.query.addressOf(b, b.toI64(row)),
                                    chunk.offset);
                     });
    b.commitCopies();
    b.waitForCopies(0);
    if (tile.elementBytes == 4)
      queries.roundCopied(b, b.threadId(), shared);
    b.barrier();
    warp.loadQueries();
  }

  /// From segment to segment, then what the lists still hold.
  SmallVector<Value> hop(ArrayRef<Value> state) {
    Value numKeys = context.numKeys;
    Value start = b.select(context.emitIsFar(), numKeys,
                           b.toI32(context.emitFirstKey()));
    constexpr size_t cursors = 3;
    SmallVector<Value> init{start, b.i32(0), b.i32(0)};
    init.append(state.begin(), state.end());
    SmallVector<Type> types(ValueRange(init).getTypes());
    SmallVector<Location> locs(types.size(), b.getLoc());
    auto loop = scf::WhileOp::create(b, types, init);
    OpBuilder::InsertionGuard guard(b);
    Block *before = b.createBlock(&loop.getBefore(), {}, types, locs);
    Value pending = b.add(before->getArgument(1), before->getArgument(2));
    Value goesOn = b.either(b.less(before->getArgument(0), numKeys),
                            b.less(b.i32(0), pending));
    scf::ConditionOp::create(b, goesOn, before->getArguments());

    Block *after = b.createBlock(&loop.getAfter(), {}, types, locs);
    Value key = after->getArgument(0);
    Value inRange = b.less(key, numKeys);
    Segment segment = emitSegmentInRange(key, inRange);
    Value length = ceilDivide(b.sub(segment.end, key));
    ValueRange given = after->getArguments();
    auto gatherSome = [&] {
      return gather(segment, key, length, inRange, given);
    };
    auto streamOrGather = [&] {
      Value isFull = isStreamed(segment.full, length);
      Value tiles = b.choose(
          isFull, b.getI32Type(),
          [&]() -> SmallVector<Value> { return {b.divide(length, tile.keys)}; },
          [&]() -> SmallVector<Value> {
            return {context.mayBePartial
                        ? countMaskedTiles(segment, key, length)
                        : b.i32(0)};
          })[0];
      return b.choose(
          b.less(b.i32(0), tiles), types,
          [&] {
            SmallVector<Value> result = stream(
                key, tiles, given.drop_front(cursors), isFull);
            Value taken = b.mul(tiles, tile.keys * step());
            result.insert(result.begin(),
                          {b.add(key, taken), given[1], given[2]});
            return result;
          },
          gatherSome);
    };
    scf::YieldOp::create(b, mayStream() ? streamOrGather() : gatherSome());
    return SmallVector<Value>(loop.getResults().drop_front(cursors));
  }

  Value ceilDivide(Value number) {
    return step() == 1 ? number
                       : arith::CeilDivSIOp::create(b, number, b.i32(step()))
                             .getResult();
  }
  /// Rows of pages do not follow each other, and only asynchronous copies run ahead.
  bool mayStream() {
    return !op.getPageTable() && keys.mayCopyAsync(context.key) &&
           values.mayCopyAsync(context.value);
  }
  Value isStreamed(Value full, Value length) {
    return b.both(b.both(full, emitIsAligned()), b.less(b.i32(tile.keys - 1), length));
  }
  /// Whether rows of keys and values begin at multiples of 16 bytes. Without masks ptxas keeps that in a register of each
  /// thread, so it is asked of the addresses each time there.
  Value emitIsAligned() {
    if (context.mayBePartial)
      return b.both(context.key.isAligned, context.value.isAligned);
    Value bits = b.i32(0);
    for (const RowSource *source : {&context.key, &context.value}) {
      Value address = b.shuffleXor(b.toI32(source->address), 0);
      bits = b.either(bits, b.either(address, b.toI32(source->rowBytes)));
    }
    return b.equal(b.both(bits, b.i32(SharedLayout::chunkBytes - 1)), b.i32(0));
  }

  /// How many key tiles from `key` on are read where they are although some of their pairs are dead: where
  /// most of the first one's keys belong to this segment and the next. Keys beyond are dead for all
  /// rows, or live as the predicate has it.
  Value countMaskedTiles(const Segment &segment, Value key, Value length) {
    Value enough = b.i32(tile.keys * 3 / 4);
    Value isShort = b.both(b.less(length, enough),
                           b.less(segment.end, context.numKeys));
    length = b.choose(
        b.both(segment.live, isShort), b.getI32Type(),
        [&]() -> SmallVector<Value> {
          Segment next = emitSegment(segment.end);
          Value all = ceilDivide(b.sub(next.end, key));
          return {b.select(next.live, all, length)};
        },
        [&]() -> SmallVector<Value> { return {length}; })[0];
    Value whole = b.divide(length, tile.keys);
    Value tiles = b.select(b.equal(whole, b.i32(0)), b.i32(1), whole);
    Value last = b.add(b.mul(tiles, tile.keys * step()), b.add(key, -step()));
    Value isDense = b.invert(b.less(length, enough));
    Value wanted = b.both(b.both(segment.live, emitIsAligned()),
                          b.both(isDense, b.less(last, context.numKeys)));
    return b.select(wanted, tiles, b.i32(0));
  }

  /// The segment at `key`, in range.
  Segment emitSegment(Value key) {
    TileContext::Segment found = context.emitSegment(b.toIndex(key));
    Value end = b.min(found.end, b.toIndex(context.numKeys));
    return {found.live, found.full, b.toI32(end)};
  }
  /// The segment at `key`, or an empty one beyond the last key.
  Segment emitSegmentInRange(Value key, Value inRange) {
    Type i1 = b.getI1Type();
    SmallVector<Value> segment = b.choose(
        inRange, {i1, i1, b.getI32Type()},
        [&]() -> SmallVector<Value> {
          Segment found = emitSegment(key);
          return {found.live, found.full, found.end};
        },
        [&]() -> SmallVector<Value> {
          return {b.truth(false), b.truth(false), context.numKeys};
        });
    return {segment[0], segment[1], segment[2]};
  }

  //===--------------------------------------------------------------------===//
  // Streams
  //===--------------------------------------------------------------------===//

  /// Where a thread's chunks of the next key tile are, of keys or values.
  struct Stream {
    const SharedTile *layout;
    const RowSource *source;
    Value thread;
    /// Bytes between rows, and between tiles.
    Value rowStep, tileStep;
    /// For wide and narrow panels, if there are any (i64).
    SmallVector<Value> cursors;
  };
  Stream openStream(const SharedTile &layout, const RowSource &source,
                    Value firstRow, Value thread) {
    Stream stream{&layout, &source, thread, b.mul(source.rowBytes, step()),
                  b.mul(source.rowBytes, tile.keys * step()), {}};
    for (bool isNarrow : {false, true}) {
      if (!layout.hasPanel(isNarrow))
        continue;
      auto chunk = layout.emitThreadChunk(b, source, thread, isNarrow);
      Value offset =
          b.add(b.mul(b.toI64(chunk.row), stream.rowStep), chunk.offset);
      stream.cursors.push_back(b.add(source.addressOf(b, firstRow), offset));
    }
    return stream;
  }
  SmallVector<Stream> openStreams(Value firstKey) {
    Value thread = SharedTile::emitThread(b);
    Value row = b.toI64(firstKey);
    return {openStream(keys, context.key, row, thread),
            openStream(values, context.value, row, thread)};
  }
  void copyTile(ArrayRef<Stream> streams, Value address) {
    for (const Stream &stream : streams) {
      stream.layout->copyAsync(
          b, *stream.source, stream.thread, address,
          [&](const SharedTile::ThreadChunk &chunk, int64_t plus) {
            Value cursor = chunk.isNarrow ? stream.cursors.back()
                                          : stream.cursors.front();
            return b.add(cursor, b.mul(stream.rowStep, plus));
          });
      // Values follow keys.
      address = b.add(address, tile.stageKeyBytes());
    }
  }
  /// Waits for the copies of a key tile at `address`, all but those of `pending` groups after it. If elements are to be
  /// rounded, each thread rounds those that it has copied, so that all need only wait for each other once.
  void finishCopies(Value address, int64_t pending) {
    b.waitForCopies(pending);
    if (tile.elementBytes == 4) {
      Value thread = SharedTile::emitThread(b);
      keys.roundCopied(b, thread, address);
      values.roundCopied(b, thread, b.add(address, tile.stageKeyBytes()));
    }
    b.barrier();
  }
  void advance(MutableArrayRef<Stream> streams) {
    for (Stream &stream : streams)
      for (Value &cursor : stream.cursors)
        cursor = b.add(cursor, stream.tileStep);
  }

  /// Key tiles from `key` on, of which all pairs are live if they are full (i1).
  SmallVector<Value> stream(Value key, Value tiles, ValueRange state,
                            Value isFull) {
    SmallVector<Stream> streams = openStreams(key);
    if (!isTight())
      warp.openMasks(SharedTile::emitThread(b), /*isKept=*/true);
    b.barrier();
    // Copies run `ahead` tiles before the computation.
    int64_t ahead = tile.stages - 1;
    for (int64_t i = 0; i < ahead; ++i) {
      b.ifThen(b.less(b.i32(i), tiles),
               [&] { copyTile(streams, b.add(stages, i * tile.stageBytes())); });
      b.commitCopies();
      advance(streams);
    }
    SmallVector<Value> init(state);
    init.push_back(/*stage, by its offset:*/ b.i32(0));
    // Where there are no registers to keep them, cursors are computed again.
    if (!isTight())
      for (Stream &stream : streams)
        init.append(stream.cursors);
    int64_t tileKeys = tile.keys * step();
    Value end = b.add(key, b.mul(tiles, tileKeys));
    SmallVector<Value> results = b.loop(
        key, end, b.i32(tileKeys), init, [&](Value firstKey, ValueRange given) {
          SmallVector<Value> now(given.take_front(state.size()));
          ValueRange rest = given.drop_front(state.size());
          Value stage = rest[0];
          Value copyStage = ahead > 0 ? stageBefore(stage) : stage;
          rest = rest.drop_front(1);
          if (!isTight())
            for (Stream &stream : streams) {
              size_t count = stream.cursors.size();
              stream.cursors.assign(rest.begin(), rest.begin() + count);
              rest = rest.drop_front(count);
            }
          if (ahead > 0)
            finishCopies(b.add(stages, stage), ahead - 1);
          else
            b.barrier();
          Value copiedKey = b.add(firstKey, ahead * tileKeys);
          b.ifThen(b.less(copiedKey, end), [&] {
            if (isTight())
              streams = openStreams(copiedKey);
            copyTile(streams, b.add(stages, copyStage));
          });
          b.commitCopies();
          if (ahead == 0)
            finishCopies(b.add(stages, stage), 0);
          auto update = [&](Value mask) {
            WarpSoftmax::Pairs pairs;
            pairs.firstKey = firstKey;
            pairs.masked = mask;
            if (mask && isTight())
              warp.openMasks(tile.rowGroups > 1 ? SharedTile::emitThread(b) : b.threadId(),
                             /*isKept=*/false);
            return warp.update(now, b.add(stages, stage), pairs);
          };
          if (context.mayBePartial)
            now = b.choose(
                isFull, SmallVector<Type>(ValueRange(now).getTypes()),
                [&] { return update(Value()); },
                [&] { return update(b.truth(true)); });
          else
            now = update(Value());
          now.push_back(tile.stages == 2 ? copyStage : stageAfter(stage));
          if (isTight())
            return now;
          advance(streams);
          for (Stream &stream : streams)
            now.append(stream.cursors);
          return now;
        });
    b.waitForCopies(0);
    results.truncate(state.size());
    return results;
  }

  /// Stages follow each other in a circle. The one before was read last.
  Value stageAfter(Value stage) {
    if (tile.stages == 1)
      return stage;
    Value next = b.add(stage, tile.stageBytes());
    Value isEnd = b.equal(next, b.i32(tile.stages * tile.stageBytes()));
    return b.select(isEnd, b.i32(0), next);
  }
  Value stageBefore(Value stage) {
    Value isFirst = b.equal(stage, b.i32(0));
    return b.select(isFirst, b.i32((tile.stages - 1) * tile.stageBytes()),
                    b.add(stage, -tile.stageBytes()));
  }

  //===--------------------------------------------------------------------===//
  // Lists
  //===--------------------------------------------------------------------===//

  Value list(bool masked) { return b.add(lists, masked * tile.keys * 4); }

  SmallVector<Value> gather(const Segment &segment, Value key, Value length,
                            Value inRange, ValueRange given) {
    SmallVector<Value> state(given.drop_front(3));
    Value partial = b.both(segment.live, b.invert(segment.full));
    Value wanted[] = {segment.full, partial};
    SmallVector<Value> counts;
    Value taken = b.i32(0);
    for (bool masked : {false, true}) {
      if (masked && !context.mayBePartial) {
        counts.push_back(given[2]);
        continue;
      }
      Value held = given[1 + masked];
      Value own = b.select(wanted[masked],
                           b.min(length, b.sub(b.i32(tile.keys), held)), b.i32(0));
      append(list(masked), key, held, own);
      counts.push_back(b.add(held, own));
      taken = b.add(taken, own);
    }
    // One computation for both lists: the partial one first, if it is ready.
    Value isLast = b.invert(inRange);
    auto isReady = [&](Value count) {
      return b.either(b.equal(count, b.i32(tile.keys)),
                      b.both(isLast, b.less(b.i32(0), count)));
    };
    Value fullReady = isReady(counts[0]), partialReady = isReady(counts[1]);
    SmallVector<Type> types(ValueRange(state).getTypes());
    state = b.choose(
        b.either(fullReady, partialReady), types,
        [&] {
          Value count = b.select(partialReady, counts[1], counts[0]);
          Value address = b.select(partialReady, list(true), list(false));
          return consume(state, address, count, partialReady);
        },
        [&] { return state; });
    Value none = b.i32(0);
    counts[0] = b.select(b.both(fullReady, b.invert(partialReady)),
                         none, counts[0]);
    counts[1] = b.select(partialReady, none, counts[1]);

    // An empty segment is left at once.
    Value hop = b.select(b.either(segment.full, partial), taken, length);
    Value next = b.select(inRange, b.add(key, b.mul(hop, step())), key);
    SmallVector<Value> results{next, counts[0], counts[1]};
    results.append(state);
    return results;
  }

  /// Appends `number` keys from `key` on to a list of `held`.
  void append(Value address, Value key, Value held, Value number) {
    Value thread = SharedTile::emitThread(b);
    for (int64_t i = 0; i < tile.keys; i += tile.threads()) {
      Value entry = b.add(thread, i);
      b.ifThen(b.less(entry, number), [&] {
        b.store(b.add(key, b.mul(entry, step())),
                b.add(address, b.mul(b.add(held, entry), 4)));
      });
    }
  }

  /// The pairs of a list, of which those beyond `count` are dead; `masked` says whether others may
  /// be.
  SmallVector<Value> consume(ArrayRef<Value> state, Value address, Value count,
                             Value masked) {
    b.barrier();
    Value thread = SharedTile::emitThread(b);
    auto copy = [&](const SharedTile &layout, const RowSource &source,
                    Value stage) {
      layout.copyRows(
          b, source, thread, stage,
          [&](const SharedTile::ThreadChunk &chunk, int64_t plus) {
            Value entry = b.min(b.add(chunk.row, plus), b.add(count, -1));
            Value key = b.load(b.getI32Type(), b.add(address, b.mul(entry, 4)));
            return b.add(source.addressOf(b, context.keyRow(key)), chunk.offset);
          });
    };
    copy(keys, context.key, stages);
    copy(values, context.value, b.add(stages, tile.stageKeyBytes()));
    b.commitCopies();
    finishCopies(stages, 0);
    if (context.mayBePartial)
      warp.openMasks(tile.rowGroups > 1 ? thread : b.threadId(), /*isKept=*/false);
    WarpSoftmax::Pairs pairs;
    pairs.list = address;
    pairs.count = count;
    pairs.masked = masked;
    SmallVector<Value> result = warp.update(state, stages, pairs);
    b.barrier();
    return result;
  }

  GpuBuilder b;
  TileAttentionOp op;
  const GpuTile &tile;
  TileContext context;
  WarpSoftmax warp;
  SharedTile queries, keys, values;
  Value shared, stages, lists;
};
} // namespace

GpuTile mlir::sattn::chooseGpuTile(TileAttentionOp op,
                                   const GpuTileOptions &options) {
  auto columns = [](Value matrix) {
    return cast<MemRefType>(matrix.getType()).getDimSize(1);
  };
  auto type = cast<MemRefType>(op.getQuery().getType());
  return GpuTile::choose(op.getMaxRows(), columns(op.getQuery()),
                         columns(op.getValue()),
                         type.getElementType().getIntOrFloatBitWidth() / 8,
                         options);
}

void mlir::sattn::lowerTileForGpu(TileAttentionOp op, const GpuTile &tile,
                                  Value shared) {
  TileKernel(op, tile, shared).run();
}
