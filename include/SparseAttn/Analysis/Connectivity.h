// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How information flows between tokens when self-attention layers with one pattern
/// are stacked.
///
/// In one layer token i receives from token j if the pair (i, j) is live in some head;
/// and a token keeps what it has (residual connection). So after t layers i has heard
/// of j if a path of at most t edges leads from key j to query i. The graph's diameter
/// is the number of layers after which every token has heard of every token that it can
/// hear of at all.
///
/// What is exact, and when:
///  * Reachability, unless the work runs out: two searches from token 0 (or, where no token sees
///    a later one, whether each token sees its predecessor: paths only go forward, so
///    nothing else can connect neighbours).
///  * Monotone intervals. If each row sees one run of keys around itself and the ends of
///    the runs never move back, then what row i has heard of is a run that grows at both
///    ends by the rows at its ends; one pass over the rows gives the diameter. (window,
///    causal, block_local, prefix_lm, and their intersections)
///  * Periodic and causal. If no row sees later keys and the pattern stays the same when
///    row and key move by p, then each pair has a copy that ends in the last p rows, and
///    all its paths stay between its two tokens: p searches give the diameter. (causal
///    with strided, fixed, dilated windows)
///  * Otherwise a search to and from a token h gives bounds: its greatest distance is a
///    lower bound; the distance to the farthest that h hears plus the farthest that
///    hears h is an upper one. If a hub (a global token) makes them equal, that is the
///    diameter.
///  * Where they differ and the graph is small enough, searches from all tokens decide.
/// The amount of work is bounded by counts, not by time: results are reproducible.
#ifndef SPARSEATTN_ANALYSIS_CONNECTIVITY_H
#define SPARSEATTN_ANALYSIS_CONNECTIVITY_H

#include "SparseAttn/Analysis/HeadGroups.h"

#include <optional>

namespace mlir::sattn {

struct Connectivity {
  /// False if the work was used up before `allReachAll` could be decided.
  bool isReachKnown = true;
  /// Every token hears of every token in the end.
  bool allReachAll = false;
  /// No token sees a later (an earlier) one.
  bool isForwardOnly = false;
  bool isBackwardOnly = false;
  /// Forward only: every later token hears of every earlier one in the end. Backward
  /// only: the reverse.
  bool isCompleteOneWay = false;
  /// Bounds of the number of layers until everything that can be heard of was heard
  /// of. Equal: exact. No upper bound: not determined.
  int64_t leastLayers = 0;
  std::optional<int64_t> mostLayers;

  bool isExact() const { return mostLayers == leastLayers; }
};

/// `groups` are the heads of one layer, `numTokens` its queries and keys.
Connectivity computeConnectivity(ArrayRef<HeadGroup> groups, int64_t numTokens);

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_CONNECTIVITY_H
