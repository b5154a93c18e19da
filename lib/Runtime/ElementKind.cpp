// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===- ElementKind.cpp - Element types of arrays --------------------------===//
///
/// \file
/// Names, sizes and conversions. A 16-bit float is rounded from a double in one
/// step by integer arithmetic, so that the result does not depend on the
/// processor and the fp64 oracle does not round twice.
///
//===----------------------------------------------------------------------===//

#include "SparseAttn/Runtime/ElementKind.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace llvm;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Element kinds
//===----------------------------------------------------------------------===//

int64_t mlir::sattn::getByteWidth(ElementKind kind) {
  switch (kind) {
  case ElementKind::I1:
  case ElementKind::I8:
  case ElementKind::U8:
    return 1;
  case ElementKind::F16:
  case ElementKind::BF16:
    return 2;
  case ElementKind::F32:
  case ElementKind::I32:
    return 4;
  case ElementKind::F64:
  case ElementKind::I64:
    return 8;
  }
  llvm_unreachable("unknown element kind");
}

StringRef mlir::sattn::getElementKindName(ElementKind kind) {
  switch (kind) {
  case ElementKind::F32:
    return "f32";
  case ElementKind::F16:
    return "f16";
  case ElementKind::BF16:
    return "bf16";
  case ElementKind::F64:
    return "f64";
  case ElementKind::I1:
    return "i1";
  case ElementKind::I8:
    return "i8";
  case ElementKind::U8:
    return "ui8";
  case ElementKind::I32:
    return "i32";
  case ElementKind::I64:
    return "i64";
  }
  llvm_unreachable("unknown element kind");
}

bool mlir::sattn::isFloat(ElementKind kind) {
  return kind == ElementKind::F32 || kind == ElementKind::F16 ||
         kind == ElementKind::BF16 || kind == ElementKind::F64;
}

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

/// Rounds a double to a binary float of `exponentBits` and `mantissaBits` in
/// one step. Rounding through f32 would round twice, and miss ties.
template <int exponentBits, int mantissaBits>
static uint16_t roundTo16Bits(double value) {
  static_assert(exponentBits + mantissaBits == 15);
  constexpr int64_t bias = (1 << (exponentBits - 1)) - 1;
  constexpr int64_t minExponent = 1 - bias;
  constexpr uint64_t infinity = uint64_t((1 << exponentBits) - 1)
                                << mantissaBits;

  uint64_t bits = bit_cast<uint64_t>(value);
  uint64_t sign = (bits >> 63) << 15;
  int64_t exponent = int64_t((bits >> 52) & 0x7ff) - 1023;
  uint64_t mantissa = bits & maskTrailingOnes<uint64_t>(52);

  if (exponent == 1024 && mantissa != 0) {
    // Keep the leading payload bits and set the quiet bit.
    uint64_t quiet = uint64_t(1) << (mantissaBits - 1);
    return sign | infinity | quiet | (mantissa >> (52 - mantissaBits));
  }
  if (exponent > bias)
    return sign | infinity;
  if (exponent == -1023)
    return sign; // Zero, or far below half of the smallest subnormal.

  uint64_t significand = mantissa | (uint64_t(1) << 52);
  bool isSubnormal = exponent < minExponent;
  int64_t shift =
      52 - mantissaBits + (isSubnormal ? minExponent - exponent : 0);
  if (shift > 54)
    return sign; // Below half of the smallest subnormal.
  uint64_t rounded = significand >> shift;
  uint64_t rest = significand & maskTrailingOnes<uint64_t>(shift);
  uint64_t tie = uint64_t(1) << (shift - 1);
  if (rest > tie || (rest == tie && (rounded & 1)))
    ++rounded;
  // The implicit leading one of a normal number adds one to the exponent field;
  // a carry out of the mantissa does the same, up to infinity.
  if (!isSubnormal)
    rounded += uint64_t(exponent - minExponent) << mantissaBits;
  return sign | rounded;
}

uint16_t mlir::sattn::doubleToHalf(double value) {
  return roundTo16Bits<5, 10>(value);
}

uint16_t mlir::sattn::doubleToBfloat16(double value) {
  return roundTo16Bits<8, 7>(value);
}

float mlir::sattn::halfToFloat(uint16_t bits) {
  uint32_t sign = uint32_t(bits & 0x8000) << 16;
  uint32_t magnitude = bits & 0x7fff;
  if (magnitude >= 0x7c00) // Infinity or NaN.
    return bit_cast<float>(sign | 0x7f800000 | (magnitude & 0x3ff) << 13);
  if (magnitude < 0x0400) { // Zero or subnormal: a multiple of 2^-24.
    float value = static_cast<float>(magnitude) * 0x1p-24f;
    return sign ? -value : value;
  }
  return bit_cast<float>(sign | ((magnitude << 13) + ((127 - 15) << 23)));
}

float mlir::sattn::bfloat16ToFloat(uint16_t bits) {
  return bit_cast<float>(uint32_t(bits) << 16);
}

void mlir::sattn::loadFloats(ElementKind kind, const void *data,
                             MutableArrayRef<float> values) {
  auto convert = [&](auto element, auto toFloat) {
    const auto *source = static_cast<const decltype(element) *>(data);
    for (auto [i, value] : enumerate(values))
      value = toFloat(source[i]);
  };
  auto cast = [](auto element) { return static_cast<float>(element); };
  switch (kind) {
  case ElementKind::F32:
    if (!values.empty())
      std::memcpy(values.data(), data, values.size() * sizeof(float));
    return;
  case ElementKind::F16:
    return convert(uint16_t(), halfToFloat);
  case ElementKind::BF16:
    return convert(uint16_t(), bfloat16ToFloat);
  case ElementKind::F64:
    return convert(double(), cast);
  case ElementKind::I1:
    return convert(uint8_t(), [](uint8_t b) { return b ? 1.0f : 0.0f; });
  case ElementKind::I8:
    return convert(int8_t(), cast);
  case ElementKind::U8:
    return convert(uint8_t(), cast);
  case ElementKind::I32:
    return convert(int32_t(), cast);
  case ElementKind::I64:
    return convert(int64_t(), cast);
  }
}

void mlir::sattn::storeFloats(ElementKind kind, ArrayRef<float> values,
                              void *data) {
  auto convert = [&](auto element, auto fromFloat) {
    auto *target = static_cast<decltype(element) *>(data);
    for (auto [i, value] : enumerate(values))
      target[i] = fromFloat(value);
  };
  switch (kind) {
  case ElementKind::F32:
    if (!values.empty())
      std::memcpy(data, values.data(), values.size() * sizeof(float));
    return;
  case ElementKind::F16:
    return convert(uint16_t(), doubleToHalf);
  case ElementKind::BF16:
    return convert(uint16_t(), doubleToBfloat16);
  case ElementKind::F64:
    return convert(double(), [](float value) { return double(value); });
  case ElementKind::I1:
  case ElementKind::I8:
  case ElementKind::U8:
  case ElementKind::I32:
  case ElementKind::I64:
    break;
  }
  llvm_unreachable("expected a float element kind");
}
