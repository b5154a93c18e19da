// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Searches over segments, products and stored edges (FlowGraph.h).
#include "SparseAttn/Analysis/FlowGraph.h"

#include "llvm/ADT/STLExtras.h"

#include <numeric>

using namespace mlir;
using namespace mlir::sattn;

namespace {
constexpr int64_t wordBits = TokenSet::wordBits;
} // namespace

//===----------------------------------------------------------------------===//
// Search
//===----------------------------------------------------------------------===//

FlowGraph::Search FlowGraph::search(ArrayRef<TokenRun> sources, bool toKeys,
                                    std::optional<TokenRun> among,
                                    std::vector<int32_t> *distances) {
  Search result;
  for (UnseenTokens &view : views)
    view.reset(among.value_or(TokenRun{0, size}));
  for (Sweep &sweep : sweeps) {
    sweep.isDone = false;
    if (sweep.edges) {
      sweep.edges->reset();
      work += size / 8;
    }
  }
  work += static_cast<int64_t>(views.size() * found.size());
  if (distances)
    distances->assign(size, unreached);
  for (TokenRun run : sources)
    claim(0, 1, run.begin, run.end);
  for (;; ++result.depth) {
    result.reached += advanceFrontier();
    if (distances)
      for (TokenRun run : frontier)
        std::fill(distances->begin() + run.begin, distances->begin() + run.end,
                  static_cast<int32_t>(result.depth));
    if (views[0].getLeft().empty())
      break;
    for (Sweep &sweep : sweeps)
      run(sweep, toKeys);
    if (isWorkUsedUp()) {
      result.isComplete = false;
      break;
    }
    if (foundWords.empty())
      break;
  }
  // Leave no claim behind.
  advanceFrontier();
  return result;
}

void FlowGraph::run(Sweep &sweep, bool toKeys) {
  switch (sweep.kind) {
  case Sweep::Product: {
    if (sweep.isDone)
      return;
    const TokenSet &keys = views[sweep.view].getAll();
    if (toKeys) {
      if ((sweep.isDone = !sweep.rows || meetsFrontier(*sweep.rows)))
        claim(sweep.view, 1, 0, size);
      return;
    }
    sweep.isDone = sweep.view == 0 || meetsFrontier(keys);
    if (!sweep.isDone)
      return;
    if (!sweep.rows)
      return claim(0, 1, 0, size);
    for (auto [index, word] : llvm::enumerate(sweep.rows->getWords()))
      claimBits(static_cast<int64_t>(index), word);
    return;
  }
  case Sweep::Stored: {
    size_t view = toKeys ? sweep.view : 0;
    auto claimRun = [&](TokenRun run) { claim(view, 1, run.begin, run.end); };
    if (!toKeys && !sweep.edges->hasGroupsByKey()) {
      // Places in order are read faster than others.
      work += sweep.edges->tellAll(frontierBits, views[0].getLeft(), claimRun) / 4;
      return;
    }
    for (TokenRun run : getFrontier(toKeys ? 0 : sweep.view))
      work += toKeys ? sweep.edges->hear(run, claimRun)
                     : sweep.edges->tell(run, claimRun);
    return;
  }
  case Sweep::Closed:
    for (const ClassRuns &part : splitByClass(sweep, toKeys))
      toKeys ? hear(sweep, part) : tell(sweep, part);
    return;
  }
}

//===----------------------------------------------------------------------===//
// Claiming tokens
//===----------------------------------------------------------------------===//

void FlowGraph::claimBits(int64_t index, uint64_t bits) {
  ++work;
  bits &= views[0].getLeft().getWord(index);
  if (!bits)
    return;
  for (UnseenTokens &view : views)
    if (uint64_t own = bits & view.getLeft().getWord(index))
      view.erase(index, own);
  if (!found[index])
    foundWords.push_back(static_cast<int32_t>(index));
  found[index] |= bits;
  claimed += llvm::popcount(bits);
}

