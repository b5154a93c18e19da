// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The arrays of a random case, as compiled code and the oracle see them.
#ifndef SPARSEATTN_UNITTESTS_PROPERTY_PROBLEM_H
#define SPARSEATTN_UNITTESTS_PROPERTY_PROBLEM_H

#include "RandomCase.h"

#include "SparseAttn/Dialect/PatternOperands.h"
#include "SparseAttn/Runtime/ElementKind.h"

#include <cmath>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>

namespace mlir::sattn::test {

inline ElementKind kindOf(StringRef element) {
  return element == "f32"   ? ElementKind::F32
         : element == "f16" ? ElementKind::F16
                            : ElementKind::BF16;
}

/// [B, H, rows, columns], stored as such or as [B, rows, H, columns].
struct Tensor {
  Tensor(int64_t batch, int64_t heads, int64_t rows, int64_t columns,
         ElementKind kind, bool headsInner)
      : kind(kind), sizes{batch, heads, rows, columns},
        values(batch * heads * rows * columns) {
    strides[3] = 1;
    strides[2] = headsInner ? heads * columns : columns;
    strides[1] = headsInner ? columns : rows * columns;
    strides[0] = heads * rows * columns;
    // Never null: empty tensors have an address too.
    bytes.resize(values.size() * getByteWidth(kind) + 64);
  }
  float &at(int64_t b, int64_t h, int64_t row, int64_t column) {
    return values[b * strides[0] + h * strides[1] + row * strides[2] + column];
  }
  /// Rounds `values` to the element type, as the kernel sees them.
  void store() {
    storeFloats(kind, values, bytes.data());
    load();
  }
  void load() { loadFloats(kind, bytes.data(), values); }

  ElementKind kind;
  int64_t sizes[4], strides[4];
  std::vector<float> values;
  std::vector<char> bytes;
};

template <int rank> struct Descriptor {
  void *allocated, *aligned;
  int64_t offset, sizes[rank], strides[rank];
};

inline Descriptor<4> descriptor(Tensor &tensor) {
  Descriptor<4> result{tensor.bytes.data(), tensor.bytes.data(), 0, {}, {}};
  std::copy_n(tensor.sizes, 4, result.sizes);
  std::copy_n(tensor.strides, 4, result.strides);
  return result;
}

/// An array that a modifier reads.
struct Array {
  Array(const ModifierArray &given, std::mt19937_64 &random)
      : kind(kindOf(given.element)), shape(given.shape) {
    int64_t count = 1;
    for (int64_t size : shape)
      count *= size;
    values.resize(count);
    std::normal_distribution<float> normal;
    for (float &value : values)
      value = normal(random);
    bytes.resize(values.size() * getByteWidth(kind) + 64);
    storeFloats(kind, values, bytes.data());
    loadFloats(kind, bytes.data(), values);
    // Pointers, offset, sizes, strides.
    auto address = reinterpret_cast<int64_t>(bytes.data());
    descriptor = {address, address, 0};
    descriptor.append(shape.begin(), shape.end());
    for (size_t dim = 0; dim < shape.size(); ++dim)
      descriptor.push_back(std::accumulate(shape.begin() + dim + 1, shape.end(),
                                           int64_t(1),
                                           std::multiplies<int64_t>()));
  }
  ElementKind kind;
  std::vector<int64_t> shape;
  std::vector<float> values;
  std::vector<char> bytes;
  SmallVector<int64_t> descriptor;
};

struct Problem {
  explicit Problem(const RandomCase &c)
      : q(c.batch, c.heads, c.queries, c.headSize, kindOf(c.element),
          c.isStrided),
        k(makeKeys(c, c.headSize)), v(makeKeys(c, c.valueSize)),
        out(c.batch, c.heads, c.queries, c.valueSize, kindOf(c.element),
            c.isStrided),
        lse(c.batch, c.heads, c.queries, 1, ElementKind::F32, false),
        rowMax(c.batch, c.heads, c.queries, 1, ElementKind::F32, false) {
    std::mt19937_64 random(c.seed ^ 0x9e3779b97f4a7c15u);
    std::normal_distribution<float> normal;
    for (Tensor *tensor : {&q, &k, &v})
      for (float &value : tensor->values)
        value = normal(random);
    if (c.poisoned && c.keys)
      for (int64_t b = 0; b < k.sizes[0]; ++b)
        for (int64_t h = 0; h < c.kvHeads; ++h) {
          // Not every page.
          if (c.pageSize && random() % 4)
            continue;
          int64_t key = random() % k.sizes[2];
          float bad[] = {NAN, INFINITY, -INFINITY};
          v.at(b, h, key, random() % c.valueSize) = bad[random() % 3];
          if (random() % 2)
            k.at(b, h, random() % k.sizes[2], 0) = NAN;
        }
    for (const ModifierArray &array : c.modifiers.arrays)
      arrays.push_back(std::make_unique<Array>(array, random));
    // Anything may be in the destination.
    for (Tensor *tensor : {&out, &lse, &rowMax})
      for (float &value : tensor->values)
        value = NAN;
    for (Tensor *tensor : {&q, &k, &v, &out, &lse, &rowMax})
      tensor->store();
  }
  static Tensor makeKeys(const RandomCase &c, int64_t columns) {
    if (c.pageSize)
      return Tensor(c.pages, c.kvHeads, c.pageSize, columns, kindOf(c.element),
                    c.headsInPages);
    return Tensor(c.batch, c.kvHeads, c.keys, columns, kindOf(c.element),
                  c.isStrided);
  }
  Tensor q, k, v, out, lse, rowMax;
  std::vector<std::unique_ptr<Array>> arrays;
};

/// The tensor's values as [B, H, rows, columns].
inline std::vector<float> contiguous(Tensor &tensor) {
  std::vector<float> values;
  for (int64_t b = 0; b < tensor.sizes[0]; ++b)
    for (int64_t h = 0; h < tensor.sizes[1]; ++h)
      for (int64_t row = 0; row < tensor.sizes[2]; ++row)
        for (int64_t column = 0; column < tensor.sizes[3]; ++column)
          values.push_back(tensor.at(b, h, row, column));
  return values;
}

/// The words of a memref of any rank, and the elements that they point to.
struct OperandArray {
  explicit OperandArray(const RandomOperand &operand) {
    unsigned width = std::max<int64_t>(operand.width / 8, 1);
    bytes.resize(operand.values.size() * width + 64);
    for (auto [index, value] : llvm::enumerate(operand.values))
      std::memcpy(&bytes[index * width], &value, width);
    auto address = reinterpret_cast<int64_t>(bytes.data());
    words = {address, address, 0};
    words.insert(words.end(), operand.shape.begin(), operand.shape.end());
    int64_t stride = 1;
    std::vector<int64_t> strides;
    for (int64_t size : llvm::reverse(operand.shape)) {
      strides.insert(strides.begin(), stride);
      stride *= size;
    }
    words.insert(words.end(), strides.begin(), strides.end());
    numbers = PatternOperand(bytes.data(), width, operand.shape);
  }
  std::vector<char> bytes;
  std::vector<int64_t> words;
  PatternOperand numbers;
};

} // namespace mlir::sattn::test

#endif // SPARSEATTN_UNITTESTS_PROPERTY_PROBLEM_H
