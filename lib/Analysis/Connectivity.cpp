// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Breadth-first searches over segments.
///
/// A search never looks at a pair. It asks the algebra for the segments of a run of
/// rows, splits the run only where a segment is partial, and jumps over what it has
/// seen already by union-find, so that a token is claimed once.
#include "SparseAttn/Analysis/Connectivity.h"

#include "SparseAttn/Analysis/FirstLivePair.h"
#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

using namespace mlir;
using namespace mlir::sattn;

namespace {

/// Segments that all searches together may ask for before they settle for bounds.
constexpr int64_t maxSegmentQueries = 40'000'000;
/// Steps of the searches from all tokens.
constexpr int64_t maxAllSourcesSteps = 1'500'000'000;
constexpr int64_t maxAllSourcesTokens = 16384;
/// Runs of a row beyond which the row does not count as an interval.
constexpr int64_t maxRunsOfRow = 64;

/// A run of consecutive tokens.
struct Run {
  int64_t begin = 0;
  int64_t end = 0;
};

void sortAndMerge(SmallVectorImpl<Run> &runs) {
  llvm::sort(runs, [](Run a, Run b) { return a.begin < b.begin; });
  size_t kept = 0;
  for (Run run : runs) {
    if (kept && runs[kept - 1].end >= run.begin)
      runs[kept - 1].end = std::max(runs[kept - 1].end, run.end);
    else
      runs[kept++] = run;
  }
  runs.truncate(kept);
}

/// The tokens not seen yet, with "the next one at or after" for each residue class of
/// the steps that the pattern is swept in.
class UnseenTokens {
public:
  UnseenTokens(int64_t size, ArrayRef<int64_t> steps) : size(size) {
    for (int64_t step : steps)
      next[step].resize(size);
    reset();
  }

  void reset() {
    left = size;
    for (auto &[step, links] : next)
      std::iota(links.begin(), links.end(), 0);
  }

  bool empty() const { return left == 0; }

  /// The first unseen token among token, token + step, ...; `size` or more if none is.
  int64_t find(int64_t step, int64_t token) {
    std::vector<int32_t> &links = next[step];
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
  std::map<int64_t, std::vector<int32_t>> next;
};

/// The graph of one layer: the union of the heads' patterns.
class FlowGraph {
public:
  FlowGraph(ArrayRef<HeadGroup> groups, int64_t size) : size(size) {
    SmallVector<int64_t> steps = {1};
    for (const HeadGroup &group : groups) {
      PatternShape shape{size, size, group.heads.front(), 0};
      heads.push_back({group.pattern, shape});
      for (const Phase &phase : decompose(group.pattern)) {
        sweeps.push_back({phase, shape});
        if (!llvm::is_contained(steps, phase.step))
          steps.push_back(phase.step);
      }
    }
    unseen.emplace(size, steps);
  }

  struct Head {
    PatternAttr pattern;
    PatternShape shape;
  };
  struct Sweep {
    Phase phase;
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
  Search search(int64_t token, bool toKeys) {
    Search result;
    unseen->reset();
    unseen->erase(token);
    result.reached = 1;
    SmallVector<Run> frontier = {{token, token + 1}};
    while (!unseen->empty()) {
      found.clear();
      for (const Sweep &sweep : sweeps)
        for (Run run : frontier)
          toKeys ? hear(sweep, run) : tell(sweep, run);
      if (queries > maxSegmentQueries) {
        result.isComplete = false;
        break;
      }
      if (found.empty())
        break;
      ++result.depth;
      sortAndMerge(found);
      frontier.assign(found.begin(), found.end());
      for (Run run : frontier)
        result.reached += run.end - run.begin;
    }
    return result;
  }

  /// Whether some head's row sees the key.
  bool hasEdge(int64_t row, int64_t key) const {
    return llvm::any_of(heads, [&](const Head &head) {
      return isLive(head.pattern, head.shape, row, key);
    });
  }

  /// The keys that a row sees, as runs. False if there are more than `maxRuns` pieces.
  bool getRuns(int64_t row, SmallVectorImpl<Run> &runs, int64_t maxRuns) {
    runs.clear();
    for (const Sweep &sweep : sweeps) {
      QueryTile tile = makeTile(sweep, row, 1);
      PatternAttr pattern = sweep.phase.getPattern();
      int64_t step = sweep.phase.step;
      for (int64_t key = row % step; key < size;) {
        KeySegment segment = ask(pattern, tile, key);
        int64_t end = std::min(segment.end.getConstant(), size);
        if (segment.live.isTrue()) {
          if (step == 1) {
            runs.push_back({key, end});
          } else {
            for (int64_t at = key; at < end; at += step) {
              runs.push_back({at, at + 1});
              if (static_cast<int64_t>(runs.size()) > maxRuns)
                return false;
            }
          }
        }
        if (static_cast<int64_t>(runs.size()) > maxRuns)
          return false;
        key = end + mod(row - end, step).getConstant();
      }
    }
    sortAndMerge(runs);
    return true;
  }

