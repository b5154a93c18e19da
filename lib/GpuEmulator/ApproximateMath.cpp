// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Approximate functions of the special function unit, as intrinsics and as
/// inline assembly.
///
/// They return what the host's C library does, which is nearer to the exact
/// value than PTX asks; tests that compare with an exact result have to allow
/// what the instruction may differ. `ftz` forms take and give zero for
/// subnormal numbers, as the hardware does.
#include "InstructionTable.h"
#include "Machine.h"

#include <cmath>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::emulator;

namespace {
float flush(float number) {
  return std::fpclassify(number) == FP_SUBNORMAL ? std::copysign(0.0f, number)
                                                 : number;
}

float exp2Approx(float x) { return std::exp2(x); }
float log2Approx(float x) { return std::log2(x); }
float reciprocal(float x) { return 1 / x; }
float squareRoot(float x) { return std::sqrt(x); }
float reciprocalSquareRoot(float x) {
  return static_cast<float>(1 / std::sqrt(static_cast<double>(x)));
}
float tanhApprox(float x) { return std::tanh(x); }
float sineApprox(float x) { return std::sin(x); }
float cosineApprox(float x) { return std::cos(x); }

template <float (*function)(float)> void approximate(Call &call) {
  call.setResult<float>(function(call.operand<float>(0)));
}

template <float (*function)(float)> void approximateFlushed(Call &call) {
  call.setResult<float>(flush(function(flush(call.operand<float>(0)))));
}

void divide(Call &call) {
  call.setResult<float>(call.operand<float>(0) / call.operand<float>(1));
}
void divideFlushed(Call &call) {
  call.setResult<float>(
      flush(flush(call.operand<float>(0)) / flush(call.operand<float>(1))));
}

const Instruction rows[] = {
    {"nvvm.rcp.approx.ftz.f", Scope::Thread, approximateFlushed<reciprocal>},
    {"llvm.nvvm.rcp.approx.ftz.f", Scope::Thread,
     approximateFlushed<reciprocal>},
    {"llvm.nvvm.ex2.approx.f", Scope::Thread, approximate<exp2Approx>},
    {"llvm.nvvm.ex2.approx.f32", Scope::Thread, approximate<exp2Approx>},
    {"llvm.nvvm.ex2.approx.ftz.f", Scope::Thread,
     approximateFlushed<exp2Approx>},
    {"llvm.nvvm.ex2.approx.ftz.f32", Scope::Thread,
     approximateFlushed<exp2Approx>},
    {"llvm.nvvm.lg2.approx.f", Scope::Thread, approximate<log2Approx>},
    {"llvm.nvvm.lg2.approx.ftz.f", Scope::Thread,
     approximateFlushed<log2Approx>},
    {"llvm.nvvm.sqrt.approx.f", Scope::Thread, approximate<squareRoot>},
    {"llvm.nvvm.sqrt.approx.ftz.f", Scope::Thread,
     approximateFlushed<squareRoot>},
    {"llvm.nvvm.rsqrt.approx.f", Scope::Thread,
     approximate<reciprocalSquareRoot>},
    {"llvm.nvvm.rsqrt.approx.ftz.f", Scope::Thread,
     approximateFlushed<reciprocalSquareRoot>},
    {"llvm.nvvm.sin.approx.f", Scope::Thread, approximate<sineApprox>},
    {"llvm.nvvm.sin.approx.ftz.f", Scope::Thread,
     approximateFlushed<sineApprox>},
    {"llvm.nvvm.cos.approx.f", Scope::Thread, approximate<cosineApprox>},
    {"llvm.nvvm.cos.approx.ftz.f", Scope::Thread,
     approximateFlushed<cosineApprox>},
    {"llvm.nvvm.div.approx.f", Scope::Thread, divide},
    {"llvm.nvvm.div.approx.ftz.f", Scope::Thread, divideFlushed},
    {"ex2.approx.f32 $0, $1;", Scope::Thread, approximate<exp2Approx>},
    {"ex2.approx.ftz.f32 $0, $1;", Scope::Thread,
     approximateFlushed<exp2Approx>},
    {"lg2.approx.f32 $0, $1;", Scope::Thread, approximate<log2Approx>},
    {"lg2.approx.ftz.f32 $0, $1;", Scope::Thread,
     approximateFlushed<log2Approx>},
    {"rcp.approx.ftz.f32 $0, $1;", Scope::Thread,
     approximateFlushed<reciprocal>},
    {"tanh.approx.f32 $0, $1;", Scope::Thread, approximate<tanhApprox>},
};
} // namespace

ArrayRef<Instruction> emulator::getApproximateMath() { return rows; }
