// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What few searches, or one pass over the rows, say about all pairs of tokens.
#include "SparseAttn/Analysis/Connectivity.h"

#include "SparseAttn/Analysis/FirstLivePair.h"
#include "SparseAttn/Analysis/FlowGraph.h"
#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

using namespace mlir;
using namespace mlir::sattn;

namespace {

/// Steps of the searches from all tokens.
constexpr int64_t maxAllSourcesSteps = 1'500'000'000;
constexpr int64_t maxAllSourcesTokens = 16384;
/// Runs of a row beyond which the row does not count as an interval.
constexpr int64_t maxRunsOfRow = 64;

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

/// Whether some head sees all of `pairs`; its own token aside.
bool seesAll(const FlowGraph &graph, PatternAttr pairs) {
  MLIRContext *context = Attribute(pairs).getContext();
  PatternAttr own = WindowAttr::get(context, std::optional<int64_t>(0),
                                    std::optional<int64_t>(0), 1);
  return llvm::any_of(graph.heads, [&](const FlowGraph::Head &head) {
    PatternAttr missing =
        makeAnd({pairs, makeNot(own), makeNot(head.pattern)});
    return !findFirstLivePair(simplifyPattern(missing), head.shape);
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
  SmallVector<TokenRun> runs;
  for (int64_t row = 0; row < size; ++row) {
    if (!graph.getRuns(row, runs, maxRunsOfRow))
      return std::nullopt;
    // The token itself is heard of in any case.
    runs.push_back({row, row + 1});
    mergeRuns(runs);
    core.isWholeGraph &= runs.size() == 1;
    TokenRun own = *llvm::find_if(runs, [&](TokenRun run) { return row < run.end; });
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
  std::vector<TokenRun> runs;
  std::vector<int64_t> begin(size + 1, 0);
  SmallVector<TokenRun> ofRow;
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
  if (seesAll(graph, result.isForwardOnly    ? causal
                     : result.isBackwardOnly ? antiCausal
                                             : DenseAttr::get(context))) {
    result.allReachAll = !oneWay;
    result.isCompleteOneWay = oneWay;
    result.leastLayers = 1;
    result.mostLayers = 1;
    return result;
  }
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
