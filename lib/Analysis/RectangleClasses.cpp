// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Signatures of the leaves, and their composition.
///
/// A leaf calls a rectangle empty or full where its `nextSegment` does so for all rows,
/// never more often: tiles are counted by what kernels visit.
#include "SparseAttn/Analysis/RectangleClasses.h"

#include "SparseAttn/Dialect/PatternAttrs.h"

#include <algorithm>
#include <limits>

using namespace mlir;
using namespace mlir::sattn;
using mlir::sattn::detail::floorDivide;

namespace {
constexpr int64_t unbounded = std::numeric_limits<int64_t>::max();

int64_t modulo(int64_t a, int64_t b) { return a - floorDivide(a, b) * b; }
int64_t ceilDivide(int64_t a, int64_t b) { return floorDivide(a + b - 1, b); }

constexpr RectangleClass isEmpty{RectangleClass::Empty, 0, 0, 0};
constexpr RectangleClass isFull{RectangleClass::Full, 0, 0, 0};
constexpr RectangleClass isRegular{RectangleClass::Regular, 0, 0, 0};

/// Of a row in which the keys [begin, end), counted from the rectangle's first, are live,
/// but neither none nor all.
RectangleClass isInterval(int64_t begin, int64_t end) {
  return {RectangleClass::Regular, 0, 0, begin > 0 ? begin : end};
}

/// The nearer one; 0 is none.
int64_t getNearest(int64_t a, int64_t b) {
  return a && b ? std::min(a, b) : std::max(a, b);
}
} // namespace

/// The rectangle in positions.
struct RectangleClassifier::Query {
  int64_t numRows, numKeys, step;
  int64_t firstRow, lastRow, firstKey, lastKey;
  bool keepsPartial;
};

int64_t mlir::sattn::getSplit(int64_t size) {
  int64_t split = 1;
  while (2 * split < size)
    split *= 2;
  return split;
}

RectangleClassifier::RectangleClassifier(const Phase &phase,
                                         const PatternShape &shape,
                                         bool drawsArePartial)
    : phase(phase), shape(shape), drawsArePartial(drawsArePartial),
      root(compile(phase.getPattern())) {}

//===----------------------------------------------------------------------===//
// Leaves
//===----------------------------------------------------------------------===//

RectangleClassifier::Node
RectangleClassifier::compile(PatternAttr pattern) const {
  auto leaf = [&](Node::Kind kind, int64_t a = 0, int64_t b = 0,
                  int64_t c = 0) {
    return Node{kind, pattern, {}, a, b, c};
  };
  auto combine = [&](Node::Kind kind, ArrayRef<Attribute> operands) {
    Node node = leaf(kind);
    for (Attribute operand : operands)
      node.operands.push_back(compile(cast<PatternAttr>(operand)));
    return node;
  };
  if (isa<DenseAttr>(pattern))
    return leaf(Node::Constant, RectangleClass::Full);
  if (isa<NoneAttr>(pattern))
    return leaf(Node::Constant, RectangleClass::Empty);
  if (drawsArePartial && isa<RandomAttr>(pattern))
    return leaf(Node::Constant, RectangleClass::Regular);
  if (isa<CausalAttr>(pattern))
    return leaf(Node::Window, unbounded, 0);
  if (auto window = dyn_cast<WindowAttr>(pattern)) {
    auto reach = [&](std::optional<int64_t> taps) {
      return taps ? *taps * window.getDilation() : unbounded;
    };
    Node span =
        leaf(Node::Window, reach(window.getLeft()), reach(window.getRight()));
    if (window.getDilation() == 1)
      return span;
    Node taps = leaf(Node::Strided, window.getDilation());
    Node both = leaf(Node::And);
    both.operands = {std::move(span), std::move(taps)};
    return both;
  }
  if (auto strided = dyn_cast<StridedAttr>(pattern))
    return leaf(Node::Strided, strided.getStride());
  if (auto columns = dyn_cast<ColumnsAttr>(pattern))
    return leaf(Node::Columns, columns.getStride(), columns.getPhase(),
                columns.getWidth());
  if (auto prefix = dyn_cast<PrefixAttr>(pattern))
    return leaf(Node::Prefix, prefix.getLen());
  if (auto local = dyn_cast<BlockLocalAttr>(pattern)) {
    int64_t size = local.getSize();
    return leaf(Node::Blocks, size,
                std::max(local.getLeftBlocks() * size, local.getBoundary()),
                size +
                    std::max(local.getRightBlocks() * size, local.getBoundary()));
  }
  if (isa<GlobalAttr>(pattern))
    return leaf(Node::Global);
  if (isa<NeighborhoodAttr>(pattern))
    return leaf(Node::Neighborhood);
  if (auto andAttr = dyn_cast<AndAttr>(pattern))
    return combine(Node::And, andAttr.getOperands());
  if (auto orAttr = dyn_cast<OrAttr>(pattern))
    return combine(Node::Or, orAttr.getOperands());
  if (auto notAttr = dyn_cast<NotAttr>(pattern))
    return combine(Node::Not, notAttr.getOperand());
  // Rows of one block are alike.
  if (auto random = dyn_cast<RandomAttr>(pattern))
    return leaf(Node::List, random.getBlock());
  if (auto mask = dyn_cast<BlockMaskAttr>(pattern))
    return leaf(Node::List, mask.getQueryBlock());
  return leaf(Node::List, 0);
}

