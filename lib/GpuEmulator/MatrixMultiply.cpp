// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// mma.sync: D = A B + C by a warp, each operand spread over the lanes'
/// registers.
///
/// With g = lane / 4 and t = lane % 4, a register of A holds row g, or g + 8 if
/// bit 0 of its number is set; its elements are columns t E to t E + E - 1,
/// where E is the number of elements in a register, plus 4 E for each 2 of its
/// number. B has column g and the rows that A has as columns; C and D have row
/// g, or g + 8 in their second half, and columns 2 t and 2 t + 1. Products are
/// exact in f32; sums are rounded to f32 after each element of k, in order.
#include "InstructionTable.h"
#include "Machine.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::emulator;

namespace {
enum class ElementType : uint32_t { F16, BF16, TF32 };
enum MultiplyAttribute { Type, Depth, HalfAccumulator };

std::string decodeMultiply(Operation *op, Attributes &attributes) {
  auto mma = cast<NVVM::MmaOp>(op);
  auto typeA = mma.getMultiplicandAPtxType(),
       typeB = mma.getMultiplicandBPtxType();
  if (!typeA || typeA != typeB)
    return "expected both multiplicands of one type";
  ElementType type;
  unsigned smallDepth = 8;
  switch (*typeA) {
  case NVVM::MMATypes::f16:
    type = ElementType::F16;
    break;
  case NVVM::MMATypes::bf16:
    type = ElementType::BF16;
    break;
  case NVVM::MMATypes::tf32:
    type = ElementType::TF32;
    smallDepth = 4;
    break;
  default:
    return "only multiplicands of type f16, bf16 and tf32 are emulated";
  }
  NVVM::MMAShapeAttr shape = mma.getShape();
  auto depth = static_cast<unsigned>(shape.getK());
  if (shape.getM() != 16 || shape.getN() != 8 ||
      (depth != smallDepth && depth != 2 * smallDepth))
    return "only shapes m16n8k8 and m16n8k16 (tf32: m16n8k4 and m16n8k8) are "
           "emulated";
  if (mma.getLayoutA() != NVVM::MMALayout::row ||
      mma.getLayoutB() != NVVM::MMALayout::col)
    return "expected A row by row and B column by column";
  NVVM::MMATypes accumulator = mma.accumPtxType();
  if (accumulator != mma.resultPtxType())
    return "expected C and D of one type";
  attributes[Type] = static_cast<uint32_t>(type);
  attributes[Depth] = depth;
  attributes[HalfAccumulator] = accumulator == NVVM::MMATypes::f16;
  return {};
}

float fromHalf(uint16_t bits) {
  // Normal numbers by rescaling; the rest by LLVM's arithmetic.
  uint32_t exponent = bits >> 10 & 31, sign = uint32_t(bits & 0x8000) << 16;
  if (exponent != 0 && exponent != 31)
    return llvm::bit_cast<float>(sign | ((exponent + 112) << 23) |
                                 uint32_t(bits & 0x3ff) << 13);
  if ((bits & 0x7fff) == 0)
    return llvm::bit_cast<float>(sign);
  llvm::APFloat value(llvm::APFloat::IEEEhalf(), llvm::APInt(16, bits));
  return value.convertToFloat();
}

uint16_t toHalf(float number) {
  llvm::APFloat value(number);
  bool lossy;
  value.convert(llvm::APFloat::IEEEhalf(), llvm::APFloat::rmNearestTiesToEven,
                &lossy);
  return static_cast<uint16_t>(value.bitcastToAPInt().getZExtValue());
}

/// The elements of a register.
template <ElementType type> struct Register {
  static constexpr unsigned count = 2;
  static float get(uint32_t bits, unsigned index) {
    if (type == ElementType::F16)
      return fromHalf(static_cast<uint16_t>(bits >> (16 * index)));
    return llvm::bit_cast<float>(index ? bits & 0xffff0000 : bits << 16);
  }
};
template <> struct Register<ElementType::TF32> {
  static constexpr unsigned count = 1;
  /// The hardware does not look at the low 13 bits.
  static float get(uint32_t bits, unsigned) {
    return llvm::bit_cast<float>(bits & 0xffffe000);
  }
};

constexpr unsigned rowsOfA = 16, columnsOfB = 8, maxDepth = 16;

template <ElementType type>
void gather(Call &call, float (&a)[rowsOfA][maxDepth],
            float (&b)[maxDepth][columnsOfB]) {
  constexpr unsigned elements = Register<type>::count;
  // 4 lanes side by side, once or twice.
  unsigned halves = call.site.attributes[Depth] / (4 * elements);
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    unsigned g = lane / 4, t = lane % 4;
    for (unsigned half = 0; half < halves; ++half)
      for (unsigned e = 0; e < elements; ++e) {
        unsigned k = half * 4 * elements + t * elements + e;
        a[g][k] =
            Register<type>::get(call.operand<uint32_t>(lane, 2 * half), e);
        a[g + 8][k] =
            Register<type>::get(call.operand<uint32_t>(lane, 2 * half + 1), e);
        b[k][g] = Register<type>::get(
            call.operand<uint32_t>(lane, 2 * halves + half), e);
      }
  }
}

void multiply(Call &call) {
  const Attributes &attributes = call.site.attributes;
  float a[rowsOfA][maxDepth], b[maxDepth][columnsOfB], d[rowsOfA][columnsOfB];
  unsigned depth = attributes[Depth], elements = 2;
  switch (static_cast<ElementType>(attributes[Type])) {
  case ElementType::F16:
    gather<ElementType::F16>(call, a, b);
    break;
  case ElementType::BF16:
    gather<ElementType::BF16>(call, a, b);
    break;
  case ElementType::TF32:
    gather<ElementType::TF32>(call, a, b);
    elements = 1;
    break;
  }
  // Where C begins among the operands.
  unsigned c = 3 * depth / (4 * elements);
  bool half = attributes[HalfAccumulator];
  for (unsigned lane = 0; lane < warpSize; ++lane)
    for (unsigned i = 0; i < 4; ++i) {
      float &element = d[lane / 4 + i / 2 * 8][lane % 4 * 2 + i % 2];
      if (half)
        element = fromHalf(static_cast<uint16_t>(
            call.operand<uint32_t>(lane, c + i / 2) >> (i % 2 * 16)));
      else
        element = call.operand<float>(lane, c + i);
    }

  for (unsigned row = 0; row < rowsOfA; ++row)
    for (unsigned k = 0; k < depth; ++k)
      for (unsigned column = 0; column < columnsOfB; ++column)
        d[row][column] += a[row][k] * b[k][column];

  for (unsigned lane = 0; lane < warpSize; ++lane)
    for (unsigned i = 0; i < 4; ++i) {
      float element = d[lane / 4 + i / 2 * 8][lane % 4 * 2 + i % 2];
      if (half)
        call.setResult<uint16_t>(lane, toHalf(element), /*byte=*/2 * i);
      else
        call.setResult<float>(lane, element, /*byte=*/4 * i);
    }
}

const Instruction rows[] = {
    {"nvvm.mma.sync", Scope::Warp, multiply, decodeMultiply},
};
} // namespace

ArrayRef<Instruction> emulator::getMatrixMultiply() { return rows; }
