// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The graph that one layer's patterns make of the tokens, and breadth-first searches
/// in it.
///
/// A search never looks at a pair. The pattern is taken apart into terms
/// (PatternTerms.h). A term whose rows all see the same keys is two sets. Scattered edges
/// are written down (StoredEdges.h). For all else the algebra is asked for the segments of
/// a group of rows, and the group is split only where a segment is partial. What was seen
/// already is jumped over and what is new is claimed in runs (TokenSet.h).
#ifndef SPARSEATTN_ANALYSIS_FLOWGRAPH_H
#define SPARSEATTN_ANALYSIS_FLOWGRAPH_H

#include "SparseAttn/Analysis/HeadGroups.h"
#include "SparseAttn/Analysis/StoredEdges.h"
#include "SparseAttn/Analysis/TokenSet.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace mlir::sattn {

/// The union of the heads' patterns.
class FlowGraph {
public:
  FlowGraph(ArrayRef<HeadGroup> groups, int64_t size);

  struct Head {
    PatternAttr pattern;
    PatternShape shape;
  };

  /// Distances from some tokens. `reached` counts these too.
  struct Search {
    int64_t depth = 0;
    int64_t reached = 0;
    bool isComplete = true;
  };
  static constexpr int32_t unreached = -1;

  /// What the sources hear of (`toKeys`) or who hears of one of them, among the tokens of a
  /// run that no path leaves; all by default. Stops early, with `isComplete` false, if
  /// the work is used up. `distances`, if asked for, are those of all tokens.
  Search search(ArrayRef<TokenRun> sources, bool toKeys,
                std::optional<TokenRun> among = std::nullopt,
                std::vector<int32_t> *distances = nullptr);
  Search search(int64_t token, bool toKeys,
                std::optional<TokenRun> among = std::nullopt,
                std::vector<int32_t> *distances = nullptr) {
    return search(TokenRun{token, token + 1}, toKeys, among, distances);
  }

  /// Sets of rows and keys such that each row sees each key.
  struct Block {
    SmallVector<TokenRun> rows, keys;
  };
  SmallVector<Block> getBlocks() const;

  /// All searches together do a bounded amount of work, counted in steps.
  bool isWorkUsedUp() const { return work > maxWork; }
  int64_t getWorkLeft() const { return maxWork - work; }

  /// Whether some head's row sees the key.
  bool hasEdge(int64_t row, int64_t key) const;

  /// The keys that a row sees, as runs. False if there are more than `maxRuns` pieces.
  bool getRuns(int64_t row, SmallVectorImpl<TokenRun> &runs, int64_t maxRuns);

  /// s such that no edge leaves a residue class modulo s.
  int64_t getLattice() const;
  /// A set of keys outside of which no row sees any. Null: all tokens.
  const TokenSet *getCommonKeys() const;
  /// Runs, in any order, such that the row sees those of their tokens that are common keys,
  /// and no others. They count the members of the row's class modulo the lattice.
  bool getSpans(int64_t row, SmallVectorImpl<TokenRun> &spans, int64_t maxSpans);

  const int64_t size;
  SmallVector<Head> heads;

private:
  static constexpr int64_t maxWork = int64_t(1) << 28;

  /// The pairs of one term.
  struct Sweep {
    enum Kind {
      /// `rows` times the keys of the view.
      Product,
      /// The edges whose keys are in the view.
      Stored,
      /// The pairs of the pattern whose keys are in the view.
      Closed
    };
    Kind kind = Product;
    /// Claims are made in this one of `views`.
    size_t view = 0;
    std::optional<TokenSet> rows;
    bool isDone = false;
    std::optional<StoredEdges> edges;
    PatternAttr pattern;
    PatternShape shape;
    int64_t step = 1;
  };

  /// Tokens of one residue class modulo the step of a sweep, as runs of class members:
  /// the run {a, b} is the tokens residue + a * step, ..., residue + (b - 1) * step.
  struct ClassRuns {
    int64_t residue = 0;
    SmallVector<TokenRun> runs;

    /// The part of [begin, end) from the first to the last of the tokens.
    TokenRun trim(int64_t begin, int64_t end) const {
      const TokenRun *first = llvm::partition_point(
          runs, [&](TokenRun run) { return run.end <= begin; });
      const TokenRun *last = std::partition_point(
          first, runs.end(), [&](TokenRun run) { return run.begin < end; });
      if (first == last)
        return {};
      return {std::max(begin, first->begin), std::min(end, (last - 1)->end)};
    }
  };

  void addTerms(const HeadGroup &group, SmallVectorImpl<PatternAttr> &known,
                std::vector<StoredEdges::Draw> &draws);
  void addDraws(std::vector<StoredEdges::Draw> draws);
  /// The view of the keys for which the pattern holds, whatever the row; nothing if
  /// there is none.
  std::optional<size_t> getView(PatternAttr ofKey, const PatternShape &shape);

  SmallVector<TokenRun> getRunsOf(const TokenSet &tokens) const;
  /// The tokens of the frontier that are in the view.
  SmallVector<TokenRun> getFrontier(size_t view) const;
  /// The classes of the frontier whose members can lead to an unseen token.
  std::vector<ClassRuns> splitByClass(const Sweep &sweep, bool toKeys);

  QueryTile makeTile(const Sweep &sweep, int64_t firstRow, int64_t rows) const;
  KeySegment ask(PatternAttr pattern, const QueryTile &tile, int64_t key);

  /// Claims what is unseen of the tokens begin, begin + step, ... before `end`.
  void claim(size_t view, int64_t step, int64_t begin, int64_t end);
  void claimBits(int64_t index, uint64_t bits);
  /// Makes what was claimed the frontier. Returns how many tokens that is.
  int64_t advanceFrontier();
  bool meetsFrontier(const TokenSet &tokens) const;

  void run(Sweep &sweep, bool toKeys);

  /// Claims the unseen keys that the rows `tokens` see; the second, of the rows among
  /// the members [begin, end) of the class.
  void hear(const Sweep &sweep, const ClassRuns &tokens);
  void hearTile(const Sweep &sweep, const ClassRuns &tokens, int64_t begin,
                int64_t end, int64_t keyBegin, int64_t keyEnd);

  /// Claims the unseen rows that see a key of `tokens`; the second, of the keys among
  /// the members [begin, end) of the class.
  void tell(const Sweep &sweep, const ClassRuns &tokens);
  void tellTile(const Sweep &sweep, const ClassRuns &tokens, int64_t firstRow,
                int64_t rows, int64_t begin, int64_t end);

  bool collectRuns(int64_t row, int64_t lattice, bool isMasked,
                   SmallVectorImpl<TokenRun> &runs, int64_t maxRuns);

  std::vector<Sweep> sweeps;
  /// All tokens, and the keys of terms that have only some.
  std::vector<UnseenTokens> views;
  SmallVector<PatternAttr> viewPatterns;
  /// Bits of the tokens that the next (the last) layer found, and which words have any.
  std::vector<uint64_t> found, frontierBits;
  std::vector<int32_t> foundWords;
  std::vector<TokenRun> frontier;
  int64_t frontierSize = 0;
  int64_t work = 0, questions = 0, claimed = 0;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_FLOWGRAPH_H