  const int64_t size;
  SmallVector<Head> heads;
  int64_t queries = 0;

private:
  QueryTile makeTile(const Sweep &sweep, int64_t firstRow, int64_t rows) const {
    QueryTile tile;
    tile.scope = {size, sweep.shape.head, nullptr};
    tile.first = firstRow;
    tile.last = firstRow + (rows - 1) * sweep.phase.step;
    tile.step = sweep.phase.step;
    return tile;
  }

  KeySegment ask(PatternAttr pattern, const QueryTile &tile, int64_t key) {
    ++queries;
    return pattern.nextSegment(tile, key);
  }

  void claim(int64_t token) {
    unseen->erase(token);
    if (!found.empty() && found.back().end == token)
      ++found.back().end;
    else
      found.push_back({token, token + 1});
  }

  void claimAll(int64_t step, int64_t begin, int64_t end) {
    end = std::min(end, size);
    for (int64_t at = unseen->find(step, begin); at < end;
         at = unseen->find(step, at))
      claim(at);
  }

  /// Claims the unseen keys that the rows of `run` see.
  void hear(const Sweep &sweep, Run run) {
    int64_t step = sweep.phase.step;
    for (int64_t first = run.begin; first < std::min(run.begin + step, run.end);
         ++first)
      hearTile(sweep, first, (run.end - first + step - 1) / step, first % step,
               size);
  }

  void hearTile(const Sweep &sweep, int64_t firstRow, int64_t rows,
                int64_t keyBegin, int64_t keyEnd) {
    int64_t step = sweep.phase.step;
    QueryTile tile = makeTile(sweep, firstRow, rows);
    PatternAttr pattern = sweep.phase.getPattern();
    for (int64_t key = unseen->find(step, keyBegin); key < keyEnd;) {
      if (queries > maxSegmentQueries)
        return;
      KeySegment segment = ask(pattern, tile, key);
      int64_t end = std::min(segment.end.getConstant(), keyEnd);
      end += mod(firstRow - end, step).getConstant();
      if (segment.full.isTrue()) {
        claimAll(step, key, end);
      } else if (segment.live.isTrue()) {
        assert(rows > 1 && "a tile of one row has no partial segment");
        int64_t half = rows / 2;
        hearTile(sweep, firstRow, half, key, end);
        hearTile(sweep, firstRow + half * step, rows - half, key, end);
      }
      if (end >= keyEnd)
        return;
      key = unseen->find(step, end);
    }
  }

  /// Claims the unseen rows that see a key of `run`.
  void tell(const Sweep &sweep, Run run) {
    int64_t step = sweep.phase.step;
    for (int64_t key = run.begin; key < std::min(run.begin + step, run.end);
         ++key) {
      int64_t first = key % step;
      tellTile(sweep, first, (size - first + step - 1) / step, key, run.end);
    }
  }

  void tellTile(const Sweep &sweep, int64_t firstRow, int64_t rows,
                int64_t keyBegin, int64_t keyEnd) {
    int64_t step = sweep.phase.step;
    int64_t rowEnd = firstRow + rows * step;
    int64_t firstUnseen = unseen->find(step, firstRow);
    if (firstUnseen >= std::min(rowEnd, size))
      return;
    rows -= (firstUnseen - firstRow) / step;
    firstRow = firstUnseen;
    QueryTile tile = makeTile(sweep, firstRow, rows);
    PatternAttr pattern = sweep.phase.getPattern();
    for (int64_t key = keyBegin; key < keyEnd;) {
      if (queries > maxSegmentQueries)
        return;
      KeySegment segment = ask(pattern, tile, key);
      if (segment.full.isTrue())
        return claimAll(step, firstRow, rowEnd);
      int64_t end = segment.end.getConstant();
      if (segment.live.isTrue()) {
        // Rows that see nothing in this segment may see something in a later one.
        int64_t half = rows / 2;
        int64_t stop = std::min(end, keyEnd);
        tellTile(sweep, firstRow, half, key, stop);
        tellTile(sweep, firstRow + half * step, rows - half, key, stop);
        if (unseen->find(step, firstRow) >= std::min(rowEnd, size))
          return;
      }
      key = end + mod(firstRow - end, step).getConstant();
    }
  }

