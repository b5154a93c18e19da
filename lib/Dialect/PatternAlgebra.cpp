// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Composition of segments, decomposition into phases, and answers in numbers.
#include "SparseAttn/Dialect/PatternAlgebra.h"

#include "SparseAttn/Dialect/PatternAttrs.h"
#include "llvm/ADT/STLExtras.h"

#include <map>

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Segments
//===----------------------------------------------------------------------===//

KeySegment mlir::sattn::intervalSegment(const QueryTile &tile,
                                        const IndexExpr &key,
                                        const IndexExpr &firstLo,
                                        const IndexExpr &firstHi,
                                        const IndexExpr &lastLo,
                                        const IndexExpr &lastHi) {
  // Keys are in [0, numKeys): bounds outside of that need no code.
  auto reaches = [&](const IndexExpr &lo) {
    return lo.isConstant() && lo.getConstant() <= 0 ? IndexExpr(true)
                                                    : lo <= key;
  };
  auto before = [&](const IndexExpr &hi) {
    return sameExpr(hi, tile.scope.numKeys) ? IndexExpr(true) : key < hi;
  };
  // Some row sees [firstLo, lastHi); every row sees [lastLo, firstHi).
  IndexExpr aboveLo = reaches(firstLo), belowHi = before(lastHi);
  IndexExpr aboveFullLo = reaches(lastLo);
  KeySegment segment;
  segment.live = aboveLo & belowHi;
  segment.full = aboveFullLo & before(firstHi);
  IndexExpr partialEnd =
      select(!aboveFullLo & (lastLo < firstHi), lastLo, lastHi);
  segment.end =
      select(!aboveLo, firstLo,
             select(segment.full, firstHi,
                    select(!belowHi, tile.scope.numKeys, partialEnd)));
  return segment;
}

KeySegment mlir::sattn::andSegments(ArrayRef<KeySegment> segments) {
  KeySegment result = segments.front();
  IndexExpr emptyEnd = select(result.live, 0, result.end);
  for (const KeySegment &segment : segments.drop_front()) {
    result.live = result.live & segment.live;
    result.full = result.full & segment.full;
    result.end = min(result.end, segment.end);
    emptyEnd = max(emptyEnd, select(segment.live, 0, segment.end));
  }
  result.end = select(result.live, result.end, emptyEnd);
  return result;
}

KeySegment mlir::sattn::orSegments(ArrayRef<KeySegment> segments) {
  KeySegment result = segments.front();
  IndexExpr fullEnd = select(result.full, result.end, 0);
  for (const KeySegment &segment : segments.drop_front()) {
    result.live = result.live | segment.live;
    result.full = result.full | segment.full;
    result.end = min(result.end, segment.end);
    fullEnd = max(fullEnd, select(segment.full, segment.end, 0));
  }
  result.end = select(result.full, fullEnd, result.end);
  return result;
}

