// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From the dot products of a block of keys to its scores, where a score region says
/// what they are.
#ifndef SPARSEATTN_LIB_CONVERSION_SCORESTAGE_H
#define SPARSEATTN_LIB_CONVERSION_SCORESTAGE_H

#include "ScoreEmitter.h"
#include "SoftmaxUpdateLowering.h"

namespace mlir::sattn {

/// Runs on a register tile between its dot products and the mask. The tile goes through
/// memory, key by key: the region is then emitted once, however many keys it holds, and
/// has all registers.
///
/// A buffer that is read at [.., row, .., key] lies across the lanes. Of such a
/// buffer the block's part is transposed into a scratch buffer first.
class ScoreStage : TileEmitter {
public:
  ScoreStage(SoftmaxUpdateOp op, const RegisterTile &tile,
             ScratchBuffers &scratch);

  /// Emits what all strips share.
  void begin();

  /// Emits what all keys of a strip share; `strip` is its first row.
  void beginStrip(OpBuilder::InsertPoint at, Value strip);

  /// The scores that the dot products of a register tile become: those of the keys at
  /// `firstKey` and after it in the list, key by key.
  SmallVector<Value> run(OpBuilder::InsertPoint at, Value firstKey,
                         ArrayRef<Value> products);

private:
  /// The index grows by `row` with the query position, by `key` with the key.
  struct Growth {
    int64_t row = 0, key = 0;
  };
  struct Transposed {
    memref::LoadOp load;
    int64_t rowDim;
    Value buffer;
  };

  std::optional<Growth> growthOf(Value index) const;
  void findTransposed();
  void fill(const Transposed &source, Value strip);
  void fillByBlocks(const Transposed &source, ArrayRef<Value> first,
                    Value lastRow);
  void fillByElements(const Transposed &source, ArrayRef<Value> first,
                      Value strip, Value firstKey);
  Value loadKey(Value position) {
    return memref::LoadOp::create(b, op.getKeyNumbers(), ValueRange{position});
  }
  /// Which of the lanes from `row` on are rows of the tile.
  Value emitExisting(Value row);
  Value both(Value x, Value y) { return arith::AndIOp::create(b, x, y); }

  SoftmaxUpdateOp op;
  ScratchBuffers &scratch;
  Block &region;
  ScoreEmitter emitter;
  int64_t step, stripRows, paddedKeys;
  bool grouped;
  SmallVector<Transposed> transposed;
  Value areConsecutive;
  /// Of the strip at hand: the first rows of its vectors, and which lanes exist.
  SmallVector<Value> rows, existing;
  Value strip;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_SCORESTAGE_H
