// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The edges of scattered patterns, written down.
///
/// Segments of many rows say nothing about a pattern whose rows see a few keys here and
/// there (random, neighborhood). Its edges are few, though: a search that has them as
/// lists, of both directions, takes each once.
#ifndef SPARSEATTN_ANALYSIS_STOREDEDGES_H
#define SPARSEATTN_ANALYSIS_STOREDEDGES_H

#include "SparseAttn/Dialect/PatternInterface.h"

#include <optional>
#include <vector>

namespace mlir::sattn {

/// A run of consecutive tokens.
struct TokenRun {
  int64_t begin = 0;
  int64_t end = 0;
};

class StoredEdges {
public:
  /// Nothing if the pattern is not scattered, has too many edges, or is swept on a
  /// lattice. Rows are those of a self-attention.
  static std::optional<StoredEdges> build(const Phase &phase,
                                          const PatternShape &shape);

  using Visit = llvm::function_ref<void(TokenRun)>;

  /// Visits all keys that the rows see, or all rows that see one of the keys; but each
  /// group of rows only once since `reset`.
  void hear(TokenRun rows, Visit visit);
  void tell(TokenRun keys, Visit visit);
  void reset();

  ArrayRef<TokenRun> getKeys(int64_t row) const;

private:
  bool addRows(const Phase &phase, const PatternShape &shape, int64_t firstRow,
               int64_t numRows);
  bool addNodes(int64_t numKeys);

  /// Consecutive rows that see the same keys: those of group g begin at groupBegin[g],
  /// and see the runs from runBegin[g] on.
  std::vector<int32_t> groupOf, groupBegin;
  std::vector<int64_t> runBegin;
  std::vector<TokenRun> runs;
  /// A binary tree over the keys: node 1 is the root, node v has the children 2v and
  /// 2v + 1, key k is node firstLeaf + k. A run is the union of a few subtrees; the
  /// groups that see the subtree of v as one stand at nodeBegin[v] and on.
  int64_t firstLeaf = 0;
  std::vector<int64_t> nodeBegin;
  std::vector<int32_t> groupsOfNodes;
  /// A node that is done has been asked for its groups, and so have those above.
  std::vector<char> isGroupDone, isNodeDone;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_STOREDEDGES_H
