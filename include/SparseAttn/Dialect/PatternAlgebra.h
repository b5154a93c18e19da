// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The pattern algebra: how a declared set of (query, key) pairs becomes loops.
///
/// ## The idea
///
/// A pattern is a set of *live* pairs (i, j): query position i sees key position j.
/// A kernel works on a *tile* of queries, so for one tile each key j falls into one
/// of three classes: **empty** (no query of the tile sees it), **full** (every query
/// sees it) or **partial**. For the patterns people use, the class is constant on
/// long runs of keys, and where a run ends is a short formula of the tile's first
/// and last position. `causal and window<left = 3>`, tile of rows 4..5, 8 keys:
///
///              key 0 1 2 3 4 5 6 7
///     query 4      . # # # # . . .         segments: [0,1) empty  [1,2) partial
///     query 5      . . # # # # . .                   [2,5) full   [5,6) partial
///                  E P F F F P E E                   [6,8) empty
///
/// So a pattern answers one question about a tile: *what is the class at key x, and
/// up to which key is it surely the same?* (`nextSegment`). A kernel starts at key 0
/// and hops from segment to segment. There is no mask, no table and no list.
///
/// ## The laws
///
/// Classes compose by Kleene's three-valued logic, so `and`, `or`, `not` need no
/// knowledge of their operands:
///
///     and: empty if any operand is empty; full if all are full; else partial
///     or:  full if any operand is full; empty if all are empty; else partial
///     not: empty <-> full, partial stays
///
/// and a segment of the result ends where the first operand's does, or later: one
/// empty operand of `and` (one full operand of `or`) decides alone up to *its* end.
/// Segments of one sweep are disjoint and cover all keys by construction, so no key
/// is ever counted twice in a softmax, whatever the composition.
///
/// An implementation promises:
///  1. *Truth*: a pair is live iff `buildPredicate` holds; in a full segment all
///     pairs of the tile are live, in an empty one none is.
///  2. *Progress*: a segment asked for at key x ends beyond x.
///  3. *Exactness*: for a tile of one row no segment is partial.
///
/// "Partial" is always a sound answer for a tile of several rows; it costs time,
/// never correctness.
///
/// ## Lattices
///
/// In `strided<s>` and dilated windows all live pairs have j = i (mod s). A tile of s
/// consecutive rows would see every key, each with one live row: useless. Such a
/// pattern reports the *lattice* s, and the compiler tiles rows of one residue class
/// (i, i + s, i + 2s, ...) and hops over keys of the same class. In those coordinates
/// a strided pattern is dense and a dilated window is a window. An `or` of parts on
/// different lattices is split into disjoint phases (`decompose`).
///
/// ## Why not a block mask
///
/// A block mask is O(M N / b^2) memory, must be built by evaluating the predicate on
/// all pairs, is wrong whenever the lengths change, and rounds every boundary to a
/// block. The closed form is a few integer operations, holds for dynamic lengths and
/// for any tile size, and is exact to the key.
#ifndef SPARSEATTN_DIALECT_PATTERNALGEBRA_H
#define SPARSEATTN_DIALECT_PATTERNALGEBRA_H

#include "SparseAttn/Dialect/IndexExpr.h"
#include "SparseAttn/Dialect/PatternOperands.h"

#include "mlir/IR/Attributes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <functional>
#include <optional>

