// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Patterns that are lists of blocks: random and block_mask. In numbers they are
/// evaluated from their definition; in kernels from tables with one entry per block.
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
using EmitError = function_ref<InFlightDiagnostic()>;

/// A tile that spans more query blocks than this is called partial by the numeric
/// evaluation, which then splits it.
constexpr int64_t maxNumericBlocks = 8;

/// Calls `visit(block)` with an scf.for over [lo, hi], threading two truth values and
/// a number: the union, the intersection and the least next key.
struct BlockSweep {
  Value any, all, next;
};

template <typename Visit>
BlockSweep emitBlockSweep(ImplicitLocOpBuilder &b, Value lo, Value hi,
                          Value nextInit, Visit visit) {
  Value one = arith::ConstantIndexOp::create(b, 1);
  Value end = arith::AddIOp::create(b, hi, one);
  Value no = arith::ConstantIntOp::create(b, 0, 1);
  Value yes = arith::ConstantIntOp::create(b, 1, 1);
  auto loop = scf::ForOp::create(b, lo, end, one, ValueRange{no, yes, nextInit});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  auto [live, next] = visit(loop.getInductionVar());
  Value any = arith::OrIOp::create(b, loop.getRegionIterArg(0), live);
  Value all = arith::AndIOp::create(b, loop.getRegionIterArg(1), live);
  Value least = arith::MinSIOp::create(b, loop.getRegionIterArg(2), next);
  scf::YieldOp::create(b, ValueRange{any, all, least});
  return {loop.getResult(0), loop.getResult(1), loop.getResult(2)};
}

Value asIndex(ImplicitLocOpBuilder &b, Value number) {
  return arith::IndexCastOp::create(b, b.getIndexType(), number);
}

/// `table` for the current attribute; the compiler provides it whenever it emits IR.
ArrayRef<Value> tablesOf(const PatternScope &scope, Attribute attr) {
  assert(scope.tables && scope.tables->contains(attr) &&
         "tables of a listed pattern must be built before its code");
  return scope.tables->find(attr)->second;
}
} // namespace

//===----------------------------------------------------------------------===//
// random
//===----------------------------------------------------------------------===//

namespace {
uint32_t mix(uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  x ^= x >> 16;
  return x;
}

uint32_t hashDraw(uint32_t seed, uint32_t head, uint32_t block, uint32_t t) {
  return mix(mix(mix(mix(seed) + head) + block) + t);
}

/// The blocks drawn for one (head, query block), in order of drawing.
const SmallVector<int64_t> &drawBlocks(RandomAttr attr, int64_t numBlocks,
                                       int64_t head, int64_t block) {
  // Questions come in runs about the same block: remember the last draw.
  struct Memo {
    const void *attr = nullptr;
    int64_t perRow = 0, seed = 0, numBlocks = -1, head = -1, block = -1;
    SmallVector<int64_t> drawn;
  };
  static thread_local Memo memo;
  if (memo.perRow == attr.getPerRow() && memo.seed == attr.getSeed() &&
      memo.numBlocks == numBlocks && memo.head == head && memo.block == block)
    return memo.drawn;
  memo.perRow = attr.getPerRow();
  memo.seed = attr.getSeed();
  memo.numBlocks = numBlocks;
  memo.head = head;
  memo.block = block;
  memo.drawn.clear();
  int64_t count = std::min(attr.getPerRow(), numBlocks);
  for (int64_t t = 0; t < count; ++t) {
    int64_t most = numBlocks - count + t;
    int64_t choice = hashDraw(attr.getSeed(), head, block, t) %
                     static_cast<uint32_t>(most + 1);
    memo.drawn.push_back(llvm::is_contained(memo.drawn, choice) ? most
                                                                : choice);
  }
  return memo.drawn;
}

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
/// The drawn blocks [heads, query blocks, per_row], flat so that lanes can gather.
class DrawTable {
public:
  DrawTable(ArrayRef<Value> tables, int64_t perRow, ImplicitLocOpBuilder &b)
      : drawn(tables[0]), queryBlocks(tables[1], b), perRow(perRow), b(b) {}

