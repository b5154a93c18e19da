// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The named score modifiers: their arithmetic as IR, and what they ask of their
/// operands.
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <charconv>
#include <cmath>

using namespace mlir;
using namespace mlir::sattn;

#include "SparseAttn/Dialect/ScoreModifierInterface.cpp.inc"

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// The shortest text that reads back as the same number.
static std::string textOf(Real real) {
  char digits[32];
  auto end = std::to_chars(digits, std::end(digits), real.value).ptr;
  std::string text(digits, end);
  if (text.find_first_not_of("-0123456789") == std::string::npos)
    text += ".0";
  // As MLIR reads them, exponents follow a decimal point.
  if (size_t at = text.find('e');
      at != std::string::npos && text.find('.') == std::string::npos)
    text.insert(at, ".0");
  return text;
}

AsmPrinter &mlir::sattn::operator<<(AsmPrinter &printer, const Real &real) {
  printer << textOf(real);
  return printer;
}

FailureOr<Real> FieldParser<Real>::parse(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  Attribute attr;
  OptionalParseResult parsed = parser.parseOptionalAttribute(attr);
  if (parsed.has_value() && failed(*parsed))
    return failure();
  double value;
  if (auto number = dyn_cast_if_present<FloatAttr>(attr))
    value = number.getValueAsDouble();
  else if (auto whole = dyn_cast_if_present<IntegerAttr>(attr))
    value = whole.getValue().getSExtValue();
  else
    return parser.emitError(loc, "expected a number");
  return Real{static_cast<float>(value)};
}

namespace {
Value constant(ImplicitLocOpBuilder &b, double value) {
  return arith::ConstantOp::create(b, b.getF32FloatAttr(value));
}

using EmitError = llvm::function_ref<InFlightDiagnostic()>;

LogicalResult verifyPositive(EmitError emitError, StringRef name, Real real) {
  if (std::isfinite(real.value) && real.value > 0)
    return success();
  return emitError() << "expected '" << name
                     << "' to be a positive number, but got "
                     << textOf(real);
}
} // namespace

Value ScorePair::load(ImplicitLocOpBuilder &b, Value operand,
                      ArrayRef<ScoreDim> dims, Value other) const {
  auto type = cast<ShapedType>(operand.getType());
  SmallVector<Value> indices;
  for (auto [dim, size] :
       llvm::zip(dims.take_back(type.getRank()), type.getShape())) {
    if (size == 1) {
      indices.push_back(arith::ConstantIndexOp::create(b, 0));
      continue;
    }
    switch (dim) {
    case ScoreDim::Batch:
      indices.push_back(batch);
      break;
    case ScoreDim::Head:
      indices.push_back(head);
      break;
    case ScoreDim::Row:
      indices.push_back(row);
      break;
    case ScoreDim::Key:
      indices.push_back(key);
      break;
    case ScoreDim::Other:
      indices.push_back(other);
      break;
    }
  }
  Value element;
  if (isa<MemRefType>(type))
    element = memref::LoadOp::create(b, operand, indices);
  else
    element = tensor::ExtractOp::create(b, operand, indices);
  if (element.getType().isF32())
    return element;
  return arith::ExtFOp::create(b, b.getF32Type(), element);
}

//===----------------------------------------------------------------------===//
// softcap
//===----------------------------------------------------------------------===//

LogicalResult SoftcapAttr::verify(EmitError emitError, Real cap) {
  return verifyPositive(emitError, "cap", cap);
}

Value SoftcapAttr::buildScore(ImplicitLocOpBuilder &b, const ScorePair &,
                              Value score, ValueRange) const {
  Value cap = constant(b, getCap().value);
  Value share = arith::DivFOp::create(b, score, cap);
  return arith::MulFOp::create(b, cap, math::TanhOp::create(b, share));
}

//===----------------------------------------------------------------------===//
// bias, logit_scale
//===----------------------------------------------------------------------===//

namespace {
constexpr ScoreDim pairDims[] = {ScoreDim::Batch, ScoreDim::Head, ScoreDim::Row,
                                 ScoreDim::Key};
constexpr ScoreDim headDims[] = {ScoreDim::Head};
constexpr ScoreDim slopeDims[] = {ScoreDim::Batch, ScoreDim::Head};
constexpr ScoreDim bucketDims[] = {ScoreDim::Head, ScoreDim::Other};
constexpr ScoreDim relativeDims[] = {ScoreDim::Batch, ScoreDim::Head,
                                     ScoreDim::Row, ScoreDim::Other};
} // namespace

unsigned BiasAttr::getNumOperands() const { return 1; }
SmallVector<ScoreDim> BiasAttr::getOperandDims(unsigned) const {
  return llvm::to_vector(pairDims);
}
Value BiasAttr::buildScore(ImplicitLocOpBuilder &b, const ScorePair &pair,
                           Value score, ValueRange operands) const {
  return arith::AddFOp::create(b, score, pair.load(b, operands[0], pairDims));
}

