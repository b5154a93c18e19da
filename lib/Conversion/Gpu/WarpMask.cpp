// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which pairs of a key tile are dead, and how a warp leaves them out.
///
/// Scores of dead pairs must be nothing, in as few instructions as there are: half of a full tile's are products,
/// loads and exponentials that are the same for a masked one. A selection for each score is one instruction and a part of
/// another one, which makes the predicate. Where scores are plain products the sums begin with the mask instead:
/// mask [16 x 8] times the identity [8 x 8], a product of half the usual depth for 4 scores of a lane, whose left operand
/// takes one byte permutation for each pair of scores: `prmt` makes bytes of bits.
#include "WarpSoftmax.h"

#include <cmath>

using namespace mlir;
using namespace mlir::sattn;

void WarpSoftmax::openMasks(Value thread, bool isKept) {
  Value lane = b.modulo(thread, warpSize), quad = b.modulo(lane, 4);
  // Lane l has rows 2 (l mod 4) and one more of column l / 4: 1 in a low or a high half.
  constexpr int64_t one = 0x3f80;
  Value distance = b.sub(b.divide(lane, 4), b.mul(quad, 2));
  identity = b.shiftLeft(b.i32(one), b.mul(distance, 16));

  distanceFromKey = Value();
  if (!context.getMaskBits().hasDistances() || context.readsForPairs() || context.op.getRowsPerHead())
    return;
  Value row = b.add(b.mul(b.divide(thread, warpSize), tile.rowGroups * 16),
                    b.divide(lane, 4));
  int64_t step = context.op.getStep();
  Value first = b.mul(keys.emitLaneRow(b, quad), step);
  distanceFromKey = b.sub(context.positionOf({row, 0}).base, first);
  // One register, not all that it follows from.
  distanceAbove = isKept ? (PairBits::RowPair::apart + 1) * step : 0;
  if (isKept)
    distanceFromKey = b.shuffleXor(b.add(distanceFromKey, distanceAbove), 0);
}

Value WarpSoftmax::emitLiveInLoop(const Pairs &pairs, int64_t first,
                                  int64_t group) {
  int64_t products = keys.getLayout().productsOfSlice();
  ArrayRef<Offset> given = ArrayRef(positions).slice(group * rowsOfLane, rowsOfLane);
  SmallVector<Offset> own(given);
  // What follows from positions is computed again, not kept over the tile's loops.
  if (tile.isShortOfRegisters())
    for (int64_t r = 0; r < rowsOfLane; ++r)
      if (given[r].base)
        own[r].base = r > 0 && given[r].base == given[0].base
                          ? own[0].base
                          : b.shuffleXor(given[r].base, 0);
  return b.rolledLoop(
      b.i32(0), b.i32(products), b.i32(1), b.i32(0),
      [&](Value product, ValueRange state) -> SmallVector<Value> {
        Value bits = state[0];
        for (int64_t i = 0; i < 2; ++i) {
          Offset key = keyOf(pairs, {product, first + 8 * i});
          for (int64_t r = 0; r < rowsOfLane; ++r) {
            Value live = arith::ExtUIOp::create(
                b, b.getI32Type(),
                context.emitLive(own[r], key));
            bits = b.either(bits, arith::ShLIOp::create(
                                      b, live, b.add(product, 16 * r + 8 * i)));
          }
        }
        return {bits};
      })[0];
}