  /// Where the draws of (head, query block) begin.
  IndexExpr row(const IndexExpr &head, const IndexExpr &queryBlock) {
    return IndexExpr(
        ((head * queryBlocks + queryBlock) * perRow).materializeIndex(b), b);
  }
  IndexExpr clamp(const IndexExpr &queryBlock) {
    return min(max(queryBlock, 0), queryBlocks - 1);
  }
  Value at(const IndexExpr &row, Value t) {
    Value position = (row + IndexExpr(t, b)).materializeIndex(b);
    return asIndex(b, memref::LoadOp::create(b, drawn, ValueRange{position}));
  }

private:
  Value drawn;
  IndexExpr queryBlocks;
  int64_t perRow;
  ImplicitLocOpBuilder &b;
};
} // namespace

LogicalResult RandomAttr::verify(EmitError emitError, int64_t block,
                                 int64_t perRow, int64_t seed) {
  if (block < 1 || block > (int64_t(1) << 20))
    return emitError() << "expected 'block' to be between 1 and 2^20, but got "
                       << block;
  if (perRow < 1 || perRow > 4096)
    return emitError() << "expected 'per_row' to be between 1 and 4096, but got "
                       << perRow;
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
    return llvm::is_contained(
        drawBlocks(*this, ceilDiv(scope.numKeys, getBlock()).getConstant(),
                   scope.head.getConstant(), queryBlock.getConstant()),
        keyBlock.getConstant());
  }
  ImplicitLocOpBuilder &b =
      *(query.getBuilder() ? query.getBuilder() : key.getBuilder());
  DrawTable table(tablesOf(scope, *this), getPerRow(), b);
  Value wanted = keyBlock.materializeIndex(b);
  // Positions before the first row and, in lanes of a tile beyond its rows, after the
  // last: they are dead or not used, but must read within the table.
  IndexExpr row = table.row(scope.head, table.clamp(queryBlock));
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  Value end = arith::ConstantIndexOp::create(b, getPerRow());
  Value no = arith::ConstantIntOp::create(b, 0, 1);
  auto loop = scf::ForOp::create(b, zero, end, one, ValueRange{no});
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value drawn = table.at(row, loop.getInductionVar());
    Value hit = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, drawn, wanted);
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
    if (hi - lo >= maxNumericBlocks)
      return {true, false, numKeys};
    int64_t numBlocks = ceilDiv(numKeys, block).getConstant();
    bool any = false, all = true;
    int64_t next = numBlocks;
    for (int64_t at = lo; at <= hi; ++at) {
      bool live = false;
      for (int64_t drawn :
           drawBlocks(*this, numBlocks, tile.scope.head.getConstant(), at)) {
        live |= drawn == keyBlock.getConstant();
        if (drawn >= keyBlock.getConstant())
          next = std::min(next, drawn);
      }
      any |= live;
      all &= live;
    }
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
        auto loop = scf::ForOp::create(b, zero, perRow, one,
                                       ValueRange{numBlocks});
        {
          OpBuilder::InsertionGuard guard(b);
          b.setInsertionPointToStart(loop.getBody());
          Value drawn = table.at(row, loop.getInductionVar());
          Value ahead = arith::CmpIOp::create(b, arith::CmpIPredicate::sge,
                                              drawn, wanted);
          Value candidate =
              arith::SelectOp::create(b, ahead, drawn, numBlocks);
          scf::YieldOp::create(
              b, Value(arith::MinSIOp::create(b, loop.getRegionIterArg(0),
                                              candidate)));
        }
        Value next = loop.getResult(0);
        return {arith::CmpIOp::create(b, arith::CmpIPredicate::eq, next, wanted),
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

SmallVector<Value> RandomAttr::buildTables(ImplicitLocOpBuilder &b,
                                           Value numQueryPositions,
                                           Value numKeys,
                                           Value numHeads) const {
  auto ceil = [&](Value size) {
    return ceilDiv(IndexExpr(size, b), getBlock()).materializeIndex(b);
  };
  Value queryBlocks = ceil(numQueryPositions), keyBlocks = ceil(numKeys);
  IndexExpr size =
      IndexExpr(numHeads, b) * IndexExpr(queryBlocks, b) * getPerRow();
  Value drawn = memref::AllocOp::create(
      b, MemRefType::get({ShapedType::kDynamic}, b.getI32Type()),
      ValueRange{size.materializeIndex(b)});
  SmallVector<Value> tables{drawn, queryBlocks};
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
  auto heads = scf::ForOp::create(b, zero, numHeads, one);
  b.setInsertionPointToStart(heads.getBody());
  Value head = heads.getInductionVar();
  Value seed = emitMix(b, arith::ConstantIntOp::create(
                              b, static_cast<int32_t>(getSeed()), 32));
  Value headHash = emitMix(b, add(seed, toI32(head)));
  auto rows = scf::ForOp::create(b, zero, queryBlocks, one);
  b.setInsertionPointToStart(rows.getBody());
  Value row = rows.getInductionVar();
  Value rowHash = emitMix(b, add(headHash, toI32(row)));
  IndexExpr begin = table.row(IndexExpr(head, b), IndexExpr(row, b));
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
    auto earlier = scf::ForOp::create(b, zero, t, one, ValueRange{no});
    {
      OpBuilder::InsertionGuard innermost(b);
      b.setInsertionPointToStart(earlier.getBody());
      Value before = toI32(table.at(begin, earlier.getInductionVar()));
      Value same =
          arith::CmpIOp::create(b, arith::CmpIPredicate::eq, before, choice);
      scf::YieldOp::create(b, Value(arith::OrIOp::create(
                                  b, earlier.getRegionIterArg(0), same)));
    }
    scf::YieldOp::create(b, Value(arith::SelectOp::create(
                                b, earlier.getResult(0), most, choice)));
  }
  memref::StoreOp::create(b, ifDraw.getResult(0), drawn,
                          (begin + IndexExpr(t, b)).materializeIndex(b));
  return tables;
}