unsigned LogitScaleAttr::getNumOperands() const { return 1; }
SmallVector<ScoreDim> LogitScaleAttr::getOperandDims(unsigned) const {
  return llvm::to_vector(headDims);
}
Value LogitScaleAttr::buildScore(ImplicitLocOpBuilder &b, const ScorePair &pair,
                                 Value score, ValueRange operands) const {
  return arith::MulFOp::create(b, score, pair.load(b, operands[0], headDims));
}

//===----------------------------------------------------------------------===//
// alibi, alibi_slopes
//===----------------------------------------------------------------------===//

namespace {
Value toReal(ImplicitLocOpBuilder &b, Value index) {
  Value number = arith::IndexCastOp::create(b, b.getI32Type(), index);
  return arith::SIToFPOp::create(b, b.getF32Type(), number);
}

/// s + slope * (j - p), or s - slope * |j - p|.
Value addSlope(ImplicitLocOpBuilder &b, const ScorePair &pair, Value score,
               Value slope, bool symmetric) {
  Value distance =
      toReal(b, arith::SubIOp::create(b, pair.key, pair.position));
  if (symmetric)
    distance = arith::NegFOp::create(b, math::AbsFOp::create(b, distance));
  return math::FmaOp::create(b, slope, distance, score);
}
} // namespace

LogicalResult AlibiAttr::verify(EmitError emitError,
                                std::optional<int64_t> heads, Real maxBias,
                                SlopeOrder, bool) {
  if (heads && *heads < 1)
    return emitError() << "expected 'heads' to be at least 1, but got "
                       << *heads;
  return verifyPositive(emitError, "max_bias", maxBias);
}

LogicalResult AlibiAttr::verifyOperands(EmitError emitError,
                                        const ScoreSizes &sizes,
                                        ValueRange) const {
  if (getHeads()) {
    if (ShapedType::isDynamic(sizes.heads) || *getHeads() >= sizes.heads)
      return success();
    return emitError() << "expected " << *this
                       << " to have at least query's " << sizes.heads
                       << " heads, but got " << *getHeads();
  }
  if (sizes.hasFirstHead)
    return emitError() << "expected " << *this
                       << " to name its 'heads', because of 'first_head'";
  if (getOrder() != SlopeOrder::Geometric &&
      ShapedType::isDynamic(sizes.heads))
    return emitError() << "expected " << *this
                       << " to name its 'heads', because query has a dynamic "
                          "number of them";
  return success();
}

Attribute AlibiAttr::forHeadsOf(int64_t heads) const {
  if (getHeads())
    return *this;
  if (ShapedType::isDynamic(heads))
    return nullptr;
  return get(getContext(), heads, getMaxBias(), getOrder(), getSymmetric());
}

Value AlibiAttr::buildScore(ImplicitLocOpBuilder &b, const ScorePair &pair,
                            Value score, ValueRange) const {
  // The slope is 2^(-max_bias * number / count) with a number for each head.
  std::optional<int64_t> known = getHeads();
  if (!known)
    if (auto size = pair.numHeads.getDefiningOp<arith::ConstantIndexOp>())
      known = size.value();
  auto ratio = [&](double count) -> Value {
    return constant(b, -double(getMaxBias().value) / count);
  };
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, value);
  };
  // 2 * head + offset
  auto everyOther = [&](int64_t offset) -> Value {
    Value twice = arith::MulIOp::create(b, pair.headNumber, index(2));
    return arith::AddIOp::create(b, twice, index(offset));
  };
  auto isBelow = [&](int64_t limit) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, pair.headNumber,
                                 index(limit));
  };
  Value next = arith::AddIOp::create(b, pair.headNumber, index(1));
  Value number = next, factor;
  if (getOrder() == SlopeOrder::Geometric) {
    if (known)
      factor = ratio(*known);
    else
      factor = arith::DivFOp::create(b, ratio(1), toReal(b, pair.numHeads));
  } else if (llvm::isPowerOf2_64(*known)) {
    factor = ratio(*known);
  } else if (getOrder() == SlopeOrder::Press) {
    // Those of n heads, as numbers 2, 4, .. of 2n; then 1, 3, ..
    int64_t n = llvm::bit_floor(static_cast<uint64_t>(*known));
    number = arith::SelectOp::create(b, isBelow(n), everyOther(2),
                                     everyOther(1 - 2 * n));
    factor = ratio(2 * n);
  } else {
    int64_t n = llvm::bit_ceil(static_cast<uint64_t>(*known));
    number = arith::SelectOp::create(b, isBelow(n / 2), everyOther(2),
                                     everyOther(1 - n));
    factor = ratio(n);
  }
  Value exponent = arith::MulFOp::create(b, toReal(b, number), factor);
  Value slope = math::Exp2Op::create(b, exponent);
  return addSlope(b, pair, score, slope, getSymmetric());
}

