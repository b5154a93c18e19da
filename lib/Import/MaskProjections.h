// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the rows of a mask have in common.
#ifndef SPARSEATTN_LIB_IMPORT_MASKPROJECTIONS_H
#define SPARSEATTN_LIB_IMPORT_MASKPROJECTIONS_H

#include "SparseAttn/Import/PairMatrix.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace mlir::sattn {

using Flags = std::vector<char>;

/// What the rows of a matrix have in common.
struct Projections {
  explicit Projections(const PairMatrix &pairs);

  int64_t numRows, numKeys;
  /// Whether a row, a key has a pair.
  Flags rows, keys;
  /// Whether a diagonal has one, by key - row + numRows - 1.
  Flags diagonals;
  /// First and last key of each row, numKeys and -1 without.
  std::vector<int64_t> first, last;
};

/// The first and the last that is set; 0 and -1 if none is.
std::pair<int64_t, int64_t> hullOf(const Flags &flags);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_IMPORT_MASKPROJECTIONS_H
