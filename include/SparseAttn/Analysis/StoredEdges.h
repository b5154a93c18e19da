// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The edges of scattered patterns, written down.
///
/// Segments of many rows say nothing about a pattern whose rows see a few keys here and
/// there (random, neighborhood). Its edges are few, though: a search that has them as
/// lists, of both directions, takes each once. Where a row draws many keys, searches end
/// after few layers, and going through all rows in each takes less time than lists by key.
#ifndef SPARSEATTN_ANALYSIS_STOREDEDGES_H
#define SPARSEATTN_ANALYSIS_STOREDEDGES_H

#include "SparseAttn/Analysis/TokenSet.h"
#include "SparseAttn/Dialect/PatternAttrs.h"

#include <optional>
#include <vector>

namespace mlir::sattn {

class StoredEdges {
public:
  /// Of a pattern of a self-attention. Nothing if it is not scattered, has too many
  /// edges, or is swept on a lattice.
  static std::optional<StoredEdges> build(PatternAttr pattern,
                                          const PatternShape &shape);

  /// What a head draws, of the pairs of `within`, which has no list.
  struct Draw {
    RandomAttr random;
    int64_t head = 0;
    PatternAttr within;

    /// Nothing if the pairs that a query block draws are not the same for all its rows,
    /// or are not those of whole blocks.
    static std::optional<Draw> get(ArrayRef<PatternAttr> intersection,
                                   int64_t head);
  };
  /// The draws of several heads, in one graph. Block sizes are equal.
  static std::optional<StoredEdges> build(ArrayRef<Draw> drawsOfHeads,
                                          int64_t size);

  using Visit = llvm::function_ref<void(TokenRun)>;

  /// Visits all keys that the rows see, or all rows that see one of the keys; but each
  /// group of rows only once since `reset`. Returns the number of places in memory that
  /// were looked at.
  int64_t hear(TokenRun rows, Visit visit);
  int64_t tell(TokenRun keys, Visit visit);
  void reset();

  /// Whether `tell` can be asked. If not, `tellAll` visits the rows that are left and see
  /// one of the keys whose bits are set.
  bool hasGroupsByKey() const { return firstLeaf > 0; }
  int64_t tellAll(ArrayRef<uint64_t> keys, const TokenSet &left, Visit visit);

  /// Visits the keys that a row sees.
  void forEachRun(int64_t row, Visit visit) const { visitGroup(groupOf[row], visit); }

private:
  bool addRows(PatternAttr pattern, const PatternShape &shape, int64_t firstRow,
               int64_t numRows);
  void addGroup(int64_t firstRow, int64_t numRows);
  bool addNodes();

  TokenRun getRun(int64_t at) const {
    int64_t begin = runBegins[at];
    return {begin, runEnds.empty() ? std::min(begin + runLength, size)
                                   : runEnds[at]};
  }
  void visitGroup(int64_t group, Visit visit) const {
    for (int64_t at = firstRun[group]; at < firstRun[group + 1]; ++at)
      visit(getRun(at));
  }

  int64_t size = 0;
  /// Consecutive rows that see the same keys: those of group g begin at groupBegin[g],
  /// and see the runs from firstRun[g] on. Runs end at runEnds or, if that is empty,
  /// have one length.
  std::vector<int32_t> groupOf, groupBegin;
  std::vector<int32_t> firstRun;
  std::vector<int32_t> runBegins, runEnds;
  int64_t runLength = 0;
  /// A binary tree over the keys: node 1 is the root, node v has the children 2v and
  /// 2v + 1, key k is node firstLeaf + k. A run is the union of a few subtrees; the
  /// groups that see the subtree of v as one stand at nodeBegin[v] and on. Empty, with
  /// `firstLeaf` 0, if rows draw many keys.
  int64_t firstLeaf = 0;
  std::vector<int32_t> nodeBegin;
  std::vector<int32_t> groupsOfNodes;
  /// A node that is done has been asked for its groups, and so have those above.
  std::vector<char> isGroupDone, isNodeDone;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_STOREDEDGES_H
