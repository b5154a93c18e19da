// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Random mask regions: arithmetic on batch, head, position and key, and tables.
#ifndef SPARSEATTN_UNITTESTS_PROPERTY_RANDOMREGION_H
#define SPARSEATTN_UNITTESTS_PROPERTY_RANDOMREGION_H

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace mlir::sattn::test {

/// Integers that the pattern or a mask region reads.
struct RandomOperand {
  /// As the function names it, without %.
  std::string name;
  std::vector<int64_t> shape;
  /// In C order.
  std::vector<int64_t> values;
  /// Bits of an element: 1 (stored as a byte), 8, 16, 32 or 64.
  int64_t width;
};

/// The sizes that regions are drawn for.
struct RegionSizes {
  int64_t batch, heads, queries, keys;
  /// Whether the position of query row 0 is %first, in all batches.
  bool rowsAreKnown;
  bool isDynamic;
};

struct RandomRegion {
  RandomRegion() = default;
  RandomRegion(std::mt19937_64 &random, const RegionSizes &sizes);

  /// The whole region with its keyword.
  std::string text;
  /// Its tables: arguments %table0, %table1, ... of the function.
  std::vector<RandomOperand> tables;

private:
  class Drawing;
};

} // namespace mlir::sattn::test

#endif // SPARSEATTN_UNITTESTS_PROPERTY_RANDOMREGION_H
