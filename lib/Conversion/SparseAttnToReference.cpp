// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The oracle in IR: the formula of `sattn.attention`, row by row in fp64.
/// Every pair asks the pattern's predicate; tiles, segments and online softmax
/// play no part, so that it shares no mistake with the lowerings that are
/// compared with it.
#include "SparseAttn/Conversion/Passes.h"

#include "PhiloxEmitter.h"
#include "ScoreInF64.h"
#include "SparseAttn/Dialect/AttentionOps.h"
#include "SparseAttn/Dialect/AttentionSizes.h"
#include "SparseAttn/Dialect/BlockTable.h"
#include "SparseAttn/Dialect/PatternTables.h"
#include "SparseAttn/Dialect/RuntimeOperands.h"
#include "SparseAttn/Dialect/ScoreExpansion.h"

#include <limits>

namespace mlir::sattn {
#define GEN_PASS_DEF_CONVERTSPARSEATTNTOREFERENCE
#include "SparseAttn/Conversion/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {

/// The loops of one attention.
class ReferenceEmitter {
public:
  explicit ReferenceEmitter(AttentionOp op)
      : op(op), b(op.getLoc(), op),
        pattern(simplifyPattern(op.getSparsityPattern())),
        sizes(AttentionSizes::emit(b, op)), runtime(b, op, sizes),
        f64(b.getF64Type()),
        queryKeySize(op.getQueryType().getDimSize(3)),
        valueSize(op.getValueType().getDimSize(3)) {}

  void run() {
    runtime.check();
    runtime.buildTables();
    tables = buildPatternTables(b, pattern, runtime.getTableExtent(sizes));
    sum = memref::AllocOp::create(b, MemRefType::get({valueSize}, f64));
    forEach(sizes.batch, [&](Value batch) {
      forEach(sizes.heads, [&](Value head) {
        forEach(sizes.queries,
                [&](Value query) { emitRow(batch, head, query); });
      });
    });
    memref::DeallocOp::create(b, sum);
    releasePatternTables(b, tables);
    runtime.releaseTables();
    op.erase();
  }

private:
  /// What an iteration makes of the value that the loop carries.
  using Step = function_ref<Value(Value iv, Value carried)>;

  /// The indices of one row, and the scope of its predicate.
  struct Row {
    Value batch, head, kvHead, query;
    IndexExpr position;
    PatternScope scope;
  };

  IndexExpr expr(Value value) { return IndexExpr(value, b); }
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  Value number(double value) {
    return arith::ConstantOp::create(b, b.getF64FloatAttr(value));
  }

  /// Conversions go by way of f32, for which every target has the instructions.
  Value load(Value buffer, ValueRange indices) {
    Value element = memref::LoadOp::create(b, buffer, indices);
    if (element.getType().getIntOrFloatBitWidth() < 32)
      element = arith::ExtFOp::create(b, b.getF32Type(), element);
    if (element.getType() != f64)
      element = arith::ExtFOp::create(b, f64, element);
    return element;
  }
  void store(Value element, Value buffer, ValueRange indices) {
    Type type = cast<MemRefType>(buffer.getType()).getElementType();
    if (type.getIntOrFloatBitWidth() < 64)
      element = arith::TruncFOp::create(b, b.getF32Type(), element);
    if (element.getType() != type)
      element = arith::TruncFOp::create(b, type, element);
    memref::StoreOp::create(b, element, buffer, indices);
  }

  void forEach(Value count, function_ref<void(Value)> body) {
    auto loop = scf::ForOp::create(b, index(0), count, index(1));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVar());
  }
  Value accumulate(Value count, double init, Step step) {
    auto loop = scf::ForOp::create(b, index(0), count, index(1),
                                   ValueRange{number(init)});
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    scf::YieldOp::create(
        b, step(loop.getInductionVar(), loop.getRegionIterArg(0)));
    return loop.getResult(0);
  }

