// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `random`: blocks or single keys drawn by a formula.
#include "ListedPatterns.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <array>
#include <tuple>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::detail;

namespace {
/// A tile whose rows draw more blocks than this is called partial by the numeric
/// evaluation, which then splits it.
constexpr int64_t maxNumericDraws = int64_t(1) << 13;

uint32_t mix(uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  x ^= x >> 16;
  return x;
}

/// The blocks that the query blocks [first, last] of a head draw.
class TileDraws {
public:
  /// Questions come in runs about the same tile, in turns for each `random` of a
  /// pattern: the last few are remembered.
  static const TileDraws &get(RandomAttr attr, int64_t numBlocks, int64_t head,
                              int64_t first, int64_t last) {
    static thread_local std::array<TileDraws, 4> recent;
    static thread_local size_t oldest = 0;
    Key key{attr.getPerRow(), attr.getSeed(), numBlocks, head, first, last};
    for (const TileDraws &draws : recent)
      if (draws.key == key)
        return draws;
    TileDraws &draws = recent[oldest];
    oldest = (oldest + 1) % recent.size();
    draws.key = key;
    draws.fill(attr);
    return draws;
  }

  /// How many of the query blocks draw the first block that is at or after `block`, and
  /// which that is; none is `numBlocks`.
  std::pair<int64_t, int64_t> findFrom(int64_t block) const {
    auto at = llvm::lower_bound(drawn, block);
    if (at == drawn.end())
      return {0, std::get<2>(key)};
    return {std::upper_bound(at, drawn.end(), *at) - at, *at};
  }

private:
  /// per_row, seed, numBlocks, head, first, last.
  using Key = std::tuple<int64_t, int64_t, int64_t, int64_t, int64_t, int64_t>;

  void fill(RandomAttr attr) {
    auto [perRow, seed, numBlocks, head, first, last] = key;
    drawn.clear();
    for (int64_t block = first; block <= last; ++block)
      attr.drawBlocks(numBlocks, head, block, drawn);
    std::sort(drawn.begin(), drawn.end());
  }

  Key key{0, 0, -1, 0, 0, 0};
  SmallVector<int64_t> drawn;
};

Value emitMix(ImplicitLocOpBuilder &b, Value x) {
  auto constant = [&](uint32_t value) -> Value {
    return arith::ConstantIntOp::create(b, static_cast<int32_t>(value), 32);
  };
  auto foldIn = [&](Value value, unsigned shift) -> Value {
    return arith::XOrIOp::create(
        b, value, arith::ShRUIOp::create(b, value, constant(shift)));
  };
  x = foldIn(x, 16);
  x = arith::MulIOp::create(b, x, constant(0x7feb352du));
  x = foldIn(x, 15);
  x = arith::MulIOp::create(b, x, constant(0x846ca68bu));
  return foldIn(x, 16);
}
} // namespace

namespace {
/// The drawn blocks [heads, query blocks, per_row] of a kernel's rows, flat so
/// that lanes can gather.
class DrawTable {
public:
  DrawTable(ArrayRef<Value> tables, int64_t perRow, ImplicitLocOpBuilder &b)
      : drawn(tables[0]), queryBlocks(tables[1], b), firstBlock(tables[2], b),
        firstHead(tables[3], b), perRow(perRow), b(b) {}

  /// Where the draws of (head, query block) begin. Blocks of no row (before the
  /// first, after the last) have those of a row: whoever asks has no use for
  /// the answer, but must read within the table.
  IndexExpr row(const IndexExpr &head, const IndexExpr &queryBlock) {
    IndexExpr block = min(max(queryBlock - firstBlock, 0), queryBlocks - 1);
    return IndexExpr((((head - firstHead) * queryBlocks + block) * perRow)
                         .materializeIndex(b),
                     b);
  }
  Value getBuffer() const { return drawn; }
  Value at(const IndexExpr &row, Value t) {
    Value position = (row + IndexExpr(t, b)).materializeIndex(b);
    return asIndex(b, memref::LoadOp::create(b, drawn, ValueRange{position}));
  }

private:
  Value drawn;
  IndexExpr queryBlocks, firstBlock, firstHead;
  int64_t perRow;
  ImplicitLocOpBuilder &b;
};
} // namespace