namespace {
using Intervals = SmallVector<std::pair<int64_t, int64_t>>;

/// The positions of a global pattern that may lie in [first, last], as intervals.
Intervals getGlobalIntervals(GlobalAttr attr, int64_t numKeys, int64_t first,
                             int64_t last) {
  Intervals intervals;
  auto add = [&](int64_t lo, int64_t hi) {
    if (lo < hi && lo <= last && first < hi)
      intervals.push_back({lo, hi});
  };
  add(0, attr.getFirst());
  ArrayRef<int64_t> positions = attr.getPositions();
  for (const int64_t *at = llvm::lower_bound(positions, first);
       at != positions.end() && *at <= last;) {
    int64_t lo = *at, hi = lo + 1;
    for (++at; at != positions.end() && *at == hi; ++at)
      ++hi;
    add(lo, hi);
  }
  if (attr.getLast()) {
    int64_t block = attr.getLastBlock();
    int64_t blocks = llvm::divideCeil(numKeys, block);
    add(std::max<int64_t>((blocks - attr.getLast()) * block, 0), numKeys);
  }
  return intervals;
}

RectangleClass classifyGlobal(GlobalAttr attr, int64_t numKeys,
                              int64_t firstRow, int64_t lastRow,
                              int64_t firstKey, int64_t lastKey,
                              RectangleSignature &signature) {
  auto visitAxis = [&](int64_t first, int64_t last) {
    RectangleClass result = isEmpty;
    Intervals intervals = getGlobalIntervals(attr, numKeys, first, last);
    signature.push_back(intervals.size());
    for (auto [lo, hi] : intervals) {
      if (lo <= first && last < hi)
        return isFull;
      signature.push_back(std::max<int64_t>(lo - first, 0));
      signature.push_back(std::min(hi, last + 1) - first);
      result = isRegular;
    }
    return result;
  };
  RectangleClass rows = isEmpty, keys = isEmpty;
  if (attr.getRows())
    rows = visitAxis(firstRow, lastRow);
  if (attr.getColumns())
    keys = visitAxis(firstKey, lastKey);
  if (rows.kind == RectangleClass::Full || keys.kind == RectangleClass::Full)
    return isFull;
  return rows.kind == RectangleClass::Empty ? keys : isRegular;
}

/// Window [lo, hi) of a coordinate, along an axis of `size` points.
std::pair<int64_t, int64_t> getAxisWindow(int64_t at, int64_t size,
                                          int64_t kernel, bool clips) {
  int64_t lo = at - kernel / 2;
  if (clips)
    return {std::max<int64_t>(lo, 0), std::min(lo + kernel, size)};
  lo = std::min(std::max<int64_t>(lo, 0), size - kernel);
  return {lo, lo + kernel};
}

RectangleClass classifyNeighborhood(NeighborhoodAttr attr, int64_t firstRow,
                                    int64_t lastRow, int64_t firstKey,
                                    int64_t lastKey,
                                    RectangleSignature &signature) {
  int64_t height = attr.getGridHeight(), width = attr.getGridWidth();
  bool clips = attr.getBorder() == NeighborhoodBorder::Clip;
  if (lastRow < 0 || firstRow >= height * width)
    return isEmpty;
  auto rowsOf = [&](int64_t at) {
    return getAxisWindow(at, height, attr.getKernelHeight(), clips);
  };
  auto colsOf = [&](int64_t at) {
    return getAxisWindow(at, width, attr.getKernelWidth(), clips);
  };
  bool isInside = 0 <= firstRow && lastRow < height * width;
  int64_t first = std::max<int64_t>(firstRow, 0) / width;
  int64_t last = std::min(lastRow, height * width - 1) / width;
  auto [rowLo, fullRowHi] = rowsOf(first);
  auto [fullRowLo, rowHi] = rowsOf(last);
  int64_t firstKeyRow = firstKey / width, lastKeyRow = lastKey / width;
  if (lastKeyRow < rowLo || rowHi <= firstKeyRow)
    return isEmpty;
  if (firstKeyRow == lastKeyRow) {
    bool sameRow = first == last && isInside;
    auto [colLo, fullColHi] = colsOf(sameRow ? firstRow % width : 0);
    auto [fullColLo, colHi] = colsOf(sameRow ? lastRow % width : width - 1);
    if (lastKey % width < colLo || colHi <= firstKey % width)
      return isEmpty;
    if (isInside && fullRowLo <= firstKeyRow && firstKeyRow < fullRowHi &&
        fullColLo <= firstKey % width && lastKey % width < fullColHi)
      return isFull;
  }
  // Away from the upper and lower border all grid rows are alike.
  int64_t above = attr.getKernelHeight() / 2;
  bool isShifted = first - above < 0 ||
                   last - above + attr.getKernelHeight() > height || !isInside;
  signature.push_back(isShifted ? firstRow : modulo(firstRow, width));
  signature.push_back(firstKey - firstRow);
  signature.push_back(isShifted);
  return isRegular;
}
} // namespace

