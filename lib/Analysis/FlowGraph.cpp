// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Searches over segments.
#include "SparseAttn/Analysis/FlowGraph.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// Segments that all searches together may ask for before they settle for bounds.
constexpr int64_t maxSegmentQueries = 40'000'000;
} // namespace

void mlir::sattn::mergeRuns(SmallVectorImpl<TokenRun> &runs) {
  llvm::sort(runs, [](TokenRun a, TokenRun b) { return a.begin < b.begin; });
  size_t kept = 0;
  for (TokenRun run : runs) {
    if (kept && runs[kept - 1].end >= run.begin)
      runs[kept - 1].end = std::max(runs[kept - 1].end, run.end);
    else
      runs[kept++] = run;
  }
  runs.truncate(kept);
}

FlowGraph::FlowGraph(ArrayRef<HeadGroup> groups, int64_t size) : size(size) {
  SmallVector<int64_t> steps = {1};
  for (const HeadGroup &group : groups) {
    PatternShape shape{size, size, group.heads.front(), 0};
    heads.push_back({group.pattern, shape});
    for (const Phase &phase : decompose(group.pattern)) {
      sweeps.push_back({phase, shape, StoredEdges::build(phase, shape)});
      if (!llvm::is_contained(steps, phase.step))
        steps.push_back(phase.step);
    }
  }
  unseen.emplace(size, steps);
}

FlowGraph::Search FlowGraph::search(int64_t token, bool toKeys) {
  Search result;
  unseen->reset();
  for (Sweep &sweep : sweeps)
    if (sweep.edges)
      sweep.edges->reset();
  unseen->erase(token);
  result.reached = 1;
  SmallVector<TokenRun> frontier = {{token, token + 1}};
  while (!unseen->empty()) {
    found.clear();
    for (Sweep &sweep : sweeps) {
      if (sweep.edges) {
        auto claimRun = [&](TokenRun run) { claimAll(1, run.begin, run.end); };
        for (TokenRun run : frontier)
          toKeys ? sweep.edges->hear(run, claimRun)
                 : sweep.edges->tell(run, claimRun);
        continue;
      }
      for (const ClassRuns &part : splitByClass(frontier, sweep.phase.step))
        toKeys ? hear(sweep, part) : tell(sweep, part);
    }
    if (queries > maxSegmentQueries) {
      result.isComplete = false;
      break;
    }
    if (found.empty())
      break;
    ++result.depth;
    mergeRuns(found);
    frontier.assign(found.begin(), found.end());
    for (TokenRun run : frontier)
      result.reached += run.end - run.begin;
  }
  return result;
}

bool FlowGraph::hasEdge(int64_t row, int64_t key) const {
  return llvm::any_of(heads, [&](const Head &head) {
    return isLive(head.pattern, head.shape, row, key);
  });
}

