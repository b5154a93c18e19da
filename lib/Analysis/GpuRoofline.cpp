// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The model that GpuRoofline.h describes.
#include "SparseAttn/Analysis/GpuRoofline.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <numeric>

using namespace mlir;
using namespace mlir::sattn;

namespace {
constexpr double warpSize = 32;
/// Operations of an m16n8k16 product, and bytes of LDSM.x4 or LDGSTS.128 of a
/// warp.
constexpr double operationsOfHmma = 16 * 8 * 16 * 2, bytesOfLdsm = 512;
constexpr int64_t bytesOfElement = 2;

/// Clocks of a tile that a warp waits for itself. An estimate: two barriers,
/// the first loads of keys and of values with the products that wait for them,
/// two shuffles of a row's maximum, 25 to 40 each.
constexpr double waitOfTile = 300;
/// Clocks from a block's start to its first tile, and from its last to its end.
/// An estimate: a load from memory, a store, the launch.
constexpr double waitOfBlock = 2000;

/// Units in which warps queue, the first of GpuUnit.
constexpr int64_t numQueues = 5;

size_t at(GpuUnit unit) { return static_cast<size_t>(unit); }
} // namespace

StringRef mlir::sattn::getUnitName(GpuUnit unit) {
  switch (unit) {
  case GpuUnit::Tensor:
    return "tensor cores";
  case GpuUnit::Exp:
    return "exponentials";
  case GpuUnit::Fp32:
    return "f32 arithmetic";
  case GpuUnit::Alu:
    return "maxima, conversions and integers";
  case GpuUnit::Shared:
    return "shared memory";
  case GpuUnit::Issue:
    return "instruction issue";
  case GpuUnit::L2:
    return "L2";
  }
  llvm_unreachable("unknown unit");
}

//===----------------------------------------------------------------------===//
// Counts
//===----------------------------------------------------------------------===//

GpuKernel mlir::sattn::estimateKernel(const GpuTile &tile) {
  int64_t strips = tile.rowGroups, rows = 16 * strips, keys = tile.keys;
  int64_t columns = tile.headSize + tile.valueSize;
  // Of a thread: results, and registers that hold queries.
  int64_t scores = rows * keys / 32, outputs = rows * tile.valueSize / 32;
  int64_t queries =
      tile.keepsQueries ? rows * tile.headSize * bytesOfElement / 4 / 32 : 0;

  GpuKernel kernel;
  kernel.tile = tile;
  GpuLoopCounts &full = kernel.full;
  // Products with keys and with values.
  full.hmma = rows * keys * columns / (16 * 8 * 16);
  // Keys and values by every warp, and its queries if they are not kept.
  int64_t loaded =
      keys * columns + (tile.keepsQueries ? 0 : rows * tile.headSize);
  full.ldsm = llvm::divideCeil(loaded * bytesOfElement,
                               static_cast<int64_t>(bytesOfLdsm));
  full.ldgsts =
      llvm::divideCeil(keys * columns * bytesOfElement,
                       static_cast<int64_t>(bytesOfLdsm) * tile.warps);
  // A thread holds scores of two rows of a strip; their old sums and outputs
  // are rescaled.
  full.mufu = scores + 2 * strips;
  full.ffma = scores + 2 * strips;
  full.fmul = outputs + 4 * strips;
  full.fadd = scores;
  full.fmnmx = scores + 4 * strips;
  full.shfl = 4 * strips;
  full.f2fp = scores / 2;
  full.integer = 36;
  full.other = 18;
  kernel.partial = full;
  kernel.partial.integer += 2 * scores;

  // Outputs, scores, weights in 16 bits, and what is loaded, counted and
  // pointed to.
  kernel.registers = std::min(queries + outputs + scores + scores / 2 + 48,
                              GpuLimits::maxRegisters);
  kernel.sharedMemory = tile.sharedBytes();
  return kernel;
}

//===----------------------------------------------------------------------===//
// Time
//===----------------------------------------------------------------------===//

