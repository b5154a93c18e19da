// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How many query rows a tile should have for a pattern.
#ifndef SPARSEATTN_ANALYSIS_TILESIZES_H
#define SPARSEATTN_ANALYSIS_TILESIZES_H

#include "SparseAttn/Analysis/TargetInfo.h"
#include "SparseAttn/Dialect/PatternInterface.h"

namespace mlir::sattn {

/// Rows of a query tile, the same for all `phases`, of one pattern or of those of several heads: a
/// part of the target's register
/// tile, the register tile, or several (strips) that share each block of keys.
///
/// A tile visits every key that one of its rows sees, so for narrow patterns a smaller
/// tile computes fewer pairs that are not live; a larger one reads each key for more rows.
/// The model counts, on sample tiles of a sequence of `numQueries` (at most 16384, the default),
/// the keys visited; a register tile takes its multiply-adds or its loads per key, whichever is
/// more; keys that come from a cache or from memory, and a tile as such, cost something besides.
/// With `pairs`, every tile repacks its values (bf16 dot products). Several strips are used only
/// if there are known to be many rows. Ties go to the larger tile.
int64_t chooseQueryTile(ArrayRef<Phase> phases, const TargetInfo &target,
                        std::optional<int64_t> numQueries = std::nullopt,
                        bool pairs = false);

/// Whether rows should be worked on one by one, head columns in the lanes, instead of in the tiles that
/// `chooseQueryTile` chooses: where hardly a key is seen by two rows that are near each other, as with
/// drawn tokens, a tile of rows computes hardly a pair that is live.
bool prefersSingleRows(PatternAttr pattern, ArrayRef<Phase> phases, const TargetInfo &target,
                       std::optional<int64_t> numQueries = std::nullopt, bool pairs = false);

/// Whether later rows see more keys than earlier ones, judged at a typical size: their tiles are then
/// started first, so that no thread is left with the longest at the end.
bool growsWithRow(const Phase &phase);

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_TILESIZES_H