namespace {
/// Query blocks whose draws a thread makes at once.
constexpr int64_t blocksAtOnce = 64;

/// What is drawn for a row already, as bits of block numbers modulo a power of two: hardly ever two
/// of a row's draws share a bit, and the set is as small as a row, however many blocks there are.
class DrawnFilter {
public:
  DrawnFilter(ImplicitLocOpBuilder &b, int64_t perRow)
      : b(b), numBits(llvm::PowerOf2Ceil(std::max<int64_t>(32 * perRow, 1024))) {
    auto type = MemRefType::get({numBits / 32}, b.getI32Type());
    bits = memref::AllocOp::create(b, type);
    auto loop = scf::ForOp::create(b, arith::ConstantIndexOp::create(b, 0),
                                   arith::ConstantIndexOp::create(b, numBits / 32),
                                   arith::ConstantIndexOp::create(b, 1));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    memref::StoreOp::create(b, i32(0), bits, loop.getInductionVar());
  }
  /// False only if the block is not in the set.
  Value mayContain(Value block) {
    Value shifted = arith::ShRUIOp::create(b, load(block),
                                           arith::AndIOp::create(b, block, i32(31)));
    return arith::TruncIOp::create(b, b.getI1Type(), shifted);
  }
  void insert(Value block) {
    Value bit = arith::ShLIOp::create(b, i32(1),
                                      arith::AndIOp::create(b, block, i32(31)));
    Value word = arith::OrIOp::create(b, load(block), bit);
    memref::StoreOp::create(b, word, bits, wordOf(block));
  }
  /// Removes the block, and maybe others.
  void clearWordOf(Value block) {
    memref::StoreOp::create(b, i32(0), bits, wordOf(block));
  }
  void release() { memref::DeallocOp::create(b, bits); }

private:
  Value i32(int32_t value) { return arith::ConstantIntOp::create(b, value, 32); }
  Value wordOf(Value block) {
    Value bit = arith::AndIOp::create(b, block, i32(numBits - 1));
    return asIndex(b, arith::ShRUIOp::create(b, bit, i32(5)));
  }
  Value load(Value block) { return memref::LoadOp::create(b, bits, wordOf(block)); }

  ImplicitLocOpBuilder &b;
  int64_t numBits;
  Value bits;
};
} // namespace

void RandomAttr::drawBlocks(int64_t numBlocks, int64_t head, int64_t queryBlock,
                            SmallVectorImpl<int64_t> &drawn) const {
  size_t begin = drawn.size();
  int64_t count = std::min(getPerRow(), numBlocks);
  uint32_t row = mix(mix(mix(static_cast<uint32_t>(getSeed())) +
                         static_cast<uint32_t>(head)) +
                     static_cast<uint32_t>(queryBlock));
  for (int64_t t = 0; t < count; ++t) {
    int64_t most = numBlocks - count + t;
    int64_t choice = mix(row + static_cast<uint32_t>(t)) %
                     static_cast<uint32_t>(most + 1);
    bool isTaken = llvm::is_contained(ArrayRef(drawn).drop_front(begin), choice);
    drawn.push_back(isTaken ? most : choice);
  }
}

LogicalResult RandomAttr::verify(EmitError emitError, int64_t block,
                                 int64_t perRow, int64_t seed) {
  if (block < 1 || block > (int64_t(1) << 20))
    return emitError() << "expected 'block' to be between 1 and 2^20, but got "
                       << block;
  if (perRow < 1 || perRow > 4096)
    return emitError()
           << "expected 'per_row' to be between 1 and 4096, but got " << perRow;
  if (seed < 0 || seed > UINT32_MAX)
    return emitError() << "expected 'seed' to be an unsigned 32-bit number, "
                          "but got "
                       << seed;
  return success();
}

