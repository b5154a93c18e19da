// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A region about a (query position, key) pair, as code of one thread.
#ifndef SPARSEATTN_LIB_CONVERSION_GPU_PAIRREGION_H
#define SPARSEATTN_LIB_CONVERSION_GPU_PAIRREGION_H

#include "GpuBuilder.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::sattn {

/// Numbers from here on may overflow 32 bits when they are added.
inline constexpr int64_t maxNarrow = int64_t(1) << 30;

/// `base` (i32, or none) plus a constant. A thread's pairs differ by constants, so what they have in
/// common is computed once, and comparing a position with a key takes one instruction.
struct Offset {
  Value base;
  int64_t plus = 0;
};

inline Value emitOffset(GpuBuilder &b, const Offset &offset) {
  return offset.base ? b.add(offset.base, offset.plus) : b.i32(offset.plus);
}

/// Emits the operations of one region for one pair after the other.
///
/// Positions and keys have 32 bits, of which they use 30 (`maxNarrow`); what is multiplied or read by index has
/// as many as `index`, and so has everything after `useAllBits`.
class PairRegion {
public:
  PairRegion(GpuBuilder &b, Region &region);

  /// What the region yields. Arguments of type `index` are given by `numbers`, others (a score, an
  /// answer) by `values`; each in the order of the region's arguments.
  Value emit(ArrayRef<Offset> numbers, ArrayRef<Value> values = {});

  /// Positions and keys may be any from here on.
  void useAllBits() { isNarrow = false; }

  /// Whether the region reads memory, or does anything else that is only allowed for live pairs.
  bool needsLivePair() const { return readsMemory; }

protected:
  /// An index as an offset, or any value as it is.
  struct Number {
    Offset offset;
    Value value;
  };
  /// What an operation uses, also inside of its regions.
  static llvm::SetVector<Value> getUsedValues(Operation &op);
  void markWide(Operation *op);
  void emitOperation(Operation &op);
  bool emitNarrow(Operation &op);
  const Offset *findOffset(Value value) const;
  Value materialize(const Offset &offset) { return emitOffset(b, offset); }
  /// The value in its own type.
  Value lookup(Value value);
  /// The value, of type `index`, in 32 bits: one that needs more becomes one that compares alike.
  Offset narrow(Value value);
  /// The predicate with its sides exchanged.
  static arith::CmpIPredicate exchangeSides(arith::CmpIPredicate predicate);

  GpuBuilder &b;
  Block &block;
  bool isNarrow = true, readsMemory = false;
  /// Operations whose results become places in memory.
  llvm::DenseSet<Operation *> wide;
  llvm::DenseMap<Value, Number> numbers;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_GPU_PAIRREGION_H
