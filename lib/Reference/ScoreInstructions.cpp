// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the operations of a score region do to numbers.
#include "ScoreInstructions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::sattn;

namespace {

int64_t wrap(int64_t value, unsigned width) {
  return width >= 64 ? value : llvm::SignExtend64(value, width);
}
uint64_t asUnsigned(int64_t value, unsigned width) {
  return width >= 64 ? value : value & ((uint64_t(1) << width) - 1);
}
unsigned widthOf(Type type) {
  return type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
}
int64_t floorDivide(int64_t a, int64_t b) {
  int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

template <typename T> bool compare(arith::CmpFPredicate predicate, T x, T y) {
  bool unordered = std::isnan(x) || std::isnan(y);
  using P = arith::CmpFPredicate;
  switch (predicate) {
  case P::AlwaysFalse:
    return false;
  case P::AlwaysTrue:
    return true;
  case P::OEQ:
    return x == y;
  case P::OGT:
    return x > y;
  case P::OGE:
    return x >= y;
  case P::OLT:
    return x < y;
  case P::OLE:
    return x <= y;
  case P::ONE:
    return !unordered && x != y;
  case P::ORD:
    return !unordered;
  case P::UEQ:
    return unordered || x == y;
  case P::UGT:
    return unordered || x > y;
  case P::UGE:
    return unordered || x >= y;
  case P::ULT:
    return unordered || x < y;
  case P::ULE:
    return unordered || x <= y;
  case P::UNE:
    return unordered || x != y;
  case P::UNO:
    return unordered;
  }
  llvm_unreachable("unknown predicate");
}

template <typename F> void setUnary(Instruction &instruction, F f) {
  set(instruction, [f](auto &m, const Instruction &i) {
    m.real(i.result) = f(m.real(i.operands[0]));
  });
}
/// A function that libraries compute to about a unit in the last place.
template <typename F> void setFunction(Instruction &instruction, F f) {
  set(instruction, [f](auto &m, const Instruction &i) {
    auto result = f(m.real(i.operands[0]));
    if constexpr (std::is_same_v<decltype(result), float>)
      if (m.nudge)
        result = std::nextafter(result, m.nudge * INFINITY);
    m.real(i.result) = result;
  });
}
template <typename F> void setBinary(Instruction &instruction, F f) {
  set(instruction, [f](auto &m, const Instruction &i) {
    m.real(i.result) = f(m.real(i.operands[0]), m.real(i.operands[1]));
  });
}
template <typename F>
void setInteger(Instruction &instruction, unsigned width, F f) {
  set(instruction, [f, width](auto &m, const Instruction &i) {
    m.integer(i.result) =
        wrap(f(m.integer(i.operands[0]), m.integer(i.operands[1])), width);
  });
}

/// Chooses the functions of `op`; false if it is not known.
bool chooseReal(Operation *op, Instruction &instruction) {
#define UNARY(OP, EXPRESSION)                                                  \
  if (isa<OP>(op)) {                                                           \
    setUnary(instruction, [](auto x) { return decltype(x)(EXPRESSION); });     \
    return true;                                                               \
  }
#define FUNCTION(OP, EXPRESSION)                                               \
  if (isa<OP>(op)) {                                                           \
    setFunction(instruction, [](auto x) { return decltype(x)(EXPRESSION); });  \
    return true;                                                               \
  }
#define BINARY(OP, EXPRESSION)                                                 \
  if (isa<OP>(op)) {                                                           \
    setBinary(instruction,                                                     \
              [](auto x, auto y) { return decltype(x)(EXPRESSION); });         \
    return true;                                                               \
  }
  UNARY(arith::NegFOp, -x)
  UNARY(arith::ExtFOp, x)
  UNARY(math::AbsFOp, std::abs(x))
  UNARY(math::CeilOp, std::ceil(x))
  UNARY(math::FloorOp, std::floor(x))
  UNARY(math::RoundOp, std::round(x))
  UNARY(math::RoundEvenOp, std::nearbyint(x))
  UNARY(math::TruncOp, std::trunc(x))
  UNARY(math::SqrtOp, std::sqrt(x))
  FUNCTION(math::RsqrtOp, 1 / std::sqrt(x))
  FUNCTION(math::CbrtOp, std::cbrt(x))
  FUNCTION(math::ExpOp, std::exp(x))
  FUNCTION(math::Exp2Op, std::exp2(x))
  FUNCTION(math::ExpM1Op, std::expm1(x))
  FUNCTION(math::LogOp, std::log(x))
  FUNCTION(math::Log2Op, std::log2(x))
  FUNCTION(math::Log10Op, std::log10(x))
  FUNCTION(math::Log1pOp, std::log1p(x))
  FUNCTION(math::SinOp, std::sin(x))
  FUNCTION(math::CosOp, std::cos(x))
  FUNCTION(math::TanOp, std::tan(x))
  FUNCTION(math::AsinOp, std::asin(x))
  FUNCTION(math::AcosOp, std::acos(x))
  FUNCTION(math::AtanOp, std::atan(x))
  FUNCTION(math::SinhOp, std::sinh(x))
  FUNCTION(math::CoshOp, std::cosh(x))
  FUNCTION(math::TanhOp, std::tanh(x))
  FUNCTION(math::ErfOp, std::erf(x))
  BINARY(arith::AddFOp, x + y)
  BINARY(arith::SubFOp, x - y)
  BINARY(arith::MulFOp, x * y)
  BINARY(arith::DivFOp, x / y)
  BINARY(arith::RemFOp, std::fmod(x, y))
  BINARY(arith::MinNumFOp, std::fmin(x, y))
  BINARY(arith::MaxNumFOp, std::fmax(x, y))
  BINARY(arith::MinimumFOp, std::isnan(x) || std::isnan(y) ? x + y : std::fmin(x, y))
  BINARY(arith::MaximumFOp, std::isnan(x) || std::isnan(y) ? x + y : std::fmax(x, y))
  BINARY(math::PowFOp, std::pow(x, y))
  BINARY(math::Atan2Op, std::atan2(x, y))
  BINARY(math::CopySignOp, std::copysign(x, y))
#undef UNARY
#undef FUNCTION
#undef BINARY
  if (isa<math::FmaOp>(op)) {
    set(instruction, [](auto &m, const Instruction &i) {
      m.real(i.result) = std::fma(m.real(i.operands[0]), m.real(i.operands[1]),
                                  m.real(i.operands[2]));
    });
    return true;
  }
  return false;
}

bool chooseInteger(Operation *op, Instruction &instruction) {
  if (op->getNumResults() != 1 || !op->getResult(0).getType().isIntOrIndex() ||
      op->getNumOperands() != 2 ||
      !op->getOperand(0).getType().isIntOrIndex())
    return false;
  unsigned width = widthOf(op->getOperand(0).getType());
#define INTEGER(OP, EXPRESSION)                                                \
  if (isa<OP>(op)) {                                                           \
    setInteger(instruction, width, [](int64_t x, int64_t y) -> int64_t {       \
      return EXPRESSION;                                                       \
    });                                                                        \
    return true;                                                               \
  }
#define UNSIGNED(OP, EXPRESSION)                                               \
  if (isa<OP>(op)) {                                                           \
    setInteger(instruction, width, [width](int64_t a, int64_t b) -> int64_t {  \
      uint64_t x = asUnsigned(a, width), y = asUnsigned(b, width);             \
      return EXPRESSION;                                                       \
    });                                                                        \
    return true;                                                               \
  }
  UNSIGNED(arith::AddIOp, x + y)
  UNSIGNED(arith::SubIOp, x - y)
  UNSIGNED(arith::MulIOp, x *y)
  INTEGER(arith::DivSIOp, x / y)
  INTEGER(arith::RemSIOp, x % y)
  INTEGER(arith::FloorDivSIOp, floorDivide(x, y))
  INTEGER(arith::CeilDivSIOp, -floorDivide(-x, y))
  UNSIGNED(arith::DivUIOp, x / y)
  UNSIGNED(arith::RemUIOp, x % y)
  UNSIGNED(arith::CeilDivUIOp, x / y + (x % y != 0))
  INTEGER(arith::AndIOp, x &y)
  INTEGER(arith::OrIOp, x | y)
  INTEGER(arith::XOrIOp, x ^ y)
  UNSIGNED(arith::ShLIOp, y < 64 ? x << y : 0)
  UNSIGNED(arith::ShRUIOp, y < 64 ? x >> y : 0)
  INTEGER(arith::ShRSIOp, x >> std::min<int64_t>(y, 63))
  INTEGER(arith::MinSIOp, std::min(x, y))
  INTEGER(arith::MaxSIOp, std::max(x, y))
  UNSIGNED(arith::MinUIOp, std::min(x, y))
  UNSIGNED(arith::MaxUIOp, std::max(x, y))
#undef INTEGER
#undef UNSIGNED
  return false;
}

bool chooseOther(Operation *op, Instruction &instruction) {
  if (auto compareInt = dyn_cast<arith::CmpIOp>(op)) {
    unsigned width = widthOf(compareInt.getLhs().getType());
    arith::CmpIPredicate predicate = compareInt.getPredicate();
    set(instruction, [=](auto &m, const Instruction &i) {
      m.integer(i.result) = -int64_t(arith::applyCmpPredicate(
          predicate, APInt(width, m.integer(i.operands[0]), true, true),
          APInt(width, m.integer(i.operands[1]), true, true)));
    });
    return true;
  }
  if (auto compareReal = dyn_cast<arith::CmpFOp>(op)) {
    arith::CmpFPredicate predicate = compareReal.getPredicate();
    set(instruction, [=](auto &m, const Instruction &i) {
      m.integer(i.result) = -int64_t(compare(
          predicate, m.real(i.operands[0]), m.real(i.operands[1])));
    });
    return true;
  }
  if (isa<arith::SelectOp>(op)) {
    set(instruction, [](auto &m, const Instruction &i) {
      m.numbers[i.result] =
          m.numbers[i.operands[m.integer(i.operands[0]) ? 1 : 2]];
    });
    return true;
  }
  if (op->getNumResults() != 1 || op->getNumOperands() != 1)
    return false;
  unsigned from = op->getOperand(0).getType().isIntOrIndexOrFloat()
                      ? widthOf(op->getOperand(0).getType())
                      : 0;
  unsigned to = op->getResult(0).getType().isIntOrIndexOrFloat()
                    ? widthOf(op->getResult(0).getType())
                    : 0;
  if (isa<arith::IndexCastOp, arith::ExtSIOp, arith::TruncIOp>(op)) {
    set(instruction, [to](auto &m, const Instruction &i) {
      m.integer(i.result) = wrap(m.integer(i.operands[0]), to);
    });
    return true;
  }
  if (isa<arith::IndexCastUIOp, arith::ExtUIOp>(op)) {
    set(instruction, [from, to](auto &m, const Instruction &i) {
      m.integer(i.result) = wrap(asUnsigned(m.integer(i.operands[0]), from), to);
    });
    return true;
  }
  if (isa<arith::SIToFPOp>(op)) {
    set(instruction, [](auto &m, const Instruction &i) {
      m.real(i.result) = m.integer(i.operands[0]);
    });
    return true;
  }
  if (isa<arith::UIToFPOp>(op)) {
    set(instruction, [from](auto &m, const Instruction &i) {
      m.real(i.result) = asUnsigned(m.integer(i.operands[0]), from);
    });
    return true;
  }
  if (isa<arith::FPToSIOp, arith::FPToUIOp>(op)) {
    set(instruction, [to](auto &m, const Instruction &i) {
      m.integer(i.result) =
          wrap(static_cast<int64_t>(m.real(i.operands[0])), to);
    });
    return true;
  }
  if (isa<arith::BitcastOp>(op) && from == 32 && to == 32) {
    bool toReal = op->getResult(0).getType().isF32();
    set(instruction, [toReal](auto &m, const Instruction &i) {
      if (toReal)
        m.real(i.result) = llvm::bit_cast<float>(
            static_cast<int32_t>(m.integer(i.operands[0])));
      else
        m.integer(i.result) =
            llvm::bit_cast<int32_t>(static_cast<float>(m.real(i.operands[0])));
    });
    return true;
  }
  if (isa<math::AbsIOp>(op)) {
    set(instruction, [to](auto &m, const Instruction &i) {
      m.integer(i.result) = wrap(std::abs(m.integer(i.operands[0])), to);
    });
    return true;
  }
  return false;
}
} // namespace

bool mlir::sattn::chooseInstruction(Operation *op, Instruction &instruction) {
  return chooseReal(op, instruction) || chooseInteger(op, instruction) ||
         chooseOther(op, instruction);
}
