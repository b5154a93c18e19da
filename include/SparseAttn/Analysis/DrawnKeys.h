// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The keys that a pattern's `random` draws, apart from what surrounds them.
///
/// A row draws few keys, but they do not repeat, so rectangles of a pattern with draws are
/// all different. Without them they repeat (RectangleClasses.h). So whoever counts takes
/// the pattern as if nothing were drawn, and corrects that at the keys that are.
#ifndef SPARSEATTN_ANALYSIS_DRAWNKEYS_H
#define SPARSEATTN_ANALYSIS_DRAWNKEYS_H

#include "SparseAttn/Dialect/PatternAttrs.h"

#include <optional>
#include <vector>

namespace mlir::sattn {

class DrawnKeys {
public:
  /// Nothing if the phase, of one head, has no `random`, two different ones, or another
  /// list.
  static std::optional<DrawnKeys> find(const Phase &phase,
                                       const PatternShape &shape);

  /// The phase as if nothing were drawn, or everything. Not simplified.
  const Phase &getWithout() const { return without; }
  const Phase &getWith() const { return with; }

  /// Keys firstKey, firstKey + step, ... of the phase that `numBlocks` of the query blocks
  /// draw.
  struct Run {
    int64_t firstKey, numKeys, numBlocks;
  };
  /// What the rows firstRow, firstRow + step, ... (numRows of them) draw, in order.
  /// Returns the number of query blocks that the rows are of; one of rows before
  /// position 0 counts, and draws nothing.
  int64_t getRuns(int64_t firstRow, int64_t numRows,
                  std::vector<Run> &runs) const;

  /// How many of the rows firstRow, firstRow + step, ... are of the same query block.
  int64_t countAlike(int64_t firstRow) const;

private:
  RandomAttr random;
  PatternShape shape;
  Phase without, with;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_DRAWNKEYS_H