namespace {
/// Blocks that fit on a multiprocessor.
struct Occupancy {
  int64_t blocks = INT64_MAX;
  StringRef limit;

  void restrict(int64_t most, StringRef reason) {
    if (most >= blocks)
      return;
    blocks = most;
    limit = reason;
  }
};

Occupancy computeOccupancy(const GpuChip &chip, const GpuKernel &kernel) {
  int64_t warps = kernel.tile.warps;
  // Each scheduler has a quarter of the registers, and takes a quarter of the
  // warps.
  int64_t registersOfWarp =
      llvm::alignTo(kernel.registers * static_cast<int64_t>(warpSize),
                    GpuLimits::registerUnit);
  int64_t warpsByRegisters =
      GpuLimits::schedulers *
      (GpuLimits::registers / GpuLimits::schedulers / registersOfWarp);
  int64_t shared =
      llvm::alignTo(kernel.sharedMemory + GpuLimits::reservedSharedMemory,
                    GpuLimits::sharedMemoryUnit);
  Occupancy result;
  result.restrict(warpsByRegisters / warps, "registers");
  result.restrict(chip.sharedMemory / shared, "shared memory");
  result.restrict(chip.maxWarps / warps, "warps");
  result.restrict(chip.maxBlocks, "blocks");
  return result;
}

/// Clocks of each unit for one tile of a block.
std::array<double, numGpuUnits> computeDemand(const GpuChip &chip,
                                              const GpuTile &tile,
                                              const GpuLoopCounts &counts) {
  std::array<double, numGpuUnits> clocks;
  clocks[at(GpuUnit::Tensor)] =
      counts.hmma * operationsOfHmma / (chip.tensorFlops * chip.mmaSyncShare);
  clocks[at(GpuUnit::Exp)] =
      counts.mufu * warpSize / GpuLimits::exponentialLanes;
  clocks[at(GpuUnit::Fp32)] =
      (counts.ffma + counts.fmul + counts.fadd) * warpSize / chip.fp32Lanes;
  clocks[at(GpuUnit::Alu)] = (counts.fmnmx + counts.f2fp + counts.integer) *
                             warpSize / GpuLimits::aluLanes;
  clocks[at(GpuUnit::Shared)] =
      (counts.ldsm + counts.ldgsts) * bytesOfLdsm / GpuLimits::sharedBytes +
      counts.shfl * warpSize / GpuLimits::shuffleLanes;
  clocks[at(GpuUnit::Issue)] =
      static_cast<double>(counts.getTotal()) / GpuLimits::schedulers;
  for (double &unit : clocks)
    unit *= tile.warps;
  double bytes = static_cast<double>(tile.keys) *
                 (tile.headSize + tile.valueSize) * bytesOfElement;
  clocks[at(GpuUnit::L2)] =
      chip.l2Bytes ? bytes * chip.multiprocessors / chip.l2Bytes : 0;
  return clocks;
}

/// The time of a tile with `blocks` of them on a multiprocessor.
GpuTileTime computeTileTime(const GpuChip &chip, const GpuTile &tile,
                            const GpuLoopCounts &counts, int64_t blocks) {
  GpuTileTime time;
  time.demand = computeDemand(chip, tile, counts);
  time.busiest = static_cast<GpuUnit>(
      std::max_element(time.demand.begin(), time.demand.end()) -
      time.demand.begin());

  int64_t warps = blocks * tile.warps;
  double schedulers = std::min(warps, GpuLimits::schedulers);
  double own = warps / schedulers;
  // Clocks of one warp for its part of a tile, if it were alone. All units but
  // shared memory belong to a scheduler, which has a quarter of the lanes.
  std::array<double, numQueues> alone, queue, stay;
  for (int64_t unit = 0; unit < numQueues; ++unit)
    alone[unit] = time.demand[unit] / tile.warps *
                  (unit == static_cast<int64_t>(at(GpuUnit::Shared))
                       ? 1
                       : GpuLimits::schedulers);
  queue.fill(own / numQueues);
  double total = 0;
  constexpr int64_t iterations = 200;
  for (int64_t iteration = 0; iteration < iterations; ++iteration) {
    total = waitOfTile;
    for (int64_t unit = 0; unit < numQueues; ++unit) {
      // Of the warps of the same scheduler, and of the others.
      double others = (own - 1) / own;
      if (unit == static_cast<int64_t>(at(GpuUnit::Shared)))
        others += schedulers - 1;
      stay[unit] = alone[unit] * (1 + others * queue[unit]);
      total += stay[unit];
    }
    for (int64_t unit = 0; unit < numQueues; ++unit)
      queue[unit] = own * stay[unit] / total;
  }
  double least = time.demand[at(time.busiest)];
  time.interval = std::max(total / blocks, least);
  return time;
}
} // namespace