const RectangleClassifier::Answer &
RectangleClassifier::ask(const Node &list, const Query &query) const {
  Answer &last = lastAnswer;
  if (last.list == Attribute(list.leaf) && last.firstRow == query.firstRow &&
      last.lastRow == query.lastRow && last.begin <= query.firstKey &&
      query.firstKey < last.end)
    return last;
  QueryTile tile;
  tile.scope = shape.getScope();
  tile.first = query.firstRow;
  tile.last = query.lastRow;
  tile.step = query.step;
  KeySegment segment = list.leaf.nextSegment(tile, query.firstKey);
  last = {list.leaf, query.firstRow, query.lastRow, query.firstKey,
          segment.end.getConstant(),
          !segment.live.isTrue()  ? RectangleClass::Empty
          : segment.full.isTrue() ? RectangleClass::Full
                                  : RectangleClass::Irregular};
  return last;
}

RectangleClass
RectangleClassifier::visit(const Node &node, const Query &query,
                           RectangleSignature &signature) const {
  int64_t distance = query.firstKey - query.firstRow;
  int64_t rowSpan = query.lastRow - query.firstRow;
  int64_t keySpan = query.lastKey - query.firstKey;
  switch (node.kind) {
  case Node::Constant:
    return {static_cast<RectangleClass::Kind>(node.a), 0, 0, 0};

  case Node::Window: {
    int64_t least = distance - rowSpan, most = distance + keySpan;
    bool cutsLeft = node.a != unbounded && least < -node.a;
    bool cutsRight = node.b != unbounded && most > node.b;
    if ((cutsLeft && most < -node.a) || (cutsRight && least > node.b))
      return isEmpty;
    if (!cutsLeft && !cutsRight)
      return isFull;
    signature.push_back(
        cutsLeft ? floorDivide(distance + node.a, query.step) : unbounded);
    signature.push_back(
        cutsRight ? floorDivide(node.b - distance, query.step) : unbounded);
    if (query.numRows == 1)
      return isInterval(
          cutsLeft ? ceilDivide(-node.a - distance, query.step) : 0,
          cutsRight ? floorDivide(node.b - distance, query.step) + 1 : 0);
    return isRegular;
  }

  case Node::Strided: {
    if (query.step % node.a == 0)
      return isFull;
    int64_t residue = modulo(distance, node.a);
    if (residue > rowSpan && residue + keySpan < node.a)
      return isEmpty;
    if (residue == 0 && rowSpan == 0 && keySpan == 0)
      return isFull;
    signature.push_back(residue);
    return isRegular;
  }

  case Node::Columns: {
    int64_t residue = modulo(query.firstKey - node.b, node.a);
    if (residue + keySpan < node.c)
      return isFull;
    if (residue >= node.c && residue + keySpan < node.a)
      return isEmpty;
    signature.push_back(residue);
    return isRegular;
  }

  case Node::Prefix:
    if (query.lastKey < node.a)
      return isFull;
    if (query.firstKey >= node.a)
      return isEmpty;
    signature.push_back(ceilDivide(node.a - query.firstKey, query.step));
    return isInterval(0, signature.back());

  case Node::Blocks: {
    int64_t firstBlock = floorDivide(query.firstRow, node.a) * node.a;
    int64_t lastBlock = floorDivide(query.lastRow, node.a) * node.a;
    if (query.lastKey < firstBlock - node.b ||
        query.firstKey >= lastBlock + node.c)
      return isEmpty;
    if (lastBlock - node.b <= query.firstKey &&
        query.lastKey < firstBlock + node.c)
      return isFull;
    if (firstBlock == lastBlock) {
      signature.push_back(unbounded);
      signature.push_back(
          std::max<int64_t>(firstBlock - node.b - query.firstKey, 0));
      signature.push_back(
          std::min(firstBlock + node.c - query.firstKey, keySpan + 1));
    } else {
      signature.push_back(query.firstRow - firstBlock);
      signature.push_back(distance);
    }
    return isRegular;
  }

  case Node::Global:
    return classifyGlobal(cast<GlobalAttr>(Attribute(node.leaf)), shape.numKeys,
                          query.firstRow, query.lastRow, query.firstKey,
                          query.lastKey, signature);

  case Node::Neighborhood:
    return classifyNeighborhood(cast<NeighborhoodAttr>(Attribute(node.leaf)),
                                query.firstRow, query.lastRow, query.firstKey,
                                query.lastKey, signature);

  case Node::List: {
    if (!query.keepsPartial && node.a) {
      int64_t firstBlock = floorDivide(query.firstRow, node.a);
      if (firstBlock != floorDivide(query.lastRow, node.a)) {
        // The last row of the first half, or what follows the first block.
        int64_t middle = query.firstRow + query.numRows / 2 * query.step;
        int64_t border = std::max(floorDivide(middle, node.a), firstBlock + 1);
        return {RectangleClass::Irregular,
                ceilDivide(border * node.a - query.firstRow, query.step), 0, 0};
      }
    }
    const Answer &answer = ask(node, query);
    if (answer.end <= query.lastKey)
      return {RectangleClass::Irregular, 0,
              ceilDivide(answer.end - query.firstKey, query.step), 0};
    if (answer.kind != RectangleClass::Irregular)
      return {answer.kind, 0, 0, 0};
    return query.keepsPartial ? isRegular
                              : RectangleClass{RectangleClass::Irregular,
                                               query.numRows / 2, 0, 0};
  }

  case Node::Not: {
    RectangleClass result = visit(node.operands.front(), query, signature);
    if (result.kind == RectangleClass::Empty)
      return isFull;
    if (result.kind == RectangleClass::Full)
      return isEmpty;
    return result;
  }

  case Node::And:
  case Node::Or:
    return visitCombinator(node, query, signature);
  }
  llvm_unreachable("unknown kind of node");
}

