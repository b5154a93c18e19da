// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A score or mask region as vector code: pairs of one key and several rows, or of one
/// row and several keys, stand in the lanes.
///
/// Values that are the same in all lanes stay scalars. Index values that grow evenly
/// from lane to lane, as positions do, stay a scalar and a step until something else
/// is made of them. In lanes an index has 32 bits. Loads read live pairs only.
#ifndef SPARSEATTN_LIB_CONVERSION_SCOREEMITTER_H
#define SPARSEATTN_LIB_CONVERSION_SCOREEMITTER_H

#include "mlir/IR/Block.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace mlir::sattn {

/// A value of each lane.
struct LaneValue {
  /// The value of lane 0, unless `vector` is set.
  Value scalar;
  /// What is added from lane to lane (index and integers).
  int64_t step = 0;
  Value vector;

  static LaneValue same(Value scalar) { return {scalar, 0, Value()}; }
  static LaneValue spread(Value first, int64_t step) {
    return {first, step, Value()};
  }
  static LaneValue lanes(Value vector) { return {Value(), 0, vector}; }
  bool isSame() const { return scalar && step == 0; }
};

/// Where the pairs of a vector stand.
struct LanePairs {
  LaneValue head, position, key;
  /// Which of them are live (vector of i1); only for these anything is read.
  Value live;
};

/// Emits the operations of one region, (score, head, query position, key) -> f32 or
/// (query position, key) -> i1.
class ScoreEmitter {
public:
  ScoreEmitter(ImplicitLocOpBuilder &b, Block &region, int64_t lanes);

  /// Emits, once and for all that follows, what does not depend on the pair. The
  /// head does, unless it is given.
  void emitInvariants(Value head);

  /// Emits what depends on the query position alone, for the positions that all pairs after
  /// this have and the rows that are live.
  void emitRows(const LanePairs &pairs);

  /// The new scores of a vector of pairs, or what a mask region says of them: it has no
  /// score and no head.
  Value emit(Value score, const LanePairs &pairs);

  /// What the results of a load in the region are, instead of loading them.
  void replaceLoad(Operation *load, Value lanes) { replaced[load] = lanes; }

  /// The operations of `value` (index) for the pair of a position and a key.
  Value emitScalar(Value value, Value position, Value key);

  /// The value of a vector in each lane.
  Value toVector(const LaneValue &value);

private:
  using Values = llvm::DenseMap<Value, LaneValue>;

  bool canWiden(Block &block) const;
  bool isKnown(Operation &op) const;
  /// The region's arguments; no score and no head in a mask region.
  Value scoreArgument() const;
  Value headArgument() const;
  Value positionArgument() const { return region.getArguments().end()[-2]; }
  Value keyArgument() const { return region.getArguments().back(); }
  void emitOperation(Operation &op, Values &values, Value live);
  LaneValue emitLoad(Operation &op, Values &values, Value live);
  LaneValue emitCast(Operation &op, const LaneValue &operand);
  std::optional<LaneValue> emitEven(Operation &op, ArrayRef<LaneValue> operands);
  Value emitLaneByLane(Value score, const LanePairs &pairs);
  Type laneType(Type type);
  LaneValue lookup(Value value, const Values &values) const;

  ImplicitLocOpBuilder &b;
  Block &region;
  int64_t lanes;
  Values invariants, ofRows;
  llvm::DenseMap<Operation *, Value> replaced;
  /// Captured buffers as one dimension: base, offset and strides.
  struct Flat {
    Value buffer, offset;
    SmallVector<Value> strides;
  };
  llvm::DenseMap<Value, Flat> flat;
  const Flat &flatten(Value buffer);
  void flattenCaptured();
};

/// Replaces the transcendental functions under `root` by polynomials; `powerTable` as for
/// `emitExp2`.
void expandScoreMath(Operation *root, int64_t powerTable);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_SCOREEMITTER_H