IndexExpr RandomAttr::buildPredicate(const PatternScope &scope, IndexExpr query,
                                     IndexExpr key) const {
  IndexExpr keyBlock = floorDiv(key, getBlock());
  IndexExpr queryBlock = floorDiv(query, getBlock());
  if (query.isConstant() && key.isConstant() && scope.numKeys.isConstant()) {
    if (query.getConstant() < 0)
      return false;
    int64_t row = queryBlock.getConstant();
    const TileDraws &draws = TileDraws::get(
        *this, ceilDiv(scope.numKeys, getBlock()).getConstant(),
        scope.head.getConstant(), row, row);
    return draws.findFrom(keyBlock.getConstant()).second ==
           keyBlock.getConstant();
  }
  ImplicitLocOpBuilder &b =
      *(query.getBuilder() ? query.getBuilder() : key.getBuilder());
  DrawTable table(tablesOf(scope, *this), getPerRow(), b);
  Value wanted = keyBlock.materializeIndex(b);
  IndexExpr row = table.row(scope.head, queryBlock);
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  Value end = arith::ConstantIndexOp::create(b, getPerRow());
  Value no = arith::ConstantIntOp::create(b, 0, 1);
  auto loop = scf::ForOp::create(b, zero, end, one, ValueRange{no});
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value drawn = table.at(row, loop.getInductionVar());
    Value hit =
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, drawn, wanted);
    scf::YieldOp::create(
        b, Value(arith::OrIOp::create(b, loop.getRegionIterArg(0), hit)));
  }
  return IndexExpr(loop.getResult(0), b) & (IndexExpr(0) <= query);
}

KeySegment RandomAttr::nextSegment(const QueryTile &tile, IndexExpr key) const {
  const IndexExpr &numKeys = tile.scope.numKeys;
  IndexExpr block = getBlock();
  IndexExpr keyBlock = floorDiv(key, block);
  IndexExpr firstBlock = floorDiv(max(tile.first, 0), block);
  IndexExpr lastBlock = floorDiv(max(tile.last, 0), block);
  IndexExpr someRow = IndexExpr(0) <= tile.last;
  IndexExpr allRows = IndexExpr(0) <= tile.first;

  if (tile.first.isConstant() && tile.last.isConstant() && key.isConstant()) {
    if (!someRow.isTrue())
      return {false, false, numKeys};
    int64_t lo = firstBlock.getConstant(), hi = lastBlock.getConstant();
    if ((hi - lo + 1) * getPerRow() > maxNumericDraws)
      return {true, false, numKeys};
    auto [rows, next] =
        TileDraws::get(*this, ceilDiv(numKeys, block).getConstant(),
                       tile.scope.head.getConstant(), lo, hi)
            .findFrom(keyBlock.getConstant());
    bool any = rows > 0 && next == keyBlock.getConstant();
    bool all = any && rows == hi - lo + 1;
    return {any, all & allRows,
            any ? (keyBlock + 1) * block : next * getBlock()};
  }

  ImplicitLocOpBuilder &b =
      *(key.getBuilder() ? key.getBuilder() : tile.first.getBuilder());
  DrawTable table(tablesOf(tile.scope, *this), getPerRow(), b);
  Value wanted = keyBlock.materializeIndex(b);
  Value numBlocks = ceilDiv(numKeys, block).materializeIndex(b);
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  Value perRow = arith::ConstantIndexOp::create(b, getPerRow());
  BlockSweep sweep = emitBlockSweep(
      b, firstBlock.materializeIndex(b), lastBlock.materializeIndex(b),
      numBlocks, [&](Value queryBlock) -> std::pair<Value, Value> {
        IndexExpr row = table.row(tile.scope.head, IndexExpr(queryBlock, b));
        // The least drawn block that is not before the wanted one.
        auto loop =
            scf::ForOp::create(b, zero, perRow, one, ValueRange{numBlocks});
        {
          OpBuilder::InsertionGuard guard(b);
          b.setInsertionPointToStart(loop.getBody());
          Value drawn = table.at(row, loop.getInductionVar());
          Value ahead = arith::CmpIOp::create(b, arith::CmpIPredicate::sge,
                                              drawn, wanted);
          Value candidate = arith::SelectOp::create(b, ahead, drawn, numBlocks);
          scf::YieldOp::create(b, Value(arith::MinSIOp::create(
                                      b, loop.getRegionIterArg(0), candidate)));
        }
        Value next = loop.getResult(0);
        return {
            arith::CmpIOp::create(b, arith::CmpIPredicate::eq, next, wanted),
            next};
      });
  IndexExpr any = IndexExpr(sweep.any, b) & someRow;
  IndexExpr all = IndexExpr(sweep.all, b) & allRows;
  return {any, all,
          select(someRow,
                 select(any, (keyBlock + 1) * block,
                        max(IndexExpr(sweep.next, b) * block, key + 1)),
                 numKeys)};
}

