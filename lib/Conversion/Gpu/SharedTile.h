// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Rows of a matrix in shared memory: where they lie, and the ways in and out.
#ifndef SPARSEATTN_LIB_CONVERSION_GPU_SHAREDTILE_H
#define SPARSEATTN_LIB_CONVERSION_GPU_SHAREDTILE_H

#include "GpuBuilder.h"
#include "SparseAttn/Analysis/GpuTile.h"

namespace mlir::sattn {

/// Rows of a matrix in global memory.
struct RowSource {
  RowSource(GpuBuilder &b, Value matrix);

  /// Where row number `row` (i64) begins.
  Value addressOf(GpuBuilder &b, Value row) const {
    return b.add(base, b.mul(row, rowBytes));
  }

  Type element;
  int64_t columns;
  int64_t elementBytes;
  /// Where row 0 begins, and bytes from one row to the next (i64).
  Value base, rowBytes;
  /// The number of rows (i32).
  Value rows;
  /// `base` as a number (i64).
  Value address;
  /// Whether each row begins at a multiple of 16 bytes.
  Value isAligned;
};

/// Where the rows of a matrix lie in shared memory (see SharedLayout), for one block of
/// threads.
class SharedTile {
public:
  /// `threads` fill it together.
  SharedTile(SharedLayout layout, int64_t threads)
      : layout(layout), threads(threads) {}

  /// The number of a thread, for copies: a new value each time, since what follows from it is better computed again than
  /// kept over loops.
  static Value emitThread(GpuBuilder &b) {
    return b.shuffleXor(b.threadId(), 0);
  }

  /// The chunk that a thread copies of a panel, in global memory: of the first row of the matrix that is its own,
  /// which `row` is, or of one a number of rows below.
  struct ThreadChunk {
    bool isNarrow;
    Value row;
    /// From the beginning of a row, for the first panel of this width (i64).
    Value offset;
  };
  ThreadChunk emitThreadChunk(GpuBuilder &b, const RowSource &source,
                              Value thread, bool isNarrow) const;
  bool hasPanel(bool isNarrow) const;

  /// Copies rows from global memory to the tile at `address`. `chunkAddress` gives the
  /// address of a thread's chunk, `plus` rows below its first. Columns beyond those of the source
  /// become 0. Where rows are aligned the copies are asynchronous and belong to the thread's next
  /// group.
  using ChunkAddress =
      llvm::function_ref<Value(const ThreadChunk &chunk, int64_t plus)>;
  void copyRows(GpuBuilder &b, const RowSource &source, Value thread,
                Value address, ChunkAddress chunkAddress) const;

  /// Whether the rows of a source, where they are aligned, can be copied asynchronously; and that
  /// copy.
  bool mayCopyAsync(const RowSource &source) const;
  void copyAsync(GpuBuilder &b, const RowSource &source, Value thread,
                 Value address, ChunkAddress chunkAddress) const;
  /// Rounds the f32 elements that a thread has copied to the tile, once its copies have arrived, to tf32.
  void roundCopied(GpuBuilder &b, Value thread, Value address) const;

  /// Where the element of a row and a column of the matrix (i32), of the 32 columns from `firstColumn` on, lies; rows are
  /// not interleaved.
  Value emitElement(GpuBuilder &b, Value address, Value row, Value column,
                    int64_t firstColumn) const;

  /// The part of addresses in `loadMatrices` that depends on the lane, the same for all tiles.
  static Value emitLaneOffset(GpuBuilder &b, bool narrow);
  /// The four matrices of 8 rows of a chunk at rows from `row` on, a multiple of 16, and columns from `column` on, a multiple
  /// of two chunks: rows 0 to 7, rows 8 to 15, then the same of the second chunk. This is operand A, and B of a transposed
  /// matrix of 16 bits; where halves are exchanged it is the first chunk, the second, then the same of rows 8 to 15: B. `lanes`
  /// are the lane offsets for wide and narrow panels.
  std::array<Value, 4> loadMatrices(GpuBuilder &b, ArrayRef<Value> lanes,
                                    Value address, int64_t row, int64_t column,
                                    bool transposed) const;

  /// The same for `loadColumns`.
  static Value emitColumnOffset(GpuBuilder &b, bool narrow);
  /// Operands B of a matrix that is not transposed, for elements of 32 bits, which no `ldmatrix` transposes: lane l gets,
  /// of row `row` + 2 (l mod 4), the eighth number l / 4 of the columns of a panel, an element for each of 4 products, or 2
  /// of a narrow panel. `row` is 0 or 1 more than a multiple of 8. Lanes meet in banks in narrow panels alone.
  SmallVector<Value> loadColumns(GpuBuilder &b, ArrayRef<Value> lanes,
                                 Value address, int64_t row,
                                 const SharedLayout::Panel &panel) const;

  /// The first row of the matrix that the columns of a lane (lane mod 4: i32) have, of each slice.
  Value emitLaneRow(GpuBuilder &b, Value lane) const;

  const SharedLayout &getLayout() const { return layout; }

private:
  /// The row of the matrix that lies at row `place`.
  Value emitRowAt(GpuBuilder &b, Value place) const;
  /// Rows that all threads copy at once of a panel: a power of two of them if rows are interleaved, so that
  /// a thread's rows differ by constants.
  int64_t rowsAtOnce(int64_t width) const;
  void copyElements(GpuBuilder &b, const RowSource &source, Value thread,
                    Value address, ChunkAddress chunkAddress) const;
  /// A chunk of a panel that is a thread's own, `plus` rows below its first, and where it lies; each panel is opened before its
  /// chunks.
  using Chunk = llvm::function_ref<void(const SharedLayout::Panel &panel,
                                        int64_t plus, Value chunk, Value shared)>;
  using OpenPanel = llvm::function_ref<void(const SharedLayout::Panel &panel)>;
  void forEachChunk(GpuBuilder &b, Value thread, Value address, OpenPanel open,
                    Chunk body) const;
  /// The same with where it comes from; its number is that in the row.
  using Copy =
      llvm::function_ref<void(Value global, Value shared, Value chunk)>;
  void forEachCopy(GpuBuilder &b, const RowSource &source, Value thread,
                   Value address, ChunkAddress chunkAddress, Copy body) const;

  SharedLayout layout;
  int64_t threads;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_GPU_SHAREDTILE_H
