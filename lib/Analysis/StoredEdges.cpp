// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Lists of edges between groups of rows and keys.
#include "SparseAttn/Analysis/StoredEdges.h"

#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <numeric>

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// Most pairs of a group and a node; 4 bytes each.
constexpr int64_t maxEntries = int64_t(1) << 26;
/// Most runs whose ends are written down; 8 bytes each.
constexpr int64_t maxRuns = int64_t(1) << 24;
/// Most runs of a row: with more, it does not see a few keys here and there.
constexpr size_t maxRunsOfRow = 2048;
/// Rows after which the number of entries is estimated.
constexpr int64_t trialRows = 4096;
/// Draws of a row beyond which there are no lists by key.
constexpr int64_t maxDrawsByKey = 8;
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

std::optional<StoredEdges> StoredEdges::build(PatternAttr pattern,
                                              const PatternShape &shape) {
  if (pattern.getLattice() != 1 || !isScattered(pattern))
    return std::nullopt;
  StoredEdges edges;
  edges.size = shape.numKeys;
  edges.groupOf.resize(shape.numQueries);
  edges.firstRun.push_back(0);
  for (int64_t row = 0; row < shape.numQueries; row += maxGroupRows) {
    if (!edges.addRows(pattern, shape, row,
                       std::min(maxGroupRows, shape.numQueries - row)))
      return std::nullopt;
    // The first rows show whether it is worth going on.
    if (row == trialRows) {
      double entries = 0;
      for (size_t at = 0; at < edges.runBegins.size(); ++at)
        entries += 1 + llvm::Log2_64(edges.runEnds[at] - edges.runBegins[at]);
      double runs = static_cast<double>(edges.runBegins.size());
      if (entries / trialRows * shape.numQueries > maxEntries ||
          runs / trialRows * shape.numQueries > maxRuns)
        return std::nullopt;
    }
  }
  edges.groupBegin.push_back(static_cast<int32_t>(shape.numQueries));
  if (!edges.addNodes())
    return std::nullopt;
  edges.reset();
  return edges;
}

std::optional<StoredEdges::Draw>
StoredEdges::Draw::get(ArrayRef<PatternAttr> intersection, int64_t head) {
  Draw draw;
  draw.head = head;
  SmallVector<PatternAttr> others;
  for (PatternAttr part : intersection) {
    auto random = dyn_cast<RandomAttr>(part);
    if (random && !draw.random)
      draw.random = random;
    else if (isScattered(part))
      return std::nullopt;
    else
      others.push_back(part);
  }
  if (!draw.random || (!others.empty() && draw.random.getBlock() > 1))
    return std::nullopt;
  if (!others.empty())
    draw.within = makeAnd(others);
  return draw;
}

std::optional<StoredEdges> StoredEdges::build(ArrayRef<Draw> drawsOfHeads,
                                              int64_t size) {
  StoredEdges edges;
  edges.size = size;
  edges.runLength = RandomAttr(drawsOfHeads.front().random).getBlock();
  int64_t numBlocks = llvm::divideCeil(size, edges.runLength);
  int64_t perRow = 0;
  for (const Draw &draw : drawsOfHeads)
    perRow += std::min(RandomAttr(draw.random).getPerRow(), numBlocks);
  if (perRow * numBlocks > maxEntries)
    return std::nullopt;
  edges.groupOf.resize(size);
  edges.firstRun.push_back(0);
  SmallVector<int64_t> drawn;
  for (int64_t block = 0; block < numBlocks; ++block) {
    int64_t first = block * edges.runLength;
    for (const Draw &draw : drawsOfHeads) {
      drawn.clear();
      draw.random.drawBlocks(numBlocks, draw.head, block, drawn);
      for (int64_t key : drawn)
        if (!draw.within || isLive(draw.within, {size, size, draw.head, 0}, block, key))
          edges.runBegins.push_back(static_cast<int32_t>(key * edges.runLength));
    }
    edges.addGroup(first, std::min(edges.runLength, size - first));
  }
  edges.groupBegin.push_back(static_cast<int32_t>(size));
  if (perRow <= maxDrawsByKey && !edges.addNodes())
    return std::nullopt;
  edges.reset();
  return edges;
}

