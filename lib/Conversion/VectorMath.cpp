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

namespace {
Value emitSum(ImplicitLocOpBuilder &b, const Exponents &exponents, Value value) {
  return vector::FMAOp::create(b, value, exponents.factor, exponents.offset);
}

/// The sum minus a number near it, rounded once.
Value emitRest(ImplicitLocOpBuilder &b, const Exponents &exponents, Value value,
               Value near) {
  Value offset = arith::SubFOp::create(b, exponents.offset, near);
  return vector::FMAOp::create(b, value, exponents.factor, offset);
}
} // namespace

/// The exponents' polynomial, highest coefficient first, step by step for all: that keeps the
/// processor's schedulers from filling up with one value's chain.
static SmallVector<Value> emitPolynomial(ImplicitLocOpBuilder &b,
                                         ArrayRef<double> coefficients,
                                         ArrayRef<Value> values) {
  auto constant = [&](double coefficient) {
    return splat(b, values.front().getType(), coefficient);
  };
  SmallVector<Value> powers(values.size(), constant(coefficients.front()));
  for (double coefficient : coefficients.drop_front())
    for (auto [power, value] : llvm::zip_equal(powers, values))
      power = vector::FMAOp::create(b, power, value, constant(coefficient));
  return powers;
}

static constexpr int64_t mantissaBits = 23;

/// Numbers near it have units in the last place of 1 / tableSize.
static double toMultiples(int64_t tableSize) {
  return 1.5 * ((int64_t(1) << mantissaBits) / tableSize);
}

/// The vector of the table's integers that the low bits of each lane choose.
static Value emitLookup(ImplicitLocOpBuilder &b, ArrayRef<int32_t> table,
                        Value bits) {
  Type type = bits.getType();
  auto constant = [&](ArrayRef<int32_t> lanes) -> Value {
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(cast<VectorType>(type), lanes));
  };
  auto call = [&](StringRef name, ValueRange operands) -> Value {
    return LLVM::CallIntrinsicOp::create(b, type, b.getStringAttr(name), operands)
        .getResult(0);
  };
  if (table.size() == 8)
    return call("llvm.x86.avx2.permd", {constant(table), bits});
  return call("llvm.x86.avx512.vpermi2var.d.512",
              {constant(table.take_front(16)), bits, constant(table.drop_front(16))});
}

/// 2^x by a table of n powers in registers. With k the multiple of 1/n nearest to x, and
/// r = x - k, 2^x = 2^k + 2^k r q(r): q is a minimax polynomial (relative errors of 2^r: 1.6e-9 for
/// 32, or 5.4e-8 if `isFast`; 2.6e-8 for 8). Adding a number whose unit in the last place is 1/n
/// rounds to k and leaves n k in the bits: those that choose from the table, and the exponent above
/// them.
static void emitExp2ByTable(ImplicitLocOpBuilder &b,
                            MutableArrayRef<Value> values,
                            const Exponents &exponents, int64_t tableSize,
                            int64_t shift, bool isFast) {
  constexpr double fast32[] = {2.4022649738256877e-01, 6.9315732979605515e-01};
  constexpr double coefficients32[] = {5.5502136494356327e-02,
                                       2.4023428802789862e-01,
                                       6.9314718266664455e-01};
  constexpr double coefficients8[] = {5.5496221799457755e-02,
                                      2.4025762984011242e-01,
                                      6.9314721426035897e-01};
  auto type = cast<VectorType>(values.front().getType());
  auto bitsType = type.clone(b.getI32Type());
  int64_t fractionBits = mantissaBits - llvm::Log2_64(tableSize);
  // What the exponent's bits are added to.
  SmallVector<int32_t> table;
  for (int64_t i = 0; i < tableSize; ++i)
    table.push_back(llvm::bit_cast<int32_t>(static_cast<float>(
                        std::exp2(double(i) / tableSize))) -
                    ((i << fractionBits) + (shift << mantissaBits)));
  Value least = splat(b, type, toMultiples(tableSize) + shift - 126.0);

  SmallVector<Value> rounded, rest;
  for (Value value : values)
    rounded.push_back(emitSum(b, exponents, value));
  for (auto [value, sum] : llvm::zip_equal(values, rounded))
    rest.push_back(emitRest(b, exponents, value, sum));
  ArrayRef<double> coefficients = coefficients32;
  if (tableSize == 8)
    coefficients = coefficients8;
  else if (isFast)
    coefficients = fast32;
  SmallVector<Value> slope = emitPolynomial(b, coefficients, rest);
  for (auto [i, value] : llvm::enumerate(values)) {
    Value bits = arith::BitcastOp::create(b, bitsType, rounded[i]);
    Value exponent =
        arith::ShLIOp::create(b, bits, splatInt(b, bitsType, fractionBits));
    Value power = arith::BitcastOp::create(
        b, type,
        arith::AddIOp::create(b, emitLookup(b, table, bits), exponent));
    Value result = vector::FMAOp::create(
        b, arith::MulFOp::create(b, slope[i], rest[i]), power, power);
    // True for NaN.
    Value isNormal = arith::CmpFOp::create(b, arith::CmpFPredicate::UGT,
                                           rounded[i], least);
    value = arith::SelectOp::create(b, isNormal, result, splat(b, type, 0));
  }
}

