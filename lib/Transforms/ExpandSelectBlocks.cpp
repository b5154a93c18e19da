// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `sattn.select_blocks` as loops. Blocks of keys are pooled once, with blocks in the fast
/// dimension, so that the scores of a block of queries are sums that LLVM's vectorizer takes
/// without reordering them: what is chosen does not depend on the target or on threads.
#include "SparseAttn/Transforms/Passes.h"

#include "SparseAttn/Dialect/PatternAlgebra.h"
#include "SparseAttn/Dialect/PatternTables.h"
#include "SparseAttn/Dialect/SelectBlocksOp.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

#include <limits>

namespace mlir::sattn {
#define GEN_PASS_DEF_EXPANDSELECTBLOCKS
#include "SparseAttn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {

/// What a block of keys is to a block of queries.
enum State : int64_t { notCandidate = 0, candidate = 1, chosen = 2 };

/// The loops of one selection.
class SelectionExpander {
public:
  explicit SelectionExpander(SelectBlocksOp op)
      : op(op), b(op.getLoc(), op),
        queryBlock(op.getQueryBlock()), keyBlock(op.getKeyBlock()),
        topK(op.getTopK()),
        candidates(simplifyPattern(cast<PatternAttr>(op.getCandidates()))),
        bounds(op.getPool() == Pooling::Bounds) {
    if (std::optional<Attribute> attr = op.getAlways())
      always = simplifyPattern(cast<PatternAttr>(*attr));
  }

  void run() {
    batch = size(op.getQuery(), 0);
    heads = size(op.getQuery(), 1);
    rows = size(op.getQuery(), 2);
    kvHeads = size(op.getKey(), 1);
    keys = size(op.getKey(), 2);
    columns = size(op.getQuery(), 3);
    group = value(max(floorDiv(expr(heads), max(expr(kvHeads), 1)), 1));
    rowBlocks = value(ceilDiv(expr(rows), queryBlock));
    keyBlocks = value(ceilDiv(expr(keys), keyBlock));
    IndexExpr first = op.getOffset() ? expr(op.getOffset()) : IndexExpr(0);
    if (op.getAlign() == Alignment::BottomRight)
      first = first + expr(keys) - expr(rows);
    firstPosition = value(first);
    TableExtent extent{blockOf(index(0)), index(1), index(0), heads, keyBlocks};
    extent.numPositions = value(
        max(expr(blockOf(value(max(expr(rowBlocks) - 1, 0)))) -
                expr(extent.firstPosition) + 1,
            1));
    tables = buildPatternTables(b, candidates, extent);
    if (always)
      for (auto &[attr, values] : buildPatternTables(b, always, extent))
        if (!tables.insert({attr, values}).second)
          cast<PatternAttr>(attr).releaseTables(b, values);

    emitPooledKeys();
    Value lists = op.getGrouped() ? kvHeads : heads;
    parallel({batch, lists}, [&](ValueRange at) { emitHead(at[0], at[1]); });
    memref::DeallocOp::create(b, pooled);
    releasePatternTables(b, tables);
    op.erase();
  }

private:
  Value index(int64_t number) {
    return arith::ConstantIndexOp::create(b, number);
  }
  Value f32(double number) {
    return arith::ConstantOp::create(b, b.getF32FloatAttr(number));
  }
  Value i8(int64_t number) {
    return arith::ConstantOp::create(b, b.getI8IntegerAttr(number));
  }
  IndexExpr expr(Value number) { return IndexExpr(number, b); }
  Value value(const IndexExpr &e) { return e.materializeIndex(b); }
  Value truth(const IndexExpr &e) { return e.materializeBool(b); }
  Value size(Value buffer, int64_t dim) {
    int64_t known = cast<MemRefType>(buffer.getType()).getDimSize(dim);
    return ShapedType::isDynamic(known)
               ? memref::DimOp::create(b, buffer, dim).getResult()
               : index(known);
  }
  Value load(Value buffer, ValueRange at) {
    Value element = memref::LoadOp::create(b, buffer, at);
    if (isa<FloatType>(element.getType()) && !element.getType().isF32())
      element = arith::ExtFOp::create(b, b.getF32Type(), element);
    return element;
  }
  void store(Value element, Value buffer, ValueRange at) {
    memref::StoreOp::create(b, element, buffer, at);
  }
  /// A block or a place in a list, to one of the destinations.
  void storeIndex(Value number, Value buffer, ValueRange at) {
    Type type = cast<MemRefType>(buffer.getType()).getElementType();
    store(arith::IndexCastOp::create(b, type, number), buffer, at);
  }
  Value buffer(ArrayRef<Value> sizes, Type element) {
    SmallVector<int64_t> shape(sizes.size(), ShapedType::kDynamic);
    return memref::AllocOp::create(b, MemRefType::get(shape, element), sizes);
  }