void FlowGraph::claim(size_t view, int64_t step, int64_t begin, int64_t end) {
  end = std::min(end, size);
  UnseenTokens &tokens = views[view];
  if (step > 1) {
    for (int64_t at = tokens.find(step, begin); at < end;
         at = tokens.find(step, at + step))
      claimBits(at / wordBits, uint64_t(1) << (at % wordBits));
    return;
  }
  while (begin < end) {
    int64_t index = begin / wordBits;
    claimBits(index, tokens.getLeft().getWord(index) &
                         maskWord(begin % wordBits, end - index * wordBits));
    begin = (index + 1) * wordBits;
    if (begin < end)
      begin = tokens.find(1, begin);
  }
}

int64_t FlowGraph::advanceFrontier() {
  for (TokenRun run : frontier)
    for (int64_t index = run.begin / wordBits; index * wordBits < run.end; ++index)
      frontierBits[index] = 0;
  frontier.clear();
  frontierSize = 0;
  // Few words are sorted, many are passed over.
  std::vector<int32_t> words;
  words.swap(foundWords);
  if (words.size() > found.size() / 16) {
    words.clear();
    for (size_t index = 0; index < found.size(); ++index)
      if (found[index])
        words.push_back(static_cast<int32_t>(index));
  } else {
    llvm::sort(words);
  }
  work += static_cast<int64_t>(words.size());
  for (int32_t index : words) {
    uint64_t bits = found[index];
    found[index] = 0;
    frontierBits[index] = bits;
    frontierSize += llvm::popcount(bits);
    int64_t base = index * wordBits;
    while (bits) {
      int64_t begin = llvm::countr_zero(bits);
      int64_t end = begin + llvm::countr_one(bits >> begin);
      if (!frontier.empty() && frontier.back().end == base + begin)
        frontier.back().end = base + end;
      else
        frontier.push_back({base + begin, base + end});
      bits &= ~maskWord(begin, end);
    }
  }
  return frontierSize;
}

bool FlowGraph::meetsFrontier(const TokenSet &tokens) const {
  return llvm::any_of(frontier, [&](TokenRun run) {
    return tokens.find(run.begin) < run.end;
  });
}

SmallVector<TokenRun> FlowGraph::getFrontier(size_t view) const {
  if (view == 0)
    return SmallVector<TokenRun>(frontier.begin(), frontier.end());
  const TokenSet &keys = views[view].getAll();
  SmallVector<TokenRun> runs;
  for (TokenRun run : frontier)
    for (int64_t at = keys.find(run.begin); at < run.end; at = keys.find(at + 1))
      if (!runs.empty() && runs.back().end == at)
        ++runs.back().end;
      else
        runs.push_back({at, at + 1});
  return runs;
}

