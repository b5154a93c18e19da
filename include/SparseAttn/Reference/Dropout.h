// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Dropout of attention weights, by a counter-based generator.
#ifndef SPARSEATTN_REFERENCE_DROPOUT_H
#define SPARSEATTN_REFERENCE_DROPOUT_H

#include <array>
#include <cstdint>

namespace mlir::sattn {

/// The four words that Philox-4x32-10 makes of a counter and a key (Salmon, Moraes, Dror and
/// Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter,
                               std::array<uint32_t, 2> key);

/// Which pairs are dropped: see docs/Semantics.md.
struct Dropout {
  /// In [0, 1).
  float rate = 0;
  uint64_t seed = 0;

  /// 0 or 1 / (1 - rate).
  float factor(int64_t batch, int64_t head, int64_t position, int64_t key) const;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_REFERENCE_DROPOUT_H