  SmallVector<Sweep> sweeps;
  std::optional<UnseenTokens> unseen;
  SmallVector<Run> found;
};

//===----------------------------------------------------------------------===//
// Direction
//===----------------------------------------------------------------------===//

/// Whether no head has a pair that `forbidden` has.
bool isDisjoint(const FlowGraph &graph, PatternAttr forbidden) {
  return llvm::none_of(graph.heads, [&](const FlowGraph::Head &head) {
    return findFirstLivePair(makeAnd({head.pattern, forbidden}), head.shape)
        .has_value();
  });
}

/// Whether each token hears directly of the one before (`distance` -1) or after (1).
bool seesNeighbours(const FlowGraph &graph, int64_t distance) {
  for (int64_t row = 0; row < graph.size; ++row) {
    int64_t key = row + distance;
    if (key >= 0 && key < graph.size && !graph.hasEdge(row, key))
      return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Monotone intervals
//===----------------------------------------------------------------------===//

/// The runs around the diagonal, made monotone by leaving keys out, and the number of
/// layers that they need.
struct IntervalCore {
  /// Nothing was left out: the runs are the graph.
  bool isWholeGraph = true;
  /// The runs connect each token to its earlier (later) ones.
  bool connectsEarlier = true, connectsLater = true;
  int64_t layers = 0;
};

std::optional<IntervalCore> computeIntervalCore(FlowGraph &graph) {
  IntervalCore core;
  int64_t size = graph.size;
  std::vector<int32_t> low(size), high(size);
  SmallVector<Run> runs;
  for (int64_t row = 0; row < size; ++row) {
    if (!graph.getRuns(row, runs, maxRunsOfRow))
      return std::nullopt;
    // The token itself is heard of in any case.
    runs.push_back({row, row + 1});
    sortAndMerge(runs);
    core.isWholeGraph &= runs.size() == 1;
    Run own = *llvm::find_if(runs, [&](Run run) { return row < run.end; });
    low[row] = own.begin;
    high[row] = own.end - 1;
  }
  for (int64_t row = 1; row < size; ++row)
    if (low[row] < low[row - 1]) {
      low[row] = low[row - 1];
      core.isWholeGraph = false;
    }
  for (int64_t row = size - 2; row >= 0; --row)
    if (high[row] > high[row + 1]) {
      high[row] = high[row + 1];
      core.isWholeGraph = false;
    }
  std::vector<int32_t> layers(size, 0);
  for (int64_t row = 0; row < size; ++row) {
    if (low[row] < row)
      layers[row] = layers[low[row]] + 1;
    else if (row > 0)
      core.connectsEarlier = false;
    core.layers = std::max<int64_t>(core.layers, layers[row]);
  }
  std::fill(layers.begin(), layers.end(), 0);
  for (int64_t row = size - 1; row >= 0; --row) {
    if (high[row] > row)
      layers[row] = layers[high[row]] + 1;
    else if (row < size - 1)
      core.connectsLater = false;
    core.layers = std::max<int64_t>(core.layers, layers[row]);
  }
  return core;
}

//===----------------------------------------------------------------------===//
// Periods
//===----------------------------------------------------------------------===//

/// p such that (i, j) is live iff (i + p, j + p) is, where both exist; if known.
std::optional<int64_t> getPeriod(const FlowGraph &graph) {
  int64_t period = 1;
  bool known = true;
  for (const FlowGraph::Head &head : graph.heads)
    Attribute(head.pattern).walk([&](PatternAttr part) {
      int64_t own = 1;
      if (auto local = dyn_cast<BlockLocalAttr>(part))
        own = local.getSize();
      else if (auto columns = dyn_cast<ColumnsAttr>(part))
        own = columns.getStride();
      else if (!isa<DenseAttr, NoneAttr, CausalAttr, WindowAttr, StridedAttr,
                    AndAttr, OrAttr, NotAttr>(part))
        known = false;
      if (known && period <= graph.size)
        period = std::lcm(period, std::min(own, graph.size + 1));
    });
  return known && period <= graph.size ? std::optional(period) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// All sources
//===----------------------------------------------------------------------===//

/// The exact diameter by a search from each token over stored runs, if that is small.
std::optional<int64_t> searchAllSources(FlowGraph &graph) {
  int64_t size = graph.size;
  if (size > maxAllSourcesTokens)
    return std::nullopt;
  std::vector<Run> runs;
  std::vector<int64_t> begin(size + 1, 0);
  SmallVector<Run> ofRow;
  for (int64_t row = 0; row < size; ++row) {
    graph.getRuns(row, ofRow, std::numeric_limits<int64_t>::max());
    runs.insert(runs.end(), ofRow.begin(), ofRow.end());
    begin[row + 1] = runs.size();
    if ((begin[row + 1] + size) * size > maxAllSourcesSteps)
      return std::nullopt;
  }
  int64_t diameter = 0;
  std::vector<int32_t> next(size + 1);
  auto find = [&](int32_t token) {
    while (next[token] != token) {
      next[token] = next[next[token]];
      token = next[token];
    }
    return token;
  };
  std::vector<int32_t> frontier, found;
  for (int64_t source = 0; source < size; ++source) {
    std::iota(next.begin(), next.end(), 0);
    next[source] = source + 1;
    frontier = {static_cast<int32_t>(source)};
    for (int64_t depth = 0;; ++depth) {
      found.clear();
      for (int32_t row : frontier)
        for (int64_t at = begin[row]; at < begin[row + 1]; ++at)
          for (int32_t key = find(runs[at].begin); key < runs[at].end;
               key = find(key)) {
            next[key] = key + 1;
            found.push_back(key);
          }
      if (found.empty()) {
        diameter = std::max(diameter, depth);
        break;
      }
      frontier.swap(found);
    }
  }
  return diameter;
}
} // namespace

Connectivity mlir::sattn::computeConnectivity(ArrayRef<HeadGroup> groups,
                                              int64_t numTokens) {
  Connectivity result;
  if (numTokens <= 1) {
    result.allReachAll = result.isForwardOnly = result.isBackwardOnly =
        result.isCompleteOneWay = true;
    result.mostLayers = 0;
    return result;
  }
  FlowGraph graph(groups, numTokens);
  MLIRContext *context = Attribute(groups.front().pattern).getContext();
  PatternAttr causal = CausalAttr::get(context);
  PatternAttr antiCausal =
      WindowAttr::get(context, std::optional<int64_t>(0), std::nullopt, 1);
  result.isForwardOnly = isDisjoint(graph, makeNot(causal));
  result.isBackwardOnly = isDisjoint(graph, makeNot(antiCausal));
  if (result.isForwardOnly && result.isBackwardOnly) {
    // A token sees itself at most.
    result.mostLayers = 0;
    return result;
  }
  bool oneWay = result.isForwardOnly || result.isBackwardOnly;
  if (oneWay)
    result.isCompleteOneWay =
        seesNeighbours(graph, result.isForwardOnly ? -1 : 1);

  auto settle = [&](const FlowGraph::Search &search) {
    result.leastLayers = std::max(result.leastLayers, search.depth);
  };
  auto improve = [&](int64_t most) {
    result.mostLayers = std::min(result.mostLayers.value_or(most), most);
  };

  std::optional<IntervalCore> core = computeIntervalCore(graph);
  if (core && core->isWholeGraph) {
    result.leastLayers = core->layers;
    result.mostLayers = core->layers;
    result.allReachAll = core->connectsEarlier && core->connectsLater;
    return result;
  }
  if (core && (core->connectsEarlier || result.isBackwardOnly) &&
      (core->connectsLater || result.isForwardOnly)) {
    improve(core->layers);
    result.allReachAll = !oneWay;
  }

  std::optional<int64_t> period = getPeriod(graph);
  if (oneWay && period) {
    // Forward: copies end in the last rows, and they hear. Backward: in the first.
    bool isComplete = true;
    for (int64_t i = 0; i < *period && isComplete; ++i) {
      int64_t token = result.isForwardOnly ? numTokens - 1 - i : i;
      FlowGraph::Search search = graph.search(token, /*toKeys=*/true);
      settle(search);
      isComplete = search.isComplete;
    }
    if (isComplete)
      improve(result.leastLayers);
  } else {
    result.isReachKnown = oneWay || result.allReachAll;
    for (int64_t token : {int64_t(0), numTokens - 1, numTokens / 2}) {
      FlowGraph::Search heard = graph.search(token, /*toKeys=*/true);
      FlowGraph::Search told = graph.search(token, /*toKeys=*/false);
      settle(heard);
      settle(told);
      result.isReachKnown |= heard.isComplete && told.isComplete;
      if (heard.isComplete && told.isComplete && heard.reached == numTokens &&
          told.reached == numTokens) {
        result.allReachAll = true;
        improve(heard.depth + told.depth);
      }
      if (result.isExact())
        break;
    }
  }
  if (!result.isExact())
    if (std::optional<int64_t> diameter = searchAllSources(graph)) {
      result.leastLayers = *diameter;
      result.mostLayers = *diameter;
    }
  return result;
}
