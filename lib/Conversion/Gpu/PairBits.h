// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The mask of a row for all keys of a lane at once.
#ifndef SPARSEATTN_LIB_CONVERSION_GPU_PAIRBITS_H
#define SPARSEATTN_LIB_CONVERSION_GPU_PAIRBITS_H

#include "PairRegion.h"

namespace mlir::sattn {

/// Bit n, of `count` (at most `PairBits::maxCount`), says whether `first` (i32) + step (n / 2 * 8 + n mod 2), `step`
/// being a power of 2, is at most `bound`. Other bits are 0.
Value emitBitsUpTo(GpuBuilder &b, const Offset &bound, Value first,
                   int64_t step, int64_t count);

/// Emits a mask that compares keys with bounds of a row, as most patterns do, with one bit for each of a
/// lane's keys: bounds become bits once, and all else is logic of whole numbers.
class PairBits : PairRegion {
public:
  /// The region is the mask of a tile whose keys are `step` apart.
  PairBits(GpuBuilder &b, Region &mask, int64_t step);

  /// Whether all that depends on the key are comparisons, and logic.
  bool isSupported() const { return supported; }

  static constexpr int64_t maxCount = 16;
  /// Bit n, of `count` (at most `maxCount`), says whether the pair of `position` and the lane's key n is live:
  /// `first` (i32) + step (n / 2 * 8 + n mod 2). Other bits are anything.
  Value emit(const Offset &position, Value first, int64_t count);

private:
  /// `sign` times the key, plus an offset.
  struct KeyNumber {
    int64_t sign;
    Offset offset;
  };
  bool mayEmit(Operation &op);
  void emitOfKey(Operation &op);
  Value emitCompare(arith::CmpIOp op);
  Value emitUpTo(const Offset &bound) {
    return emitBitsUpTo(b, bound, firstKey, step, numKeys);
  }
  Offset boundOf(Value value);
  Value bitsOf(Value truth);

  int64_t step;
  bool supported;
  Value firstKey;
  int64_t numKeys = 0;
  llvm::DenseSet<Value> ofKey;
  llvm::DenseMap<Value, KeyNumber> keyNumbers;
  llvm::DenseMap<Value, Value> bits;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_GPU_PAIRBITS_H
