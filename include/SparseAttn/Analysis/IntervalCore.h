// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The part of a flow graph in which each row sees one run of keys.
///
/// If each row sees a run around itself, and the ends of the runs never move back from
/// row to row, then what row i has heard of is a run too: it grows at both ends by the
/// rows at its ends. So the layers that row i needs to the left are one more than those
/// of the first key that it sees, and one pass over the rows finds them all.
///
/// "Run" and "around itself" may be meant among the common keys only (`window and columns`),
/// or in a residue class (dilated windows): tokens are put in order by class, and what
/// lies between two common keys is skipped.
#ifndef SPARSEATTN_ANALYSIS_INTERVALCORE_H
#define SPARSEATTN_ANALYSIS_INTERVALCORE_H

#include "SparseAttn/Analysis/FlowGraph.h"

#include <optional>

namespace mlir::sattn {

struct IntervalCore {
  /// Nothing was left out: the runs are the graph.
  bool isWholeGraph = true;
  /// The runs connect each token to its earlier (later) ones.
  bool connectsEarlier = true, connectsLater = true;
  /// The layers that they need for all that they connect.
  int64_t layers = 0;
};

/// Leaves out what is not a run around the row, and what makes an end move back. Nothing
/// if a row sees too many runs, or if what is left connects tokens in neither direction.
std::optional<IntervalCore> computeIntervalCore(FlowGraph &graph);

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_INTERVALCORE_H