void RandomAttr::releaseTables(ImplicitLocOpBuilder &b,
                               ValueRange tables) const {
  memref::DeallocOp::create(b, tables.front());
}

//===----------------------------------------------------------------------===//
// block_mask
//===----------------------------------------------------------------------===//

namespace {
/// Sizes and bits of a layout, whatever its rank.
struct Layout {
  explicit Layout(BlockMaskAttr attr)
      : values(attr.getLayout()), perHead(values.getType().getRank() == 3),
        rows(values.getType().getDimSize(perHead ? 1 : 0)),
        cols(values.getType().getDimSize(perHead ? 2 : 1)),
        heads(perHead ? values.getType().getDimSize(0) : 1) {}

  bool at(int64_t head, int64_t row, int64_t col) const {
    if (row < 0 || row >= rows || col >= cols || head >= heads)
      return false;
    if (values.isSplat())
      return values.getSplatValue<bool>();
    return values.getValues<bool>()[(head * rows + row) * cols + col];
  }

  DenseIntElementsAttr values;
  bool perHead;
  int64_t rows, cols, heads;
};
} // namespace

Attribute BlockMaskAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  int64_t queryBlock = 0, keyBlock = 0;
  DenseIntElementsAttr layout;
  auto parseItem = [&]() -> ParseResult {
    SMLoc itemLoc = parser.getCurrentLocation();
    StringRef name;
    if (parser.parseKeyword(&name))
      return failure();
    if (name == "block")
      return failure(parser.parseEqual() || parser.parseLSquare() ||
                     parser.parseInteger(queryBlock) || parser.parseComma() ||
                     parser.parseInteger(keyBlock) || parser.parseRSquare());
    if (name == "layout")
      return failure(parser.parseEqual() || parser.parseAttribute(layout));
    return parser.emitError(itemLoc)
           << "expected 'block' or 'layout', but got '" << name << "'";
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseItem))
    return {};
  if (!layout) {
    parser.emitError(loc, "expected 'layout = dense<...>' in block_mask");
    return {};
  }
  return parser.getChecked<BlockMaskAttr>(loc, parser.getContext(), queryBlock,
                                          keyBlock, layout);
}

