// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The leaves that are worth a try, family by family: bands and blocks in LeafCandidates.cpp, sets of
/// rows and keys in SetCandidates.cpp.
#ifndef SPARSEATTN_LIB_IMPORT_LEAFCOLLECTOR_H
#define SPARSEATTN_LIB_IMPORT_LEAFCOLLECTOR_H

#include "MaskLeaf.h"
#include "MaskProjections.h"

#include <algorithm>
#include <optional>

namespace mlir::sattn {

/// Collects the leaves that projections of a mask suggest.
class LeafCollector {
public:
  LeafCollector(const PairMatrix &inside, const PairMatrix &outside,
            const MaskPlacement &placement, llvm::SmallVector<MaskLeaf> &leaves)
      : outsidePairs(outside), inside(inside), outside(outside),
        placement(placement), leaves(leaves), numRows(inside.getNumRows()),
        numKeys(inside.getNumKeys()) {}

  void run() {
    addBands();
    addStrides();
    addBlocks();
    addKeySets();
    addRowSets();
    addGlobalSets();
  }

private:
  /// Most strides that are tried.
  static constexpr int64_t maxStride = 4096;
  /// Of each family that has many members, as many are tried.
  static constexpr size_t maxPerFamily = 3;

  /// Of the diagonal of distance d = j - i.
  int64_t indexOf(int64_t distance) const {
    return distance + placement.offset + numRows - 1;
  }
  int64_t distanceOf(int64_t index) const {
    return index - (numRows - 1) - placement.offset;
  }
  int64_t numDiagonals() const { return inside.diagonals.size(); }

  void add(std::optional<MaskLeaf> leaf) {
    if (leaf)
      leaves.push_back(std::move(*leaf));
  }
  /// j - i <= high, or what `not` makes of it.
  void addUpTo(int64_t high) {
    add(high >= 0 ? makeBand(placement, noBound, high)
                  : makeBand(placement, -high - 1, noBound));
  }
  /// j - i >= low, or what `not` makes of it.
  void addFrom(int64_t low) {
    add(low <= 0 ? makeBand(placement, -low, noBound)
                 : makeBand(placement, noBound, low - 1));
  }

  void addBands();
  void addStrides();
  void addBlocks();
  void addKeySets();
  void addRowSets();
  void addGlobalSets();
  void addColumns(const Flags &wanted, const Flags &refused, bool enclosing);

  void addKeys(PatternText text, const Flags &positions);
  void addRows(PatternText text, const Flags &positions);
  void addGlobal(PatternText text, const Flags &ofRows, const Flags &ofKeys);
  /// `global<positions = [..], flag>`; empty if that is none or too many.
  PatternText list(const Flags &flags, int64_t offset, int64_t end,
                   llvm::StringRef flag) const;
  /// `first = a`, `last = b`, or both.
  PatternText ends(int64_t first, int64_t last, llvm::StringRef flag) const;
  Flags interval(int64_t size, int64_t begin, int64_t end) const {
    Flags flags(size);
    for (int64_t i = std::max<int64_t>(begin, 0); i < std::min(end, size); ++i)
      flags[i] = 1;
    return flags;
  }

  const PairMatrix &outsidePairs;
  Projections inside, outside;
  const MaskPlacement &placement;
  llvm::SmallVector<MaskLeaf> &leaves;
  int64_t numRows, numKeys;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_IMPORT_LEAFCOLLECTOR_H
