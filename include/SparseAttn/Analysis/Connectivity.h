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
///  * Reachability, unless the work runs out: a search to and from one token (or, where no
///    token sees a later one, whether each token sees its predecessor: paths only go
///    forward, so nothing else can connect neighbours).
///  * Intervals that never move back (IntervalCore.h): one pass over the rows gives the
///    diameter. (window, causal, block_local, prefix_lm, their intersections, also with
///    columns; dilated windows)
///  * Periodic and causal. If no row sees later keys and the pattern stays the same when
///    row and key move by p, then each pair has a copy that ends in the last p rows, and
///    all its paths stay between its two tokens: p searches give the diameter. (causal
///    with strided, fixed, axial)
///  * Otherwise a search to and from a hub gives bounds. A hub is a token, or rows that
///    all see the same keys: what is farthest from the keys plus what is farthest from
///    the rows, plus one, is an upper bound, and the greatest distance of any search
///    from a token a lower one. (global, columns, and whatever has them in an `or`)
///  * Where the bounds differ, searches from the tokens that are farthest from the hub may
///    decide; and if the graph is small enough, searches from all tokens do.
/// The amount of work is bounded by counts, not by time: results are reproducible. Where
/// it ends early (random), bounds are what is said.
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

/// `groups` are the heads of one layer, `numTokens` its queries and keys. Up to
/// `maxAllSources` tokens, searches from all of them are made if nothing else decides.
Connectivity computeConnectivity(ArrayRef<HeadGroup> groups, int64_t numTokens,
                                 int64_t maxAllSources = 16384);

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_CONNECTIVITY_H
