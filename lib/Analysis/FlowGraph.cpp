// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a graph is made of, and what a single row sees.
#include "SparseAttn/Analysis/FlowGraph.h"

#include "SparseAttn/Analysis/PatternTerms.h"

#include "mlir/IR/AttrTypeSubElements.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"

#include <numeric>

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// Steps of work that a question to the algebra stands for.
constexpr int64_t stepsPerQuestion = 8;

/// The positions for which a pattern holds that depends on the key (the row) only.
TokenSet getPositions(PatternAttr pattern, const PatternShape &shape, bool ofKey) {
  int64_t size = shape.numKeys;
  TokenSet positions(size);
  QueryTile tile;
  tile.scope = {shape.numKeys, shape.head, nullptr};
  if (ofKey) {
    tile.first = 0;
    tile.last = 0;
    for (int64_t key = 0; key < size;) {
      KeySegment segment = pattern.nextSegment(tile, key);
      int64_t end = std::min(segment.end.getConstant(), size);
      if (segment.live.isTrue())
        positions.insert({key, end});
      key = end;
    }
    return positions;
  }
  auto addRows = [&](auto &addRows, int64_t begin, int64_t end) -> void {
    tile.first = begin;
    tile.last = end - 1;
    KeySegment segment = pattern.nextSegment(tile, 0);
    if (segment.full.isTrue())
      return positions.insert({begin, end});
    if (!segment.live.isTrue())
      return;
    int64_t half = (begin + end) / 2;
    addRows(addRows, begin, half);
    addRows(addRows, half, end);
  };
  addRows(addRows, 0, size);
  return positions;
}

/// The pattern with `dense` for what holds for each of `size` positions.
PatternAttr restrictTo(PatternAttr pattern, int64_t size) {
  Attribute dense = DenseAttr::get(pattern.getContext());
  AttrTypeReplacer replacer;
  replacer.addReplacement([&](PrefixAttr prefix) -> std::optional<Attribute> {
    return prefix.getLen() >= size ? dense : prefix;
  });
  replacer.addReplacement([&](GlobalAttr global) -> std::optional<Attribute> {
    return std::max(global.getFirst(), global.getLast()) >= size ? dense : global;
  });
  return simplifyPattern(cast<PatternAttr>(replacer.replace(Attribute(pattern))));
}
} // namespace

//===----------------------------------------------------------------------===//
// Terms
//===----------------------------------------------------------------------===//

FlowGraph::FlowGraph(ArrayRef<HeadGroup> groups, int64_t size)
    : size(size), found((size + TokenSet::wordBits - 1) / TokenSet::wordBits, 0),
      frontierBits(found.size(), 0) {
  TokenSet all(size);
  all.insert({0, size});
  views.emplace_back(std::move(all));
  viewPatterns.push_back({});
  SmallVector<PatternAttr> known;
  std::vector<StoredEdges::Draw> draws;
  for (const HeadGroup &group : groups)
    addTerms(group, known, draws);
  addDraws(std::move(draws));
}