/// 2^x = 2^n * 2^f with n the whole number nearest to x. The power of 2^f, 1 + f q(f) on
/// [-0.5, 0.5], is a minimax polynomial of degree 6 (relative error 2e-9, so
/// f32 rounding is all that is left) that is exact at 0. The factor 2^n is
/// added to the exponent bits; where these would wrap, the result is 0. The
/// shift is in the coefficients.
static void emitExp2Generic(ImplicitLocOpBuilder &b,
                            MutableArrayRef<Value> values,
                            const Exponents &exponents, int64_t shift) {
  SmallVector<double> coefficients = {1.5353358488952654e-04,
                                      1.339887566948656e-03,
                                      9.618437381447117e-03,
                                      5.550332467151342e-02,
                                      2.4022647913272768e-01,
                                      6.931472028575766e-01,
                                      1.0};
  for (double &coefficient : coefficients)
    coefficient = std::ldexp(coefficient, -shift);
  auto type = cast<VectorType>(values.front().getType());
  auto bitsType = type.clone(b.getI32Type());
  Value least = splat(b, type, shift - 126.0);
  SmallVector<Value> sums, whole, rest;
  for (Value value : values)
    sums.push_back(emitSum(b, exponents, value));
  for (Value sum : sums)
    whole.push_back(math::RoundEvenOp::create(b, sum));
  for (auto [value, number] : llvm::zip_equal(values, whole))
    rest.push_back(emitRest(b, exponents, value, number));
  SmallVector<Value> power = emitPolynomial(b, coefficients, rest);
  for (auto [i, value] : llvm::enumerate(values)) {
    Value exponent =
        arith::ShLIOp::create(b, arith::FPToSIOp::create(b, bitsType, whole[i]),
                              splatInt(b, bitsType, 23));
    Value bits = arith::AddIOp::create(
        b, arith::BitcastOp::create(b, bitsType, power[i]), exponent);
    // No denormal; true for NaN.
    Value isNormal = arith::CmpFOp::create(b, arith::CmpFPredicate::UGE,
                                           sums[i], least);
    value = arith::SelectOp::create(b, isNormal,
                                    arith::BitcastOp::create(b, type, bits),
                                    splat(b, type, 0));
  }
}

Value mlir::sattn::emitExponentOffset(ImplicitLocOpBuilder &b, Value reference,
                                      int64_t powerTable) {
  if (!powerTable)
    return arith::NegFOp::create(b, reference);
  return arith::SubFOp::create(
      b, splat(b, reference.getType(), toMultiples(powerTable)), reference);
}

void mlir::sattn::emitExp2(ImplicitLocOpBuilder &b,
                           MutableArrayRef<Value> values, int64_t powerTable,
                           int64_t shift, Exponents exponents, bool isFast) {
  Type type = values.front().getType();
  if (!exponents.factor) {
    exponents.factor = splat(b, type, 1);
    exponents.offset = emitExponentOffset(b, splat(b, type, 0), powerTable);
  }
  if (powerTable)
    emitExp2ByTable(b, values, exponents, powerTable, shift, isFast);
  else
    emitExp2Generic(b, values, exponents, shift);
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