std::vector<FlowGraph::ClassRuns>
FlowGraph::splitByClass(const Sweep &sweep, bool toKeys) {
  int64_t step = sweep.step;
  std::vector<ClassRuns> classes;
  SmallVector<TokenRun> tokens = getFrontier(toKeys ? 0 : sweep.view);
  if (tokens.empty())
    return classes;
  if (step == 1) {
    classes.push_back({0, std::move(tokens)});
    return classes;
  }
  // A large frontier may have nothing left to find in most of its classes.
  constexpr int64_t largeFrontier = 512;
  std::vector<uint64_t> useful;
  if (frontierSize > std::max(largeFrontier, step / 16)) {
    work += static_cast<int64_t>(2 * frontierBits.size());
    const UnseenTokens &view = views[toKeys ? sweep.view : 0];
    useful = foldWords(view.getLeft().getWords(), step);
    uint64_t any = 0;
    for (auto [left, own] : llvm::zip_equal(useful, foldWords(frontierBits, step)))
      any |= left &= own;
    if (!any)
      return classes;
  }
  auto isUseful = [&](int64_t residue) {
    return useful.empty() || useful[residue / wordBits] >> (residue % wordBits) & 1;
  };
  std::vector<std::pair<int64_t, TokenRun>> members;
  for (TokenRun run : tokens)
    for (int64_t at = run.begin; at < std::min(run.begin + step, run.end); ++at)
      if (isUseful(at % step))
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

//===----------------------------------------------------------------------===//
// Segments
//===----------------------------------------------------------------------===//

void FlowGraph::hear(const Sweep &sweep, const ClassRuns &tokens) {
  // Run by run, which is best for rows that see what is near; all that are left at
  // once where that brings little, which is best for rows that see much the same.
  int64_t begun = questions, claimedBefore = claimed;
  for (TokenRun run : tokens.runs) {
    bool bringsLittle = questions - begun > 64 + 4 * (claimed - claimedBefore);
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
  int64_t step = sweep.step;
  QueryTile tile = makeTile(sweep, tokens.residue + rows.begin * step,
                            rows.end - rows.begin);
  UnseenTokens &unseen = views[sweep.view];
  // Ends are aligned to the step, so they may lie beyond the last key.
  keyEnd = std::min(keyEnd, size);
  for (int64_t key = unseen.find(step, keyBegin); key < keyEnd;) {
    if (isWorkUsedUp())
      return;
    KeySegment segment = ask(sweep.pattern, tile, key);
    int64_t segmentEnd = std::min(segment.end.getConstant(), keyEnd);
    segmentEnd += mod(key - segmentEnd, step).getConstant();
    if (segment.full.isTrue()) {
      claim(sweep.view, step, key, segmentEnd);
    } else if (segment.live.isTrue()) {
      int64_t half = (rows.begin + rows.end) / 2;
      assert(half > rows.begin && "a tile of one row has no partial segment");
      hearTile(sweep, tokens, rows.begin, half, key, segmentEnd);
      hearTile(sweep, tokens, half, rows.end, key, segmentEnd);
    }
    if (segmentEnd >= keyEnd)
      return;
    key = unseen.find(step, segmentEnd);
  }
}

void FlowGraph::tell(const Sweep &sweep, const ClassRuns &tokens) {
  int64_t step = sweep.step;
  tellTile(sweep, tokens, tokens.residue,
           (size - tokens.residue + step - 1) / step,
           tokens.runs.front().begin, tokens.runs.back().end);
}

void FlowGraph::tellTile(const Sweep &sweep, const ClassRuns &tokens, int64_t firstRow,
                         int64_t rows, int64_t begin, int64_t end) {
  int64_t step = sweep.step;
  int64_t rowEnd = firstRow + rows * step;
  UnseenTokens &unseen = views[0];
  int64_t firstUnseen = unseen.find(step, firstRow);
  if (firstUnseen >= std::min(rowEnd, size))
    return;
  rows -= (firstUnseen - firstRow) / step;
  firstRow = firstUnseen;
  QueryTile tile = makeTile(sweep, firstRow, rows);
  for (TokenRun keys = tokens.trim(begin, end); keys.begin < keys.end;
       keys = tokens.trim(keys.begin, end)) {
    if (isWorkUsedUp())
      return;
    KeySegment segment =
        ask(sweep.pattern, tile, tokens.residue + keys.begin * step);
    if (segment.full.isTrue())
      return claim(0, step, firstRow, rowEnd);
    int64_t stop = std::min(
        ceilDiv(segment.end - tokens.residue, step).getConstant(), end);
    if (segment.live.isTrue()) {
      // Rows that see nothing in this segment may see something in a later one.
      int64_t half = rows / 2;
      tellTile(sweep, tokens, firstRow, half, keys.begin, stop);
      tellTile(sweep, tokens, firstRow + half * step, rows - half,
               keys.begin, stop);
      if (unseen.find(step, firstRow) >= std::min(rowEnd, size))
        return;
    }
    keys.begin = stop;
  }
}
