// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Vector building blocks of the CPU lowering.
#include "VectorMath.h"

#include "SparseAttn/Dialect/TiledOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

#include <cmath>

using namespace mlir;
using namespace mlir::sattn;

namespace {
Value splat(ImplicitLocOpBuilder &b, Type type, double value) {
  auto vectorType = cast<VectorType>(type);
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(
             vectorType, b.getFloatAttr(vectorType.getElementType(), value)));
}

Value splatInt(ImplicitLocOpBuilder &b, VectorType type, int32_t value) {
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(type, b.getI32IntegerAttr(value)));
}
} // namespace

Value mlir::sattn::emitMax(ImplicitLocOpBuilder &b, Value a, Value c) {
  Value greater = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, a, c);
  return arith::SelectOp::create(b, greater, a, c);
}

Value mlir::sattn::emitMin(ImplicitLocOpBuilder &b, Value a, Value c) {
  Value less = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, a, c);
  return arith::SelectOp::create(b, less, a, c);
}

/// The polynomial times 2^-shift, highest coefficient first, of each value: step by step for
/// all, which keeps the processor's schedulers from filling up with one value's chain.
static SmallVector<Value> emitPolynomial(ImplicitLocOpBuilder &b,
                                         ArrayRef<double> coefficients,
                                         ArrayRef<Value> values, int64_t shift) {
  auto constant = [&](double coefficient) {
    return splat(b, values.front().getType(), std::ldexp(coefficient, -shift));
  };
  SmallVector<Value> powers(values.size(), constant(coefficients.front()));
  for (double coefficient : coefficients.drop_front())
    for (auto [power, value] : llvm::zip_equal(powers, values))
      power = vector::FMAOp::create(b, power, value, constant(coefficient));
  return powers;
}

/// Whether 2^(x - shift) is no denormal; true for NaN.
static Value emitIsNormal(ImplicitLocOpBuilder &b, Value x, int64_t shift) {
  return arith::CmpFOp::create(b, arith::CmpFPredicate::UGE, x,
                               splat(b, x.getType(), shift - 126.0));
}

/// 2^x by AVX-512's own instructions: x is split at the whole number below it, which
/// `vscalefps` takes as it is. The power of 2^f, 1 + f q(f) on [0, 1), is a minimax polynomial
/// of degree 6 (relative error 2e-9). The shift is in the coefficients.
static void emitExp2Avx512(ImplicitLocOpBuilder &b,
                           MutableArrayRef<Value> values, int64_t shift,
                           FractionOf fractionOf) {
  constexpr double coefficients[] = {2.1612914984695322e-04,
                                     1.2467846435920964e-03,
                                     9.67545156821703e-03,
                                     5.548528061787643e-02,
                                     2.4022930555243732e-01,
                                     6.931470444433036e-01,
                                     1.0};
  constexpr int32_t fractionBelow = 9, currentRounding = 4;
  auto type = cast<VectorType>(values.front().getType());
  auto integer = [&](unsigned bits, int32_t value) -> Value {
    return arith::ConstantOp::create(
        b, b.getIntegerAttr(b.getIntegerType(bits), value));
  };
  auto call = [&](StringRef name, ValueRange operands) -> Value {
    return LLVM::CallIntrinsicOp::create(b, type, b.getStringAttr(name), operands)
        .getResult(0);
  };
  Value none = splat(b, type, 0);
  SmallVector<Value> fraction;
  for (auto [i, value] : llvm::enumerate(values))
    fraction.push_back(
        fractionOf ? fractionOf(i, math::FloorOp::create(b, value))
                   : call("llvm.x86.avx512.mask.reduce.ps.512",
                          {value, integer(32, fractionBelow), none,
                           integer(16, -1), integer(32, currentRounding)}));
  SmallVector<Value> power = emitPolynomial(b, coefficients, fraction, shift);
  for (auto [i, value] : llvm::enumerate(values)) {
    Value mask = vector::ExtractOp::create(
        b,
        vector::BitCastOp::create(
            b, VectorType::get({1}, b.getIntegerType(16)),
            emitIsNormal(b, value, shift)),
        0);
    value = call("llvm.x86.avx512.mask.scalef.ps.512",
                 {power[i], value, none, mask, integer(32, currentRounding)});
  }
}