void FlowGraph::addTerms(const HeadGroup &group, SmallVectorImpl<PatternAttr> &known,
                         std::vector<StoredEdges::Draw> &draws) {
  PatternShape shape{size, size, group.heads.front(), 0};
  PatternAttr pattern = restrictTo(group.pattern, size);
  heads.push_back({pattern, shape});
  MLIRContext *context = Attribute(pattern).getContext();
  for (const PatternTerm &term : splitIntoTerms(pattern)) {
    PatternAttr whole = term.getPattern(context);
    if (!mayDependOnHead(whole)) {
      if (llvm::is_contained(known, whole))
        continue;
      known.push_back(whole);
    }
    SmallVector<PatternAttr> parts(term.ofBoth);
    llvm::append_range(parts, term.ofRow);
    llvm::append_range(parts, term.ofKey);
    if (auto draw = StoredEdges::Draw::get(parts, shape.head)) {
      draws.push_back(*draw);
      continue;
    }
    Sweep sweep;
    sweep.pattern = whole;
    sweep.shape = shape;
    if (term.ofBoth.empty()) {
      sweep.kind = Sweep::Product;
      if (!term.ofRow.empty())
        sweep.rows = getPositions(makeAnd(term.ofRow), shape, /*ofKey=*/false);
    } else {
      SmallVector<PatternAttr> rest(term.ofBoth);
      llvm::append_range(rest, term.ofRow);
      sweep.pattern = makeAnd(rest);
      sweep.edges = StoredEdges::build(sweep.pattern, shape);
      sweep.kind = sweep.edges ? Sweep::Stored : Sweep::Closed;
      sweep.step = sweep.pattern.getLattice();
    }
    if (!term.ofKey.empty()) {
      std::optional<size_t> view = getView(makeAnd(term.ofKey), shape);
      if (!view)
        continue;
      sweep.view = *view;
    }
    sweeps.push_back(std::move(sweep));
  }
}

void FlowGraph::addDraws(std::vector<StoredEdges::Draw> draws) {
  // Heads that draw blocks of one size share their lists.
  llvm::MapVector<int64_t, std::vector<StoredEdges::Draw>> drawsOfBlock;
  for (StoredEdges::Draw &draw : draws)
    drawsOfBlock[draw.random.getBlock()].push_back(draw);
  for (auto &[block, alike] : drawsOfBlock) {
    Sweep sweep;
    sweep.kind = Sweep::Stored;
    if ((sweep.edges = StoredEdges::build(alike, size))) {
      sweeps.push_back(std::move(sweep));
      continue;
    }
    for (const StoredEdges::Draw &draw : alike) {
      Sweep closed;
      closed.kind = Sweep::Closed;
      closed.pattern = draw.random;
      if (draw.within)
        closed.pattern = makeAnd({closed.pattern, draw.within});
      closed.shape = {size, size, draw.head, 0};
      sweeps.push_back(std::move(closed));
    }
  }
}

std::optional<size_t> FlowGraph::getView(PatternAttr ofKey,
                                         const PatternShape &shape) {
  auto known = llvm::find(viewPatterns, ofKey);
  if (known != viewPatterns.end())
    return known - viewPatterns.begin();
  TokenSet keys = getPositions(ofKey, shape, /*ofKey=*/true);
  int64_t count = keys.count();
  if (count == 0)
    return std::nullopt;
  if (count == size)
    return 0;
  views.emplace_back(std::move(keys));
  viewPatterns.push_back(ofKey);
  return views.size() - 1;
}

SmallVector<TokenRun> FlowGraph::getRunsOf(const TokenSet &tokens) const {
  SmallVector<TokenRun> runs;
  for (int64_t at = tokens.find(0); at < size; at = tokens.find(at + 1))
    if (!runs.empty() && runs.back().end == at)
      ++runs.back().end;
    else
      runs.push_back({at, at + 1});
  return runs;
}

SmallVector<FlowGraph::Block> FlowGraph::getBlocks() const {
  SmallVector<Block> blocks;
  for (const Sweep &sweep : sweeps) {
    if (sweep.kind != Sweep::Product || (sweep.rows && sweep.rows->empty()))
      continue;
    Block block{{{0, size}}, {{0, size}}};
    if (sweep.rows)
      block.rows = getRunsOf(*sweep.rows);
    if (sweep.view)
      block.keys = getRunsOf(views[sweep.view].getAll());
    blocks.push_back(std::move(block));
  }
  return blocks;
}

//===----------------------------------------------------------------------===//
// Single rows
//===----------------------------------------------------------------------===//

QueryTile FlowGraph::makeTile(const Sweep &sweep, int64_t firstRow, int64_t rows) const {
  QueryTile tile;
  tile.scope = {size, sweep.shape.head, nullptr};
  tile.first = firstRow;
  tile.last = firstRow + (rows - 1) * sweep.step;
  tile.step = sweep.step;
  return tile;
}

