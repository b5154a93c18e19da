// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// When do two rectangles of a pattern look alike?
///
/// Patterns repeat. Under `causal and columns<stride = 3>` a square of 64 rows and keys
/// is one of a handful: above the diagonal, below it, or one of those that the diagonal
/// crosses, each with the first column at residue 0, 1 or 2. Where the rectangle stands
/// does not matter, only its *signature* does: the position of its corner relative to
/// everything that the pattern is made of, as far as the rectangle can tell (a diagonal
/// that does not cross it is just "below" or "above").
///
///     window      distance of the corner from either edge, unless the edge is outside
///     strided     (key - query) mod stride
///     columns     key mod stride
///     blocks      query mod size, and the distance to the block's first key
///     neighborhood  query mod grid width, and the distance of query and key
///
/// `and`, `or`, `not` compose signatures; an empty or full operand drops out or decides
/// (the classes of PatternAlgebra.h). Rectangles of one size with one signature have the
/// same live pairs, and the same segments. So whoever counts by halving rectangles
/// counts each signature once: a question about n tokens costs what the pattern's
/// period costs, times log n.
///
/// Lists (random, large block_masks, attributes of other dialects) do not repeat. Their
/// class is asked for, and a rectangle in which it changes is split where it does.
#ifndef SPARSEATTN_ANALYSIS_RECTANGLECLASSES_H
#define SPARSEATTN_ANALYSIS_RECTANGLECLASSES_H

#include "SparseAttn/Dialect/PatternInterface.h"

#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/SmallVector.h"

#include <unordered_map>
#include <utility>
#include <vector>

namespace mlir::sattn {

/// Rows firstRow, firstRow + step, ... (numRows of them, counted before the offset) and
/// keys firstKey, firstKey + step, ... (numKeys of them) of a phase with that step.
/// Both numbers are at least 1; keys are below the shape's.
struct Rectangle {
  int64_t firstRow = 0;
  int64_t numRows = 0;
  int64_t firstKey = 0;
  int64_t numKeys = 0;
};

using RectangleSignature = llvm::SmallVector<int64_t, 16>;

struct RectangleClass {
  enum Kind {
    /// No pair is live; all are.
    Empty,
    Full,
    /// The pairs follow from the signature.
    Regular,
    /// Some list is not constant in the rectangle.
    Irregular
  };
  Kind kind = Empty;
  /// Irregular: the list changes after that many rows, or keys; 0 if it does not, or
  /// not before other rows or keys do. One of them is not 0, and less than the
  /// rectangle's.
  int64_t splitRows = 0;
  int64_t splitKeys = 0;
  /// Regular: after that many keys an interval of keys begins or ends, for all rows; 0
  /// if none is known. Always known for one row.
  int64_t edgeKeys = 0;
};

/// For one thread.
class RectangleClassifier {
public:
  /// `phase` is of one head, simplified. `drawsArePartial`: classifies as if each key were
  /// drawn by some rows of the rectangle and not by others.
  RectangleClassifier(const Phase &phase, const PatternShape &shape,
                      bool drawsArePartial = false);

  /// The class, and the signature of a regular one (which contains the size).
  RectangleClass classify(const Rectangle &rectangle,
                          RectangleSignature &signature) const {
    return classify(rectangle, signature, /*keepsPartial=*/false);
  }

  /// The same for the tile whose rows are those of the rectangle: a list that is
  /// partial for all its keys counts as constant.
  RectangleClass classifyTile(const Rectangle &rectangle,
                              RectangleSignature &signature) const {
    return classify(rectangle, signature, /*keepsPartial=*/true);
  }

  /// Visits the non-empty segments of the rectangle's rows within its keys.
  void forEachSegment(const Rectangle &rectangle,
                      llvm::function_ref<void(const KeyRange &)> visit) const;

  /// The number of keys in a segment.
  int64_t countKeys(const KeyRange &range) const {
    return (range.end - range.begin + phase.step - 1) / phase.step;
  }

  /// The two parts of a rectangle, after its first rows (keys).
  std::pair<Rectangle, Rectangle> splitRows(const Rectangle &rectangle,
                                            int64_t rows) const;
  std::pair<Rectangle, Rectangle> splitKeys(const Rectangle &rectangle,
                                            int64_t keys) const;

  /// All keys, for `numRows` rows of the residue class of `firstRow`. No keys if none
  /// is of that class.
  Rectangle getAllKeys(int64_t firstRow, int64_t numRows) const;

  int64_t getStep() const { return phase.step; }

private:
  struct Node {
    enum Kind {
      Constant,
      Window,
      Strided,
      Columns,
      Prefix,
      Blocks,
      Global,
      Neighborhood,
      List,
      And,
      Or,
      Not
    };
    Kind kind;
    SparsityPatternAttrInterface leaf;
    std::vector<Node> operands;
    /// What the leaf's attribute says, in positions.
    int64_t a = 0, b = 0, c = 0;
  };
  struct Query;
  /// What a list said last: of the rows, for keys in [begin, end).
  struct Answer {
    Attribute list;
    int64_t firstRow = 0, lastRow = 0, begin = 0, end = 0;
    RectangleClass::Kind kind = RectangleClass::Empty;
  };

  Node compile(SparsityPatternAttrInterface pattern) const;
  RectangleClass classify(const Rectangle &rectangle,
                          RectangleSignature &signature,
                          bool keepsPartial) const;
  RectangleClass visit(const Node &node, const Query &query,
                       RectangleSignature &signature) const;
  RectangleClass visitCombinator(const Node &node, const Query &query,
                                 RectangleSignature &signature) const;

  const Answer &ask(const Node &list, const Query &query) const;

  Phase phase;
  PatternShape shape;
  bool drawsArePartial;
  Node root;
  /// Questions come in runs about one row: the parts of a rectangle after the whole.
  mutable Answer lastAnswer;
};

/// The largest power of two below `size`, which is at least 2: halving there makes
/// rectangles of few sizes.
int64_t getSplit(int64_t size);

/// What was found for a signature. Holds a bounded number of them; `cost` is what an
/// entry takes of it.
template <typename Value> class SignatureMap {
public:
  const Value *find(const RectangleSignature &signature) const {
    auto it = values.find(signature);
    return it == values.end() ? nullptr : &it->second;
  }
  void insert(const RectangleSignature &signature, Value value,
              int64_t cost = 1) {
    if (total + cost > maxCost)
      return;
    total += cost;
    values.emplace(signature, std::move(value));
  }

private:
  static constexpr int64_t maxCost = int64_t(1) << 24;

  struct Hash {
    size_t operator()(const RectangleSignature &signature) const {
      return llvm::hash_combine_range(signature.begin(), signature.end());
    }
  };
  std::unordered_map<RectangleSignature, Value, Hash> values;
  int64_t total = 0;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_RECTANGLECLASSES_H
