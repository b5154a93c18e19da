// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Lists of edges between groups of rows and keys.
#include "SparseAttn/Analysis/StoredEdges.h"

#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <numeric>

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// Most pairs of a group and a node; 4 bytes each.
constexpr int64_t maxEntries = int64_t(1) << 26;
/// Most runs; 16 bytes each.
constexpr int64_t maxRuns = int64_t(1) << 24;
/// Rows after which the number of entries is estimated.
constexpr int64_t trialRows = 4096;
/// Rows that are tried as a group.
constexpr int64_t maxGroupRows = 64;

bool isScattered(PatternAttr pattern) {
  bool result = false;
  Attribute(pattern).walk([&](PatternAttr part) {
    result |= isa<RandomAttr, BlockMaskAttr, NeighborhoodAttr>(part) ||
              !isa<SparseAttnDialect>(Attribute(part).getDialect());
  });
  return result;
}
} // namespace

std::optional<StoredEdges> StoredEdges::build(const Phase &phase,
                                              const PatternShape &shape) {
  if (phase.step != 1 || !isScattered(phase.getPattern()))
    return std::nullopt;
  StoredEdges edges;
  edges.groupOf.resize(shape.numQueries);
  edges.runBegin.push_back(0);
  for (int64_t row = 0; row < shape.numQueries; row += maxGroupRows) {
    if (!edges.addRows(phase, shape, row,
                       std::min(maxGroupRows, shape.numQueries - row)))
      return std::nullopt;
    // The first rows show whether it is worth going on.
    if (row == trialRows) {
      double entries = 0;
      for (TokenRun run : edges.runs)
        entries += 1 + llvm::Log2_64(run.end - run.begin);
      if (entries / trialRows * shape.numQueries > maxEntries)
        return std::nullopt;
    }
  }
  edges.groupBegin.push_back(static_cast<int32_t>(shape.numQueries));
  if (!edges.addNodes(shape.numKeys))
    return std::nullopt;
  edges.reset();
  return edges;
}

bool StoredEdges::addRows(const Phase &phase, const PatternShape &shape,
                          int64_t firstRow, int64_t numRows) {
  size_t begin = runs.size();
  QueryTile tile;
  tile.scope = shape.getScope();
  tile.first = firstRow + shape.offset;
  tile.last = firstRow + shape.offset + numRows - 1;
  PatternAttr pattern = phase.getPattern();
  for (int64_t key = 0; key < shape.numKeys;) {
    KeySegment segment = pattern.nextSegment(tile, key);
    int64_t end = std::min(segment.end.getConstant(), shape.numKeys);
    if (segment.full.isTrue()) {
      if (runs.size() > begin && runs.back().end == key)
        runs.back().end = end;
      else
        runs.push_back({key, end});
      if (runs.size() > maxRuns)
        return false;
    } else if (segment.live.isTrue()) {
      runs.resize(begin);
      int64_t half = numRows / 2;
      return addRows(phase, shape, firstRow, half) &&
             addRows(phase, shape, firstRow + half, numRows - half);
    }
    key = end;
  }
  std::fill_n(groupOf.begin() + firstRow, numRows,
              static_cast<int32_t>(groupBegin.size()));
  groupBegin.push_back(static_cast<int32_t>(firstRow));
  runBegin.push_back(runs.size());
  return true;
}

bool StoredEdges::addNodes(int64_t numKeys) {
  firstLeaf = llvm::PowerOf2Ceil(numKeys);
  int64_t numGroups = static_cast<int64_t>(runBegin.size()) - 1;
  auto forEachEntry = [&](auto visit) {
    for (int64_t group = 0; group < numGroups; ++group)
      for (int64_t at = runBegin[group]; at < runBegin[group + 1]; ++at) {
        int64_t begin = runs[at].begin + firstLeaf;
        for (int64_t end = runs[at].end + firstLeaf; begin < end;
             begin /= 2, end /= 2) {
          if (begin % 2)
            visit(group, begin++);
          if (end % 2)
            visit(group, --end);
        }
      }
  };
  // Counting sort.
  nodeBegin.assign(2 * firstLeaf + 1, 0);
  forEachEntry([&](int64_t, int64_t node) { ++nodeBegin[node + 1]; });
  std::partial_sum(nodeBegin.begin(), nodeBegin.end(), nodeBegin.begin());
  if (nodeBegin.back() > maxEntries)
    return false;
  groupsOfNodes.resize(nodeBegin.back());
  std::vector<int64_t> next(nodeBegin.begin(), nodeBegin.end() - 1);
  forEachEntry([&](int64_t group, int64_t node) {
    groupsOfNodes[next[node]++] = static_cast<int32_t>(group);
  });
  return true;
}

void StoredEdges::reset() {
  isGroupDone.assign(runBegin.size() - 1, false);
  isNodeDone.assign(2 * firstLeaf, false);
}

void StoredEdges::hear(TokenRun rows, Visit visit) {
  for (int64_t row = rows.begin; row < rows.end;
       row = groupBegin[groupOf[row] + 1]) {
    if (isGroupDone[groupOf[row]])
      continue;
    isGroupDone[groupOf[row]] = true;
    for (TokenRun run : getKeys(row))
      visit(run);
  }
}

void StoredEdges::tell(TokenRun keys, Visit visit) {
  for (int64_t key = keys.begin; key < keys.end; ++key)
    for (int64_t node = firstLeaf + key; node && !isNodeDone[node]; node /= 2) {
      isNodeDone[node] = true;
      for (int64_t at = nodeBegin[node]; at < nodeBegin[node + 1]; ++at) {
        int32_t group = groupsOfNodes[at];
        if (isGroupDone[group])
          continue;
        isGroupDone[group] = true;
        visit({groupBegin[group], groupBegin[group + 1]});
      }
    }
}

ArrayRef<TokenRun> StoredEdges::getKeys(int64_t row) const {
  int32_t group = groupOf[row];
  return ArrayRef(runs).slice(runBegin[group],
                              runBegin[group + 1] - runBegin[group]);
}
