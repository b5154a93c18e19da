// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a pattern costs a kernel: exact counts of tiles.
#ifndef SPARSEATTN_ANALYSIS_TILESTATISTICS_H
#define SPARSEATTN_ANALYSIS_TILESTATISTICS_H

#include "SparseAttn/Dialect/PatternInterface.h"

namespace mlir::sattn {

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

#endif // SPARSEATTN_ANALYSIS_TILESTATISTICS_H
