// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Leaves as the recognizer of masks tries them: their pairs at once, a row of
/// bits, and their text. The pairs decide what is tried; the predicate of the
/// parsed pattern decides what is found.
#ifndef SPARSEATTN_LIB_IMPORT_MASKLEAF_H
#define SPARSEATTN_LIB_IMPORT_MASKLEAF_H

#include "PatternText.h"

#include "SparseAttn/Dialect/PatternInterface.h"
#include "SparseAttn/Import/PairMatrix.h"

#include <limits>

namespace mlir::sattn {

/// Where the rows and keys of a matrix stand.
struct MaskPlacement {
  /// Position of row 0.
  int64_t offset = 0;
  /// Rows and keys of the matrix are blocks of `scale` positions; then offset
  /// is 0.
  int64_t scale = 1;
  /// Positions of the mask itself.
  int64_t numQueries = 0, numKeys = 0;
};

/// No bound.
constexpr int64_t noBound = std::numeric_limits<int64_t>::max();

struct MaskLeaf {
  enum Kind {
    /// -low <= j - i <= high, and a multiple of `step`.
    Band,
    /// The same of blocks of `size`, and `boundary` keys next to the own block.
    BlockBand,
    /// j is one of `positions`.
    Keys,
    /// i is one of `positions`.
    Rows,
    /// Either.
    Global,
    /// What the predicate of `pattern` says.
    Predicate,
  };

  Kind kind = Band;
  PatternText text;
  /// Written as more than one leaf, or with a number where it has no bound.
  bool isCompound = false;
  int64_t low = 0, high = 0, step = 1;
  int64_t size = 1, boundary = 0;
  /// By key, or by row, of the matrix.
  std::vector<uint64_t> keys;
  std::vector<char> rows;
  SparsityPatternAttrInterface pattern;
  int64_t head = 0;

  /// Sets the bits of the keys that `row` sees; `bits` are 0 before.
  void fillRow(const MaskPlacement &placement, int64_t row, int64_t numKeys,
               llvm::MutableArrayRef<uint64_t> bits) const;
};

/// Pairs of a leaf against the live (P) and dead (Q) pairs, or whether there
/// are any.
struct Overlap {
  int64_t liveIn = 0, liveOut = 0, deadIn = 0, deadOut = 0;
};

/// Of all of `leaf`. Without `count` numbers are 0 or 1; and where all four are
/// not 0, which says that the leaf is of no use, they may be too small.
Overlap compareLeaf(const MaskLeaf &leaf, const PairMatrix &live,
                    const PairMatrix &dead, const MaskPlacement &placement,
                    bool count);

/// Nothing where the algebra has no one leaf: a band without 0, a lattice of
/// blocks.
std::optional<MaskLeaf> makeBand(const MaskPlacement &placement, int64_t low,
                                 int64_t high, int64_t step = 1);
MaskLeaf makeBlockBand(const MaskPlacement &placement, int64_t size,
                       int64_t low, int64_t high, int64_t boundary = 0);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_IMPORT_MASKLEAF_H
