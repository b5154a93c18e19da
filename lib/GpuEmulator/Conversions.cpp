// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// cvt, prmt, shl, bmsk, lop3: numbers of other types, bytes and bits in another place, and words of bits.
#include "InstructionTable.h"
#include "Machine.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/bit.h"

#include <cmath>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::emulator;

namespace {
enum ConversionAttribute { Rounding, Saturating, Relu };
enum PermuteAttribute { Mode, HasHigh };

template <typename Op>
std::string decodeConversion(Operation *op, Attributes &attributes) {
  auto conversion = cast<Op>(op);
  NVVM::FPRoundingMode rounding = conversion.getRnd();
  if (rounding != NVVM::FPRoundingMode::RN &&
      rounding != NVVM::FPRoundingMode::RZ &&
      rounding != NVVM::FPRoundingMode::RNA)
    return "only the rounding modes rn, rna and rz are emulated";
  attributes[Rounding] = static_cast<uint32_t>(rounding);
  attributes[Saturating] =
      conversion.getSat() == NVVM::SaturationMode::SATFINITE;
  attributes[Relu] = conversion.getRelu();
  return {};
}

/// `number` with `dropped` bits less of mantissa, as a number of f32's range.
/// Infinity and NaN stay.
float roundMantissa(float number, unsigned dropped,
                    NVVM::FPRoundingMode rounding) {
  auto bits = llvm::bit_cast<uint32_t>(number);
  if ((bits & 0x7f800000) == 0x7f800000)
    return number;
  uint32_t unit = uint32_t(1) << dropped;
  if (rounding == NVVM::FPRoundingMode::RNA)
    bits += unit / 2;
  else if (rounding == NVVM::FPRoundingMode::RN)
    bits += unit / 2 - 1 + (bits >> dropped & 1);
  return llvm::bit_cast<float>(bits & ~(unit - 1));
}

/// What the modifiers do before and after rounding.
float applyModifiers(float number, const Attributes &attributes, float largest,
                     float rounded) {
  if (std::isnan(number))
    return number;
  if (attributes[Relu] && rounded < 0)
    return 0;
  if (attributes[Saturating] && std::fabs(rounded) > largest)
    return std::copysign(largest, rounded);
  return rounded;
}

uint16_t toBFloat(float number, const Attributes &attributes) {
  constexpr unsigned dropped = 16;
  if (std::isnan(number))
    return 0x7fff;
  float largest = llvm::bit_cast<float>(0x7f7f0000u);
  float rounded = roundMantissa(
      number, dropped, static_cast<NVVM::FPRoundingMode>(attributes[Rounding]));
  rounded = applyModifiers(number, attributes, largest, rounded);
  return static_cast<uint16_t>(llvm::bit_cast<uint32_t>(rounded) >> dropped);
}

uint16_t toHalf(float number, const Attributes &attributes) {
  if (std::isnan(number))
    return 0x7fff;
  auto mode = static_cast<NVVM::FPRoundingMode>(attributes[Rounding]);
  llvm::APFloat value(applyModifiers(number, attributes, 65504, number));
  bool lossy;
  value.convert(llvm::APFloat::IEEEhalf(),
                mode == NVVM::FPRoundingMode::RZ
                    ? llvm::APFloat::rmTowardZero
                    : llvm::APFloat::rmNearestTiesToEven,
                &lossy);
  return static_cast<uint16_t>(value.bitcastToAPInt().getZExtValue());
}

/// The first operand becomes the upper half.
template <uint16_t (*convert)(float, const Attributes &)>
void convertPair(Call &call) {
  uint32_t high = convert(call.operand<float>(0), call.site.attributes);
  uint32_t low = convert(call.operand<float>(1), call.site.attributes);
  call.setResult<uint32_t>(low | high << 16);
}

/// TF32 is f32 with 13 bits less.
void convertToTF32(Call &call) {
  const Attributes &attributes = call.site.attributes;
  auto number = call.operand<float>(0);
  float largest = llvm::bit_cast<float>(0x7f7fe000u);
  float rounded = roundMantissa(
      number, 13, static_cast<NVVM::FPRoundingMode>(attributes[Rounding]));
  rounded = applyModifiers(number, attributes, largest, rounded);
  call.setResult<uint32_t>(
      std::isnan(number) ? 0x7fffffff : llvm::bit_cast<uint32_t>(rounded));
}

std::string decodePermute(Operation *op, Attributes &attributes) {
  auto permute = cast<NVVM::PermuteOp>(op);
  attributes[Mode] = static_cast<uint32_t>(permute.getMode());
  attributes[HasHigh] = static_cast<bool>(permute.getHi());
  return {};
}

/// The number of the byte that PTX's table of `prmt` selects for byte `i` of
/// the result, with bit 3 for its sign.
unsigned selectByte(NVVM::PermuteMode mode, uint32_t selector, unsigned i) {
  unsigned s = selector & 3;
  switch (mode) {
  case NVVM::PermuteMode::DEFAULT:
    return selector >> (4 * i) & 15;
  case NVVM::PermuteMode::F4E:
    return s + i;
  case NVVM::PermuteMode::B4E:
    return (s - i) & 7;
  case NVVM::PermuteMode::RC8:
    return s;
  case NVVM::PermuteMode::ECL:
    return std::max(i, s);
  case NVVM::PermuteMode::ECR:
    return std::min(i, s);
  case NVVM::PermuteMode::RC16:
    return (s & 1) * 2 + (i & 1);
  }
  llvm_unreachable("all modes handled");
}

void permute(Call &call) {
  // Operands: lo, hi if there, selector.
  bool hasHigh = call.site.attributes[HasHigh];
  uint64_t pool = call.operand<uint32_t>(0);
  if (hasHigh)
    pool |= uint64_t(call.operand<uint32_t>(1)) << 32;
  auto selector = call.operand<uint32_t>(1 + hasHigh);
  uint32_t result = 0;
  for (unsigned i = 0; i < 4; ++i) {
    unsigned selected =
        selectByte(static_cast<NVVM::PermuteMode>(call.site.attributes[Mode]),
                   selector, i);
    auto byte = static_cast<uint8_t>(pool >> (8 * (selected & 7)));
    if (selected & 8)
      byte = byte & 0x80 ? 0xff : 0;
    result |= uint32_t(byte) << (8 * i);
  }
  call.setResult(result);
}

void shiftLeft(Call &call) {
  auto bits = call.operand<uint32_t>(1);
  call.setResult(bits < 32 ? call.operand<uint32_t>(0) << bits : 0u);
}

void shiftRight(Call &call) {
  auto bits = call.operand<uint32_t>(1);
  call.setResult(bits < 32 ? call.operand<uint32_t>(0) >> bits : 0u);
}

/// Ones from a bit on, as many as the second operand says; both are at most 32.
void maskBits(Call &call) {
  auto atMost32 = [&](unsigned i) { return std::min(call.operand<uint32_t>(i), 32u); };
  uint64_t ones = (uint64_t(1) << atMost32(1)) - 1;
  call.setResult(static_cast<uint32_t>(ones << atMost32(0)));
}

void eitherOfThree(Call &call) {
  call.setResult(call.operand<uint32_t>(0) | call.operand<uint32_t>(1) | call.operand<uint32_t>(2));
}

const Instruction rows[] = {
    {"nvvm.convert.f32x2.to.bf16x2", Scope::Thread, convertPair<toBFloat>,
     decodeConversion<NVVM::ConvertF32x2ToBF16x2Op>},
    {"nvvm.convert.f32x2.to.f16x2", Scope::Thread, convertPair<toHalf>,
     decodeConversion<NVVM::ConvertF32x2ToF16x2Op>},
    {"nvvm.convert.float.to.tf32", Scope::Thread, convertToTF32,
     decodeConversion<NVVM::ConvertFloatToTF32Op>},
    {"nvvm.prmt", Scope::Thread, permute, decodePermute},
    {"shl.b32 $0, $1, $2;", Scope::Thread, shiftLeft},
    {"shr.u32 $0, $1, $2;", Scope::Thread, shiftRight},
    {"bmsk.clamp.b32 $0, $1, $2;", Scope::Thread, maskBits},
    {"lop3.b32 $0, $1, $2, $3, 0xfe;", Scope::Thread, eitherOfThree},
};
} // namespace

ArrayRef<Instruction> emulator::getConversions() { return rows; }
