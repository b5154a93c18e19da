// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Protects: sizes that overflow are refused; numbers that an element cannot
/// hold become the nearest that it can; 16-bit floats round to nearest, ties to
/// even.
#include "SparseAttn/Runtime/Npy.h"

#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>
#include <limits>

using namespace llvm;
using namespace mlir::sattn;

namespace {

TEST(NpyArrayTest, CreateChecksTheShape) {
  EXPECT_EQ(toString(NpyArray::create(ElementKind::F32, {-1}).takeError()),
            "negative dimension -1 in the shape");
  EXPECT_EQ(toString(NpyArray::create(ElementKind::F32,
                                      {int64_t(1) << 32, int64_t(1) << 32})
                         .takeError()),
            "the size of the shape overflows 63 bits");
}

TEST(NpyArrayTest, IntegersSaturate) {
  NpyArray array = cantFail(NpyArray::create(ElementKind::I32, {4}));
  array.setDouble(0, 1e300);
  array.setDouble(1, -1e300);
  array.setDouble(2, std::nan(""));
  array.setDouble(3, -2.9);
  EXPECT_EQ(array.getDouble(0), std::numeric_limits<int32_t>::max());
  EXPECT_EQ(array.getDouble(1), std::numeric_limits<int32_t>::min());
  EXPECT_EQ(array.getDouble(2), 0);
  EXPECT_EQ(array.getDouble(3), -2);
}

TEST(NpyArrayTest, DoublesBeyondFloatBecomeInfinite) {
  NpyArray array = cantFail(NpyArray::create(ElementKind::F32, {3}));
  array.setDouble(0, 1e39);
  array.setDouble(1, -1e39);
  array.setDouble(2, 0x1.fffffefp127);
  EXPECT_EQ(array.getDouble(0), std::numeric_limits<double>::infinity());
  EXPECT_EQ(array.getDouble(1), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(array.getDouble(2), double(std::numeric_limits<float>::max()));
}

/// Law: rounding inverts widening, for every 16-bit pattern; and between two
/// neighbours it goes to the nearer, on a tie to the even one.
template <typename Widen, typename Round>
void checkRounding(Widen widen, Round round, uint16_t infinity) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    double value = widen(bits);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(widen(round(value)))) << bits;
      continue;
    }
    EXPECT_EQ(round(value), bits);
    if ((bits & 0x7fff) >= infinity)
      continue;
    // The successor of the largest finite number is where the next power of
    // two would be: values from the middle on become infinite.
    double next = widen(bits + 1);
    if (std::isinf(next))
      next = 2 * value - widen(bits - 1);
    double middle = (value + next) / 2;
    EXPECT_EQ(round(middle), (bits & 1) ? bits + 1 : bits) << bits;
    EXPECT_EQ(round(std::nextafter(middle, value)), bits) << bits;
    EXPECT_EQ(round(std::nextafter(middle, next)), bits + 1) << bits;
  }
}

TEST(NpyArrayTest, HalfRounding) {
  checkRounding(halfToFloat, doubleToHalf, 0x7c00);
  EXPECT_EQ(doubleToHalf(65519.99), 0x7bff);
  EXPECT_EQ(doubleToHalf(65520), 0x7c00);
  EXPECT_EQ(doubleToHalf(-1e300), 0xfc00);
  EXPECT_EQ(doubleToHalf(1e-300), 0);
  EXPECT_EQ(doubleToHalf(-4.9e-324), 0x8000);
}

TEST(NpyArrayTest, Bfloat16Rounding) {
  checkRounding(bfloat16ToFloat, doubleToBfloat16, 0x7f80);
  EXPECT_EQ(doubleToBfloat16(1e300), 0x7f80);
  EXPECT_EQ(doubleToBfloat16(4.9e-324), 0);
}

TEST(NpyArrayTest, BulkConversionsAgreeWithSingleOnes) {
  std::vector<float> values = {0.0f,  -0.0f, 1.0f / 3, -65504.0f,
                               1e-7f, 3e38f, 1e6f,     -INFINITY};
  for (ElementKind kind : {ElementKind::F32, ElementKind::F16,
                           ElementKind::BF16, ElementKind::F64}) {
    NpyArray bulk = cantFail(NpyArray::create(kind, {8}));
    NpyArray single = cantFail(NpyArray::create(kind, {8}));
    storeFloats(kind, values, bulk.data());
    for (int64_t i = 0; i < 8; ++i)
      single.setFloat(i, values[i]);
    EXPECT_EQ(std::memcmp(bulk.data(), single.data(), bulk.getNumBytes()), 0);
    std::vector<float> loaded = bulk.toFloats();
    for (int64_t i = 0; i < 8; ++i)
      EXPECT_EQ(bit_cast<uint32_t>(loaded[i]),
                bit_cast<uint32_t>(single.getFloat(i)));
  }
}

} // namespace