void mlir::sattn::emitExp2(ImplicitLocOpBuilder &b,
                           MutableArrayRef<Value> values, bool avx512,
                           int64_t shift, FractionOf fractionOf) {
  if (avx512)
    return emitExp2Avx512(b, values, shift, fractionOf);
  // 2^x = 2^n * 2^f with n the nearest integer. The power of 2^f, 1 + f q(f) on
  // [-0.5, 0.5], is a minimax polynomial of degree 6 (relative error 2e-9, so
  // f32 rounding is all that is left) that is exact at 0. The factor 2^n is
  // added to the exponent bits; where these would wrap, the result is 0. The
  // shift is in the coefficients.
  constexpr double coefficients[] = {1.5353358488952654e-04,
                                     1.339887566948656e-03,
                                     9.618437381447117e-03,
                                     5.550332467151342e-02,
                                     2.4022647913272768e-01,
                                     6.931472028575766e-01,
                                     1.0};
  auto type = cast<VectorType>(values.front().getType());
  auto bitsType = VectorType::get(type.getShape(), b.getI32Type());
  SmallVector<Value> whole, fraction;
  for (Value value : values)
    whole.push_back(math::RoundEvenOp::create(b, value));
  for (auto [i, value] : llvm::enumerate(values))
    fraction.push_back(
        fractionOf ? fractionOf(i, whole[i])
                   : arith::SubFOp::create(b, value, whole[i]).getResult());
  SmallVector<Value> power = emitPolynomial(b, coefficients, fraction, shift);
  for (auto [i, value] : llvm::enumerate(values)) {
    Value exponent =
        arith::ShLIOp::create(b, arith::FPToSIOp::create(b, bitsType, whole[i]),
                              splatInt(b, bitsType, 23));
    Value bits = arith::AddIOp::create(
        b, arith::BitcastOp::create(b, bitsType, power[i]), exponent);
    value = arith::SelectOp::create(b, emitIsNormal(b, value, shift),
                                    arith::BitcastOp::create(b, type, bits),
                                    splat(b, type, 0));
  }
}

void mlir::sattn::emitTranspose(ImplicitLocOpBuilder &b,
                                SmallVectorImpl<Value> &rows) {
  int64_t lanes = rows.size();
  // Stage s exchanges bit s of the row number with bit s of the lane number.
  for (int64_t s = 1; s < lanes; s *= 2) {
    for (int64_t i = 0; i < lanes; ++i) {
      if (i & s)
        continue;
      SmallVector<int64_t> lowMask, highMask;
      for (int64_t lane = 0; lane < lanes; ++lane) {
        lowMask.push_back(lane & s ? lanes + (lane ^ s) : lane);
        highMask.push_back(lane & s ? lanes + lane : lane | s);
      }
      Value low = vector::ShuffleOp::create(b, rows[i], rows[i | s], lowMask);
      rows[i | s] =
          vector::ShuffleOp::create(b, rows[i], rows[i | s], highMask);
      rows[i] = low;
    }
  }
}

namespace {
Value broadcastTo(ImplicitLocOpBuilder &b, Value value, int64_t lanes) {
  if (isa<VectorType>(value.getType()))
    return value;
  return vector::BroadcastOp::create(
      b, VectorType::get({lanes}, value.getType()), value);
}

/// Clones the operations of a predicate, those that depend on the lanes as
/// vectors.
class LaneWidener {
public:
  LaneWidener(ImplicitLocOpBuilder &b, int64_t lanes) : b(b), lanes(lanes) {}

  IRMapping mapping;

  /// Whether `widen` can handle the block when `varying` (and what depends on
  /// them) become vectors.
  static bool canWiden(Block &block, DenseSet<Value> &varying) {
    for (Operation &op : block.without_terminator()) {
      auto isVarying = [&](Value value) { return varying.contains(value); };
      if (auto loop = dyn_cast<scf::ForOp>(op)) {
        if (!readsAny(op, isVarying))
          continue;
        for (Value bound :
             {loop.getLowerBound(), loop.getUpperBound(), loop.getStep()})
          if (varying.contains(bound))
            return false;
        // Carried values may vary: widened loops carry vectors only.
        for (BlockArgument carried : loop.getRegionIterArgs())
          varying.insert(carried);
        if (!canWiden(*loop.getBody(), varying))
          return false;
        varying.insert(loop->result_begin(), loop->result_end());
        continue;
      }
      bool depends = false;
      op.walk([&](Operation *nested) {
        depends |= llvm::any_of(nested->getOperands(), [&](Value operand) {
          return varying.contains(operand);
        });
      });
      if (!depends)
        continue;
      auto load = dyn_cast<memref::LoadOp>(op);
      bool gathers = load && load.getMemRefType().getRank() == 1;
      if (!gathers && !OpTrait::hasElementwiseMappableTraits(&op))
        return false;
      varying.insert(op.result_begin(), op.result_end());
    }
    return true;
  }

