// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Sums and maxima over the lanes of vectors, where head columns or keys stand in the lanes.
#ifndef SPARSEATTN_LIB_CONVERSION_LANESUMS_H
#define SPARSEATTN_LIB_CONVERSION_LANESUMS_H

#include "TileEmitter.h"

namespace mlir::sattn {

/// The base of a lowering with columns in the lanes.
class LaneSumEmitter : public TileEmitter {
protected:
  using TileEmitter::TileEmitter;

  /// Keys whose lanes are summed together.
  static constexpr int64_t quad = 4;

  Value shuffle(Value x, Value y, int64_t lanes,
                llvm::function_ref<int64_t(int64_t)> laneOf) {
    SmallVector<int64_t> mask;
    for (int64_t lane = 0; lane < lanes; ++lane)
      mask.push_back(laneOf(lane));
    return vector::ShuffleOp::create(b, x, y, mask);
  }
  Value toF64(Value lanes) {
    auto type = cast<VectorType>(lanes.getType());
    return arith::ExtFOp::create(
        b, VectorType::get(type.getShape(), b.getF64Type()), lanes);
  }
  /// Lanes from `first` on.
  Value take(Value lanes, int64_t first, int64_t number) {
    return shuffle(lanes, lanes, number,
                   [&](int64_t lane) { return lane + first; });
  }

  /// x and y, of as many keys, in every `quad` lanes: halves of both, to be added. Each is one
  /// instruction on x86.
  std::pair<Value, Value> emitHalvesOfQuads(Value x, Value y, int64_t keys) {
    auto half = [&](int64_t first) {
      return shuffle(x, y, tile.lanes, [&](int64_t lane) {
        int64_t at = lane % quad;
        bool fromY = keys == 1 ? at % 2 : at / 2;
        return (fromY ? tile.lanes : 0) + lane - at + first +
               (keys == 1 ? at / 2 : at % 2);
      });
    };
    return {half(0), half(quad / 2)};
  }
  /// The sums of four keys, f64, given what is to be added to them in every `quad` lanes: the last
  /// additions have the largest roundings, and in a tile of few rows nothing averages them.
  Value emitSumsOfQuads(Value x, Value y) {
    if (tile.lanes == quad)
      return arith::AddFOp::create(b, toF64(x), toF64(y));
    Value sums = arith::AddFOp::create(b, x, y);
    int64_t lanes = tile.lanes / 2;
    sums = arith::AddFOp::create(b, toF64(take(sums, 0, lanes)),
                                 toF64(take(sums, lanes, lanes)));
    while (lanes > quad) {
      lanes /= 2;
      sums = arith::AddFOp::create(b, take(sums, 0, lanes),
                                   take(sums, lanes, lanes));
    }
    return sums;
  }
  /// The same of `quad` rows at once, f32, for 16 lanes: quads of several rows become those of one
  /// vector.
  SmallVector<Value> emitSumsOfRows(ArrayRef<std::pair<Value, Value>> rows) {
    SmallVector<Value> sums;
    for (auto [x, y] : rows)
      sums.push_back(arith::AddFOp::create(b, x, y));
    // Halves of quads of two vectors, whose first, or every other, quads are taken.
    auto add = [&](Value x, Value y, int64_t step, int64_t second) -> Value {
      auto half = [&](int64_t firstQuad) {
        return shuffle(x, y, tile.lanes, [&](int64_t lane) {
          int64_t number = lane / quad, own = number % 2 * step + firstQuad;
          return number / 2 * tile.lanes + own * quad + lane % quad;
        });
      };
      return arith::AddFOp::create(b, half(0), half(second));
    };
    Value all = add(add(sums[0], sums[1], 1, 2), add(sums[2], sums[3], 1, 2), 2, 1);
    for (auto [row, sum] : llvm::enumerate(sums))
      sum = take(all, row * quad, quad);
    return sums;
  }
  /// Sum of all lanes.
  Value emitSum(Value lanes) {
    Value sums = toF64(lanes);
    for (int64_t width = tile.lanes; width > 1; width /= 2)
      sums = arith::AddFOp::create(b, take(sums, 0, width / 2),
                                   take(sums, width / 2, width / 2));
    return arith::TruncFOp::create(b, b.getF32Type(),
                                   vector::ExtractOp::create(b, sums, 0));
  }
  /// The largest lane, in all lanes.
  Value emitLargest(Value lanes) {
    for (int64_t s = 1; s < tile.lanes; s *= 2)
      lanes = emitMax(
          b, shuffle(lanes, lanes, tile.lanes,
                     [&](int64_t lane) { return lane ^ s; }),
          lanes);
    return lanes;
  }
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_LANESUMS_H
