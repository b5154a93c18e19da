// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A random attention problem, drawn from a seed.
#ifndef SPARSEATTN_UNITTESTS_PROPERTY_RANDOMCASE_H
#define SPARSEATTN_UNITTESTS_PROPERTY_RANDOMCASE_H

#include "RandomModifiers.h"
#include "RandomRegion.h"

#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace mlir::sattn::test {

/// Everything that defines one case. The same seed gives the same case.
struct RandomCase {
  explicit RandomCase(uint64_t seed);

  uint64_t seed;
  int64_t batch, heads, kvHeads, queries, keys, headSize, valueSize;
  /// "f32", "f16" or "bf16".
  std::string element;
  std::string pattern;
  /// Valid for the pattern.
  std::vector<RandomOperand> operands;
  bool bottomRight;
  std::optional<int64_t> offset;
  /// One for each batch, as the last of `operands`, or empty.
  std::vector<int64_t> offsets;
  std::optional<float> scale;
  bool hasLse, hasRowMax, isDynamic, isStrided;
  /// Keys with values that are not finite, seen by some rows and not by others.
  bool poisoned;
  /// A processor whose tile schedule is run on this one; sizes are multiples of its
  /// vectors.
  std::string schedule;
  int64_t queryTile, keyTile, threads;
  RandomModifiers modifiers;
  /// What `region` in the pattern says, if it is there; its tables are among `operands`.
  RandomRegion region;
  /// Rows of a page, if keys and values stand in pages that `operands` names last; then `keys` is
  /// a multiple of it.
  int64_t pageSize = 0, pages = 0;
  /// [P, S, H, D] instead of [P, H, S, D].
  bool headsInPages = false;
  /// Its seed is that of the case.
  std::optional<float> dropout;

  /// Position of query row 0.
  int64_t firstPosition() const {
    return offset.value_or(0) + (bottomRight ? keys - queries : 0);
  }

  /// Makes sizes and types that matter to tensor cores frequent.
  void suitGpu();

  /// One function `attention` on memrefs.
  std::string module() const;
  std::string describe() const;

private:
  int64_t pick(int64_t lo, int64_t hi) {
    return std::uniform_int_distribution<int64_t>(lo, hi)(random);
  }
  template <typename T> T oneOf(std::initializer_list<T> choices) {
    return choices.begin()[pick(0, choices.size() - 1)];
  }
  /// At least the position of query row 0 in every batch.
  int64_t largestOffset() const;
  /// Rows of a grid of `width` that holds all positions.
  int64_t gridHeight(int64_t width) const;
  std::string leaf();
  /// A leaf that reads operands.
  std::string runtimeLeaf();
  /// Draws what `region` says, and sees to it that the pattern asks.
  void drawRegion();
  /// Lets keys stand in pages.
  void paginate();
  /// A list of blocks that counts each up to `multiset` times.
  std::string blockList(int64_t multiset);
  /// Adds an operand and returns its name with %.
  std::string addOperand(std::vector<int64_t> shape, std::vector<int64_t> values,
                         int64_t width);
  std::string expression(int64_t depth);
  std::string blockMask(bool perHead);

  std::mt19937_64 random;
  /// How many of ten leaves are `region`.
  int64_t regionLeaves = 0;
  /// How many of ten leaves read operands.
  int64_t runtimeLeaves = 0;
};

} // namespace mlir::sattn::test

#endif // SPARSEATTN_UNITTESTS_PROPERTY_RANDOMCASE_H