FailureOr<GpuPrediction> mlir::sattn::predict(const GpuChip &chip,
                                              const GpuKernel &kernel,
                                              const GpuWork &work,
                                              std::string &error) {
  const GpuTile &tile = kernel.tile;
  if (kernel.sharedMemory > chip.sharedMemoryPerBlock) {
    error = llvm::formatv("expected tiles that fit in {0} bytes of shared "
                          "memory, which is all that a block has on {1}, but "
                          "got {2} bytes",
                          chip.sharedMemoryPerBlock, chip.target,
                          kernel.sharedMemory)
                .str();
    return failure();
  }
  Occupancy occupancy = computeOccupancy(chip, kernel);
  if (occupancy.blocks == 0) {
    error = llvm::formatv("expected a block that fits on a multiprocessor of "
                          "{0}, but got {1} warps with {2} registers a thread",
                          chip.target, tile.warps, kernel.registers)
                .str();
    return failure();
  }
  occupancy.restrict(
      std::max<int64_t>(llvm::divideCeil(work.blocks, chip.multiprocessors), 1),
      "the number of blocks");

  GpuPrediction result;
  result.residentBlocks = occupancy.blocks;
  result.occupancyLimit = occupancy.limit.str();
  result.full = computeTileTime(chip, tile, kernel.full, occupancy.blocks);
  result.partial =
      computeTileTime(chip, tile, kernel.partial, occupancy.blocks);

  // Clocks of a block for a tile; tiles of all resident blocks take turns.
  double fullClocks = result.full.interval * occupancy.blocks;
  double partialClocks = result.partial.interval * occupancy.blocks;
  double places = static_cast<double>(chip.multiprocessors) * occupancy.blocks;
  double even = (waitOfBlock * work.blocks + fullClocks * work.fullTiles +
                 partialClocks * work.partialTiles) /
                places / chip.clock;
  double longest =
      work.blocks ? (waitOfBlock + fullClocks * work.longestBlock) / chip.clock
                  : 0;
  double memory = work.bytes / chip.memoryBandwidth;
  result.seconds = std::max({even, longest, memory});
  if (result.seconds == 0) {
    result.boundBy = "nothing";
    return result;
  }
  if (memory == result.seconds) {
    result.boundBy = "memory";
  } else if (longest > even) {
    result.boundBy = "the longest block";
  } else {
    const GpuTileTime &most =
        work.partialTiles > work.fullTiles ? result.partial : result.full;
    result.boundBy = getUnitName(most.busiest).str();
    result.busyShare = most.getDemand(most.busiest) *
                       (work.fullTiles + work.partialTiles) /
                       (chip.multiprocessors * chip.clock * result.seconds);
  }

  double operations = 2.0 * (tile.headSize + tile.valueSize);
  double computed = static_cast<double>(tile.rows()) * tile.keys *
                    (work.fullTiles + work.partialTiles);
  double peak = chip.getPeak() * result.seconds;
  result.computedShare = operations * computed / peak;
  result.liveShare = operations * work.livePairs / peak;
  return result;
}
