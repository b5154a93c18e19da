// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Arrays in memory: allocation, and elements as numbers.
#include "SparseAttn/Runtime/Npy.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <cassert>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

using namespace llvm;
using namespace mlir::sattn;

Expected<int64_t> NpyArray::countElements(ElementKind kind,
                                          ArrayRef<int64_t> shape) {
  int64_t product = getByteWidth(kind);
  for (int64_t dim : shape) {
    if (dim < 0)
      return createStringError("negative dimension %lld in the shape",
                               static_cast<long long>(dim));
    if (dim != 0 && MulOverflow(product, dim, product))
      return createStringError("the size of the shape overflows 63 bits");
  }
  return is_contained(shape, 0) ? 0 : product / getByteWidth(kind);
}

Expected<NpyArray> NpyArray::allocate(ElementKind kind,
                                      ArrayRef<int64_t> shape) {
  Expected<int64_t> numElements = countElements(kind, shape);
  if (!numElements)
    return numElements.takeError();
  NpyArray array;
  array.kind = kind;
  array.shape.assign(shape.begin(), shape.end());
  array.numElements = *numElements;
  uint64_t numBytes = array.getNumBytes();
  // An empty array still gets a valid pointer.
  uint64_t capacity = alignTo(std::max<uint64_t>(numBytes, 1), kAlignment);
  array.buffer.reset(
      static_cast<char *>(std::aligned_alloc(kAlignment, capacity)));
  if (!array.buffer)
    return createStringError("cannot allocate %llu bytes",
                             static_cast<unsigned long long>(numBytes));
  return std::move(array);
}

Expected<NpyArray> NpyArray::create(ElementKind kind, ArrayRef<int64_t> shape) {
  Expected<NpyArray> array = allocate(kind, shape);
  if (array)
    std::memset(array->data(), 0, array->getNumBytes());
  return array;
}

double NpyArray::getDouble(int64_t i) const {
  assert(i >= 0 && i < numElements && "element index out of range");
  switch (kind) {
  case ElementKind::F32:
    return dataAs<float>()[i];
  case ElementKind::F16:
    return halfToFloat(dataAs<uint16_t>()[i]);
  case ElementKind::BF16:
    return bfloat16ToFloat(dataAs<uint16_t>()[i]);
  case ElementKind::F64:
    return dataAs<double>()[i];
  case ElementKind::I1:
    return dataAs<uint8_t>()[i] != 0;
  case ElementKind::I8:
    return dataAs<int8_t>()[i];
  case ElementKind::U8:
    return dataAs<uint8_t>()[i];
  case ElementKind::I32:
    return dataAs<int32_t>()[i];
  case ElementKind::I64:
    return static_cast<double>(dataAs<int64_t>()[i]);
  }
  llvm_unreachable("unknown element kind");
}

/// Truncates towards zero; values out of range become the nearest limit.
template <typename T> static T saturate(double value) {
  if (std::isnan(value))
    return 0;
  // As doubles the limits may round outwards, hence the inclusive tests.
  if (value <= static_cast<double>(std::numeric_limits<T>::min()))
    return std::numeric_limits<T>::min();
  if (value >= static_cast<double>(std::numeric_limits<T>::max()))
    return std::numeric_limits<T>::max();
  return static_cast<T>(value);
}

/// Rounds to f32. The C++ conversion is undefined beyond f32's range.
static float roundToFloat(double value) {
  // From this tie between the largest f32 and 2^128 on, the result is infinite.
  constexpr double firstInfinite = 0x1.ffffffp127;
  if (std::abs(value) >= firstInfinite)
    return std::copysign(std::numeric_limits<float>::infinity(),
                         value < 0 ? -1.0f : 1.0f);
  return static_cast<float>(value);
}

void NpyArray::setDouble(int64_t i, double value) {
  assert(i >= 0 && i < numElements && "element index out of range");
  switch (kind) {
  case ElementKind::F32:
    dataAs<float>()[i] = roundToFloat(value);
    return;
  case ElementKind::F16:
    dataAs<uint16_t>()[i] = doubleToHalf(value);
    return;
  case ElementKind::BF16:
    dataAs<uint16_t>()[i] = doubleToBfloat16(value);
    return;
  case ElementKind::F64:
    dataAs<double>()[i] = value;
    return;
  case ElementKind::I1:
    dataAs<uint8_t>()[i] = value != 0;
    return;
  case ElementKind::I8:
    dataAs<int8_t>()[i] = saturate<int8_t>(value);
    return;
  case ElementKind::U8:
    dataAs<uint8_t>()[i] = saturate<uint8_t>(value);
    return;
  case ElementKind::I32:
    dataAs<int32_t>()[i] = saturate<int32_t>(value);
    return;
  case ElementKind::I64:
    dataAs<int64_t>()[i] = saturate<int64_t>(value);
    return;
  }
  llvm_unreachable("unknown element kind");
}

std::vector<float> NpyArray::toFloats() const {
  std::vector<float> values(numElements);
  loadFloats(kind, data(), values);
  return values;
}
