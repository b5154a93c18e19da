// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One pass to the left, one to the right.
#include "SparseAttn/Analysis/IntervalCore.h"

#include <algorithm>
#include <vector>

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// Runs of a row beyond which the row does not count as an interval.
constexpr int64_t maxSpans = 64;

/// Tokens by residue class: a token's place is where its class begins, plus its number
/// within the class.
class ClassOrder {
public:
  ClassOrder(int64_t size, int64_t step) : size(size), step(step) {}

  int64_t getClassBegin(int64_t residue) const {
    int64_t whole = size / step, longer = size % step;
    return residue * whole + std::min(residue, longer);
  }
  int64_t getPlace(int64_t token) const {
    return getClassBegin(token % step) + token / step;
  }

  template <typename Visit> void forEachToken(Visit visit) const {
    for (int64_t residue = 0; residue < std::min(step, size); ++residue)
      for (int64_t token = residue; token < size; token += step)
        visit(token);
  }

private:
  int64_t size, step;
};

/// The common keys by place.
TokenSet getKeyPlaces(const FlowGraph &graph, const ClassOrder &order) {
  TokenSet places(graph.size);
  const TokenSet *keys = graph.getCommonKeys();
  if (!keys) {
    places.insert({0, graph.size});
    return places;
  }
  for (int64_t key = keys->find(0); key < graph.size; key = keys->find(key + 1)) {
    int64_t place = order.getPlace(key);
    places.insert({place, place + 1});
  }
  return places;
}
} // namespace

std::optional<IntervalCore> mlir::sattn::computeIntervalCore(FlowGraph &graph) {
  IntervalCore core;
  int64_t size = graph.size;
  int64_t step = graph.getLattice();
  ClassOrder order(size, step);
  TokenSet keys = getKeyPlaces(graph, order);
  // By place; the first and the last one that the row sees, or is.
  std::vector<int32_t> low(size), high(size);
  SmallVector<TokenRun> runs;
  bool isUseful = true;
  int64_t place = 0;
  order.forEachToken([&](int64_t row) {
    isUseful = isUseful && graph.getSpans(row, runs, maxSpans);
    if (!isUseful)
      return;
    // Each run up to the key that follows it: then those touch that have no key in
    // between. The token itself is heard of in any case.
    int64_t begin = order.getClassBegin(row % step);
    runs.push_back({place - begin, place - begin + 1});
    for (TokenRun &run : runs) {
      run.begin += begin;
      run.end = keys.find(run.end + begin);
      if (run.begin != place)
        run.begin = std::min(keys.find(run.begin), run.end);
    }
    TokenRun own = runs.back();
    for (bool hasGrown = true; hasGrown;) {
      hasGrown = false;
      for (TokenRun run : runs)
        if (run.begin <= own.end && own.begin <= run.end &&
            (run.begin < own.begin || own.end < run.end)) {
          own = {std::min(own.begin, run.begin), std::max(own.end, run.end)};
          hasGrown = true;
        }
    }
    core.isWholeGraph &= llvm::all_of(runs, [&](TokenRun run) {
      return run.begin == run.end ||
             (own.begin <= run.begin && run.end <= own.end);
    });
    low[place] = std::min(own.begin, place);
    high[place] = std::max(keys.findLast(own.end - 1), place);
    core.connectsEarlier &= low[place] < place || place == 0;
    core.connectsLater &= high[place] > place || place == size - 1;
    isUseful = core.isWholeGraph || core.connectsEarlier || core.connectsLater;
    ++place;
  });
  if (!isUseful)
    return std::nullopt;
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
  // A token that is no key is heard of by nobody else.
  if (keys.count() < size)
    core.connectsEarlier = core.connectsLater = false;
  return core;
}
