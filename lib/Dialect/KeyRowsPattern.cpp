// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `key_rows`: for each key an interval of rows that see it (Wang et al., "FlashMask:
/// Efficient and Rich Mask Extension of FlashAttention", 2024). Tables of the bounds of
/// blocks of keys, filled once per call, let a tile pass blocks that it sees all or
/// nothing of.
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "RuntimePatternsDetail.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::detail;

namespace {
constexpr int64_t blockKeys = 32;

enum Bound { LeastBegin, MostBegin, LeastEnd, MostEnd };
enum Class { Empty, Partial, Full };
} // namespace

LogicalResult KeyRowsAttr::verify(EmitError emitError, int64_t begin,
                                  int64_t end) {
  return verifyOperandNumbers(emitError, {begin, end}, 2);
}

std::pair<unsigned, unsigned> KeyRowsAttr::getOperandCounts() const {
  return {2, 2};
}

SmallVector<PatternOperandSpec> KeyRowsAttr::getOperandSpecs() const {
  if (getBegin() < 0)
    return {};
  const SmallVector<OperandDim> dims = {{OperandDim::Batch, 1, 0, true},
                                        {OperandDim::Heads, 1, 0, true},
                                        {OperandDim::Keys, 1, 0, true}};
  return {{SATTN_FIRST_ROWS, getBegin(), dims}, {SATTN_END_ROWS, getEnd(), dims}};
}

Attribute KeyRowsAttr::withOperands(ArrayRef<int64_t> operands) const {
  return get(getContext(), operands.empty() ? -1 : operands[0],
             operands.empty() ? -1 : operands[1]);
}

PatternAttr KeyRowsAttr::getTypicalPattern() const {
  return getTypicalDocuments(getContext());
}

bool KeyRowsAttr::dependsOnHead() const { return true; }

SmallVector<PatternOperand>
KeyRowsAttr::buildRuntimeTables(IndexProgram &program, const RuntimeSizes &sizes,
                                ArrayRef<PatternOperand> operands) const {
  IndexExpr batches = 1, heads = 1;
  for (const PatternOperand &operand : operands) {
    int64_t rank = operand.getRank();
    if (rank > 2)
      batches = max(batches, operand.getSize(rank - 3));
    if (rank > 1)
      heads = max(heads, operand.getSize(rank - 2));
  }
  IndexExpr blocks = ceilDiv(sizes.keys, blockKeys);
  SmallVector<PatternOperand> tables;
  for (int bound = LeastBegin; bound <= MostEnd; ++bound)
    tables.push_back(program.allocate({batches, heads, max(blocks, 1)}));
  // No operation has rows beyond these bounds, which fit a table.
  constexpr int64_t mostRow = int64_t(1) << 30;
  auto clamp = [&](const IndexExpr &row) {
    return max(min(row, mostRow), -mostRow);
  };
  program.forEach(batches, [&](const IndexExpr &b) {
    program.forEach(heads, [&](const IndexExpr &h) {
      program.forEach(blocks, [&](const IndexExpr &block) {
        SmallVector<IndexExpr> bounds = program.loop(
            block * blockKeys, min((block + 1) * blockKeys, sizes.keys),
            {mostRow, -mostRow, mostRow, -mostRow},
            [&](const IndexExpr &key,
                ArrayRef<IndexExpr> carried) -> SmallVector<IndexExpr> {
              IndexExpr begin = clamp(operands[0].at({b, h, key}));
              IndexExpr end = clamp(operands[1].at({b, h, key}));
              return {min(carried[0], begin), max(carried[1], begin),
                      min(carried[2], end), max(carried[3], end)};
            });
        for (int bound = LeastBegin; bound <= MostEnd; ++bound)
          program.store(tables[bound], {b, h, block}, bounds[bound]);
      });
    });
  });
  return tables;
}

IndexExpr KeyRowsAttr::buildPredicate(const PatternScope &scope, IndexExpr query,
                                      IndexExpr key) const {
  IndexExpr row = query - scope.rowOrigin;
  auto at = [&](int64_t number) {
    return operandOf(scope, number).at({scope.batch, scope.head, key});
  };
  return (at(getBegin()) <= row) & (row < at(getEnd()));
}

KeySegment KeyRowsAttr::nextSegment(const QueryTile &tile, IndexExpr key) const {
  const PatternScope &scope = tile.scope;
  const PatternOperand &begins = operandOf(scope, getBegin()),
                       &ends = operandOf(scope, getEnd());
  ArrayRef<PatternOperand> tables = runtimeTablesOf(scope, *this);
  IndexProgram program = begins.getBuilder()
                             ? IndexProgram(*begins.getBuilder())
                             : IndexProgram();
  IndexExpr first = tile.first - scope.rowOrigin;
  IndexExpr last = tile.last - scope.rowOrigin;
  // An interval that has a row of the tile; one that has all of them.
  auto classify = [&](const IndexExpr &leastBegin, const IndexExpr &mostBegin,
                      const IndexExpr &leastEnd, const IndexExpr &mostEnd) {
    IndexExpr all = (mostBegin <= first) & (last < leastEnd);
    IndexExpr some = (leastBegin <= last) & (first < mostEnd);
    return select(all, int64_t(Full), select(some, int64_t(Partial), int64_t(Empty)));
  };
  auto classOf = [&](const IndexExpr &at) {
    IndexExpr begin = begins.at({scope.batch, scope.head, at});
    IndexExpr end = ends.at({scope.batch, scope.head, at});
    return classify(begin, begin, end, end);
  };
  auto classOfBlock = [&](const IndexExpr &block) {
    auto bound = [&](Bound which) {
      return tables[which].at({scope.batch, scope.head, block});
    };
    return classify(bound(LeastBegin), bound(MostBegin), bound(LeastEnd),
                    bound(MostEnd));
  };
  IndexExpr own = classOf(key);
  IndexExpr most = scope.numKeys - 1;
  IndexExpr end = program.loopWhile(
      {key + 1},
      [&](ArrayRef<IndexExpr> state) {
        return (state[0] <= most) & (classOf(min(state[0], most)) == own);
      },
      [&](ArrayRef<IndexExpr> state) -> SmallVector<IndexExpr> {
        IndexExpr block = floorDiv(state[0], blockKeys);
        IndexExpr isAlike = !(classOfBlock(block) == int64_t(Partial));
        return {select(isAlike, (block + 1) * blockKeys, state[0] + 1)};
      })[0];
  return {!(own == int64_t(Empty)), own == int64_t(Full), end};
}
