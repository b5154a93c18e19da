// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "RowResults.h"

#include "../TileEmitter.h"

#include <cmath>

using namespace mlir;
using namespace mlir::sattn;

RowResults::RowResults(GpuBuilder &b, ValueRange buffers, bool isSaved,
                       bool hasRowMax, double scale, double scaleOfOut)
    : b(b), isSaved(isSaved), hasRowMax(hasRowMax), scale(scale),
      scaleOfOut(scaleOfOut) {
  for (Value buffer : buffers)
    targets.emplace_back(b, buffer);
}

/// ln x in f64, for normal x: x = 2^e m with m between sqrt(1/2) and sqrt(2), and
/// ln m = 2 artanh((m - 1) / (m + 1)) by its series, whose rest is below 1e-13.
static Value emitLog(GpuBuilder &b, Value number) {
  Type f64 = b.getF64Type(), i32 = b.getI32Type();
  auto f64Constant = [&](double x) -> Value {
    return arith::ConstantOp::create(b, b.getF64FloatAttr(x));
  };
  constexpr int64_t rootOfHalf = 0x3f3504f3, mantissaBits = 23;
  Value bits = arith::BitcastOp::create(b, i32, number);
  Value exponent = arith::ShRSIOp::create(b, b.add(bits, -rootOfHalf),
                                          b.i32(mantissaBits));
  Value mantissa = b.sub(
      bits, arith::ShLIOp::create(b, exponent, b.i32(mantissaBits)).getResult());
  Value m = arith::ExtFOp::create(
      b, f64, arith::BitcastOp::create(b, b.getF32Type(), mantissa).getResult());
  Value one = f64Constant(1);
  Value s = arith::DivFOp::create(b, b.subF(m, one), b.addF(m, one));
  Value square = b.mulF(s, s), series = f64Constant(1.0 / 17);
  for (int64_t odd = 15; odd > 0; odd -= 2)
    series = b.fma(series, square, f64Constant(1.0 / odd));
  Value whole = arith::SIToFPOp::create(b, f64, exponent);
  return b.fma(whole, f64Constant(std::log(2.0)),
               b.mulF(b.addF(s, s), series));
}

void RowResults::emitLast(Value row, const RowSoftmax &softmax) {
  Value at = b.toI64(row);
  auto store = [&](Value number, size_t target) {
    b.store(number, targets[target].addressOf(b, at));
  };
  if (isSaved) {
    store(softmax.max, 1);
    store(softmax.sum, 2);
    if (hasRowMax)
      store(softmax.rowMax, 3);
    return;
  }
  if (targets.size() > 1) {
    Type f64 = b.getF64Type();
    Value unit =
        arith::ConstantOp::create(b, b.getF64FloatAttr(scale / exponentFactor(scale)));
    Value exact = b.fma(arith::ExtFOp::create(b, f64, softmax.max), unit,
                        emitLog(b, softmax.sum));
    Value lse = arith::TruncFOp::create(b, b.getF32Type(), exact);
    Value isFinite = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT,
                                           softmax.sum, b.f32(INFINITY));
    lse = b.select(isFinite, lse, softmax.sum);
    Value empty = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ,
                                        softmax.sum, b.f32(0));
    store(b.select(empty, b.f32(-INFINITY), lse), 1);
  }
  if (hasRowMax)
    store(softmax.rowMax, 2);
}

RowResults::Factor RowResults::emitFactor(Value sum) {
  if (isSaved)
    return {b.f32(1), Value()};
  Value zero = b.f32(0);
  Value empty = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, sum, zero);
  auto [nearest, rest] = b.quotient(scaleOfOut, sum);
  bool isWide = targets[0].elementBytes == 4;
  return {b.select(empty, zero, nearest), isWide ? b.select(empty, zero, rest) : Value()};
}

/// Of f32, rounded once: a row with one key has no other roundings that the plain formula has too.
Value RowResults::emitProduct(Value sum, Factor factor) {
  return factor.low ? b.fma(sum, factor.high, b.mulF(sum, factor.low))
                    : b.mulF(sum, factor.high);
}

void RowResults::storeColumns(Value row, ArrayRef<Columns> columns,
                              Factor factor) {
  const RowSource &target = targets[0];
  Value begin = target.addressOf(b, b.toI64(row));
  auto finish = [&](Value sum) {
    Value number = isSaved ? sum : emitProduct(sum, factor);
    return target.elementBytes == 2
               ? arith::TruncFOp::create(b, target.element, number).getResult()
               : number;
  };
  auto exists = [&](Value column, int64_t unit, llvm::function_ref<void()> body) {
    if (target.columns % unit == 0)
      body();
    else
      b.ifThen(b.less(column, b.i32(target.columns)), body);
  };
  // Numbers that are stored at once where rows are aligned.
  int64_t packed = target.elementBytes == 2 ? 2 : 4;
  auto storeSome = [&](ArrayRef<Value> sums, Value at) {
    if (sums.size() == 1)
      return b.store(finish(sums[0]), at);
    if (target.elementBytes == 2)
      return b.store(b.pack(target.element, emitProduct(sums[0], factor),
                            emitProduct(sums[1], factor)),
                     at);
    b.storeVector(llvm::map_to_vector(sums, finish), at);
  };
  auto store = [&](int64_t atOnce) {
    for (const Columns &own : columns)
      exists(own.first, 16, [&] {
        int64_t size = own.sums.size();
        Value at = b.add(begin, b.mul(b.toI64(own.first), target.elementBytes));
        for (int64_t i = 0; i < size; i += atOnce)
          exists(b.add(own.first, i), std::max<int64_t>(size, 2), [&] {
            storeSome(ArrayRef(own.sums).slice(i, atOnce),
                      b.add(at, i * target.elementBytes));
          });
      });
  };
  bool mayPack = target.columns % packed == 0 &&
                 llvm::all_of(columns, [&](const Columns &own) {
                   return own.sums.size() % packed == 0;
                 });
  if (!mayPack)
    return store(1);
  b.ifElse(target.isAligned, [&] { store(packed); }, [&] { store(1); });
}
