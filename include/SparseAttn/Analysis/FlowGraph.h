// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The graph that one layer's patterns make of the tokens, and breadth-first searches
/// in it.
///
/// A search never looks at a pair. It asks the algebra for the segments of a group of
/// rows, splits the group only where a segment is partial, and jumps over what it has
/// seen already by union-find, so that a token is claimed once. Only scattered edges
/// are written down (StoredEdges.h).
#ifndef SPARSEATTN_ANALYSIS_FLOWGRAPH_H
#define SPARSEATTN_ANALYSIS_FLOWGRAPH_H

#include "SparseAttn/Analysis/HeadGroups.h"
#include "SparseAttn/Analysis/StoredEdges.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <vector>

namespace mlir::sattn {

/// Sorts runs and joins those that touch.
void mergeRuns(SmallVectorImpl<TokenRun> &runs);

/// The tokens not seen yet, with "the next one at or after" for each residue class of
/// the steps that the pattern is swept in.
class UnseenTokens {
public:
  UnseenTokens(int64_t size, ArrayRef<int64_t> steps) : size(size) {
    for (int64_t step : steps)
      next.push_back({step, std::vector<int32_t>(size)});
    reset();
  }

  void reset() {
    left = size;
    for (auto &[step, links] : next)
      std::iota(links.begin(), links.end(), 0);
  }

  bool empty() const { return left == 0; }
  int64_t getNumLeft() const { return left; }

  /// The first unseen token among token, token + step, ...; `size` or more if none is.
  int64_t find(int64_t step, int64_t token) {
    std::vector<int32_t> &links = llvm::find_if(next, [&](const auto &entry) {
                                    return entry.first == step;
                                  })->second;
    while (token < size && links[token] != token) {
      if (links[token] < size)
        links[token] = links[links[token]];
      token = links[token];
    }
    return token;
  }

  void erase(int64_t token) {
    --left;
    for (auto &[step, links] : next)
      links[token] = static_cast<int32_t>(std::min(token + step, size));
  }

private:
  int64_t size;
  int64_t left = 0;
  SmallVector<std::pair<int64_t, std::vector<int32_t>>, 1> next;
};

/// The union of the heads' patterns.
class FlowGraph {
public:
  FlowGraph(ArrayRef<HeadGroup> groups, int64_t size);

  struct Head {
    PatternAttr pattern;
    PatternShape shape;
  };

  /// Distances from one token. `reached` counts the token itself.
  struct Search {
    int64_t depth = 0;
    int64_t reached = 0;
    bool isComplete = true;
  };

  /// What `token` hears of (`toKeys`) or who hears of it. Stops early, with
  /// `isComplete` false, if the work is used up.
  Search search(int64_t token, bool toKeys);

  /// Whether some head's row sees the key.
  bool hasEdge(int64_t row, int64_t key) const;

  /// The keys that a row sees, as runs. False if there are more than `maxRuns` pieces.
  bool getRuns(int64_t row, SmallVectorImpl<TokenRun> &runs, int64_t maxRuns);

  const int64_t size;
  SmallVector<Head> heads;

private:
  struct Sweep {
    Phase phase;
    PatternShape shape;
    std::optional<StoredEdges> edges;
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

  static std::vector<ClassRuns> splitByClass(ArrayRef<TokenRun> tokens,
                                             int64_t step);

  QueryTile makeTile(const Sweep &sweep, int64_t firstRow, int64_t rows) const;
  KeySegment ask(PatternAttr pattern, const QueryTile &tile, int64_t key);

  void claim(int64_t token);
  void claimAll(int64_t step, int64_t begin, int64_t end);

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

  std::vector<Sweep> sweeps;
  std::optional<UnseenTokens> unseen;
  SmallVector<TokenRun> found;
  int64_t queries = 0;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_FLOWGRAPH_H