KeySegment mlir::sattn::notSegment(const KeySegment &segment) {
  return {!segment.full, !segment.live, segment.end};
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

SparsityPatternAttrInterface Phase::getPattern() const {
  return cast<SparsityPatternAttrInterface>(pattern);
}

namespace {


/// The most terms that a split is considered for.
constexpr unsigned maxTerms = 32;

/// Appends patterns whose union is `pattern`, distributing `and` over `or` where that
/// sets an evenly spaced term free.
void collectTerms(PatternAttr pattern, SmallVectorImpl<PatternAttr> &terms) {
  if (auto orAttr = dyn_cast<OrAttr>(pattern)) {
    for (Attribute operand : orAttr.getOperands())
      collectTerms(cast<PatternAttr>(operand), terms);
    return;
  }
  auto andAttr = dyn_cast<AndAttr>(pattern);
  if (andAttr && pattern.getLattice() == 1) {
    for (auto [index, operand] : llvm::enumerate(andAttr.getOperands())) {
      if (!isa<OrAttr>(operand))
        continue;
      SmallVector<PatternAttr> choices;
      collectTerms(cast<PatternAttr>(operand), choices);
      if (llvm::all_of(choices, [](PatternAttr p) { return p.getLattice() == 1; }))
        continue;
      for (PatternAttr choice : choices) {
        SmallVector<PatternAttr> conjuncts;
        for (auto [other, rest] : llvm::enumerate(andAttr.getOperands()))
          conjuncts.push_back(other == index ? choice : cast<PatternAttr>(rest));
        collectTerms(makeAnd(conjuncts), terms);
      }
      return;
    }
  }
  terms.push_back(pattern);
}

/// Whether `pattern` has pairs because its mask region says no.
bool negatesMaskRegion(PatternAttr pattern) {
  return Attribute(pattern)
      .walk([](NotAttr negation) {
        return asksMaskRegion(negation) ? WalkResult::interrupt()
                                        : WalkResult::advance();
      })
      .wasInterrupted();
}
} // namespace

/// Each phase leaves out what the others before it have, so code grows with the square of
/// their number: more of them than this are swept as one, with a mask.
static constexpr size_t maxPhases = 6;

SmallVector<Phase> mlir::sattn::decompose(PatternAttr pattern) {
  // What counts several times is swept that often.
  if (int64_t most = getMultiplicity(pattern); most > 1) {
    SmallVector<Phase> phases;
    for (int64_t times = 1; times <= most; ++times)
      llvm::append_range(phases, decompose(getAtLeast(pattern, times)));
    return phases;
  }
  SmallVector<PatternAttr> terms;
  collectTerms(pattern, terms);
  if (llvm::all_equal(llvm::map_range(
          terms, [](PatternAttr term) { return term.getLattice(); })))
    return {Phase{pattern, terms.front().getLattice()}};

  // Ordered by lattice; contiguous terms (lattice 1) come first. Those with a mask region
  // come last, so that it is not asked about pairs that others have: all of them at once,
  // if it matters that it says no, so that it is not asked about pairs that it does not
  // decide.
  bool isNegated = negatesMaskRegion(pattern);
  std::map<std::pair<bool, int64_t>, SmallVector<PatternAttr>> groups;
  for (PatternAttr term : terms) {
    bool asks = asksMaskRegion(term);
    groups[{asks, asks && isNegated ? 0 : term.getLattice()}].push_back(term);
  }
  if (terms.size() > maxTerms || groups.size() > maxPhases)
    return {Phase{pattern, pattern.getLattice()}};

  SmallVector<Phase> phases;
  SmallVector<PatternAttr> done;
  for (auto &[key, members] : groups) {
    PatternAttr part = makeOr(members);
    PatternAttr fresh =
        done.empty() ? part : makeAnd({part, makeNot(makeOr(done))});
    phases.push_back(Phase{fresh, part.getLattice()});
    done.push_back(part);
  }
  return phases;
}

PatternAttr mlir::sattn::getPatternForHead(PatternAttr pattern, int64_t head) {
  return cast<PatternAttr>(pattern.forHead(head));
}

//===----------------------------------------------------------------------===//
// Answers in numbers
//===----------------------------------------------------------------------===//

bool mlir::sattn::isLive(PatternAttr pattern, const PatternShape &shape,
                         int64_t query, int64_t key) {
  PatternScope scope = shape.getScope();
  int64_t position = query + shape.offset;
  auto isLiveIf = [&](bool regionSays) {
    scope.regionSays = regionSays;
    return pattern.buildPredicate(scope, position, key).isTrue();
  };
  if (!shape.maskRegion)
    return pattern.buildPredicate(scope, position, key).isTrue();
  bool live = isLiveIf(true);
  if (live == isLiveIf(false))
    return live;
  return live == (*shape.maskRegion)(shape.batch, shape.head, position, key);
}

void mlir::sattn::forEachSegment(
    const Phase &phase, const PatternShape &shape, int64_t firstRow,
    int64_t numRows, int64_t keyBegin, int64_t keyEnd,
    llvm::function_ref<void(const KeyRange &)> visit) {
  if (numRows <= 0)
    return;
  PatternAttr pattern = phase.getPattern();
  QueryTile tile;
  tile.scope = shape.getScope();
  int64_t first = firstRow + shape.offset;
  tile.first = first;
  tile.last = first + (numRows - 1) * phase.step;
  tile.step = phase.step;
  auto alignUp = [&](int64_t key) {
    return key + mod(first - key, phase.step).getConstant();
  };
  for (int64_t key = alignUp(keyBegin); key < keyEnd;) {
    KeySegment segment = pattern.nextSegment(tile, key);
    int64_t end = std::min(segment.end.getConstant(), keyEnd);
    assert(end > key && "a segment must make progress");
    if (segment.live.isTrue())
      visit({key, end, segment.full.isTrue()});
    key = alignUp(end);
  }
}
