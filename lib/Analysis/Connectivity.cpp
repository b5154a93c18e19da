// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What few searches, or one pass over the rows, say about all pairs of tokens.
#include "SparseAttn/Analysis/Connectivity.h"

#include "SparseAttn/Analysis/DrawnKeys.h"
#include "SparseAttn/Analysis/FirstLivePair.h"
#include "SparseAttn/Analysis/FlowGraph.h"
#include "SparseAttn/Analysis/IntervalCore.h"
#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

using namespace mlir;
using namespace mlir::sattn;

namespace {

/// Steps of the searches from all tokens.
constexpr int64_t maxAllSourcesSteps = 1'500'000'000;
/// Tokens that a hub does not connect, beyond which they are not looked at one by one.
constexpr int64_t maxUnconnected = 4096;

//===----------------------------------------------------------------------===//
// Direction
//===----------------------------------------------------------------------===//

/// Whether no head has a pair that `forbidden` has.
bool isDisjoint(const FlowGraph &graph, PatternAttr forbidden) {
  auto hasPair = [&](PatternAttr pattern, const PatternShape &shape) {
    return findFirstLivePair(simplifyPattern(makeAnd({pattern, forbidden})), shape)
        .has_value();
  };
  return llvm::none_of(graph.heads, [&](const FlowGraph::Head &head) {
    // What is drawn does not matter if no draw could be one of the pairs.
    if (auto drawn = DrawnKeys::find({head.pattern, 1}, head.shape))
      if (!hasPair(drawn->getWith().getPattern(), head.shape) &&
          !hasPair(drawn->getWithout().getPattern(), head.shape))
        return false;
    return hasPair(head.pattern, head.shape);
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

//===----------------------------------------------------------------------===//
// Hubs
//===----------------------------------------------------------------------===//

/// Rows that each see some keys (or one token, which knows of itself), with the
/// distances of all tokens to the rows and from the keys.
struct Hub {
  /// Layers from the keys to the rows.
  int64_t across = 0;
  /// By token: layers until it has heard of a row; until a key has heard of it.
  std::vector<int32_t> hearing, heard;
  FlowGraph::Search told, hears;

  bool isComplete() const { return told.isComplete && hears.isComplete; }
  /// No pair of tokens that the hub connects is further apart.
  int64_t getBound() const { return told.depth + across + hears.depth; }
  int64_t getNumUnconnected(int64_t size) const {
    return 2 * size - told.reached - hears.reached;
  }
  /// Better hubs come first.
  std::pair<int64_t, int64_t> getRank(int64_t size) const {
    return {getNumUnconnected(size), getBound()};
  }
};

Hub findHub(FlowGraph &graph, const FlowGraph::Block &block, int64_t across) {
  Hub hub;
  hub.across = across;
  hub.hears = graph.search(block.keys, /*toKeys=*/true, std::nullopt, &hub.heard);
  hub.told = graph.search(block.rows, /*toKeys=*/false, std::nullopt, &hub.hearing);
  return hub;
}

/// Tries one hub after the other and keeps the best. A hub in the middle of what those
/// before it are far from is often a good one.
class HubSearch {
public:
  explicit HubSearch(FlowGraph &graph)
      : graph(graph), farthest(graph.size, 0) {}

  const Hub &tryBlock(const FlowGraph::Block &block) {
    keep(findHub(graph, block, /*across=*/1));
    return last;
  }
  const Hub &tryToken(int64_t token) {
    TokenRun own{token, token + 1};
    keep(findHub(graph, {{own}, {own}}, /*across=*/0));
    for (const std::vector<int32_t> *distances : {&last.hearing, &last.heard})
      for (auto [far, distance] : llvm::zip_equal(farthest, *distances))
        far = std::max(far, distance == FlowGraph::unreached
                                ? std::numeric_limits<int32_t>::max()
                                : distance);
    return last;
  }

  /// A token whose greatest distance from the tokens tried is the least.
  int64_t getMiddle() const {
    int32_t least = *llvm::min_element(farthest);
    int64_t number = llvm::count(farthest, least) / 2;
    auto middle = llvm::find_if(farthest, [&](int32_t distance) {
      return distance == least && number-- == 0;
    });
    return middle - farthest.begin();
  }

  const std::optional<Hub> &getBest() const { return best; }

private:
  void keep(Hub hub) {
    last = std::move(hub);
    if (last.isComplete() &&
        (!best || last.getRank(graph.size) < best->getRank(graph.size)))
      best = last;
  }

  FlowGraph &graph;
  std::vector<int32_t> farthest;
  Hub last;
  std::optional<Hub> best;
};

/// Bounds of the diameter.
struct Bounds {
  int64_t least = 0;
  std::optional<int64_t> most;
};

/// Pairs that are far apart have an end that is far from the hub: searches from the tokens
/// at the greatest distance, one distance after the other, raise the lower bound or
/// lower the upper one until they meet (P. Crescenzi, R. Grossi, L. Lanzi, A. Marino:
/// On computing the diameter of real-world directed (weighted) graphs, SEA 2012). Tokens that
/// the hub does not connect are the farthest.
void searchFringes(FlowGraph &graph, const Hub &hub, Bounds &bounds) {
  struct Side {
    bool toKeys;
    /// By distance; the last are the farthest.
    std::vector<std::vector<int32_t>> tokensAt;
  };
  auto makeSide = [&](ArrayRef<int32_t> distances, int64_t depth, bool toKeys) {
    Side side{toKeys, {}};
    side.tokensAt.resize(depth + 2);
    for (auto [token, distance] : llvm::enumerate(distances))
      side.tokensAt[distance == FlowGraph::unreached ? depth + 1 : distance]
          .push_back(static_cast<int32_t>(token));
    return side;
  };
  // A token that is late to hear of the hub may be late to hear of others.
  Side sides[] = {makeSide(hub.hearing, hub.told.depth, /*toKeys=*/true),
                  makeSide(hub.heard, hub.hears.depth, /*toKeys=*/false)};
  // The tokens at the greatest distance of a side. False if that is too much work.
  auto searchFarthest = [&](Side &side) {
    ArrayRef<int32_t> tokens = side.tokensAt.back();
    int64_t leftBefore = graph.getWorkLeft();
    for (auto [done, token] : llvm::enumerate(tokens)) {
      int64_t used = leftBefore - graph.getWorkLeft();
      if (done && used / static_cast<int64_t>(done) *
                          static_cast<int64_t>(tokens.size() - done) >
                      graph.getWorkLeft())
        return false;
      FlowGraph::Search search = graph.search(token, side.toKeys);
      bounds.least = std::max(bounds.least, search.depth);
      if (!search.isComplete)
        return false;
    }
    side.tokensAt.pop_back();
    return true;
  };
  // First what the hub does not connect: without it there is no upper bound.
  if (!searchFarthest(sides[0]) || !searchFarthest(sides[1]))
    return;
  for (;;) {
    int64_t bound = static_cast<int64_t>(sides[0].tokensAt.size() +
                                         sides[1].tokensAt.size()) -
                    2 + hub.across;
    bounds.most = std::max(bounds.least,
                           std::min(bounds.most.value_or(bound), bound));
    if (bounds.most == bounds.least)
      return;
    bool isFirst =
        sides[0].tokensAt.back().size() <= sides[1].tokensAt.back().size();
    if (!searchFarthest(sides[isFirst ? 0 : 1]))
      return;
  }
}
} // namespace

Connectivity mlir::sattn::computeConnectivity(ArrayRef<HeadGroup> groups,
                                              int64_t numTokens,
                                              int64_t maxAllSources) {
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
    // Forward: copies end in the last rows, and they hear. Backward: in the first. No
    // path leaves the tokens between its ends.
    bool isComplete = true;
    for (int64_t i = 0; i < *period && isComplete; ++i) {
      int64_t token = result.isForwardOnly ? numTokens - 1 - i : i;
      TokenRun among = result.isForwardOnly ? TokenRun{0, token + 1}
                                            : TokenRun{token, numTokens};
      FlowGraph::Search search = graph.search(token, /*toKeys=*/true, among);
      settle(search);
      isComplete = search.isComplete;
    }
    if (isComplete)
      improve(result.leastLayers);
  } else {
    result.isReachKnown = oneWay || result.allReachAll;
    HubSearch hubs(graph);
    auto learn = [&](const Hub &hub) {
      if (!hub.isComplete())
        return;
      result.isReachKnown = true;
      if (hub.getNumUnconnected(numTokens) == 0) {
        result.allReachAll = true;
        improve(hub.getBound());
      }
    };
    // A hub that costs much is worth only so many tries.
    int64_t workBefore = graph.getWorkLeft();
    auto tryToken = [&](int64_t token) {
      if (result.isExact() || graph.getWorkLeft() < workBefore / 3)
        return;
      const Hub &hub = hubs.tryToken(token);
      settle(hub.hears);
      settle(hub.told);
      learn(hub);
    };
    constexpr size_t maxBlocks = 4;
    SmallVector<FlowGraph::Block> blocks = graph.getBlocks();
    for (const FlowGraph::Block &block : ArrayRef(blocks).take_front(maxBlocks))
      if (!graph.isWorkUsedUp())
        learn(hubs.tryBlock(block));
    tryToken(0);
    tryToken(numTokens - 1);
    tryToken(hubs.getMiddle());
    tryToken(numTokens / 2);
    tryToken(hubs.getMiddle());
    const std::optional<Hub> &best = hubs.getBest();
    if (best && !result.isExact() &&
        best->getNumUnconnected(numTokens) <= maxUnconnected) {
      Bounds bounds{result.leastLayers, result.mostLayers};
      searchFringes(graph, *best, bounds);
      result.leastLayers = bounds.least;
      result.mostLayers = bounds.most;
    }
  }
  if (!result.isExact() && numTokens <= maxAllSources)
    if (std::optional<int64_t> diameter = searchAllSources(graph)) {
      result.leastLayers = *diameter;
      result.mostLayers = *diameter;
    }
  return result;
}