//===----------------------------------------------------------------------===//
// Composition
//===----------------------------------------------------------------------===//

RectangleClass RectangleClassifier::visitCombinator(
    const Node &node, const Query &query, RectangleSignature &signature) const {
  RectangleClass decides = node.kind == Node::And ? isEmpty : isFull;
  RectangleClass result = node.kind == Node::And ? isFull : isEmpty;
  for (const auto &[index, operand] : llvm::enumerate(node.operands)) {
    size_t begin = signature.size();
    signature.push_back(index);
    RectangleClass own = visit(operand, query, signature);
    if (own.kind == decides.kind)
      return decides;
    if (own.kind == RectangleClass::Regular) {
      if (result.kind != RectangleClass::Irregular) {
        own.edgeKeys = getNearest(own.edgeKeys, result.edgeKeys);
        result = own;
      }
      continue;
    }
    signature.truncate(begin);
    if (own.kind != RectangleClass::Irregular)
      continue;
    if (result.kind != RectangleClass::Irregular) {
      result = own;
      continue;
    }
    result.splitRows = getNearest(result.splitRows, own.splitRows);
    result.splitKeys = getNearest(result.splitKeys, own.splitKeys);
  }
  return result;
}

RectangleClass
RectangleClassifier::classify(const Rectangle &rectangle,
                              RectangleSignature &signature,
                              bool keepsPartial) const {
  Query query;
  query.numRows = rectangle.numRows;
  query.numKeys = rectangle.numKeys;
  query.step = phase.step;
  query.firstRow = rectangle.firstRow + shape.offset;
  query.lastRow = query.firstRow + (rectangle.numRows - 1) * phase.step;
  query.firstKey = rectangle.firstKey;
  query.lastKey = query.firstKey + (rectangle.numKeys - 1) * phase.step;
  query.keepsPartial = keepsPartial;
  signature.clear();
  signature.push_back(rectangle.numRows);
  signature.push_back(rectangle.numKeys);
  return visit(root, query, signature);
}