bool FlowGraph::getRuns(int64_t row, SmallVectorImpl<TokenRun> &runs, int64_t maxRuns) {
  runs.clear();
  for (const Sweep &sweep : sweeps) {
    if (sweep.edges) {
      llvm::append_range(runs, sweep.edges->getKeys(row));
      if (static_cast<int64_t>(runs.size()) > maxRuns)
        return false;
      continue;
    }
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
  mergeRuns(runs);
  return true;
}

//===----------------------------------------------------------------------===//
// Claiming tokens
//===----------------------------------------------------------------------===//

QueryTile FlowGraph::makeTile(const Sweep &sweep, int64_t firstRow, int64_t rows) const {
  QueryTile tile;
  tile.scope = {size, sweep.shape.head, nullptr};
  tile.first = firstRow;
  tile.last = firstRow + (rows - 1) * sweep.phase.step;
  tile.step = sweep.phase.step;
  return tile;
}

KeySegment FlowGraph::ask(PatternAttr pattern, const QueryTile &tile, int64_t key) {
  ++queries;
  return pattern.nextSegment(tile, key);
}

void FlowGraph::claim(int64_t token) {
  unseen->erase(token);
  if (!found.empty() && found.back().end == token)
    ++found.back().end;
  else
    found.push_back({token, token + 1});
}

void FlowGraph::claimAll(int64_t step, int64_t begin, int64_t end) {
  end = std::min(end, size);
  for (int64_t at = unseen->find(step, begin); at < end;
       at = unseen->find(step, at))
    claim(at);
}

std::vector<FlowGraph::ClassRuns>
FlowGraph::splitByClass(ArrayRef<TokenRun> tokens,
                                           int64_t step) {
  std::vector<ClassRuns> classes;
  if (step == 1) {
    classes.push_back({0, SmallVector<TokenRun>(tokens)});
    return classes;
  }
  std::vector<std::pair<int64_t, TokenRun>> members;
  for (TokenRun run : tokens)
    for (int64_t at = run.begin; at < std::min(run.begin + step, run.end);
         ++at)
      members.push_back(
          {at % step, {at / step, (run.end - 1 - at) / step + at / step + 1}});
  // Within a class they are in order. Many are counted into place.
  if (static_cast<int64_t>(members.size()) < step / 16) {
    llvm::sort(members, [](const auto &a, const auto &b) {
      return std::make_pair(a.first, a.second.begin) <
             std::make_pair(b.first, b.second.begin);
    });
  } else {
    std::vector<int64_t> next(step + 1, 0);
    for (const auto &member : members)
      ++next[member.first + 1];
    std::partial_sum(next.begin(), next.end(), next.begin());
    std::vector<std::pair<int64_t, TokenRun>> sorted(members.size());
    for (const auto &member : members)
      sorted[next[member.first]++] = member;
    members = std::move(sorted);
  }
  for (auto [residue, run] : members) {
    if (classes.empty() || classes.back().residue != residue)
      classes.push_back({residue, {}});
    SmallVector<TokenRun> &runs = classes.back().runs;
    if (!runs.empty() && runs.back().end == run.begin)
      runs.back().end = run.end;
    else
      runs.push_back(run);
  }
  return classes;
}

void FlowGraph::hear(const Sweep &sweep, const ClassRuns &tokens) {
  // Run by run, which is best for rows that see what is near; all that are left at
  // once where that brings little, which is best for rows that see much the same.
  int64_t begun = queries, leftBefore = unseen->getNumLeft();
  for (TokenRun run : tokens.runs) {
    bool bringsLittle =
        queries - begun > 64 + 4 * (leftBefore - unseen->getNumLeft());
    hearTile(sweep, tokens, run.begin,
             bringsLittle ? tokens.runs.back().end : run.end, tokens.residue,
             size);
    if (bringsLittle)
      return;
  }
}

void FlowGraph::hearTile(const Sweep &sweep, const ClassRuns &tokens, int64_t begin,
              int64_t end, int64_t keyBegin, int64_t keyEnd) {
  TokenRun rows = tokens.trim(begin, end);
  if (rows.begin == rows.end)
    return;
  int64_t step = sweep.phase.step;
  QueryTile tile = makeTile(sweep, tokens.residue + rows.begin * step,
                            rows.end - rows.begin);
  PatternAttr pattern = sweep.phase.getPattern();
  // Ends are aligned to the step, so they may lie beyond the last key.
  keyEnd = std::min(keyEnd, size);
  for (int64_t key = unseen->find(step, keyBegin); key < keyEnd;) {
    if (queries > maxSegmentQueries)
      return;
    KeySegment segment = ask(pattern, tile, key);
    int64_t segmentEnd = std::min(segment.end.getConstant(), keyEnd);
    segmentEnd += mod(key - segmentEnd, step).getConstant();
    if (segment.full.isTrue()) {
      claimAll(step, key, segmentEnd);
    } else if (segment.live.isTrue()) {
      int64_t half = (rows.begin + rows.end) / 2;
      assert(half > rows.begin && "a tile of one row has no partial segment");
      hearTile(sweep, tokens, rows.begin, half, key, segmentEnd);
      hearTile(sweep, tokens, half, rows.end, key, segmentEnd);
    }
    if (segmentEnd >= keyEnd)
      return;
    key = unseen->find(step, segmentEnd);
  }
}

void FlowGraph::tell(const Sweep &sweep, const ClassRuns &tokens) {
  int64_t step = sweep.phase.step;
  tellTile(sweep, tokens, tokens.residue,
           (size - tokens.residue + step - 1) / step,
           tokens.runs.front().begin, tokens.runs.back().end);
}

void FlowGraph::tellTile(const Sweep &sweep, const ClassRuns &tokens, int64_t firstRow,
              int64_t rows, int64_t begin, int64_t end) {
  int64_t step = sweep.phase.step;
  int64_t rowEnd = firstRow + rows * step;
  int64_t firstUnseen = unseen->find(step, firstRow);
  if (firstUnseen >= std::min(rowEnd, size))
    return;
  rows -= (firstUnseen - firstRow) / step;
  firstRow = firstUnseen;
  QueryTile tile = makeTile(sweep, firstRow, rows);
  PatternAttr pattern = sweep.phase.getPattern();
  for (TokenRun keys = tokens.trim(begin, end); keys.begin < keys.end;
       keys = tokens.trim(keys.begin, end)) {
    if (queries > maxSegmentQueries)
      return;
    KeySegment segment =
        ask(pattern, tile, tokens.residue + keys.begin * step);
    if (segment.full.isTrue())
      return claimAll(step, firstRow, rowEnd);
    int64_t stop = std::min(
        ceilDiv(segment.end - tokens.residue, step).getConstant(), end);
    if (segment.live.isTrue()) {
      // Rows that see nothing in this segment may see something in a later one.
      int64_t half = rows / 2;
      tellTile(sweep, tokens, firstRow, half, keys.begin, stop);
      tellTile(sweep, tokens, firstRow + half * step, rows - half,
               keys.begin, stop);
      if (unseen->find(step, firstRow) >= std::min(rowEnd, size))
        return;
    }
    keys.begin = stop;
  }
}
