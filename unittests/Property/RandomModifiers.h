// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Random score modifiers: a list of names and a region, with the arrays they read.
#ifndef SPARSEATTN_UNITTESTS_PROPERTY_RANDOMMODIFIERS_H
#define SPARSEATTN_UNITTESTS_PROPERTY_RANDOMMODIFIERS_H

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace mlir::sattn::test {

/// An array that a modifier reads, argument %m<number> of the function.
struct ModifierArray {
  std::string type, element;
  std::vector<int64_t> shape;
};

/// The sizes that modifiers are drawn for.
struct ModifierSizes {
  int64_t batch, heads, queries, keys;
  /// Of query row 0.
  int64_t offset;
  bool isDynamic, isStrided;
};

struct RandomModifiers {
  RandomModifiers() = default;
  RandomModifiers(std::mt19937_64 &random, const ModifierSizes &sizes);

  /// What stands in `modify(...)`, and the whole region with its keyword; either may be
  /// empty.
  std::string names, region;
  std::vector<ModifierArray> arrays;
  /// The array that is the operand `sink`; none if negative.
  int64_t sink = -1;

private:
  class Drawing;
};

} // namespace mlir::sattn::test

#endif // SPARSEATTN_UNITTESTS_PROPERTY_RANDOMMODIFIERS_H
