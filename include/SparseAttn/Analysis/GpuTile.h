// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How one block of GPU threads computes a query tile: which warps own which rows, and
/// what lies where in shared memory.
#ifndef SPARSEATTN_ANALYSIS_GPUTILE_H
#define SPARSEATTN_ANALYSIS_GPUTILE_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <string>

namespace mlir::sattn {

/// Rows of elements of 16 or 32 bits in shared memory, so that neither 8 lanes that copy 16 bytes each
/// nor the 8 rows of a matrix of `ldmatrix` meet in a bank.
///
/// Columns are in panels that are rows of 128 or of 64 bytes. A row's
/// chunks of 16 bytes are permuted: chunk c of row r lies at place c xor (r mod 8) xor (r / 8 mod 2), or in a
/// narrow panel at c xor (r / 2 mod 4) xor (r / 8 mod 2). Without the last term this is the layout that TMA calls a
/// swizzle of 128 or 64 bytes.
struct SharedLayout {
  int64_t rows;
  /// A multiple of 16; those beyond the matrix's own are 0.
  int64_t columns;
  int64_t elementBytes = 2;
  /// Rows are interleaved within so many, 16, 32 or 64: they lie as `rowAt` says. 0: they are in the matrix's order.
  int64_t sliceRows = 0;
  /// Of each 16 rows of two chunks, rows 8 to 15 of the first change places with rows 0 to 7 of the second. What
  /// `ldmatrix` makes of them is operand B, with the same addresses of lanes as of a matrix that is operand A.
  bool exchangesHalves = false;

  /// Which row of the matrix lies at row `place`.
  ///
  /// Of a product with 8 keys, lane l has columns 2 (l mod 4) and one more. Of interleaved keys these are n and n + 8
  /// from the lane's first key on, for product n of a slice: of 64 keys a lane has 16 that follow each other. Bounds
  /// of keys are numbers of bits then, and rows of queries 8 apart have most bits in common.
  int64_t rowAt(int64_t place) const;
  int64_t productsOfSlice() const { return sliceRows / 8; }

  static constexpr int64_t chunkBytes = 16;
  int64_t chunkColumns() const { return chunkBytes / elementBytes; }
  struct Panel {
    int64_t firstChunk;
    /// Chunks of a row that hold columns, and that there is room for.
    int64_t chunks, width;
    /// From the tile's beginning.
    int64_t offset;
    int64_t rowBytes() const { return width * chunkBytes; }
    bool isNarrow() const { return width == 4; }
  };
  SmallVector<Panel> panels() const;
  /// The panel of a column.
  Panel panelOf(int64_t column) const;
  int64_t bytes() const;
};

/// The most columns that queries, keys and values may have: accumulators stay in registers.
inline constexpr int64_t maxGpuHeadSize = 256;

/// Parts of bf16 that add up to a number of f32.
inline constexpr int64_t partsOfF32 = 3;

/// Shared memory that a block may have on all processors from sm_80 on.
inline constexpr int64_t commonSharedBytes = 99 * 1024;

/// What is asked for; 0 leaves it to the tile.
struct GpuTileOptions {
  int64_t warps = 0, keys = 0, stages = 0;
  /// Whether f32 may be rounded to tf32.
  bool allowTF32 = false;

  /// What is wrong with them for every tile, or "".
  std::string findError() const;
};

/// Says that the option `name` should be a multiple of `unit` up to `most`.
std::string describeRangeError(StringRef name, int64_t value, int64_t most,
                               int64_t unit);

/// The most groups of 16 rows that one warp may have.
inline constexpr int64_t maxRowGroups = 4;

/// The work of one block of threads.
struct GpuTile {
  static constexpr int64_t maxWarps = 8;

  int64_t warps;
  /// 16 times as many rows belong to each warp, one group after the other.
  int64_t rowGroups;
  int64_t keys;
  /// Tiles of keys and values that are in shared memory at a time.
  int64_t stages;
  int64_t headSize, valueSize;
  /// Parts that an element is the sum of.
  int64_t parts;
  /// Bytes of a part in shared memory: 4 of tf32, which is the whole element, else 2.
  int64_t elementBytes;
  /// Whether the queries of a warp stay in registers.
  bool keepsQueries;
  bool hasWideParts() const { return parts > 1 && valueSize > 128; }
  /// Whether sums and fragments leave no registers for what could be kept over loops, so that it is computed again: of
  /// tf32, and of wide heads in three parts.
  bool isShortOfRegisters() const { return elementBytes == 4 || hasWideParts(); }

  /// Query rows of a tile where nothing else is asked for: 64, or fewer where memory is short.
  static int64_t chooseRows(int64_t headSize, int64_t valueSize,
                            int64_t elementBytes);
  /// For tiles of `rows` query rows. What is asked for may take more shared memory than there is.
  static GpuTile choose(int64_t rows, int64_t headSize, int64_t valueSize,
                        int64_t elementBytes, const GpuTileOptions &options);

  /// The most registers that a thread of a plain tile should have, without modifiers and the like, so
  /// that 4 or 3 blocks of 128 threads fit a multiprocessor; 0: as many as there are. Of masks only bands
  /// (causal, windows) have as few bounds as 4 blocks leave registers for.
  int64_t maxRegisters(bool isBand) const;

  int64_t threads() const { return warps * 32; }
  int64_t rows() const { return warps * rowGroups * 16; }
  /// Columns that a product of matrices sums over: two chunks of shared memory.
  int64_t depth() const { return 2 * SharedLayout::chunkBytes / elementBytes; }
  /// Keys that are interleaved. Of f32 those of one product with values stay together: sums of its parts are rounded
  /// between products.
  int64_t sliceKeys() const;
  static constexpr int64_t maxSliceKeys = 64;
  SharedLayout queryLayout() const;
  SharedLayout keyLayout() const;
  SharedLayout valueLayout() const;
  /// Bytes of one part of a stage's keys, and of all that a stage holds.
  int64_t stageKeyBytes() const { return keyLayout().bytes() * parts; }
  int64_t stageBytes() const {
    return (keyLayout().bytes() + valueLayout().bytes()) * parts;
  }
  /// Offsets in shared memory: queries, stages, lists of keys.
  int64_t stagesOffset() const { return queryLayout().bytes() * parts; }
  int64_t listsOffset() const { return stagesOffset() + stages * stageBytes(); }
  int64_t sharedBytes() const { return listsOffset() + 2 * keys * 4; }
};

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_GPUTILE_H