WarpSoftmax::Mask WarpSoftmax::emitMask(const Pairs &pairs, int64_t first,
                                        int64_t group) {
  Value all = b.i32(-1), live;
  if (pairs.firstKey && context.hasLiveBits()) {
    PairBits &bits = context.getMaskBits();
    Offset position = positions[group * rowsOfLane],
           next = positions[group * rowsOfLane + 1];
    PairBits::RowPair both{{position, next}, keyOf(pairs, {Value(), first}), {}};
    int64_t step = context.op.getStep();
    if (distanceFromKey && position.base == next.base &&
        position.plus + PairBits::RowPair::apart * step == next.plus)
      both.distance = {{distanceFromKey, position.plus - distanceAbove},
                       {pairs.firstKey, first * step}};
    if (both.distance && bits.isOfDistance())
      return {b.invert(bits.emitOverlaid(both)), {1, 0}};
    live = bits.emitRows(both);
  } else if (pairs.firstKey) {
    live = emitLiveInLoop(pairs, first, group);
  } else {
    live = all;
    // Entries of a list that are not masked are live.
    if (context.mayBePartial)
      live = b.choose(
          pairs.masked, b.getI32Type(),
          [&]() -> SmallVector<Value> {
            return {emitLiveInLoop(pairs, first, group)};
          },
          [&]() -> SmallVector<Value> { return {all}; })[0];
    Value listed = emitBitsUpTo(b, {pairs.count, -1}, {laneKey, first}, /*step=*/1);
    live = b.both(live, b.permute(listed, listed, lowHalves));
  }
  return {b.invert(live), {0, 2}};
}

SmallVector<WarpSoftmax::Mask> WarpSoftmax::emitMasks(const Pairs &pairs) {
  SmallVector<Mask> masks;
  if (!pairs.masked)
    return masks;
  for (int64_t group = 0; group < tile.rowGroups; ++group)
    for (int64_t first = 0; first < tile.keys; first += tile.sliceKeys())
      masks.push_back(emitMask(pairs, first, group));
  return masks;
}

Value WarpSoftmax::emitHasLive(ArrayRef<Mask> masks) {
  Value dead = masks[0].dead;
  for (const Mask &mask : masks.drop_front())
    dead = b.both(dead, mask.dead);
  return b.any(b.notEqual(dead, b.i32(-1)));
}

const WarpSoftmax::Mask &WarpSoftmax::maskOf(ArrayRef<Mask> masks,
                                             int64_t group, int64_t key) {
  int64_t slices = masks.size() / tile.rowGroups;
  return masks[group * slices + key / tile.sliceKeys()];
}

Value WarpSoftmax::emitIsLive(ArrayRef<Mask> masks, const Pair &pair) {
  if (masks.empty() || context.masksByProduct())
    return Value();
  const Mask &mask = maskOf(masks, pair.group, pair.column);
  int64_t number = mask.bytes[pair.row % rowsOfLane] * 8 +
                   pair.column % tile.sliceKeys();
  return b.equal(b.both(mask.dead, b.i32(int64_t(1) << number)), b.i32(0));
}

void WarpSoftmax::emitMasked(SmallVector<Scores> &scores,
                             ArrayRef<Mask> masks) {
  if (masks.empty() || context.masksByProduct())
    return;
  // In the order of bits: then one instruction makes predicates of up to 7 of them.
  for (int64_t row = 0; row < tile.rowGroups * rowsOfLane; ++row)
    for (int64_t half = 0; half < 2; ++half)
      forEachPair(scores, [&](Value score, const Pair &pair) {
        if (pair.row != row || pair.column / 8 % 2 != half)
          return score;
        return b.select(emitIsLive(masks, pair), score, b.f32(-INFINITY));
      });
}

void WarpSoftmax::emitMaskProducts(SmallVector<Scores> &scores,
                                   ArrayRef<Mask> masks) {
  Value zero = b.i32(0);
  SmallVector<Value> none(4, b.f32(0));
  for (int64_t group = 0; group < tile.rowGroups; ++group)
    for (int64_t place = 0; place < tile.keys; place += 8) {
      const Mask &mask = maskOf(masks, group, place);
      int64_t product = place / 8 % keys.getLayout().productsOfSlice();
      Value bits = arith::ShLIOp::create(b, mask.dead, b.i32(7 - product));
      SmallVector<Value> rows;
      for (int64_t byte : mask.bytes) {
        // High bytes are the signs of two bytes, low ones are 0: bf16 of deadScore, or 0.
        int64_t selector = (8 | (byte + 1)) << 12 | 4 << 8 | (8 | byte) << 4 | 4;
        rows.push_back(b.permute(bits, zero, selector));
      }
      llvm::copy(b.multiplyAdd(b.getBF16Type(), rows, identity, none),
                 scores[group].begin() + place / 2);
    }
}
