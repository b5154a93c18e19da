// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Predicts how long fused attention takes on a GPU, from the instructions of its loop.
///
/// The kernel is that of FlashAttention-2 (Dao 2023): a block of warps owns a tile of query
/// rows, each warp 16 or 32 of them, and loops over tiles of keys. Per tile it multiplies
/// queries and keys on tensor cores (mma.sync m16n8k16), takes the maximum of each row,
/// exponentials, sums, rescales its outputs and adds the product with the values; keys and
/// values arrive in shared memory by asynchronous copies.
///
/// The model. Four schedulers of a multiprocessor each hold w warps of resident blocks. A
/// warp does one thing at a time, and each tile keeps units busy for some clocks:
///
///     tensor      HMMA         16*8*16*2 operations each
///     exp         MUFU         32 results
///     fp32        FFMA, FMUL, FADD
///     alu         FMNMX, F2FP, compares, selects, integers
///     shared      LDSM, LDGSTS: 512 bytes; SHFL: 32 results   one unit for all schedulers
///     wait        latencies that no other instruction of the warp hides
///
/// Warps queue for units, so what overlaps depends on w. That is a closed queueing network;
/// its mean values give the time R that a warp takes for a tile (Reiser and Lavenberg 1980,
/// in Schweitzer's approximation: a warp that arrives finds the mean queue of the others):
///
///     R_u = D_u * (1 + queue of the others at u)     D_u: clocks of the unit for a tile
///     R   = wait + sum of R_u,   queue at u = w * R_u / R
///
/// Never faster than the issue of all instructions, one a clock and scheduler, and than L2
/// delivers keys and values to all multiprocessors. With many warps R / w tends to the
/// largest D_u, which is the plain roofline. A block with t tiles takes a start plus t
/// times R; blocks fill the multiprocessors evenly, but no sooner than the longest one is
/// done, and each operand comes from memory once.
///
/// It is a prediction, and favourable: clocks are the boost clocks of the data sheets,
/// there are no bank conflicts, and no multiprocessor idles at the end. With
/// FlashAttention-2's tiles of 128 x 64 it gives 0.71 of A100's peak at head size 128 and
/// 0.58 at 64, and 0.42 of H100's; published are 0.50 to 0.73 (Dao, arXiv:2307.08691) and
/// 0.35 (Shah et al., arXiv:2407.08608).
#ifndef SPARSEATTN_ANALYSIS_GPUROOFLINE_H
#define SPARSEATTN_ANALYSIS_GPUROOFLINE_H

#include "SparseAttn/Analysis/GpuChip.h"
#include "SparseAttn/Analysis/GpuTile.h"

#include <array>
#include <string>

namespace mlir::sattn {

/// Instructions of a warp for one tile of keys.
struct GpuLoopCounts {
  int64_t hmma = 0, ldsm = 0, ldgsts = 0, mufu = 0;
  int64_t ffma = 0, fmul = 0, fadd = 0;
  int64_t fmnmx = 0, shfl = 0, f2fp = 0;
  /// Compares, selects and other integer instructions; and what is left.
  int64_t integer = 0, other = 0;

  int64_t getTotal() const {
    return hmma + ldsm + ldgsts + mufu + ffma + fmul + fadd + fmnmx + shfl +
           f2fp + integer + other;
  }
};

/// What a kernel needs, of f16 or bf16 elements (one part); from formulas, or measured
/// (utils/gpu-loops.py).
struct GpuKernel {
  GpuTile tile;
  GpuLoopCounts full, partial;
  int64_t registers = 0;
  /// Bytes of a block.
  int64_t sharedMemory = 0;
};

/// By formulas. For the tiles of FlashAttention-2, which loads queries again for each tile of
/// keys, they give its counts as ptxas 13.0 compiles it for sm_80, exactly but for `integer`
/// and `other`, and its registers within 5 %. A partial tile has a compare and a select for
/// each score.
GpuKernel estimateKernel(const GpuTile &tile);

/// Sums over all heads and batches.
struct GpuWork {
  int64_t fullTiles = 0, partialTiles = 0;
  /// Query tiles, and the most key tiles that one of them visits.
  int64_t blocks = 0, longestBlock = 0;
  int64_t livePairs = 0;
  /// Bytes of all operands and results.
  double bytes = 0;
};

enum class GpuUnit { Tensor, Exp, Fp32, Alu, Shared, Issue, L2 };
constexpr int64_t numGpuUnits = 7;

/// "tensor cores", "exponentials", ...
StringRef getUnitName(GpuUnit unit);

/// Clocks that a tile keeps a unit of a multiprocessor busy, over all warps of a block.
struct GpuTileTime {
  std::array<double, numGpuUnits> demand{};
  /// Clocks between tiles of a multiprocessor, and the unit that is busiest.
  double interval = 0;
  GpuUnit busiest = GpuUnit::Tensor;

  double getDemand(GpuUnit unit) const {
    return demand[static_cast<size_t>(unit)];
  }
};

struct GpuPrediction {
  /// Blocks of a multiprocessor at once, and what they are limited by: "registers", "shared
  /// memory", "warps", "blocks", or "the number of blocks".
  int64_t residentBlocks = 0;
  std::string occupancyLimit;
  GpuTileTime full, partial;
  double seconds = 0;
  /// A unit's name, "memory", "the longest block", or "nothing" if there is nothing to do.
  std::string boundBy;
  /// Of a unit: the share of the time in which it works; 1 for the others.
  double busyShare = 1;
  /// Shares of the chip's published peak: of what tiles compute, and of live pairs.
  double computedShare = 0, liveShare = 0;
};

/// Fails with `error` if a block does not fit on a multiprocessor.
FailureOr<GpuPrediction> predict(const GpuChip &chip, const GpuKernel &kernel,
                                 const GpuWork &work, std::string &error);

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_GPUROOFLINE_H