  Value isLive(const Row &row, Value key) { return isIn(pattern, row, key); }
  /// A mask region is in the precision in which it is written, as kernels have it: which
  /// side of a comparison a number is on must not depend on that.
  Value isIn(PatternAttr part, const Row &row, Value key) {
    return emitIsLive(b, part, row.scope, op.getMask(),
                      {row.batch, row.scope.head.materializeIndex(b),
                       row.position.materializeIndex(b), key});
  }
  /// `accumulate` over the live keys; nothing of a dead key is read.
  Value accumulateLive(const Row &row, double init, Step step) {
    return accumulate(sizes.keys, init, [&](Value key, Value carried) -> Value {
      auto ifLive = scf::IfOp::create(b, TypeRange{f64}, isLive(row, key),
                                      /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(ifLive.thenBlock());
      scf::YieldOp::create(b, step(key, carried));
      b.setInsertionPointToStart(ifLive.elseBlock());
      scf::YieldOp::create(b, carried);
      return ifLive.getResult(0);
    });
  }

  /// Column `d` of a key or value, which may be in a page.
  Value loadOfKey(Value buffer, const Row &row, Value key, Value d) {
    if (!op.getBlockTable())
      return load(buffer, {row.batch, row.kvHead, key, d});
    PatternOperand table(b, op.getBlockTable());
    IndexExpr size = op.getPageSize();
    IndexExpr page = table.at({expr(row.batch) + expr(sizes.firstBatch),
                               floorDiv(expr(key), size)});
    return load(buffer, {page.materializeIndex(b), row.kvHead,
                         mod(expr(key), size).materializeIndex(b), d});
  }

  /// scale * dot(query, key).
  Value emitScore(const Row &row, Value key) {
    Value dot = accumulate(
        index(queryKeySize), 0.0, [&](Value d, Value carried) -> Value {
          Value q = load(op.getQuery(), {row.batch, row.head, row.query, d});
          Value k = loadOfKey(op.getKey(), row, key, d);
          return arith::AddFOp::create(b, carried,
                                       arith::MulFOp::create(b, q, k));
        });
    Value score = arith::MulFOp::create(b, number(op.getScaleValue()), dot);
    if (!op.getScore())
      return score;
    Value position = row.position.materializeIndex(b);
    Value head = row.scope.head.materializeIndex(b);
    return inlineScoreInF64(b, *op.getScore(),
                            {score, row.batch, head, position, key});
  }

  /// What dropout makes of a weight of 1.
  Value emitDropoutFactor(const Row &row, Value key) {
    DropoutPairs pairs;
    pairs.batch = (expr(row.batch) + expr(sizes.firstBatch)).materializeIndex(b);
    pairs.head = row.scope.head.materializeIndex(b);
    pairs.position = row.position.materializeIndex(b);
    for (Value *part : {&pairs.batch, &pairs.head, &pairs.position})
      *part = arith::IndexCastOp::create(b, b.getI64Type(), *part);
    Value group = arith::IndexCastOp::create(
        b, b.getI64Type(),
        floorDiv(expr(key), keysPerCall).materializeIndex(b));
    float rate = op.getDropout()->convertToFloat();
    auto kept = emitKept(b, rate, op.getDropoutSeed(), pairs, group);
    Value isKept = kept[0];
    for (int64_t i = 1; i < keysPerCall; ++i)
      isKept = arith::SelectOp::create(
          b, (mod(expr(key), keysPerCall) == i).materializeBool(b), kept[i],
          isKept);
    return arith::SelectOp::create(
        b, isKept, number(static_cast<float>(1 / (1.0 - rate))), number(0));
  }

  void emitRow(Value batch, Value head, Value query) {
    Row row;
    row.batch = batch;
    row.head = head;
    row.kvHead = floorDiv(expr(head), expr(sizes.group)).materializeIndex(b);
    row.query = query;
    row.position = expr(query) + runtime.getOffset(batch);
    row.scope = runtime.getScope(
        (expr(head) + expr(sizes.firstHead)).materializeIndex(b), batch, tables);

    constexpr double infinity = std::numeric_limits<double>::infinity();
    Value maximum =
        accumulateLive(row, -infinity, [&](Value key, Value carried) -> Value {
          return arith::MaximumFOp::create(b, carried, emitScore(row, key));
        });
    Value liveMaximum = maximum, sinkWeight;
    if (op.getSink()) {
      Value sink = load(op.getSink(), head);
      maximum = arith::MaximumFOp::create(b, maximum, sink);
      // exp(-inf) is 0, also where there is nothing else.
      Value isNone = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, sink,
                                           number(-infinity));
      sinkWeight = arith::SelectOp::create(
          b, isNone, number(0.0),
          math::ExpOp::create(b, arith::SubFOp::create(b, sink, maximum)));
    }
    auto weightOf = [&](Value key) -> Value {
      Value weight = math::ExpOp::create(
          b, arith::SubFOp::create(b, emitScore(row, key), maximum));
      // As often as the key counts.
      Value counted = weight;
      for (int64_t times = 2; times <= getMultiplicity(pattern); ++times) {
        Value again = isIn(getAtLeast(pattern, times), row, key);
        Value more = arith::SelectOp::create(b, again, weight, number(0.0));
        counted = arith::AddFOp::create(b, counted, more);
      }
      return counted;
    };
    Value total =
        accumulateLive(row, 0.0, [&](Value key, Value carried) -> Value {
          return arith::AddFOp::create(b, carried, weightOf(key));
        });
    if (sinkWeight)
      total = arith::AddFOp::create(b, total, sinkWeight);

    Value zero = number(0.0);
    Value columns = index(valueSize);
    forEach(columns, [&](Value d) { store(zero, sum, d); });
    forEach(sizes.keys, [&](Value key) {
      auto ifLive = scf::IfOp::create(b, isLive(row, key),
                                      /*withElseRegion=*/false);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(ifLive.thenBlock());
      Value weight = weightOf(key);
      if (op.getDropoutSeed())
        weight = arith::MulFOp::create(b, weight, emitDropoutFactor(row, key));
      forEach(columns, [&](Value d) {
        Value v = loadOfKey(op.getValue(), row, key, d);
        Value term = arith::MulFOp::create(b, weight, v);
        store(arith::AddFOp::create(b, load(sum, d), term), sum, d);
      });
    });

    // The weights of a row with a live key add up to at least 1, or to NaN.
    Value isDead =
        arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, total, zero);
    Value divisor = arith::SelectOp::create(b, isDead, number(1.0), total);
    forEach(columns, [&](Value d) {
      store(arith::DivFOp::create(b, load(sum, d), divisor), op.getOut(),
            {batch, head, query, d});
    });
    // Without a live key: -inf + log(0) = -inf.
    if (op.getLse())
      store(arith::AddFOp::create(b, maximum, math::LogOp::create(b, total)),
            op.getLse(), {batch, head, query});
    if (op.getRowMax())
      store(liveMaximum, op.getRowMax(), {batch, head, query});
  }

  AttentionOp op;
  ImplicitLocOpBuilder b;
  PatternAttr pattern;
  AttentionSizes sizes;
  RuntimeOperands runtime;
  Type f64;
  int64_t queryKeySize, valueSize;
  PatternTables tables;
  /// Weighted sum of the values of the row at hand.
  Value sum;
};

struct ConvertSparseAttnToReference
    : sattn::impl::ConvertSparseAttnToReferenceBase<
          ConvertSparseAttnToReference> {
  void runOnOperation() override {
    SmallVector<AttentionOp> attentions;
    getOperation()->walk([&](AttentionOp op) { attentions.push_back(op); });
    for (AttentionOp op : attentions) {
      if (op.hasTensorSemantics()) {
        op.emitOpError("expected memref operands: bufferize before converting");
        return signalPassFailure();
      }
      op = expandScoreModifiers(op);
      addPagesToPattern(op);
      ReferenceEmitter(op).run();
    }
  }
};
} // namespace