void BlockMaskAttr::print(AsmPrinter &printer) const {
  printer << "<block = [" << getQueryBlock() << ", " << getKeyBlock()
          << "], layout = ";
  printer.printAttribute(getLayout());
  printer << ">";
}

LogicalResult BlockMaskAttr::verify(EmitError emitError, int64_t queryBlock,
                                    int64_t keyBlock,
                                    DenseIntElementsAttr layout) {
  constexpr int64_t maxBlock = int64_t(1) << 20;
  if (queryBlock < 1 || queryBlock > maxBlock || keyBlock < 1 ||
      keyBlock > maxBlock)
    return emitError() << "expected 'block' sizes between 1 and 2^20, but got ["
                       << queryBlock << ", " << keyBlock << "]";
  ShapedType type = layout.getType();
  if (!type.getElementType().isInteger(1))
    return emitError() << "expected 'layout' to have elements of type i1, but "
                          "got "
                       << type.getElementType();
  if (type.getRank() != 2 && type.getRank() != 3)
    return emitError() << "expected 'layout' to be [query blocks, key blocks] "
                          "or [heads, query blocks, key blocks], but got rank "
                       << type.getRank();
  if (type.getNumElements() == 0)
    return emitError() << "expected 'layout' to have at least one block";
  return success();
}

std::optional<int64_t> BlockMaskAttr::getNumHeads() const {
  Layout layout(*this);
  return layout.perHead ? std::optional(layout.heads) : std::nullopt;
}

std::optional<int64_t> BlockMaskAttr::getMaxPositions(bool keys) const {
  Layout layout(*this);
  return keys ? layout.cols * getKeyBlock() : layout.rows * getQueryBlock();
}

IndexExpr BlockMaskAttr::buildPredicate(const PatternScope &scope,
                                        IndexExpr query, IndexExpr key) const {
  Layout layout(*this);
  IndexExpr row = floorDiv(query, getQueryBlock());
  IndexExpr col = floorDiv(key, getKeyBlock());
  IndexExpr head = layout.perHead ? scope.head : IndexExpr(0);
  if (row.isConstant() && col.isConstant() && head.isConstant())
    return layout.at(head.getConstant(), row.getConstant(), col.getConstant());
  Value next = tablesOf(scope, *this).front();
  ImplicitLocOpBuilder &b =
      *(query.getBuilder() ? query.getBuilder() : key.getBuilder());
  auto clamp = [&](const IndexExpr &at, int64_t size) {
    return min(max(at, 0), size - 1);
  };
  IndexExpr position =
      (head * layout.rows + clamp(row, layout.rows)) * layout.cols +
      clamp(col, layout.cols);
  Value entry = asIndex(
      b, memref::LoadOp::create(b, next,
                                ValueRange{position.materializeIndex(b)}));
  return (IndexExpr(entry, b) == col) & (IndexExpr(0) <= row) &
         (row < layout.rows);
}

