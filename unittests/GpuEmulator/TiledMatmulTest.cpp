// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A whole kernel: a tiled bf16 product with double buffering is right, also at
/// the size of an attention head, and each synchronization that is left out is
/// found.
#include "TiledMatmul.h"
#include "EmulatorTest.h"

#include <ctime>
#include <random>

using namespace mlir;
using namespace mlir::sattn;

namespace {

class TiledMatmul : public EmulatorTest {
protected:
  /// Numbers in [-1, 1] that bf16 can hold.
  static std::vector<uint16_t> random(size_t count, unsigned seed) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<float> uniform(-1, 1);
    std::vector<uint16_t> numbers(count);
    for (uint16_t &number : numbers)
      number = static_cast<uint16_t>(
          llvm::bit_cast<uint32_t>(uniform(generator)) >> 16);
    return numbers;
  }
  static double toNumber(uint16_t bits) {
    return llvm::bit_cast<float>(uint32_t(bits) << 16);
  }

  LaunchResult multiply(uint32_t rows, uint32_t columns, uint32_t depth) {
    a = random(size_t(rows) * depth, 1);
    b = random(size_t(depth) * columns, 2);
    c.assign(size_t(rows) * columns, std::numeric_limits<float>::quiet_NaN());
    return launch({columns / 64, rows / 64}, {128}, tiledMatmulShared,
                  {KernelArgument::constantBuffer(a.data(), a.size() * 2),
                   KernelArgument::constantBuffer(b.data(), b.size() * 2),
                   KernelArgument::buffer(c.data(), c.size() * 4),
                   KernelArgument::value<uint32_t>(depth),
                   KernelArgument::value<uint32_t>(columns)});
  }

  /// Checks the first `rows` rows.
  void expectProduct(uint32_t rows, uint32_t columns, uint32_t depth) {
    for (uint32_t i = 0; i < rows; ++i)
      for (uint32_t j = 0; j < columns; ++j) {
        double expected = 0, size = 0;
        for (uint32_t k = 0; k < depth; ++k) {
          double product = toNumber(a[size_t(i) * depth + k]) *
                           toNumber(b[size_t(k) * columns + j]);
          expected += product;
          size += std::fabs(product);
        }
        ASSERT_NEAR(c[size_t(i) * columns + j], expected,
                    size * depth * 0x1p-24)
            << i << " " << j;
      }
  }

  void expectMistake(const TiledMatmulOptions &options, StringRef what) {
    compile(getTiledMatmul(options));
    LaunchResult result = multiply(64, 64, 256);
    ASSERT_EQ(result.errors.size(), 1u);
    EXPECT_TRUE(StringRef(result.errors[0]).contains(what)) << result.errors[0];
  }

  std::vector<uint16_t> a, b;
  std::vector<float> c;
};

TEST_F(TiledMatmul, ComputesTheProductWithoutConflicts) {
  compile(getTiledMatmul());
  LaunchResult result = multiply(128, 192, 320);
  ASSERT_TRUE(result.succeeded()) << result.errors[0];
  expectProduct(128, 192, 320);
  // 5 key tiles of 4 steps with 8 products, by 128 threads of 6 blocks.
  EXPECT_EQ(result.instructionCounts["nvvm.mma.sync"], 6u * 128 * 5 * 4 * 8);
  EXPECT_EQ(result.instructionCounts["nvvm.ldmatrix"], 6u * 128 * 5 * 4 * 5);
  uint64_t accesses = 0;
  for (const BankConflicts &conflicts : result.bankConflicts) {
    EXPECT_EQ(conflicts.wavefronts, conflicts.idealWavefronts)
        << conflicts.location;
    accesses += conflicts.accesses;
  }
  // Warps' accesses: 20 ldmatrix and 8 cp.async in each tile.
  EXPECT_EQ(accesses, 6u * 4 * 5 * (20 + 8));
}

TEST_F(TiledMatmul, CountsConflictsOfRowsWithoutSwizzle) {
  TiledMatmulOptions options;
  options.swizzle = false;
  compile(getTiledMatmul(options));
  LaunchResult result = multiply(64, 64, 64);
  ASSERT_TRUE(result.succeeded()) << result.errors[0];
  expectProduct(64, 64, 64);
  for (const BankConflicts &conflicts : result.bankConflicts)
    EXPECT_EQ(conflicts.wavefronts,
              conflicts.idealWavefronts *
                  (conflicts.operation == "nvvm.ldmatrix" ? 8 : 1));
}

TEST_F(TiledMatmul, FindsAMissingWait) {
  TiledMatmulOptions options;
  options.keptGroups = 2;
  expectMistake(options, "use before wait");
}

TEST_F(TiledMatmul, FindsAMissingBarrierBeforeUse) {
  TiledMatmulOptions options;
  options.barrierBeforeUse = false;
  expectMistake(options, "missing barrier: thread");
}

TEST_F(TiledMatmul, FindsAMissingBarrierAfterUse) {
  TiledMatmulOptions options;
  options.barrierAfterUse = false;
  expectMistake(options, "missing barrier: thread");
}

TEST_F(TiledMatmul, RunsAtTheSizeOfAHead) {
  // The two products of attention with 1024 queries, 1024 keys and a head
  // of 64. How long it takes goes into the results file, for what a machine
  // that also does other things can say.
  compile(getTiledMatmul());
  std::clock_t start = std::clock();
  LaunchResult scores = multiply(1024, 1024, 64);
  ASSERT_TRUE(scores.succeeded()) << scores.errors[0];
  LaunchResult values = multiply(1024, 64, 1024);
  ASSERT_TRUE(values.succeeded()) << values.errors[0];
  RecordProperty("cpu_ms", static_cast<int>((std::clock() - start) * 1000 /
                                            CLOCKS_PER_SEC));
  expectProduct(64, 64, 1024);
}

} // namespace