  void parallel(ArrayRef<Value> bounds,
                llvm::function_ref<void(ValueRange)> body) {
    SmallVector<OpFoldResult> upper(bounds.begin(), bounds.end());
    auto forall = scf::ForallOp::create(b, upper, ValueRange(), std::nullopt);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(forall.getTerminator());
    body(forall.getInductionVars());
  }
  /// A loop that carries one value, or none if `init` is null.
  Value loop(Value from, Value to, Value init,
             llvm::function_ref<Value(Value, Value)> body) {
    auto forOp = scf::ForOp::create(b, from, to, index(1),
                                    init ? ValueRange(init) : ValueRange());
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(forOp.getBody());
    Value next = body(forOp.getInductionVar(),
                      init ? forOp.getRegionIterArg(0) : Value());
    if (init)
      scf::YieldOp::create(b, next);
    return init ? forOp.getResult(0) : Value();
  }
  void loop(Value to, llvm::function_ref<void(Value)> body) {
    loop(index(0), to, Value(), [&](Value at, Value) {
      body(at);
      return Value();
    });
  }
  void ifThen(Value condition, llvm::function_ref<void()> body) {
    auto ifOp = scf::IfOp::create(b, condition, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(ifOp.thenBlock());
    body();
  }

  /// Rows or keys of a block, up to `end`.
  struct Range {
    Value first, end;
  };
  Range getRange(Value block, int64_t size, Value all) {
    IndexExpr first = expr(block) * size;
    return {value(first), value(min(first + size, expr(all)))};
  }

  /// The block of keys that the last row of a block of queries stands in.
  Value blockOf(Value rowBlock) {
    Value end = getRange(rowBlock, queryBlock, rows).end;
    return value(floorDiv(expr(firstPosition) + expr(end) - 1, keyBlock));
  }

  /// pooled[b, h, d, c], or with bounds [b, h, 2 d, c] and [b, h, 2 d + 1, c].
  void emitPooledKeys() {
    int64_t each = bounds ? 2 : 1;
    pooled = buffer({batch, kvHeads, value(expr(columns) * each), keyBlocks},
                    b.getF32Type());
    constexpr double infinity = std::numeric_limits<double>::infinity();
    parallel({batch, kvHeads, keyBlocks}, [&](ValueRange at) {
      Range range = getRange(at[2], keyBlock, keys);
      auto pool = [&](Value column, double init,
                      llvm::function_ref<Value(Value, Value)> combine) {
        return loop(range.first, range.end, f32(init), [&](Value key, Value soFar) {
          return combine(soFar,
                         load(op.getKey(), {at[0], at[1], key, column}));
        });
      };
      auto sum = [&](Value x, Value y) -> Value {
        return arith::AddFOp::create(b, x, y);
      };
      auto most = [&](Value x, Value y) -> Value {
        return arith::MaximumFOp::create(b, x, y);
      };
      auto least = [&](Value x, Value y) -> Value {
        return arith::MinimumFOp::create(b, x, y);
      };
      loop(columns, [&](Value column) {
        auto keep = [&](Value number, int64_t which) {
          store(number, pooled,
                {at[0], at[1], value(expr(column) * each + which), at[2]});
        };
        switch (op.getPool()) {
        case Pooling::Mean:
          return keep(divide(pool(column, 0, sum), range), 0);
        case Pooling::Max:
          return keep(pool(column, -infinity, most), 0);
        case Pooling::Bounds:
          keep(pool(column, infinity, least), 0);
          return keep(pool(column, -infinity, most), 1);
        }
      });
    });
  }
  Value divide(Value sum, const Range &range) {
    Value count = value(expr(range.end) - expr(range.first));
    count = arith::IndexCastOp::create(b, b.getI32Type(), count);
    count = arith::SIToFPOp::create(b, b.getF32Type(), count);
    return arith::DivFOp::create(b, sum, count);
  }

  /// The lists of all rows of a head, or of a group's heads, one after the other: a list begins
  /// where the one before it ends.
  void emitHead(Value item, Value list) {
    Value scores = buffer({keyBlocks}, b.getF32Type());
    Value states = buffer({keyBlocks}, b.getI8Type());
    Value query = buffer({columns}, b.getF32Type());
    IndexExpr numHeads = op.getGrouped() ? expr(group) : IndexExpr(1);
    Value firstHead = value(expr(list) * numHeads);
    Value kvHead = op.getGrouped() ? list : value(floorDiv(expr(list), expr(group)));
    // Where the lists of a head begin among all.
    IndexExpr perHead = expr(rowBlocks) * topK;
    auto forHeads = [&](llvm::function_ref<void(Value, IndexExpr)> body) {
      loop(value(numHeads), [&](Value number) {
        Value head = value(expr(firstHead) + expr(number));
        body(head, (expr(item) * expr(heads) + expr(head)) * perHead);
      });
    };
    forHeads([&](Value head, IndexExpr base) {
      storeIndex(value(base), op.getRowPtr(), {item, head, index(0)});
    });
    Value used = loop(
        index(0), rowBlocks, index(0), [&](Value rowBlock, Value used) {
          loop(keyBlocks, [&](Value c) { store(f32(0), scores, c); });
          loop(value(numHeads), [&](Value number) {
            Value head = value(expr(firstHead) + expr(number));
            emitMeanQuery(item, head, rowBlock, query);
            emitScores(item, kvHead, query, scores);
          });
          Value count = emitStates(firstHead, rowBlock, scores, states);
          emitChoice(scores, states, count);
          Value next = emitList(states, used, [&](Value block, Value place) {
            forHeads([&](Value, IndexExpr base) {
              storeIndex(block, op.getCols(), value(base + expr(place)));
            });
          });
          forHeads([&](Value head, IndexExpr base) {
            storeIndex(value(base + expr(next)), op.getRowPtr(),
                       {item, head, value(expr(rowBlock) + 1)});
          });
          return next;
        });
    // Entries without a row are blocks, too.
    loop(used, value(perHead), Value(), [&](Value place, Value) {
      forHeads([&](Value, IndexExpr base) {
        storeIndex(index(0), op.getCols(), value(base + expr(place)));
      });
      return Value();
    });
    for (Value own : {scores, states, query})
      memref::DeallocOp::create(b, own);
  }

  void emitMeanQuery(Value item, Value head, Value rowBlock, Value query) {
    Range range = getRange(rowBlock, queryBlock, rows);
    loop(columns, [&](Value column) {
      Value sum = loop(range.first, range.end, f32(0), [&](Value row, Value soFar) -> Value {
        return arith::AddFOp::create(
            b, soFar, load(op.getQuery(), {item, head, row, column}));
      });
      store(divide(sum, range), query, column);
    });
  }

  void emitScores(Value item, Value kvHead, Value query, Value scores) {
    loop(columns, [&](Value column) {
      Value q = load(query, column);
      loop(keyBlocks, [&](Value c) {
        auto term = [&](IndexExpr row) -> Value {
          return arith::MulFOp::create(
              b, q, load(pooled, {item, kvHead, value(row), c}));
        };
        Value best = bounds ? arith::MaximumFOp::create(
                                  b, term(expr(column) * 2),
                                  term(expr(column) * 2 + 1))
                                  .getResult()
                            : term(expr(column));
        store(arith::AddFOp::create(b, load(scores, c), best), scores, c);
      });
    });
  }

  /// Marks the candidates and gives those that are always chosen the greatest score; the number
  /// of blocks to choose.
  Value emitStates(Value head, Value rowBlock, Value scores, Value states) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    PatternScope scope{expr(keyBlocks), expr(head), &tables};
    Value position = blockOf(rowBlock);
    Value count = loop(
        index(0), keyBlocks, index(0), [&](Value c, Value soFar) -> Value {
          IndexExpr live =
              candidates.buildPredicate(scope, expr(position), expr(c));
          Value score = load(scores, c);
          Value isNumber = arith::CmpFOp::create(
              b, arith::CmpFPredicate::ORD, score, score);
          score = arith::SelectOp::create(b, isNumber, score, f32(-infinity));
          if (always) {
            Value isFirst =
                truth(always.buildPredicate(scope, expr(position), expr(c)));
            score = arith::SelectOp::create(b, isFirst, f32(infinity), score);
          }
          store(score, scores, c);
          store(arith::SelectOp::create(b, truth(live), i8(candidate),
                                        i8(notCandidate)),
                states, c);
          return value(expr(soFar) + select(live, 1, 0));
        });
    return value(min(expr(count), topK));
  }

