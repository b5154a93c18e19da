// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The mask of a row for all keys of a lane at once.
#ifndef SPARSEATTN_LIB_CONVERSION_GPU_PAIRBITS_H
#define SPARSEATTN_LIB_CONVERSION_GPU_PAIRBITS_H

#include "PairRegion.h"

namespace mlir::sattn {

/// Bit n says whether `first` (i32) + step n, `step` being a power of 2, is at most `bound`.
Value emitBitsUpTo(GpuBuilder &b, const Offset &bound, const Offset &first,
                   int64_t step);

/// Emits a mask that compares keys with bounds of a row, as most patterns do, with one bit for each of 32
/// keys: bounds become bits once, and all else is logic of whole numbers.
class PairBits : PairRegion {
public:
  /// The region is the mask of a tile whose keys are `step` apart.
  PairBits(GpuBuilder &b, Region &mask, int64_t step);

  /// Whether all that depends on the key are comparisons, and logic.
  bool isSupported() const { return supported; }

  /// Whether all that counts is how far a key is from a position.
  bool isOfDistance() const { return ofDistance; }

  /// Bit n says whether the pair of `position` and key `first` + step n is live.
  Value emit(const Offset &position, const Offset &first);

private:
  /// `sign` times the key, plus an offset.
  struct KeyNumber {
    int64_t sign;
    Offset offset;
  };
  bool mayEmit(Operation &op);
  bool findOfDistance();
  void emitOfKey(Operation &op);
  Value emitCompare(arith::CmpIOp op);
  Value emitUpTo(const Offset &bound) {
    return emitBitsUpTo(b, bound, firstKey, step);
  }
  Offset boundOf(Value value);
  Value bitsOf(Value truth);

  int64_t step;
  bool supported, ofDistance;
  Offset firstKey;
  llvm::DenseSet<Value> ofKey;
  llvm::DenseMap<Value, KeyNumber> keyNumbers;
  llvm::DenseMap<Value, Value> bits;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_GPU_PAIRBITS_H
