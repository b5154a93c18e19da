// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The model of attention on GPUs: counts against compiled code, the queueing network against
/// its bounds, and what it must say where the answer is known.
#include "SparseAttn/Analysis/GpuRoofline.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::sattn;

namespace {
const GpuChip &a100 = *findGpuChip("sm_80");
const GpuChip &h100 = *findGpuChip("sm_90");

/// Tiles of `rows` queries and 64 keys for 4 warps; queries are loaded for each tile of keys, as
/// FlashAttention-2 does.
GpuTile makeTile(int64_t rows = 64, int64_t headSize = 64, int64_t stages = 2) {
  GpuTileOptions options;
  options.warps = 4;
  options.keys = 64;
  options.stages = stages;
  GpuTile tile = GpuTile::choose(rows, headSize, headSize, 2, options);
  tile.keepsQueries = false;
  return tile;
}

/// Dense attention with rows and keys of whole tiles.
GpuWork makeDense(const GpuTile &tile, int64_t heads, int64_t size) {
  GpuWork work;
  int64_t queryTiles = size / tile.rows(), keyTiles = size / tile.keys;
  work.fullTiles = heads * queryTiles * keyTiles;
  work.blocks = heads * queryTiles;
  work.longestBlock = keyTiles;
  work.livePairs = heads * size * size;
  work.bytes = 4.0 * heads * size * tile.headSize * 2;
  return work;
}

GpuPrediction predictDense(const GpuChip &chip, const GpuKernel &kernel,
                           int64_t heads = 64, int64_t size = 4096) {
  std::string error;
  FailureOr<GpuPrediction> result =
      predict(chip, kernel, makeDense(kernel.tile, heads, size), error);
  EXPECT_TRUE(succeeded(result)) << error;
  return succeeded(result) ? *result : GpuPrediction();
}

TEST(GpuChipTest, RatesGiveThePublishedPeaks) {
  const std::pair<const char *, double> peaks[] = {{"sm_80", 312},
                                                   {"sm_86", 71},
                                                   {"sm_89", 165},
                                                   {"sm_90", 989},
                                                   {"sm_120", 209}};
  EXPECT_EQ(getGpuChips().size(), std::size(peaks));
  for (auto [target, teraflops] : peaks) {
    const GpuChip *chip = findGpuChip(target);
    ASSERT_TRUE(chip) << target;
    EXPECT_NEAR(chip->getPeak() / 1e12, teraflops, 1) << target;
  }
  EXPECT_EQ(findGpuChip("sm_100"), nullptr);
  EXPECT_EQ(getSharedMemoryPerBlock("sm_100"), getSharedMemoryPerBlock("sm_90"));
  EXPECT_EQ(getSharedMemoryPerBlock("sm_75"), commonSharedBytes);
}

TEST(GpuRooflineTest, FormulasGiveTheCountsOfFlashAttention2) {
  // Tiles; instructions, HMMA, LDSM, LDGSTS, MUFU, FFMA, FMUL, FADD, FMNMX, SHFL, F2FP of
  // the loop, and registers, as utils/gpu-loops.py counts them in FlashAttention-2 compiled
  // for sm_80 by ptxas 13.0.
  struct Case {
    int64_t rows, size, instructions, hmma, ldsm, ldgsts, mufu, ffma, fmul,
        fadd, fmnmx, shfl, f2fp, registers;
  };
  for (const Case &c :
       {Case{64, 64, 356, 64, 36, 8, 34, 34, 36, 32, 36, 4, 16, 125},
        Case{128, 64, 620, 128, 40, 8, 68, 68, 72, 64, 72, 8, 32, 212},
        Case{64, 128, 494, 128, 72, 16, 34, 34, 68, 32, 36, 4, 16, 165}}) {
    SCOPED_TRACE(testing::Message() << c.rows << " rows, size " << c.size);
    GpuKernel kernel = estimateKernel(makeTile(c.rows, c.size));
    const GpuLoopCounts &counts = kernel.full;
    EXPECT_EQ(counts.hmma, c.hmma);
    EXPECT_EQ(counts.ldsm, c.ldsm);
    EXPECT_EQ(counts.ldgsts, c.ldgsts);
    EXPECT_EQ(counts.mufu, c.mufu);
    EXPECT_EQ(counts.ffma, c.ffma);
    EXPECT_EQ(counts.fmul, c.fmul);
    EXPECT_EQ(counts.fadd, c.fadd);
    EXPECT_EQ(counts.fmnmx, c.fmnmx);
    EXPECT_EQ(counts.shfl, c.shfl);
    EXPECT_EQ(counts.f2fp, c.f2fp);
    EXPECT_NEAR(counts.getTotal(), c.instructions, 0.01 * c.instructions);
    EXPECT_NEAR(kernel.registers, c.registers, 0.05 * c.registers);
  }
  EXPECT_EQ(estimateKernel(makeTile(128, 128)).registers, 255);
}

TEST(GpuRooflineTest, QueriesThatAreKeptTakeRegistersInsteadOfLoads) {
  GpuTile tile = makeTile();
  GpuKernel loads = estimateKernel(tile);
  tile.keepsQueries = true;
  GpuKernel keeps = estimateKernel(tile);
  // 16 x 64 elements of a warp: 4 loads of 512 bytes, 16 registers of a thread.
  EXPECT_EQ(keeps.full.ldsm, loads.full.ldsm - 4);
  EXPECT_EQ(keeps.registers, loads.registers + 16);
}

TEST(GpuRooflineTest, PartialTilesCompareAndSelectEachScore) {
  GpuKernel kernel = estimateKernel(makeTile());
  EXPECT_EQ(kernel.partial.getTotal() - kernel.full.getTotal(), 2 * 32);
  GpuPrediction prediction = predictDense(a100, kernel);
  EXPECT_GT(prediction.partial.interval, prediction.full.interval);
}

TEST(GpuRooflineTest, DemandsAreCountsOverRates) {
  GpuKernel kernel = estimateKernel(makeTile());
  GpuPrediction prediction = predictDense(a100, kernel);
  const GpuTileTime &full = prediction.full;
  // 4 * 64 * 64 * 64 operations, 2048 a clock.
  EXPECT_DOUBLE_EQ(full.getDemand(GpuUnit::Tensor), 512);
  // 34 instructions of 4 warps and 32 lanes, 16 a clock.
  EXPECT_DOUBLE_EQ(full.getDemand(GpuUnit::Exp), 272);
  EXPECT_DOUBLE_EQ(full.getDemand(GpuUnit::Fp32), 4 * 102 * 32 / 64.0);
  EXPECT_DOUBLE_EQ(full.getDemand(GpuUnit::Shared), 4 * (44 * 512 / 128.0 + 4));
  EXPECT_DOUBLE_EQ(full.getDemand(GpuUnit::Issue), kernel.full.getTotal());
  EXPECT_DOUBLE_EQ(full.getDemand(GpuUnit::L2), 64 * 64 * 4 * 108 / 5120.0);
  // Each warp of 16 rows reads all keys and values: as many bytes as the tensor cores have
  // clocks. Warps of 32 rows halve that.
  EXPECT_EQ(full.busiest, GpuUnit::Shared);
  EXPECT_EQ(predictDense(a100, estimateKernel(makeTile(128, 64))).full.busiest,
            GpuUnit::Tensor);
}

TEST(GpuRooflineTest, OccupancyIsLimitedByWhatRunsOut) {
  GpuKernel kernel = estimateKernel(makeTile());
  auto check = [&](int64_t blocks, StringRef limit) {
    GpuPrediction prediction = predictDense(a100, kernel);
    EXPECT_EQ(prediction.residentBlocks, blocks);
    EXPECT_EQ(prediction.occupancyLimit, limit);
  };
  kernel.registers = 168;
  kernel.sharedMemory = 40 * 1024;
  check(3, "registers");
  // A third of 164 KiB is not enough with what the system takes.
  kernel.sharedMemory = 54 * 1024;
  check(2, "shared memory");
  kernel.registers = 255;
  kernel.sharedMemory = 1024;
  check(2, "registers");
  kernel.registers = 24;
  check(16, "warps");
  GpuPrediction few = predictDense(a100, kernel, 1, 1024);
  EXPECT_EQ(few.residentBlocks, 1);
  EXPECT_EQ(few.occupancyLimit, "the number of blocks");
}

TEST(GpuRooflineTest, TimeIsBetweenOneWarpAloneAndTheBusiestUnit) {
  GpuKernel kernel = estimateKernel(makeTile());
  kernel.sharedMemory = 1024;
  double before = INFINITY;
  for (int64_t registers : {255, 168, 128, 96, 64, 32}) {
    kernel.registers = registers;
    GpuTileTime full = predictDense(a100, kernel).full;
    EXPECT_GE(full.interval, full.getDemand(full.busiest));
    // More warps overlap more.
    EXPECT_LE(full.interval, before) << registers;
    before = full.interval;
  }
  EXPECT_NEAR(before, 720, 0.01 * 720);

  // One block: nothing waits for others of its scheduler, and nothing overlaps.
  kernel.registers = 255;
  kernel.full.ldsm = kernel.full.ldgsts = kernel.full.shfl = 0;
  GpuTileTime alone = predictDense(a100, kernel, 1, 1024).full;
  double sum = 300;
  for (GpuUnit unit : {GpuUnit::Tensor, GpuUnit::Exp, GpuUnit::Fp32,
                       GpuUnit::Alu})
    sum += alone.getDemand(unit);
  EXPECT_NEAR(alone.interval, sum, 1e-6 * sum);
}

TEST(GpuRooflineTest, FlashAttention2IsNearItsPublishedShares) {
  // Dao, arXiv:2307.08691: 50 to 73 % of A100's peak, the most at size 128.
  GpuPrediction wide = predictDense(a100, estimateKernel(makeTile(128, 128, 1)));
  EXPECT_GT(wide.computedShare, 0.70);
  EXPECT_LT(wide.computedShare, 0.80);
  GpuPrediction narrow = predictDense(a100, estimateKernel(makeTile(128, 64, 1)));
  EXPECT_GT(narrow.computedShare, 0.55);
  EXPECT_LT(narrow.computedShare, 0.65);
  // Shah et al., arXiv:2407.08608: 35 % of H100's.
  GpuPrediction hopper = predictDense(h100, estimateKernel(makeTile(128, 128, 1)));
  EXPECT_GT(hopper.computedShare, 0.35);
  EXPECT_LT(hopper.computedShare, 0.50);
  EXPECT_EQ(wide.boundBy, "tensor cores");
  // On A100, where mma.sync reaches the peak, both shares are the same thing.
  EXPECT_NEAR(wide.busyShare, wide.computedShare, 0.001);
}

TEST(GpuRooflineTest, TimeGrowsWithTiles) {
  GpuKernel kernel = estimateKernel(makeTile());
  double before = 0;
  for (int64_t size : {1024, 2048, 4096, 8192}) {
    double seconds = predictDense(a100, kernel, 64, size).seconds;
    EXPECT_GT(seconds, 2 * before);
    before = seconds;
  }
}

TEST(GpuRooflineTest, LongestBlockAndMemoryBoundTheTime) {
  GpuKernel kernel = estimateKernel(makeTile());
  std::string error;
  GpuWork work = makeDense(kernel.tile, 1, 64);
  work.longestBlock = work.fullTiles = 1000;
  EXPECT_EQ(predict(a100, kernel, work, error)->boundBy, "the longest block");
  work.bytes = 2.039e12;
  FailureOr<GpuPrediction> slow = predict(a100, kernel, work, error);
  EXPECT_EQ(slow->boundBy, "memory");
  EXPECT_DOUBLE_EQ(slow->seconds, 1);
}

TEST(GpuRooflineTest, NothingToDoTakesNoTime) {
  std::string error;
  FailureOr<GpuPrediction> result =
      predict(a100, estimateKernel(makeTile()), GpuWork(), error);
  ASSERT_TRUE(succeeded(result));
  EXPECT_EQ(result->seconds, 0);
  EXPECT_EQ(result->computedShare, 0);
  EXPECT_EQ(result->boundBy, "nothing");
}

TEST(GpuRooflineTest, BlocksThatDoNotFitAreRefused) {
  std::string error;
  EXPECT_TRUE(failed(predict(a100, estimateKernel(makeTile(128, 256)), {}, error)));
  EXPECT_EQ(error, "expected tiles that fit in 166912 bytes of shared memory, which "
                   "is all that a block has on sm_80, but got 197120 bytes");
  GpuKernel wide = estimateKernel(makeTile());
  wide.tile.warps = 16;
  wide.registers = 255;
  EXPECT_TRUE(failed(predict(a100, wide, {}, error)));
  EXPECT_EQ(error, "expected a block that fits on a multiprocessor of sm_80, but got "
                   "16 warps with 255 registers a thread");
}
} // namespace