bool StoredEdges::addRows(PatternAttr pattern, const PatternShape &shape,
                          int64_t firstRow, int64_t numRows) {
  size_t begin = runBegins.size();
  QueryTile tile;
  tile.scope = shape.getScope();
  tile.first = firstRow + shape.offset;
  tile.last = firstRow + shape.offset + numRows - 1;
  for (int64_t key = 0; key < shape.numKeys;) {
    KeySegment segment = pattern.nextSegment(tile, key);
    int64_t end = std::min(segment.end.getConstant(), shape.numKeys);
    if (segment.full.isTrue()) {
      if (runEnds.size() > begin && runEnds.back() == key) {
        runEnds.back() = static_cast<int32_t>(end);
      } else {
        runBegins.push_back(static_cast<int32_t>(key));
        runEnds.push_back(static_cast<int32_t>(end));
      }
      if (static_cast<int64_t>(runBegins.size()) > maxRuns ||
          runBegins.size() - begin > maxRunsOfRow)
        return false;
    } else if (segment.live.isTrue()) {
      runBegins.resize(begin);
      runEnds.resize(begin);
      int64_t half = numRows / 2;
      return addRows(pattern, shape, firstRow, half) &&
             addRows(pattern, shape, firstRow + half, numRows - half);
    }
    key = end;
  }
  addGroup(firstRow, numRows);
  return true;
}

void StoredEdges::addGroup(int64_t firstRow, int64_t numRows) {
  std::fill_n(groupOf.begin() + firstRow, numRows,
              static_cast<int32_t>(groupBegin.size()));
  groupBegin.push_back(static_cast<int32_t>(firstRow));
  firstRun.push_back(static_cast<int32_t>(runBegins.size()));
}

bool StoredEdges::addNodes() {
  firstLeaf = llvm::PowerOf2Ceil(size);
  int64_t numGroups = static_cast<int64_t>(firstRun.size()) - 1;
  auto forEachEntry = [&](auto visit) {
    for (int64_t group = 0; group < numGroups; ++group)
      visitGroup(group, [&](TokenRun run) {
        int64_t begin = run.begin + firstLeaf;
        for (int64_t end = run.end + firstLeaf; begin < end;
             begin /= 2, end /= 2) {
          if (begin % 2)
            visit(group, begin++);
          if (end % 2)
            visit(group, --end);
        }
      });
  };
  // Counting sort.
  nodeBegin.assign(2 * firstLeaf + 1, 0);
  int64_t entries = 0;
  forEachEntry([&](int64_t, int64_t node) {
    ++entries;
    ++nodeBegin[node + 1];
  });
  if (entries > maxEntries)
    return false;
  std::partial_sum(nodeBegin.begin(), nodeBegin.end(), nodeBegin.begin());
  groupsOfNodes.resize(entries);
  std::vector<int32_t> next(nodeBegin.begin(), nodeBegin.end() - 1);
  forEachEntry([&](int64_t group, int64_t node) {
    groupsOfNodes[next[node]++] = static_cast<int32_t>(group);
  });
  return true;
}

void StoredEdges::reset() {
  isGroupDone.assign(firstRun.size() - 1, false);
  isNodeDone.assign(2 * firstLeaf, false);
}

int64_t StoredEdges::hear(TokenRun rows, Visit visit) {
  int64_t steps = 0;
  for (int64_t row = rows.begin; row < rows.end;
       row = groupBegin[groupOf[row] + 1]) {
    int32_t group = groupOf[row];
    ++steps;
    if (isGroupDone[group])
      continue;
    isGroupDone[group] = true;
    steps += firstRun[group + 1] - firstRun[group];
    visitGroup(group, visit);
  }
  return steps;
}

int64_t StoredEdges::tell(TokenRun keys, Visit visit) {
  int64_t steps = 0;
  for (int64_t key = keys.begin; key < keys.end; ++key)
    for (int64_t node = firstLeaf + key; node && !isNodeDone[node]; node /= 2) {
      isNodeDone[node] = true;
      // A group's place in the list, and the group.
      steps += 2 * (1 + nodeBegin[node + 1] - nodeBegin[node]);
      for (int64_t at = nodeBegin[node]; at < nodeBegin[node + 1]; ++at) {
        int32_t group = groupsOfNodes[at];
        if (isGroupDone[group])
          continue;
        isGroupDone[group] = true;
        visit({groupBegin[group], groupBegin[group + 1]});
      }
    }
  return steps;
}

int64_t StoredEdges::tellAll(ArrayRef<uint64_t> keys, const TokenSet &left,
                             Visit visit) {
  constexpr int64_t wordBits = TokenSet::wordBits;
  auto isSet = [&](TokenRun run) {
    for (int64_t index = run.begin / wordBits; index * wordBits < run.end; ++index)
      if (keys[index] &
          maskWord(run.begin - index * wordBits, run.end - index * wordBits))
        return true;
    return false;
  };
  int64_t steps = 0;
  for (int64_t row = left.find(0); row < size;) {
    int32_t group = groupOf[row];
    TokenRun rows = {groupBegin[group], groupBegin[group + 1]};
    for (int64_t at = firstRun[group]; at < firstRun[group + 1]; ++at) {
      ++steps;
      if (isSet(getRun(at))) {
        visit(rows);
        break;
      }
    }
    row = left.find(rows.end);
  }
  return steps;
}