KeySegment FlowGraph::ask(PatternAttr pattern, const QueryTile &tile, int64_t key) {
  ++questions;
  work += stepsPerQuestion;
  return pattern.nextSegment(tile, key);
}

bool FlowGraph::hasEdge(int64_t row, int64_t key) const {
  return llvm::any_of(heads, [&](const Head &head) {
    return isLive(head.pattern, head.shape, row, key);
  });
}

int64_t FlowGraph::getLattice() const {
  int64_t lattice = 0;
  for (const Sweep &sweep : sweeps)
    lattice = std::gcd(lattice, sweep.step);
  return std::max<int64_t>(lattice, 1);
}

const TokenSet *FlowGraph::getCommonKeys() const {
  size_t view = sweeps.empty() ? 0 : sweeps.front().view;
  bool isCommon = llvm::all_of(
      sweeps, [&](const Sweep &sweep) { return sweep.view == view; });
  return view && isCommon ? &views[view].getAll() : nullptr;
}

bool FlowGraph::getRuns(int64_t row, SmallVectorImpl<TokenRun> &runs,
                        int64_t maxRuns) {
  if (!collectRuns(row, /*lattice=*/1, /*isMasked=*/true, runs, maxRuns))
    return false;
  mergeRuns(runs);
  return true;
}

bool FlowGraph::getSpans(int64_t row, SmallVectorImpl<TokenRun> &spans,
                         int64_t maxSpans) {
  return collectRuns(row, getLattice(), /*isMasked=*/!getCommonKeys(), spans,
                     maxSpans);
}

bool FlowGraph::collectRuns(int64_t row, int64_t lattice, bool isMasked,
                            SmallVectorImpl<TokenRun> &runs, int64_t maxRuns) {
  runs.clear();
  auto add = [&](TokenRun run) {
    runs.push_back(run);
    return static_cast<int64_t>(runs.size()) <= maxRuns;
  };
  // The tokens of the run that are in the view.
  auto addOf = [&](size_t view, TokenRun run) {
    if (view == 0 || !isMasked)
      return add(run);
    const TokenSet &keys = views[view].getAll();
    for (int64_t at = keys.find(run.begin); at < run.end;
         at = keys.find(at + 1))
      if (!runs.empty() && runs.back().end == at)
        ++runs.back().end;
      else if (!add({at, at + 1}))
        return false;
    return true;
  };
  for (const Sweep &sweep : sweeps) {
    bool isWithin = true;
    switch (sweep.kind) {
    case Sweep::Product:
      if (!sweep.rows || sweep.rows->contains(row))
        isWithin = addOf(sweep.view, {0, size});
      break;
    case Sweep::Stored:
      sweep.edges->forEachRun(
          row, [&](TokenRun run) { isWithin = isWithin && addOf(sweep.view, run); });
      break;
    case Sweep::Closed: {
      QueryTile tile = makeTile(sweep, row, 1);
      int64_t step = sweep.step;
      for (int64_t key = row % step; key < size && isWithin;) {
        KeySegment segment = ask(sweep.pattern, tile, key);
        int64_t end = std::min(segment.end.getConstant(), size);
        int64_t next = end + mod(row - end, step).getConstant();
        if (segment.live.isTrue()) {
          if (step == lattice && (step == 1 || !isMasked || sweep.view == 0))
            isWithin = step == 1 ? addOf(sweep.view, {key, end})
                                 : add({key / step, next / step});
          else
            for (int64_t at = key; at < end && isWithin; at += step)
              if (!isMasked || views[sweep.view].getAll().contains(at))
                isWithin = add({at / lattice, at / lattice + 1});
        }
        key = next;
      }
      break;
    }
    }
    if (!isWithin)
      return false;
  }
  return true;
}
