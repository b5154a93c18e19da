// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a pattern costs: exact counts of pairs and of tiles.
#ifndef SPARSEATTN_ANALYSIS_PATTERNSTATISTICS_H
#define SPARSEATTN_ANALYSIS_PATTERNSTATISTICS_H

#include "SparseAttn/Dialect/PatternInterface.h"

namespace mlir::sattn {

/// Live keys per query row of one head.
struct RowStatistics {
  int64_t livePairs = 0;
  /// Zero if there is no row.
  int64_t minPerRow = 0;
  int64_t maxPerRow = 0;
  int64_t emptyRows = 0;
  /// The number of keys that most rows see, and how many rows do.
  int64_t commonPerRow = 0;
  int64_t commonRows = 0;
};

/// Counts exactly. `pattern` is of one head.
RowStatistics computeRowStatistics(PatternAttr pattern,
                                   const PatternShape &shape);

/// The keys of a row as a textbook adds them up, without clipping at the edges and
/// without overlaps: the sum, over the parts of an `or`, of the number of keys that the
/// rows of the part see (at least half of the rows the same number; if there is no such
/// number, the largest). 64 local + one of each 128 + one global of 4096 is 97.
/// `rows` are the statistics of the whole pattern.
int64_t computeTextbookWidth(PatternAttr pattern, const PatternShape &shape,
                             const RowStatistics &rows);

/// How a kernel's tiles meet the pattern of one head. Tiles are queryTile rows by
/// keyTile keys, on the grid that starts at row 0 and key 0. A part of the pattern that
/// is evenly spaced (PatternAlgebra.h, Lattices) is swept on its own grid, of rows and
/// keys of one residue class.
struct TileStatistics {
  int64_t fullTiles = 0;
  int64_t partialTiles = 0;
  int64_t emptyTiles = 0;
  /// Tiles of the plain grid, all of which dense attention visits.
  int64_t denseTiles = 0;
  /// Pairs in the key segments that a tile's rows visit, trimmed to the key.
  int64_t computedPairs = 0;
  /// Keys read, summed over the query tiles; of dense attention too.
  int64_t keysRead = 0;
  int64_t denseKeysRead = 0;
  /// Sweeps over the rows (PatternAlgebra.h, decompose) and their steps.
  SmallVector<int64_t> sweepSteps;

  int64_t getVisitedTiles() const { return fullTiles + partialTiles; }
};

TileStatistics computeTileStatistics(PatternAttr pattern,
                                     const PatternShape &shape,
                                     int64_t queryTile, int64_t keyTile);

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_PATTERNSTATISTICS_H