KeySegment BlockMaskAttr::nextSegment(const QueryTile &tile,
                                      IndexExpr key) const {
  Layout layout(*this);
  const IndexExpr &numKeys = tile.scope.numKeys;
  IndexExpr firstRow = floorDiv(tile.first, getQueryBlock());
  IndexExpr lastRow = floorDiv(tile.last, getQueryBlock());
  IndexExpr someRow = (IndexExpr(0) <= lastRow) & (firstRow < layout.rows);
  IndexExpr allRows = (IndexExpr(0) <= firstRow) & (lastRow < layout.rows);
  IndexExpr lo = min(max(firstRow, 0), layout.rows - 1);
  IndexExpr hi = min(max(lastRow, 0), layout.rows - 1);
  IndexExpr col = floorDiv(key, getKeyBlock());
  IndexExpr head = layout.perHead ? tile.scope.head : IndexExpr(0);

  if (lo.isConstant() && hi.isConstant() && col.isConstant() &&
      head.isConstant()) {
    bool any = false, all = true;
    for (int64_t row = lo.getConstant(); row <= hi.getConstant(); ++row) {
      bool live = layout.at(head.getConstant(), row, col.getConstant());
      any |= live;
      all &= live;
    }
    return {IndexExpr(any) & someRow, IndexExpr(all) & allRows,
            select(someRow & (col < layout.cols), (col + 1) * getKeyBlock(),
                   max(numKeys, key + 1))};
  }

  Value table = tablesOf(tile.scope, *this).front();
  ImplicitLocOpBuilder &b =
      *(key.getBuilder() ? key.getBuilder() : tile.first.getBuilder());
  Value clampedCol = min(col, layout.cols - 1).materializeIndex(b);
  Value none = arith::ConstantIndexOp::create(b, layout.cols);
  BlockSweep sweep = emitBlockSweep(
      b, lo.materializeIndex(b), hi.materializeIndex(b), none,
      [&](Value row) -> std::pair<Value, Value> {
        IndexExpr position =
            (head * layout.rows + IndexExpr(row, b)) * layout.cols +
            IndexExpr(clampedCol, b);
        Value next = asIndex(
            b, memref::LoadOp::create(
                   b, table, ValueRange{position.materializeIndex(b)}));
        return {arith::CmpIOp::create(b, arith::CmpIPredicate::eq, next,
                                      clampedCol),
                next};
      });
  IndexExpr inside = someRow & (col < layout.cols);
  IndexExpr any = IndexExpr(sweep.any, b) & inside;
  IndexExpr next(sweep.next, b);
  IndexExpr emptyEnd =
      select(next < layout.cols, next * getKeyBlock(), numKeys);
  return {any, IndexExpr(sweep.all, b) & allRows & inside,
          select(inside, select(any, (col + 1) * getKeyBlock(), emptyEnd),
                 max(numKeys, key + 1))};
}

SmallVector<Value> BlockMaskAttr::buildTables(ImplicitLocOpBuilder &b, Value,
                                              Value, Value) const {
  // next[h, row, col], flat: the first live block at or after col; the number of columns if
  // there is none. A block is live iff it is its own next.
  Layout layout(*this);
  std::vector<int32_t> next(layout.heads * layout.rows * layout.cols);
  for (int64_t head = 0; head < layout.heads; ++head)
    for (int64_t row = 0; row < layout.rows; ++row) {
      int32_t ahead = layout.cols;
      for (int64_t col = layout.cols - 1; col >= 0; --col) {
        if (layout.at(head, row, col))
          ahead = col;
        next[(head * layout.rows + row) * layout.cols + col] = ahead;
      }
    }
  int64_t shape[] = {static_cast<int64_t>(next.size())};
  auto type = MemRefType::get(shape, b.getI32Type());
  auto values = DenseIntElementsAttr::get(
      RankedTensorType::get(shape, b.getI32Type()), ArrayRef<int32_t>(next));

  Operation *module = b.getInsertionBlock()->getParentOp();
  while (module && !module->hasTrait<OpTrait::SymbolTable>())
    module = module->getParentOp();
  SymbolTable symbols(module);
  OpBuilder atModule = OpBuilder::atBlockBegin(&module->getRegion(0).front());
  auto global = memref::GlobalOp::create(
      atModule, b.getLoc(), "sattn_block_mask",
      /*sym_visibility=*/atModule.getStringAttr("private"), type, values,
      /*constant=*/true, /*alignment=*/atModule.getI64IntegerAttr(64));
  symbols.insert(global);
  return {memref::GetGlobalOp::create(b, type, global.getSymName())};
}
