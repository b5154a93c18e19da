// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The mask of a row for all keys of a lane at once.
#ifndef SPARSEATTN_LIB_CONVERSION_GPU_PAIRBITS_H
#define SPARSEATTN_LIB_CONVERSION_GPU_PAIRBITS_H

#include "PairRegion.h"

namespace mlir::sattn {

/// Bit n says whether `first` (i32, its base not negative) + step n, `step` being a power of 2, is at most `bound`.
Value emitBitsUpTo(GpuBuilder &b, const Offset &bound, const Offset &first,
                   int64_t step);

/// Of two words (`GpuBuilder::permute`): the first one's lower half before the second one's.
inline constexpr int64_t lowHalves = 0x5410;

/// Emits a mask that compares keys with bounds of a row, as most patterns do, with one bit for each of 32
/// keys: bounds become bits once, and all else is logic of whole numbers.
class PairBits : PairRegion {
public:
  /// The region is the mask of a tile whose keys are `step` apart.
  PairBits(GpuBuilder &b, Region &mask, int64_t step);

  /// Whether all that depends on the key are comparisons, and logic.
  bool isSupported() const { return supported; }

  /// Whether all that counts is how far a key is from a position, or all of a part of the mask.
  bool isOfDistance() const { return isDistance(root()); }
  bool hasDistances() const;

  /// Two rows, and the first key of both.
  struct RowPair {
    Offset positions[2], first;
    /// If the second position is `apart` steps of keys beyond the first one: a position and a key that are as far from
    /// each other as the first one and `first`.
    struct Distance {
      Offset position, key;
    };
    std::optional<Distance> distance;
    static constexpr int64_t apart = 8;
  };
  /// Which pairs of two rows and 16 keys from the first one on, one step after the other, are live: a bit for each, the
  /// first row's before the second one's.
  Value emitRows(const RowPair &rows);
  /// The same of a mask of distances, as one row of 24 keys: what the second row has of a key the first one has of
  /// another, so that bits of the second row begin with the word, and those of the first one a byte later.
  Value emitOverlaid(const RowPair &rows) { return emitOverlaid(rows, root()); }

private:
  /// `sign` times the key, plus an offset.
  struct KeyNumber {
    int64_t sign;
    Offset offset;
  };
  Value root() const { return block.getTerminator()->getOperand(0); }
  bool mayEmit(Operation &op);
  void findDistances();
  /// Whether a truth depends on a position and a key by no more than their distance.
  bool isDistance(Value truth) const {
    return supported && distances.contains(truth) && ofKey.contains(truth) && ofPosition.contains(truth);
  }
  /// Bit n says whether `truth` holds for the position and key `first` + step n.
  Value emit(const Offset &position, const Offset &first, Value truth);
  Value emitOverlaid(const RowPair &rows, Value truth);
  /// GpuBuilder::permute of bits.
  Value permute(Value first, Value second, int64_t bytes);
  Value emitJoined(Value truth, const RowPair &rows);
  /// What `truth` is the union of, joined.
  void collectJoined(Value truth, const RowPair &rows, SmallVectorImpl<Value> &parts);
  void emitOfKey(Operation &op);
  Value emitCompare(arith::CmpIOp op);
  /// The same value for the same number, and that number for its negative: so bounds with a common base are known.
  Value negate(Value number);
  Value emitUpTo(const Offset &bound);
  /// Bits of both words: those between two bounds that are far apart are one instruction.
  Value emitBoth(Value left, Value right);
  Offset boundOf(Value value);
  Value bitsOf(Value truth);

  int64_t step;
  bool supported;
  Offset firstKey;
  /// What depends on the key, on the position, and what on their distance alone or on neither.
  llvm::DenseSet<Value> ofKey, ofPosition, distances;
  llvm::DenseMap<Value, KeyNumber> keyNumbers;
  /// Keys beyond a bound, whose base is not null, as bits from number `from` on.
  struct Edge {
    Value from;
    Offset bound;
  };
  /// By their bits.
  llvm::DenseMap<Value, Edge> edges;
  llvm::DenseMap<Value, Value> negatives;
  /// By truth: those of a row, and of two.
  llvm::DenseMap<Value, Value> bits, joined;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_GPU_PAIRBITS_H