//===----------------------------------------------------------------------===//
// Rectangles
//===----------------------------------------------------------------------===//

void RectangleClassifier::forEachSegment(
    const Rectangle &rectangle,
    llvm::function_ref<void(const KeyRange &)> visit) const {
  sattn::forEachSegment(
      phase, shape, rectangle.firstRow, rectangle.numRows, rectangle.firstKey,
      rectangle.firstKey + (rectangle.numKeys - 1) * phase.step + 1, visit);
}

std::pair<Rectangle, Rectangle>
RectangleClassifier::splitRows(const Rectangle &whole, int64_t rows) const {
  Rectangle top = whole, bottom = whole;
  top.numRows = rows;
  bottom.firstRow += rows * phase.step;
  bottom.numRows -= rows;
  return {top, bottom};
}

std::pair<Rectangle, Rectangle>
RectangleClassifier::splitKeys(const Rectangle &whole, int64_t keys) const {
  Rectangle left = whole, right = whole;
  left.numKeys = keys;
  right.firstKey += keys * phase.step;
  right.numKeys -= keys;
  return {left, right};
}

Rectangle RectangleClassifier::getAllKeys(int64_t firstRow,
                                          int64_t numRows) const {
  int64_t firstKey = modulo(firstRow + shape.offset, phase.step);
  int64_t numKeys = firstKey < shape.numKeys
                        ? ceilDivide(shape.numKeys - firstKey, phase.step)
                        : 0;
  return {firstRow, numRows, firstKey, numKeys};
}