unsigned AlibiSlopesAttr::getNumOperands() const { return 1; }
SmallVector<ScoreDim> AlibiSlopesAttr::getOperandDims(unsigned) const {
  return llvm::to_vector(slopeDims);
}
Value AlibiSlopesAttr::buildScore(ImplicitLocOpBuilder &b,
                                  const ScorePair &pair, Value score,
                                  ValueRange operands) const {
  return addSlope(b, pair, score, pair.load(b, operands[0], slopeDims),
                  getSymmetric());
}

//===----------------------------------------------------------------------===//
// t5_bias, relative_bias
//===----------------------------------------------------------------------===//

unsigned T5BiasAttr::getNumOperands() const { return 1; }
SmallVector<ScoreDim> T5BiasAttr::getOperandDims(unsigned) const {
  return llvm::to_vector(bucketDims);
}

LogicalResult T5BiasAttr::verify(EmitError emitError, int64_t maxDistance,
                                 bool) {
  if (maxDistance >= 1 && maxDistance <= INT32_MAX)
    return success();
  return emitError() << "expected 'max_distance' to be between 1 and "
                     << INT32_MAX << ", but got " << maxDistance;
}

namespace {
int64_t lastSize(Value operand) {
  return cast<ShapedType>(operand.getType()).getShape().back();
}
} // namespace

LogicalResult T5BiasAttr::verifyOperands(EmitError emitError,
                                         const ScoreSizes &,
                                         ValueRange operands) const {
  int64_t buckets = lastSize(operands[0]), unit = getBidirectional() ? 4 : 2;
  if (ShapedType::isDynamic(buckets) || buckets < unit || buckets % unit)
    return emitError() << "expected the last dimension of the operand of "
                       << *this << " to be a static multiple of " << unit
                       << ", but got " << operands[0].getType();
  int64_t exact = buckets / unit;
  if (getMaxDistance() <= exact)
    return emitError() << "expected 'max_distance' of " << *this
                       << " to be more than the " << exact
                       << " distances that have buckets of their own";
  return success();
}

Value T5BiasAttr::buildScore(ImplicitLocOpBuilder &b, const ScorePair &pair,
                             Value score, ValueRange operands) const {
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, value);
  };
  int64_t buckets = lastSize(operands[0]);
  if (getBidirectional())
    buckets /= 2;
  int64_t exact = buckets / 2;
  Value back = arith::SubIOp::create(b, pair.position, pair.key);
  Value distance = back;
  if (getBidirectional())
    distance = arith::MaxSIOp::create(
        b, back, arith::SubIOp::create(b, index(0), back));
  else
    distance = arith::MaxSIOp::create(b, back, index(0));
  Value bucket = arith::MinSIOp::create(b, distance, index(exact));
  // Buckets grow by one at certain distances.
  double ratio = double(getMaxDistance()) / exact;
  for (int64_t step = 1; step < buckets - exact; ++step) {
    double at = exact * std::pow(ratio, double(step) / (buckets - exact));
    // A power that is a whole number is not missed by a rounding.
    auto first = static_cast<int64_t>(std::ceil(at * (1 - 1e-12)));
    Value isBeyond = arith::CmpIOp::create(b, arith::CmpIPredicate::sge,
                                           distance, index(first));
    bucket = arith::AddIOp::create(
        b, bucket,
        arith::SelectOp::create(b, isBeyond, index(1), index(0)));
  }
  if (getBidirectional()) {
    Value isAhead =
        arith::CmpIOp::create(b, arith::CmpIPredicate::slt, back, index(0));
    bucket = arith::AddIOp::create(
        b, bucket,
        arith::SelectOp::create(b, isAhead, index(buckets), index(0)));
  }
  return arith::AddFOp::create(b, score,
                               pair.load(b, operands[0], bucketDims, bucket));
}

unsigned RelativeBiasAttr::getNumOperands() const { return 1; }
SmallVector<ScoreDim> RelativeBiasAttr::getOperandDims(unsigned) const {
  return llvm::to_vector(relativeDims);
}

LogicalResult RelativeBiasAttr::verifyOperands(EmitError emitError,
                                               const ScoreSizes &,
                                               ValueRange operands) const {
  int64_t size = lastSize(operands[0]);
  if (ShapedType::isDynamic(size) || size < 1)
    return emitError() << "expected the last dimension of the operand of "
                       << *this << " to be static and not 0, but got "
                       << operands[0].getType();
  if (!getCenter() && size % 2 == 0)
    return emitError() << "expected 'center' of " << *this
                       << " for an operand of an even number of distances, "
                       << size;
  return success();
}

Value RelativeBiasAttr::buildScore(ImplicitLocOpBuilder &b,
                                   const ScorePair &pair, Value score,
                                   ValueRange operands) const {
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, value);
  };
  int64_t size = lastSize(operands[0]);
  Value at = arith::SubIOp::create(b, pair.key, pair.position);
  at = arith::AddIOp::create(b, at, index(getCenter().value_or(size / 2)));
  at = arith::MaxSIOp::create(b, at, index(0));
  at = arith::MinSIOp::create(b, at, index(size - 1));
  return arith::AddFOp::create(b, score,
                               pair.load(b, operands[0], relativeDims, at));
}
