// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "WarpSoftmax.h"

#include "CarefulRows.h"

#include <cfloat>
#include <cmath>

using namespace mlir;
using namespace mlir::sattn;

/// How far a score may be above the maximum (an exponent of 2). Weights up to 2^8 are exact in all
/// types that values have.
static constexpr float headroom = 8;

WarpSoftmax::WarpSoftmax(TileContext &context, Value shared)
    : context(context), b(context.b), tile(context.tile),
      queries(tile.queryLayout(), tile.threads()),
      keys(tile.keyLayout(), tile.threads()),
      values(tile.valueLayout(), tile.threads()), shared(shared) {
  Value thread = b.threadId();
  Value lane = b.modulo(thread, warpSize), warp = b.divide(thread, warpSize);
  laneColumn = b.mul(b.modulo(lane, 4), 2);
  laneKey = keys.emitLaneRow(b, b.modulo(lane, 4));
  for (bool narrow : {false, true}) {
    laneOffsets.push_back(SharedTile::emitLaneOffset(b, narrow));
    if (tile.elementBytes == 4)
      columnOffsets.push_back(SharedTile::emitColumnOffset(b, narrow));
  }
  Value firstRow = b.add(b.mul(warp, tile.rowGroups * 16), b.divide(lane, 4));
  for (int64_t i = 0; i < tile.rowGroups * rowsOfLane; ++i) {
    rows.push_back({firstRow, 8 * i});
    Offset row = rows.back();
    if (context.readsForPairs())
      row = {context.clampRow(emitOffset(b, row)), 0};
    positions.push_back(context.positionOf(row));
    // One base for all of them, where rows are not clamped and follow each other.
    if (!context.readsForPairs() && !context.op.getRowsPerHead())
      positions.back().base = positions.front().base;
    heads.push_back(context.headOf(row));
  }
}

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

SmallVector<WarpSoftmax::Group> WarpSoftmax::unpack(ArrayRef<Value> state) {
  SmallVector<Group> groups(tile.rowGroups);
  size_t numSums = tile.valueSize / 2;
  for (Group &group : groups) {
    group.sums.assign(state.begin(), state.begin() + numSums);
    state = state.drop_front(numSums);
    for (RowSoftmax &row : group.softmax) {
      row.max = state[0];
      row.sum = state[1];
      state = state.drop_front(2);
      if (!context.hasRowMax)
        continue;
      row.rowMax = state[0];
      state = state.drop_front();
    }
  }
  return groups;
}

SmallVector<Value> WarpSoftmax::pack(ArrayRef<Group> groups) {
  SmallVector<Value> state;
  for (const Group &group : groups) {
    state.append(group.sums);
    for (const RowSoftmax &row : group.softmax) {
      state.append({row.max, row.sum});
      if (context.hasRowMax)
        state.push_back(row.rowMax);
    }
  }
  return state;
}

SmallVector<WarpSoftmax::Run> WarpSoftmax::runs() const {
  SmallVector<Run> runs;
  const SharedLayout &layout = values.getLayout();
  for (int64_t product = 0; product < tile.valueSize / 8;) {
    int64_t together = 1;
    if (tile.elementBytes == 4)
      together = layout.panelOf(product * 8).width * layout.chunkColumns() / 8;
    runs.push_back({product, together});
    product += together;
  }
  return runs;
}

