// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The table. Sources are named as in GpuChip.h.
#include "SparseAttn/Analysis/GpuChip.h"
#include "SparseAttn/Analysis/GpuTile.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {
constexpr int64_t kib = 1024;

constexpr GpuChip chips[] = {
    // SW: 312 TFLOP/s; 2039 GB/s with 80 GB; L2 reads of 5120 bytes a clock.
    {"sm_80", "A100 SXM 80 GB", 108, 1.410e9, 2048, 1, 64, 2.039e12, 5120,
     164 * kib, 163 * kib, 64, 32},
    // SW: 71 TFLOP/s with f32 sums, which are half as fast as f16 sums.
    {"sm_86", "GeForce RTX 3090", 82, 1.695e9, 512, 1, 128, 0.936e12, 0,
     100 * kib, 99 * kib, 48, 16},
    // SW: 165 TFLOP/s with f32 sums.
    {"sm_89", "GeForce RTX 4090", 128, 2.520e9, 512, 1, 128, 1.008e12, 0,
     100 * kib, 99 * kib, 48, 24},
    // SW: 989 TFLOP/s, which take wgmma; mma.sync reaches 62.9 % on average (Luo et al.,
    // Benchmarking and Dissecting the Nvidia Hopper GPU Architecture, arXiv:2402.13499). L2
    // is not published; A100's figure stands in for it.
    {"sm_90", "H100 SXM5 80 GB", 132, 1.830e9, 4096, 0.629, 128, 3.35e12, 5120,
     228 * kib, 227 * kib, 64, 32},
    // SW: 209 TFLOP/s with f32 sums. What mma.sync reaches on sm_100 is not published.
    {"sm_120", "GeForce RTX 5090", 170, 2.407e9, 512, 1, 128, 1.792e12, 0,
     100 * kib, 99 * kib, 48, 24},
};
} // namespace

ArrayRef<GpuChip> mlir::sattn::getGpuChips() { return chips; }

const GpuChip *mlir::sattn::findGpuChip(StringRef target) {
  for (const GpuChip &chip : chips)
    if (chip.target == target)
      return &chip;
  return nullptr;
}

int64_t mlir::sattn::getSharedMemoryPerBlock(StringRef target) {
  if (const GpuChip *chip = findGpuChip(target))
    return chip->sharedMemoryPerBlock;
  return llvm::StringSwitch<int64_t>(target)
      .Case("sm_87", 163 * kib)
      .Cases({"sm_100", "sm_103"}, 227 * kib)
      .Default(commonSharedBytes);
}
