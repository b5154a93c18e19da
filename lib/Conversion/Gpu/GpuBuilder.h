// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What one GPU thread does, as IR: numbers of 32 bits, loops, and the instructions that
/// have no name in `arith`.
#ifndef SPARSEATTN_LIB_CONVERSION_GPU_GPUBUILDER_H
#define SPARSEATTN_LIB_CONVERSION_GPU_GPUBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <array>
#include <optional>

namespace mlir::sattn {

inline constexpr int64_t warpSize = 32;

/// Emits code of one thread. Numbers that are known are folded at once.
class GpuBuilder : public ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;
  using Body = llvm::function_ref<SmallVector<Value>(Value, ValueRange)>;
  using Branch = llvm::function_ref<SmallVector<Value>()>;

  // Numbers.
  Value i32(int64_t value) {
    return arith::ConstantOp::create(*this, getI32IntegerAttr(value));
  }
  Value i64(int64_t value) {
    return arith::ConstantOp::create(*this, getI64IntegerAttr(value));
  }
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(*this, value);
  }
  Value f32(float value) {
    return arith::ConstantOp::create(*this, getF32FloatAttr(value));
  }
  Value truth(bool value) {
    return arith::ConstantOp::create(*this, getBoolAttr(value));
  }
  /// A constant of the type of `like`.
  Value numberLike(Value like, int64_t value);

  // Arithmetic on any type of integer. What is added to a pointer are bytes.
  Value add(Value x, Value y);
  Value add(Value x, int64_t y);
  Value sub(Value x, Value y) { return createOrFold<arith::SubIOp>(x, y); }
  Value mul(Value x, Value y) { return createOrFold<arith::MulIOp>(x, y); }
  Value mul(Value x, int64_t y) {
    return y == 1 ? x : mul(x, numberLike(x, y));
  }
  Value divide(Value x, int64_t y) {
    return createOrFold<arith::DivUIOp>(x, numberLike(x, y));
  }
  Value modulo(Value x, int64_t y) {
    return createOrFold<arith::RemUIOp>(x, numberLike(x, y));
  }
  Value both(Value x, Value y) { return createOrFold<arith::AndIOp>(x, y); }
  Value either(Value x, Value y) { return createOrFold<arith::OrIOp>(x, y); }
  /// x 2^y, 0 for y >= 32 (i32).
  Value shiftLeft(Value x, Value y) { return bitwise("shl.b32 $0, $1, $2;", {x, y}); }
  /// x / 2^y, 0 for y >= 32 (i32, without a sign).
  Value shiftRight(Value x, Value y) { return bitwise("shr.u32 $0, $1, $2;", {x, y}); }
  /// `count` bits from number `from` on (i32 without signs: what is above 32 counts as 32).
  Value bitField(Value from, Value count) { return bitwise("bmsk.clamp.b32 $0, $1, $2;", {from, count}); }
  /// Bits of any of three words (i32), in one instruction; ptxas takes two where the result is compared as well.
  Value eitherOf(Value x, Value y, Value z) { return bitwise("lop3.b32 $0, $1, $2, $3, 0xfe;", {x, y, z}); }
  /// Bytes of both (i32), by numbers of 4 bits from the lowest byte on: 0 to 3 of x, 4 to 7 of y, and 8 more for copies of
  /// a byte's sign.
  Value permute(Value x, Value y, int64_t bytes);
  /// The other value of each bit, or of a truth.
  Value invert(Value x);
  /// What `bits` are the inversion of, or null.
  static Value findInverted(Value bits);
  Value differ(Value x, Value y) { return createOrFold<arith::XOrIOp>(x, y); }
  Value min(Value x, Value y) { return createOrFold<arith::MinSIOp>(x, y); }
  Value less(Value x, Value y) {
    return createOrFold<arith::CmpIOp>(arith::CmpIPredicate::slt, x, y);
  }
  Value equal(Value x, Value y) {
    return createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, x, y);
  }
  Value notEqual(Value x, Value y) {
    return createOrFold<arith::CmpIOp>(arith::CmpIPredicate::ne, x, y);
  }
  Value select(Value condition, Value x, Value y) {
    return createOrFold<arith::SelectOp>(condition, x, y);
  }
  Value toI32(Value x) { return cast(x, getI32Type()); }
  Value toI64(Value x) { return cast(x, getI64Type()); }
  Value toIndex(Value x) { return cast(x, getIndexType()); }

  // Arithmetic on f32.
  Value addF(Value x, Value y) { return arith::AddFOp::create(*this, x, y); }
  Value subF(Value x, Value y) { return arith::SubFOp::create(*this, x, y); }
  Value mulF(Value x, Value y) { return arith::MulFOp::create(*this, x, y); }
  /// x y + z, rounded once.
  Value fma(Value x, Value y, Value z);
  Value negF(Value x) { return arith::NegFOp::create(*this, x); }
  /// The larger one; the other one of a NaN.
  Value maxF(Value x, Value y) { return intrinsic("llvm.maxnum", {x, y}); }
  Value minF(Value x, Value y) { return intrinsic("llvm.minnum", {x, y}); }
  Value greater(Value x, Value y) {
    return arith::CmpFOp::create(*this, arith::CmpFPredicate::OGT, x, y);
  }
  /// 2^x, by the special function unit; results below the normal numbers are 0.
  Value exp2(Value x);
  /// number / x, for numbers whose reciprocals are normal, and how far that is from the exact quotient.
  struct Quotient {
    Value nearest, rest;
  };
  Quotient quotient(double number, Value x);
  Value abs(Value x) { return intrinsic("llvm.fabs", x); }
  Value ceil(Value x) { return intrinsic("llvm.ceil", x); }
  /// The nearest whole number; even ones of two.
  Value round(Value x) { return intrinsic("llvm.roundeven", x); }
  /// A function of numbers of one type.
  Value intrinsic(StringRef name, ValueRange operands);

  // Control flow. All threads of a block take the same way wherever there is a barrier inside.
  SmallVector<Value> loop(Value from, Value to, Value step, ValueRange init,
                          Body body);
  void loop(Value from, Value to, Value step,
            llvm::function_ref<void(Value)> body);
  /// Has LLVM make one iteration of so many and leave the rest a loop, as ptxas then does too.
  static void keepLoop(scf::ForOp loop, int32_t unrolled = 1);
  /// A loop that stays one.
  SmallVector<Value> rolledLoop(Value from, Value to, Value step,
                                ValueRange init, Body body);
  SmallVector<Value> choose(Value condition, ArrayRef<Type> types, Branch then,
                            Branch otherwise);
  void ifThen(Value condition, llvm::function_ref<void()> then);
  void ifElse(Value condition, llvm::function_ref<void()> then,
              llvm::function_ref<void()> otherwise);

  // Threads.
  Value threadId();
  /// Waits for all lanes of the warp, and for their memory.
  void syncWarp() { NVVM::SyncWarpOp::create(*this, i32(-1)); }
  /// Waits for all threads of the block, and for their memory.
  void barrier();
  /// The value of the lane whose number differs by the bits of `mask`.
  Value shuffleXor(Value value, int64_t mask);
  /// Whether it is true in some lane of the warp.
  Value any(Value condition);

  // Memory. Addresses are pointers: then constants that are added become part of an instruction.
  Value globalPointer(Value address);
  Value load(Type type, Value address);
  void store(Value value, Value address);
  /// So many numbers that follow each other, at a multiple of their size.
  SmallVector<Value> loadVector(Type type, int64_t count, Value address);
  void storeVector(ArrayRef<Value> values, Value address);
  /// 16 bytes from global to shared memory, asynchronously.
  void copyAsync(Value shared, Value global);
  void commitCopies();
  /// Waits until at most `pending` groups of this thread's copies are under way.
  void waitForCopies(int64_t pending);

  // Matrices, spread over a warp as the PTX ISA has it; those in memory have 16-bit elements.
  /// Four 8 x 8 matrices; lane l gives the address of row l mod 8 of matrix l / 8.
  std::array<Value, 4> loadMatrices(Value address, bool transposed);
  /// sums [16 x 8] + a [16 x n] b [n x 8], for bf16 or f16 and n = 8 for each number of `b`, or tf32 and n = 4.
  std::array<Value, 4> multiplyAdd(Type element, ArrayRef<Value> a,
                                   ArrayRef<Value> b, ArrayRef<Value> sums);
  /// Two numbers as 16-bit elements in an i32, the first one in the low half.
  Value pack(Type element, Value low, Value high);
  /// The nearest number of tf32, away from 0 of two, as bits (i32).
  Value toTF32(Value x);

private:
  Value cast(Value x, Type to);
  /// An instruction of PTX on words that LLVM has not, or not for amounts beyond their width.
  Value bitwise(StringRef instruction, ValueRange operands);
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_GPU_GPUBUILDER_H