std::tuple<Value, IndexExpr, IndexExpr>
RandomAttr::getDraws(const PatternScope &scope, const IndexExpr &query) const {
  ArrayRef<Value> tables = tablesOf(scope, *this);
  ImplicitLocOpBuilder &b = *query.getBuilder();
  DrawTable table(tables, getPerRow(), b);
  IndexExpr begin = table.row(scope.head, floorDiv(query, getBlock()));
  IndexExpr count = select(IndexExpr(0) <= query, getPerRow(), 0);
  return {table.getBuffer(), begin, begin + count};
}

SmallVector<Value> RandomAttr::buildTables(ImplicitLocOpBuilder &b,
                                           const TableExtent &extent) const {
  // Rows at negative positions see nothing: position 0 stands in for them.
  IndexExpr first(extent.firstPosition, b);
  IndexExpr last = first + IndexExpr(extent.numPositions, b) - 1;
  IndexExpr firstExpr = floorDiv(max(first, 0), getBlock());
  Value firstBlock = firstExpr.materializeIndex(b);
  // At least 1, also if positions pass the end of 64 bits.
  Value queryBlocks =
      max(floorDiv(max(last, 0), getBlock()) - firstExpr + 1, 1)
          .materializeIndex(b);
  Value keyBlocks =
      ceilDiv(IndexExpr(extent.numKeys, b), getBlock()).materializeIndex(b);
  IndexExpr size =
      IndexExpr(extent.numHeads, b) * IndexExpr(queryBlocks, b) * getPerRow();
  Value drawn = memref::AllocOp::create(
      b, MemRefType::get({ShapedType::kDynamic}, b.getI32Type()),
      ValueRange{size.materializeIndex(b)});
  SmallVector<Value> tables{drawn, queryBlocks, firstBlock, extent.firstHead};
  DrawTable table(tables, getPerRow(), b);
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  Value perRow = arith::ConstantIndexOp::create(b, getPerRow());
  Value count = arith::MinSIOp::create(b, perRow, keyBlocks);
  Type i32 = b.getI32Type();
  auto toI32 = [&](Value index) -> Value {
    return arith::IndexCastOp::create(b, i32, index);
  };
  auto add = [&](Value lhs, Value rhs) -> Value {
    return arith::AddIOp::create(b, lhs, rhs);
  };

  OpBuilder::InsertionGuard guard(b);
  Value chunks = ceilDiv(IndexExpr(queryBlocks, b), blocksAtOnce).materializeIndex(b);
  auto heads = scf::ParallelOp::create(b, ValueRange{zero, zero},
                                       ValueRange{extent.numHeads, chunks},
                                       ValueRange{one, one});
  b.setInsertionPointToStart(heads.getBody());
  IndexExpr head = IndexExpr(extent.firstHead, b) +
                   IndexExpr(heads.getInductionVars()[0], b);
  IndexExpr firstOfChunk = IndexExpr(heads.getInductionVars()[1], b) * blocksAtOnce;
  Value endOfChunk =
      min(firstOfChunk + blocksAtOnce, IndexExpr(queryBlocks, b)).materializeIndex(b);
  DrawnFilter filter(b, getPerRow());
  Value seed = emitMix(
      b, arith::ConstantIntOp::create(b, static_cast<int32_t>(getSeed()), 32));
  Value headHash = emitMix(b, add(seed, toI32(head.materializeIndex(b))));
  auto rows = scf::ForOp::create(b, firstOfChunk.materializeIndex(b), endOfChunk, one);
  b.setInsertionPointToStart(rows.getBody());
  IndexExpr row = firstExpr + IndexExpr(rows.getInductionVar(), b);
  Value rowHash = emitMix(b, add(headHash, toI32(row.materializeIndex(b))));
  IndexExpr begin = table.row(head, row);
  auto draws = scf::ForOp::create(b, zero, perRow, one);
  b.setInsertionPointToStart(draws.getBody());
  Value t = draws.getInductionVar();
  // Entries beyond `count` are -1: no block.
  Value isDraw = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, t, count);
  auto ifDraw = scf::IfOp::create(b, TypeRange{i32}, isDraw, true);
  {
    OpBuilder::InsertionGuard inner(b);
    b.setInsertionPointToStart(&ifDraw.getElseRegion().front());
    scf::YieldOp::create(b, Value(arith::ConstantIntOp::create(b, -1, 32)));
    b.setInsertionPointToStart(&ifDraw.getThenRegion().front());
    Value most = toI32(add(arith::SubIOp::create(b, keyBlocks, count), t));
    Value hash = emitMix(b, add(rowHash, toI32(t)));
    Value choice = arith::RemUIOp::create(
        b, hash, add(most, arith::ConstantIntOp::create(b, 1, 32)));
    Value no = arith::ConstantIntOp::create(b, 0, 1);
    auto isDrawn = scf::IfOp::create(b, TypeRange{b.getI1Type()},
                                     filter.mayContain(choice), true);
    {
      OpBuilder::InsertionGuard innermost(b);
      b.setInsertionPointToStart(&isDrawn.getElseRegion().front());
      scf::YieldOp::create(b, no);
      b.setInsertionPointToStart(&isDrawn.getThenRegion().front());
      auto earlier = scf::ForOp::create(b, zero, t, one, ValueRange{no});
      scf::YieldOp::create(b, earlier.getResult(0));
      b.setInsertionPointToStart(earlier.getBody());
      Value before = toI32(table.at(begin, earlier.getInductionVar()));
      Value same =
          arith::CmpIOp::create(b, arith::CmpIPredicate::eq, before, choice);
      scf::YieldOp::create(
          b, Value(arith::OrIOp::create(b, earlier.getRegionIterArg(0), same)));
    }
    Value number = arith::SelectOp::create(b, isDrawn.getResult(0), most, choice);
    filter.insert(number);
    scf::YieldOp::create(b, number);
  }
  memref::StoreOp::create(b, ifDraw.getResult(0), drawn,
                          (begin + IndexExpr(t, b)).materializeIndex(b));
  b.setInsertionPointAfter(draws);
  auto drawsOfRow = scf::ForOp::create(b, zero, count, one);
  b.setInsertionPointToStart(drawsOfRow.getBody());
  filter.clearWordOf(toI32(table.at(begin, drawsOfRow.getInductionVar())));
  b.setInsertionPointAfter(rows);
  filter.release();
  return tables;
}

void RandomAttr::releaseTables(ImplicitLocOpBuilder &b,
                               ValueRange tables) const {
  memref::DeallocOp::create(b, tables.front());
}
