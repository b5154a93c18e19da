// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Masks of partial blocks, with rows in the lanes.
///
/// Where a mask region is asked, a vector of rows is worked through twice. The closed form
/// is evaluated for both answers first: it decides most pairs, and says of which rows the
/// region has to be asked at all. Then the region is evaluated for pairs that are still
/// open, what depends on the rows alone only once.
#include "PairMaskLowering.h"

#include "ScoreEmitter.h"

#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
class PairMask : TileEmitter {
public:
  PairMask(PairMaskOp op, const RegisterTile &tile)
      : TileEmitter(op, tile), op(op),
        bits(VectorType::get({tile.lanes}, b.getI32Type())),
        rows(cast<MemRefType>(op.getOut().getType()).getDimSize(1)) {}

  void run() {
    if (op.getAsked().empty())
      emitClosedForm();
    else
      emitAsking();
  }

private:
  /// What is known of a pair after the closed form: it is dead, or live, or live if the
  /// region says yes, or no.
  enum State : int32_t { Dead = 0, Live = -1, LiveIfYes = 1, LiveIfNo = 2 };

  void emitClosedForm() {
    // Rows outside of keys: the predicate is there once.
    loop(index(0), index(rows), tile.lanes, [&](Value row) {
      Value positions = emitPositions(positionOf(row));
      Operation *ofKeys = nullptr;
      loop(index(0), op.getCount(), 1, [&](Value entry) {
        ofKeys = entry.getParentBlock()->getParentOp();
        Value live = emitLanePredicate(b, op.getPredicate().front(), positions,
                                       loadKey(entry));
        storeLanes(arith::ExtSIOp::create(b, bits, live), op.getOut(),
                   {entry, row});
      });
      moveInvariantsOut(cast<scf::ForOp>(ofKeys));
    });
  }

  /// Moves what depends on the rows alone out of the loop of keys. Operands of patterns are read as
  /// well: nothing writes them, and positions are clamped to them.
  void moveInvariantsOut(scf::ForOp ofKeys) {
    moveLoopInvariantCode(
        {&ofKeys.getRegion()},
        [&](Value value, Region *) {
          return ofKeys.isDefinedOutsideOfLoop(value);
        },
        [&](Operation *inside, Region *) {
          return isPure(inside) || isa<memref::LoadOp, vector::GatherOp>(inside);
        },
        [&](Operation *inside, Region *) { inside->moveBefore(ofKeys); });
  }

  void emitAsking() {
    Block &asked = op.getAsked().front();
    ScoreEmitter emitter(b, asked, tile.lanes);
    emitter.emitInvariants(/*head=*/Value());
    loop(index(0), index(rows), tile.lanes, [&](Value row) {
      Value first = positionOf(row);
      Value open = emitStates(row, emitPositions(first));
      ifThen(emitAny(open), [&] {
        LanePairs pairs;
        pairs.position = LaneValue::spread(first, op.getStep());
        pairs.live = open;
        emitter.emitRows(pairs);
        loop(index(0), op.getCount(), 1, [&](Value entry) {
          emitAnswers(emitter, pairs, entry, row);
        });
      });
    });
  }

  /// Writes the states of all keys for the rows from `row` on. Returns which of these have
  /// a pair that is open.
  Value emitStates(Value row, Value positions) {
    auto truth = [&](bool value) -> Value {
      return arith::ConstantOp::create(b, b.getBoolAttr(value));
    };
    Value left = arith::SubIOp::create(b, op.getRows(), row);
    Value exists = vector::CreateMaskOp::create(
        b, VectorType::get({tile.lanes}, b.getI1Type()), left);
    Value none = state(Dead);
    Operation *ofKeys = nullptr;
    Value open = loop(
        index(0), op.getCount(), 1, none,
        [&](Value entry, ValueRange soFar) -> SmallVector<Value> {
          ofKeys = entry.getParentBlock()->getParentOp();
          Value key = loadKey(entry);
          auto liveIf = [&](bool answer) {
            return emitLanePredicate(b, op.getPredicate().front(), positions,
                                     key, truth(answer));
          };
          // Rows that do not exist see nothing: no key that is dead for all others.
          Value ifYes = arith::AndIOp::create(b, liveIf(true), exists);
          Value ifNo = arith::AndIOp::create(b, liveIf(false), exists);
          Value isOpen = arith::XOrIOp::create(b, ifYes, ifNo);
          Value when = arith::SelectOp::create(b, ifYes, state(LiveIfYes),
                                               state(LiveIfNo));
          Value decided = arith::ExtSIOp::create(b, bits, ifNo);
          storeLanes(arith::SelectOp::create(b, isOpen, when, decided),
                     op.getOut(), {entry, row});
          Value lanes = arith::ExtSIOp::create(b, bits, isOpen);
          return {arith::OrIOp::create(b, soFar[0], lanes)};
        })[0];
    moveInvariantsOut(cast<scf::ForOp>(ofKeys));
    return compare(arith::CmpIPredicate::slt, open, none);
  }

  /// Closes the open pairs of a key.
  void emitAnswers(ScoreEmitter &emitter, LanePairs pairs, Value entry,
                   Value row) {
    Value states =
        vector::LoadOp::create(b, bits, op.getOut(), ValueRange{entry, row});
    pairs.live = compare(arith::CmpIPredicate::sgt, states, state(Dead));
    ifThen(emitAny(pairs.live), [&] {
      pairs.key = LaneValue::same(loadKey(entry));
      Value says = emitter.emit(/*score=*/Value(), pairs);
      Value isNo =
          compare(arith::CmpIPredicate::eq, states, state(LiveIfNo));
      Value live = arith::XOrIOp::create(b, says, isNo);
      Value closed = arith::ExtSIOp::create(b, bits, live);
      storeLanes(arith::SelectOp::create(b, pairs.live, closed, states),
                 op.getOut(), {entry, row});
    });
  }

  Value positionOf(Value row) {
    return add(op.getFirst(),
               arith::MulIOp::create(b, row, index(op.getStep())).getResult());
  }
  Value loadKey(Value entry) {
    return memref::LoadOp::create(b, op.getKeys(), ValueRange{entry});
  }
  Value state(State value) {
    return arith::ConstantOp::create(b, DenseElementsAttr::get(bits, int32_t(value)));
  }
  Value compare(arith::CmpIPredicate predicate, Value x, Value y) {
    return arith::CmpIOp::create(b, predicate, x, y);
  }

  /// Positions of a vector of rows, the first of which stands at `first`, as a vector of index.
  Value emitPositions(Value first) {
    auto type = VectorType::get({tile.lanes}, b.getIndexType());
    SmallVector<int64_t> offsets;
    for (int64_t lane = 0; lane < tile.lanes; ++lane)
      offsets.push_back(lane * op.getStep());
    Value spread =
        arith::ConstantOp::create(b, DenseIntElementsAttr::get(type, offsets));
    return arith::AddIOp::create(b, broadcast(first), spread);
  }

  PairMaskOp op;
  VectorType bits;
  int64_t rows;
};
} // namespace

void mlir::sattn::lowerPairMask(PairMaskOp op, const RegisterTile &tile) {
  PairMask(op, tile).run();
}