SmallVector<Value> WarpSoftmax::emitFirst() {
  SmallVector<Group> groups(tile.rowGroups);
  // One lane of a row has what the row's sum begins with.
  Value isFirst = b.equal(laneColumn, b.i32(0));
  for (auto [g, group] : llvm::enumerate(groups)) {
    Value row[rowsOfLane];
    for (int64_t r = 0; r < rowsOfLane; ++r) {
      row[r] = emitOffset(b, rows[g * rowsOfLane + r]);
      group.softmax[r] = context.emitFirst(row[r]);
      group.softmax[r].sum =
          b.select(isFirst, group.softmax[r].sum, b.f32(0));
      group.softmax[r].max = b.negF(group.softmax[r].max);
    }
    group.sums.resize(tile.valueSize / 2);
    for (const Run &run : runs())
      for (int64_t r = 0; r < rowsOfLane; ++r)
        for (int64_t i = 0; i < run.columns(); ++i)
          group.sums[run.sumOf(r, i)] =
              context.emitFirstSum(row[r], columnOf(run, i), /*unit=*/16);
  }
  return pack(groups);
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

void WarpSoftmax::forEachPair(
    SmallVector<Scores> &scores,
    llvm::function_ref<Value(Value, const Pair &)> body) {
  int64_t products = keys.getLayout().productsOfSlice();
  for (int64_t group = 0; group < tile.rowGroups; ++group)
    for (auto [i, score] : llvm::enumerate(scores[group])) {
      int64_t element = i, product = element / 4;
      int64_t slice = product / products * tile.sliceKeys();
      Pair pair{group, group * rowsOfLane + rowOf(element),
                slice + element % 2 * 8 + product % products};
      score = body(score, pair);
    }
}

Offset WarpSoftmax::keyOf(const Pairs &pairs, const Offset &column) {
  int64_t step = context.op.getStep();
  Value first = column.base ? b.add(laneKey, column.base) : laneKey;
  if (pairs.firstKey)
    return {b.add(pairs.firstKey, b.mul(first, step)), column.plus * step};
  // Entries beyond the last repeat it.
  Value entry = b.min(b.add(first, column.plus), b.add(pairs.count, -1));
  return {b.load(b.getI32Type(), b.add(pairs.list, b.mul(entry, 4))), 0};
}

void WarpSoftmax::emitModified(SmallVector<Scores> &scores,
                               const Pairs &pairs, ArrayRef<Mask> masks) {
  auto modify = [&] {
    forEachPair(scores, [&](Value score, const Pair &pair) {
      Offset key =
          context.hasScore ? keyOf(pairs, {Value(), pair.column}) : Offset();
      return context.emitScore(score, heads[pair.row], positions[pair.row], key,
                               emitIsLive(masks, pair));
    });
  };
  if (!context.hasScore || !tile.isShortOfRegisters())
    return modify();
  // ptxas would have all products of one score before the next one's, to modify it early, and there are no registers
  // for all fragments. So this is a block of its own, by a condition that holds, which ptxas cannot know.
  Value hasKeys = pairs.firstKey ? b.less(pairs.firstKey, context.numKeys)
                                 : b.less(b.i32(0), pairs.count);
  auto join = [&] {
    SmallVector<Value> all;
    for (const Scores &group : scores)
      all.append(group);
    return all;
  };
  SmallVector<Value> plain = join();
  SmallVector<Value> modified = b.choose(
      hasKeys, SmallVector<Type>(ValueRange(plain).getTypes()),
      [&] {
        modify();
        return join();
      },
      [&] { return plain; });
  ArrayRef<Value> rest = modified;
  for (Scores &group : scores) {
    llvm::copy(rest.take_front(group.size()), group.begin());
    rest = rest.drop_front(group.size());
  }
}

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

void WarpSoftmax::emitRaise(Group &group, ArrayRef<Value> found,
                            ArrayRef<Value> above) {
  SmallVector<Value> state = group.sums;
  for (RowSoftmax &row : group.softmax)
    state.append({row.max, row.sum});
  SmallVector<Type> types(state.size(), b.getF32Type());
  state = b.choose(
      b.any(b.either(above[0], above[1])), types,
      [&] {
        SmallVector<Value> scales, next;
        SmallVector<Value> last;
        for (auto [r, row] : llvm::enumerate(group.softmax)) {
          Value largest = found[r];
          for (int64_t mask : {1, 2})
            largest = b.maxF(largest, b.shuffleXor(largest, mask));
          largest = b.mulF(largest, b.f32(context.factor));
          Value grows = b.greater(b.addF(largest, row.max), b.f32(headroom));
          // Finite, so that a score that overflowed gives no NaN.
          Value whole = b.minF(b.ceil(largest), b.f32(FLT_MAX));
          Value max = b.select(grows, b.negF(whole), row.max);
          Value scale = b.exp2(b.subF(max, row.max));
          scales.push_back(scale);
          last.append({max, b.mulF(row.sum, scale)});
        }
        for (auto [i, sum] : llvm::enumerate(group.sums))
          next.push_back(b.mulF(sum, scales[rowOf(i)]));
        next.append(last);
        return next;
      },
      [&] { return state; });
  for (RowSoftmax &row : llvm::reverse(group.softmax)) {
    row.sum = state.pop_back_val();
    row.max = state.pop_back_val();
  }
  group.sums.assign(state.begin(), state.end());
}

void WarpSoftmax::emitMax(Group &group, ArrayRef<Value> found) {
  Value factor = b.f32(context.factor);
  SmallVector<Value> above;
  for (auto [largest, row] : llvm::zip_equal(found, group.softmax)) {
    Value distance = b.fma(largest, factor, row.max);
    above.push_back(b.greater(distance, b.f32(headroom)));
    if (context.hasRowMax)
      row.rowMax = b.maxF(row.rowMax, context.emitScaled(largest));
  }
  emitRaise(group, found, above);
}

void WarpSoftmax::emitDropout(SmallVector<Scores> &weights,
                              const Pairs &pairs) {
  if (!context.op.getDropoutSeed())
    return;
  forEachPair(weights, [&](Value weight, const Pair &pair) {
    Offset key = keyOf(pairs, {Value(), pair.column});
    Value kept =
        context.emitKept(heads[pair.row], positions[pair.row], key);
    return b.select(kept, weight, b.f32(0));
  });
}

void WarpSoftmax::emitWeights(SmallVector<Group> &groups,
                              SmallVector<Scores> &scores) {
  Value factor = b.f32(context.factor);
  for (auto [group, own] : llvm::zip_equal(groups, scores)) {
    Value partial[rowsOfLane];
    for (auto [i, score] : llvm::enumerate(own)) {
      int64_t r = rowOf(i);
      score = b.exp2(b.fma(score, factor, group.softmax[r].max));
      // Among each other first: the running sum is rounded once for all of them.
      partial[r] = partial[r] ? b.addF(partial[r], score) : score;
    }
    for (auto [row, sum] : llvm::zip_equal(group.softmax, partial))
      row.sum = b.addF(row.sum, sum);
  }
}

SmallVector<Value> WarpSoftmax::updateAll(ArrayRef<Value> state, Value stage,
                                          const Pairs &pairs,
                                          ArrayRef<Mask> masks) {
  SmallVector<Scores> scores(tile.rowGroups, Scores(tile.keys / 2, b.f32(0)));
  emitProducts(scores, masks, stage);
  emitModified(scores, pairs, masks);
  emitMasked(scores, masks);
  SmallVector<Group> groups = unpack(state);
  for (auto [group, own] : llvm::zip_equal(groups, scores)) {
    Value largest[rowsOfLane];
    for (auto [i, score] : llvm::enumerate(own)) {
      Value &found = largest[rowOf(i)];
      found = found ? b.maxF(found, score) : score;
    }
    emitMax(group, largest);
  }
  emitWeights(groups, scores);
  emitDropout(scores, pairs);
  emitValues(groups, scores, stage);
  return pack(groups);
}

SmallVector<Value> WarpSoftmax::update(ArrayRef<Value> state, Value stage,
                                       const Pairs &pairs) {
  SmallVector<Mask> masks = emitMasks(pairs);
  if (masks.empty())
    return updateAll(state, stage, pairs, masks);
  SmallVector<Value> before(state);
  return b.choose(
      emitHasLive(masks), SmallVector<Type>(ValueRange(before).getTypes()),
      [&] { return updateAll(state, stage, pairs, masks); },
      [&] { return before; });
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

void WarpSoftmax::emitLast(ArrayRef<Value> state) {
  SmallVector<Group> groups = unpack(state);
  context.openResults();
  // Numbers that are not finite may come from dead pairs, and large exponents are coarse.
  Value isOdd = context.emitIsFar();
  Value zero = b.f32(0), rest = zero;
  // Not 0 where a number is not finite.
  auto check = [&](Value number) { rest = b.fma(number, zero, rest); };
  for (Group &group : groups) {
    for (RowSoftmax &row : group.softmax) {
      row.max = b.negF(row.max);
      for (int64_t mask : {1, 2}) {
        row.sum = b.addF(row.sum, b.shuffleXor(row.sum, mask));
        if (context.hasRowMax)
          row.rowMax = b.maxF(row.rowMax, b.shuffleXor(row.rowMax, mask));
      }
      if (context.nothing > -FLT_MAX)
        row.max = b.select(b.greater(row.sum, zero), row.max, b.f32(-FLT_MAX));
      check(row.sum);
      Value isLarge = b.greater(b.abs(row.max), b.f32(coarseExponent));
      isOdd = b.either(
          isOdd, b.both(isLarge, b.greater(row.max, b.f32(-FLT_MAX))));
    }
    for (Value sum : group.sums)
      check(sum);
  }
  Value isFinite =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, rest, zero);
  isOdd = b.either(isOdd, b.invert(isFinite));
  b.ifElse(
      b.any(isOdd), [&] { emitCarefulRows(context, shared); },
      [&] {
        Value isFirst = b.equal(laneColumn, b.i32(0));
        for (size_t g = 0; g < groups.size(); ++g)
          for (int64_t r = 0; r < rowsOfLane; ++r) {
            const Group &group = groups[g];
            Value row = emitOffset(b, rows[g * rowsOfLane + r]);
            b.ifThen(b.less(row, context.rows), [&] {
              RowResults::Factor factor =
                  context.getResults().emitFactor(group.softmax[r].sum);
              SmallVector<RowResults::Columns> columns;
              for (const Run &run : runs()) {
                columns.push_back({columnOf(run, 0), {}});
                for (int64_t i = 0; i < run.columns(); ++i)
                  columns.back().sums.push_back(group.sums[run.sumOf(r, i)]);
              }
              context.getResults().storeColumns(row, columns, factor);
              b.ifThen(isFirst,
                       [&] { context.getResults().emitLast(row, group.softmax[r]); });
            });
          }
      });
}