  /// Chooses `count` candidates, the greatest first and of equals the first.
  void emitChoice(Value scores, Value states, Value count) {
    loop(count, [&](Value) {
      Value none = index(-1);
      Value best =
          loop(index(0), keyBlocks, none, [&](Value c, Value best) -> Value {
            Value isOpen = arith::CmpIOp::create(
                b, arith::CmpIPredicate::eq, load(states, c), i8(candidate));
            Value isNone = arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                                 best, none);
            Value at = value(max(expr(best), 0));
            Value isGreater =
                arith::CmpFOp::create(b, arith::CmpFPredicate::OGT,
                                      load(scores, c), load(scores, at));
            Value isBetter = arith::AndIOp::create(
                b, isOpen, arith::OrIOp::create(b, isNone, isGreater));
            return arith::SelectOp::create(b, isBetter, c, best);
          });
      store(i8(chosen), states, best);
    });
  }

  /// Calls `append(block, place)` for each block that is chosen, in ascending order, from the
  /// place `used` on; the place after the last.
  Value emitList(Value states, Value used,
                 llvm::function_ref<void(Value, Value)> append) {
    return loop(index(0), keyBlocks, used, [&](Value c, Value place) -> Value {
      Value isChosen = arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                             load(states, c), i8(chosen));
      ifThen(isChosen, [&] { append(c, place); });
      return value(expr(place) + select(expr(isChosen), 1, 0));
    });
  }

  SelectBlocksOp op;
  ImplicitLocOpBuilder b;
  int64_t queryBlock, keyBlock, topK;
  PatternAttr candidates, always;
  bool bounds;
  PatternTables tables;
  Value batch, heads, rows, kvHeads, keys, columns, group, rowBlocks, keyBlocks,
      firstPosition, pooled;
};

struct ExpandSelectBlocks
    : sattn::impl::ExpandSelectBlocksBase<ExpandSelectBlocks> {
  void runOnOperation() override {
    SmallVector<SelectBlocksOp> selections;
    getOperation()->walk([&](SelectBlocksOp op) { selections.push_back(op); });
    for (SelectBlocksOp op : selections) {
      if (op.hasTensorSemantics()) {
        op.emitOpError("expected memref operands: bufferize before expanding");
        return signalPassFailure();
      }
      SelectionExpander(op).run();
    }
  }
};
} // namespace