  void widen(Block &block) {
    for (Operation &op : block.without_terminator()) {
      bool depends = readsAny(op, [&](Value operand) {
        return isa<VectorType>(mapping.lookupOrDefault(operand).getType());
      });
      if (!depends) {
        b.clone(op, mapping);
        continue;
      }
      if (auto loop = dyn_cast<scf::ForOp>(op)) {
        widenLoop(loop);
        continue;
      }
      if (auto load = dyn_cast<memref::LoadOp>(op)) {
        auto type = VectorType::get({lanes}, load.getType());
        Value all = arith::ConstantOp::create(
            b, DenseElementsAttr::get(VectorType::get({lanes}, b.getI1Type()),
                                      true));
        Value none = arith::ConstantOp::create(b, b.getZeroAttr(type));
        Value zero = arith::ConstantIndexOp::create(b, 0);
        mapping.map(
            load.getResult(),
            Value(vector::GatherOp::create(
                b, type, mapping.lookupOrDefault(load.getMemref()),
                ValueRange{zero}, lane(load.getIndices()[0]), all, none)));
        continue;
      }
      SmallVector<Value> operands = llvm::map_to_vector(
          op.getOperands(), [&](Value operand) { return lane(operand); });
      SmallVector<Type> types =
          llvm::map_to_vector(op.getResultTypes(), [&](Type type) -> Type {
            return VectorType::get({lanes}, type);
          });
      Operation *wide = b.create(op.getLoc(), op.getName().getIdentifier(),
                                 operands, types, op.getAttrs());
      mapping.map(op.getResults(), wide->getResults());
    }
  }

  /// The value of each lane.
  Value lane(Value value) {
    return broadcastTo(b, mapping.lookupOrDefault(value), lanes);
  }

private:
  void widenLoop(scf::ForOp loop) {
    SmallVector<Value> init = llvm::map_to_vector(
        loop.getInitArgs(), [&](Value value) { return lane(value); });
    auto wide =
        scf::ForOp::create(b, mapping.lookupOrDefault(loop.getLowerBound()),
                           mapping.lookupOrDefault(loop.getUpperBound()),
                           mapping.lookupOrDefault(loop.getStep()), init);
    mapping.map(loop.getInductionVar(), wide.getInductionVar());
    mapping.map(loop.getRegionIterArgs(), wide.getRegionIterArgs());
    mapping.map(loop.getResults(), wide.getResults());
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(wide.getBody());
    widen(*loop.getBody());
    if (init.empty())
      return;
    SmallVector<Value> next =
        llvm::map_to_vector(loop.getBody()->getTerminator()->getOperands(),
                            [&](Value value) { return lane(value); });
    scf::YieldOp::create(b, next);
  }

  /// Whether `op`, or an operation in it, reads such a value.
  static bool readsAny(Operation &op, llvm::function_ref<bool(Value)> which) {
    return op
        .walk([&](Operation *nested) {
          return llvm::any_of(nested->getOperands(), which)
                     ? WalkResult::interrupt()
                     : WalkResult::advance();
        })
        .wasInterrupted();
  }

  ImplicitLocOpBuilder &b;
  int64_t lanes;
};
} // namespace

Value mlir::sattn::emitLanePredicate(ImplicitLocOpBuilder &b, Block &predicate,
                                     Value queryLanes, Value key,
                                     Value answer) {
  int64_t lanes = cast<VectorType>(queryLanes.getType()).getNumElements();
  auto maskType = VectorType::get({lanes}, b.getI1Type());
  auto terminator = cast<YieldOp>(predicate.getTerminator());

  LaneWidener widener(b, lanes);
  IRMapping &mapping = widener.mapping;
  mapping.map(predicate.getArgument(1), key);
  if (answer)
    mapping.map(predicate.getArgument(2), answer);
  DenseSet<Value> varying{predicate.getArgument(0)};
  if (LaneWidener::canWiden(predicate, varying)) {
    mapping.map(predicate.getArgument(0), queryLanes);
    widener.widen(predicate);
    return widener.lane(terminator.getValue());
  }

  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  Value end = arith::ConstantIndexOp::create(b, lanes);
  Value none =
      arith::ConstantOp::create(b, DenseElementsAttr::get(maskType, false));
  auto loop = scf::ForOp::create(b, zero, end, one, ValueRange{none});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value lane = loop.getInductionVar();
  mapping.map(
      predicate.getArgument(0),
      Value(vector::ExtractOp::create(b, queryLanes, OpFoldResult(lane))));
  for (Operation &op : predicate.without_terminator())
    b.clone(op, mapping);
  Value live = mapping.lookupOrDefault(terminator.getValue());
  scf::YieldOp::create(
      b, Value(vector::InsertOp::create(b, live, loop.getRegionIterArg(0),
                                        OpFoldResult(lane))));
  return loop.getResult(0);
}