namespace mlir::sattn {

class SparsityPatternAttrInterface;

/// Tables of the patterns that are lists (random, block_mask), by attribute:
/// the values that `buildTables` returned.
using PatternTables = llvm::MapVector<Attribute, llvm::SmallVector<Value>>;

/// What a kernel asks its patterns about: tables need not reach further.
struct TableExtent {
  /// Query positions firstPosition, ..., firstPosition + numPositions - 1, at
  /// least one; the first may be negative.
  Value firstPosition, numPositions;
  /// Query heads likewise.
  Value firstHead, numHeads;
  Value numKeys;
};

/// What a predicate or a segment may depend on besides the pair itself.
struct PatternScope {
  IndexExpr numKeys;
  /// Query head in [0, Hq).
  IndexExpr head = 0;
  /// Null when everything is a constant.
  const PatternTables *tables = nullptr;
  /// What leaves that read operands have: null when there is none.
  const RuntimeValues *runtime = nullptr;
  /// The batch in the terms of the operands.
  IndexExpr batch = 0;
  /// Position of the row that is row 0 to the operands.
  IndexExpr rowOrigin = 0;
  /// Not 0: all queries asked about are rows of a tile that begins at row `tileRow` of the
  /// operands, a multiple of this, and ends before the next multiple. A block of rows is
  /// then one for the whole tile.
  int64_t tileAlignment = 0;
  IndexExpr tileRow = 0;
  /// What the mask region says of the pair that a predicate is asked about. Segments do
  /// not depend on it.
  std::optional<IndexExpr> regionSays = std::nullopt;
};

/// Query positions first, first + step, ..., last (first <= last). With step > 1 the
/// keys asked about are those equal to first modulo step.
struct QueryTile {
  PatternScope scope;
  IndexExpr first;
  IndexExpr last;
  /// The lattice of the sweep, 1 unless the pattern reports one.
  int64_t step = 1;
};

/// The class of the keys from the asked one up to `end` (exclusive, may exceed the
/// number of keys). `full` implies `live`; neither: the segment is empty.
struct KeySegment {
  IndexExpr live;
  IndexExpr full;
  IndexExpr end;
};

/// The segment at `key` of a pattern where row i sees the keys [lo(i), hi(i)) and both
/// bounds never decrease with i: pass lo and hi of the tile's first and last row.
KeySegment intervalSegment(const QueryTile &tile, const IndexExpr &key,
                           const IndexExpr &firstLo, const IndexExpr &firstHi,
                           const IndexExpr &lastLo, const IndexExpr &lastHi);

/// Kleene combination of segments asked at the same key.
KeySegment andSegments(ArrayRef<KeySegment> segments);
KeySegment orSegments(ArrayRef<KeySegment> segments);
KeySegment notSegment(const KeySegment &segment);

/// One of the disjoint parts that a pattern is swept in. The union of the phases is
/// the pattern.
struct Phase {
  Attribute pattern;
  /// Rows and keys are visited by residue class modulo `step`.
  int64_t step = 1;

  SparsityPatternAttrInterface getPattern() const;
};

/// Splits `pattern` so that evenly spaced parts are swept on their lattice and all
/// else contiguously. One phase with the pattern itself in the common case. A pattern that
/// counts keys as often as a list has them (`getMultiplicity`) is a phase for each time,
/// and the phases hold a pair as often as it counts.
SmallVector<Phase> decompose(SparsityPatternAttrInterface pattern);

/// What a mask region says, as numbers: (batch, head, query position, key).
using MaskRegionFunction = std::function<bool(int64_t, int64_t, int64_t, int64_t)>;

/// Concrete sizes, for questions answered in numbers.
struct PatternShape {
  int64_t numQueries = 0;
  int64_t numKeys = 0;
  int64_t head = 0;
  /// Position of query row 0.
  int64_t offset = 0;
  /// Batch, and the values that the pattern reads, if it does.
  int64_t batch = 0;
  const RuntimeValues *runtime = nullptr;
  /// Not null if the pattern asks for it.
  const MaskRegionFunction *maskRegion = nullptr;

  PatternScope getScope() const {
    return {numKeys, head, nullptr, runtime, batch, offset};
  }
};

/// The predicate, as a number: does row `query` (before the offset) see `key`? A mask
/// region is asked only if the rest of the pattern leaves that open.
bool isLive(SparsityPatternAttrInterface pattern, const PatternShape &shape,
            int64_t query, int64_t key);

/// A concrete segment [begin, end) of keys begin, begin + step, ...
struct KeyRange {
  int64_t begin = 0;
  int64_t end = 0;
  bool full = false;
};

/// Calls `visit` for each non-empty segment of the rows firstRow, firstRow + step, ...
/// (numRows of them), in order of keys, within keys [keyBegin, keyEnd).
void forEachSegment(const Phase &phase, const PatternShape &shape,
                    int64_t firstRow, int64_t numRows, int64_t keyBegin,
                    int64_t keyEnd,
                    llvm::function_ref<void(const KeyRange &)> visit);

/// The pattern of one head, with per_head resolved.
SparsityPatternAttrInterface getPatternForHead(
    SparsityPatternAttrInterface pattern, int64_t head);

} // namespace mlir::sattn

#endif // SPARSEATTN_DIALECT_PATTERNALGEBRA_H
