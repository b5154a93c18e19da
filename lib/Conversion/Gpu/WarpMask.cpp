// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which pairs of a key tile a warp computes, and which it masks.
#include "WarpSoftmax.h"

#include <cmath>

using namespace mlir;
using namespace mlir::sattn;

SmallVector<Value> WarpSoftmax::emitBitsInLoop(const Pairs &pairs,
                                               int64_t first, int64_t count) {
  SmallVector<Value> none(positions.size(), b.i32(0));
  return b.rolledLoop(
      b.i32(0), b.i32(count / 2), b.i32(1), none,
      [&](Value matrix, ValueRange given) {
        SmallVector<Value> bits(given);
        for (int64_t i = 0; i < 2; ++i) {
          Value number = b.add(b.mul(matrix, 2), i);
          Offset key = keyOf(pairs, {b.mul(matrix, 8), first + i});
          for (auto [row, position] : llvm::zip_equal(bits, positions)) {
            Value live = arith::ExtUIOp::create(
                b, b.getI32Type(), context.emitLive(position, key));
            row = b.either(row, arith::ShLIOp::create(b, live, number));
          }
        }
        return bits;
      });
}

WarpSoftmax::Mask WarpSoftmax::emitMask(const Pairs &pairs, int64_t first) {
  int64_t count = std::min(tile.keys - first, Mask::keys) / 4;
  SmallVector<Value> bits;
  auto inLoop = [&] { return emitBitsInLoop(pairs, first, count); };
  if (pairs.firstKey && context.hasLiveBits()) {
    Value firstKey = emitOffset(b, keyOf(pairs, {Value(), first}));
    for (const Offset &position : positions)
      bits.push_back(context.emitLiveBits(position, firstKey, count));
  } else if (pairs.firstKey) {
    bits = inLoop();
  } else {
    SmallVector<Value> all(positions.size(), b.i32(-1));
    bits = all;
    // Entries of a list that are not masked are live.
    if (context.mayBePartial)
      bits = b.choose(pairs.masked,
                      SmallVector<Type>(all.size(), b.getI32Type()), inLoop,
                      [&] { return all; });
    Value listed = emitBitsUpTo(b, {pairs.count, -1 - first}, laneColumn,
                                /*step=*/1, count);
    for (Value &row : bits)
      row = b.both(row, listed);
  }
  Mask mask{bits, bits[0], bits[0]};
  for (Value row : ArrayRef(bits).drop_front()) {
    mask.some = b.either(mask.some, row);
    mask.all = b.both(mask.all, row);
  }
  return mask;
}

SmallVector<WarpSoftmax::Mask> WarpSoftmax::emitMasks(const Pairs &pairs) {
  SmallVector<Mask> masks;
  if (pairs.masked)
    for (int64_t first = 0; first < tile.keys; first += Mask::keys)
      masks.push_back(emitMask(pairs, first));
  return masks;
}

SmallVector<WarpSoftmax::Chunk>
WarpSoftmax::emitChunks(ArrayRef<Mask> masks) {
  if (masks.empty())
    return {{0, tile.keys, Value()}};
  SmallVector<Chunk> chunks;
  for (int64_t first = 0; first < tile.keys; first += 16) {
    const Mask &mask = masks[first / Mask::keys];
    Value hasLive = b.any(b.notEqual(
        b.both(mask.some, b.i32(Mask::bitsOf(first))), b.i32(0)));
    chunks.push_back({first, 16, hasLive});
  }
  return chunks;
}

Value WarpSoftmax::emitIsLive(ArrayRef<Mask> masks, const Pair &pair) {
  if (masks.empty())
    return Value();
  const Mask &mask = masks[pair.column / Mask::keys];
  return b.notEqual(b.both(mask.bits[pair.row], b.i32(Mask::bitOf(pair.column))),
                    b.i32(0));
}

void WarpSoftmax::emitMasked(SmallVector<Scores> &scores, const Chunk &chunk,
                             ArrayRef<Mask> masks) {
  if (masks.empty())
    return;
  Value own = b.i32(Mask::bitsOf(chunk.firstKey));
  Value all = b.both(masks[chunk.firstKey / Mask::keys].all, own);
  SmallVector<Value> unmasked = chunk.get(scores);
  SmallVector<Value> masked = b.choose(
      b.any(b.notEqual(all, own)),
      SmallVector<Type>(ValueRange(unmasked).getTypes()),
      [&] {
        SmallVector<Scores> kept = scores;
        forEachPair(kept, chunk, [&](Value score, const Pair &pair) {
          return b.select(emitIsLive(masks, pair), score, b.f32(-INFINITY));
        });
        return chunk.get(kept);
      },
      [&] { return unmasked; });
  chunk.set(scores, masked);
}
