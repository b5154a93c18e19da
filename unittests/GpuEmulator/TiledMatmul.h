// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// NVVM IR of a matrix product as a GPU computes it: tiles of 64 x 64,
/// double-buffered by cp.async, read by ldmatrix from swizzled shared memory,
/// multiplied by mma.sync.
#ifndef SPARSEATTN_UNITTESTS_GPUEMULATOR_TILEDMATMUL_H
#define SPARSEATTN_UNITTESTS_GPUEMULATOR_TILEDMATMUL_H

#include <cstdint>
#include <string>

namespace mlir::sattn {

/// What a mistake in the kernel would leave out.
struct TiledMatmulOptions {
  bool swizzle = true;
  /// Groups that may still be on their way when a tile is used; 1 is right.
  int keptGroups = 1;
  bool barrierBeforeUse = true;
  bool barrierAfterUse = true;
};

/// `kernel(A, B, C, K, N)`: C (f32, M x N) = A (bf16, M x K) B (bf16, K x N),
/// row by row. A grid of (N / 64, M / 64) blocks of 128 threads; K is a
/// multiple of 64. Dynamic shared memory of `tiledMatmulShared` bytes.
std::string getTiledMatmul(const TiledMatmulOptions &options = {});

constexpr uint32_t tiledMatmulShared = 2 * 2 * 64 * 128;

} // namespace mlir::sattn

#endif // SPARSEATTN_UNITTESTS_GPUEMULATOR_TILEDMATMUL_H
