// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which pairs of a key tile a warp computes, and which it masks.
#include "WarpSoftmax.h"

#include <cmath>

using namespace mlir;
using namespace mlir::sattn;

WarpSoftmax::Mask WarpSoftmax::emitMaskBits(const Pairs &pairs) {
  Mask mask;
  if (!pairs.masked || !pairs.firstKey || !context.hasLiveBits())
    return mask;
  Value first = emitOffset(b, keyOf(pairs, 0));
  for (const Offset &position : positions) {
    Value bits = context.emitLiveBits(position, first, tile.keys / 4);
    mask.bits.push_back(bits);
    mask.some = mask.some ? b.either(mask.some, bits) : bits;
    mask.all = mask.all ? b.both(mask.all, bits) : bits;
  }
  return mask;
}

SmallVector<WarpSoftmax::Chunk>
WarpSoftmax::emitChunks(const Pairs &pairs, const Mask &mask) {
  if (!pairs.masked)
    return {{0, tile.keys, Value()}};
  SmallVector<Chunk> chunks;
  for (int64_t first = 0; first < tile.keys; first += 16) {
    Value hasLive;
    if (pairs.list && first > 0)
      hasLive = b.less(b.i32(first), pairs.count);
    if (mask.some)
      hasLive = b.any(b.notEqual(
          b.both(mask.some, b.i32(Chunk::bitsOf(first))), b.i32(0)));
    chunks.push_back({first, 16, hasLive});
  }
  return chunks;
}

Value WarpSoftmax::emitHasDead(const Chunk &chunk, const Pairs &pairs,
                               const Mask &mask) {
  if (mask.all) {
    Value own = b.i32(Chunk::bitsOf(chunk.firstKey));
    return b.any(b.notEqual(b.both(mask.all, own), own));
  }
  if (!pairs.list)
    return b.truth(true);
  // Entries of a list that are not masked are live.
  Value isShort =
      b.less(pairs.count, b.i32(chunk.firstKey + chunk.numKeys));
  return b.either(pairs.masked, isShort);
}

void WarpSoftmax::emitMask(SmallVector<Scores> &scores, const Chunk &chunk,
                           const Pairs &pairs, const Mask &mask) {
  auto replace = [&](llvm::function_ref<Value(const Pair &)> isLive) {
    SmallVector<Scores> kept = scores;
    forEachPair(kept, chunk, [&](Value score, const Pair &pair) {
      return b.select(isLive(pair), score, b.f32(-INFINITY));
    });
    return chunk.get(kept);
  };
  auto asksBits = [&](const Pair &pair) {
    int64_t number = pair.column / 8 * 2 + pair.column % 2;
    return b.notEqual(b.both(mask.bits[pair.row], b.i32(1 << number)),
                      b.i32(0));
  };
  auto asksPattern = [&](const Pair &pair) {
    return context.emitLive(positions[pair.row], keyOf(pairs, pair.column));
  };
  auto isListed = [&](const Pair &pair) {
    return b.less(b.i32(pair.column), b.sub(pairs.count, laneColumn));
  };
  SmallVector<Value> unmasked = chunk.get(scores);
  SmallVector<Type> types(ValueRange(unmasked).getTypes());
  auto replaced = [&]() -> SmallVector<Value> {
    if (!mask.bits.empty())
      return replace(asksBits);
    if (!pairs.list)
      return replace(asksPattern);
    if (!context.mayBePartial)
      return replace(isListed);
    return b.choose(
        pairs.masked, types,
        [&] {
          return replace([&](const Pair &pair) {
            return b.both(isListed(pair), asksPattern(pair));
          });
        },
        [&] { return replace(isListed); });
  };
  chunk.set(scores, b.choose(emitHasDead(chunk, pairs, mask), types, replaced,
                             [&] { return unmasked; }));
}
