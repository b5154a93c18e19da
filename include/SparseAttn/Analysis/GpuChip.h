// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Published figures of NVIDIA GPUs, as far as they decide how long attention takes.
///
/// Sources: SW is NVIDIA's architecture whitepaper of the chip (A100 2020, GA102 2020, Ada
/// 2022, H100 2022, RTX Blackwell 2025): multiprocessors, clocks, dense bf16 tensor FLOP/s
/// with sums in f32, bandwidths. PG is the CUDA C++ Programming Guide: its table of
/// arithmetic throughput (results per clock and multiprocessor) and of technical
/// specifications. OC is cuda_occupancy.h of the CUDA Toolkit: how registers, shared memory
/// and blocks are handed out.
#ifndef SPARSEATTN_ANALYSIS_GPUCHIP_H
#define SPARSEATTN_ANALYSIS_GPUCHIP_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace mlir::sattn {

struct GpuChip {
  /// As compilers call it: "sm_80". And the product that the figures are of.
  StringRef target, name;
  int64_t multiprocessors;
  /// Boost clock in Hz, the one behind the published tensor FLOP/s (SW).
  double clock;
  /// Floating-point operations of a multiprocessor's tensor cores per clock: f16 or bf16,
  /// dense, sums in f32. The published peak is this times multiprocessors times clock.
  double tensorFlops;
  /// The part of it that mma.sync reaches. Below 1 where only newer instructions reach the
  /// peak.
  double mmaSyncShare;
  /// Lanes of a multiprocessor (PG): f32 add, multiply and multiply-add.
  double fp32Lanes;
  /// Bytes of a second from device memory, and of a clock from L2 to all multiprocessors; 0
  /// where that has not been published, and then L2 bounds nothing.
  double memoryBandwidth, l2Bytes;
  /// Bytes of shared memory of a multiprocessor, and the most of a block (PG).
  int64_t sharedMemory, sharedMemoryPerBlock;
  /// Most warps and blocks of a multiprocessor (PG, OC).
  int64_t maxWarps, maxBlocks;

  double getPeak() const { return multiprocessors * clock * tensorFlops; }
};

/// What all of them have in common, per multiprocessor and, where it is a rate, per clock.
struct GpuLimits {
  /// Each issues one instruction a clock for one of its warps.
  static constexpr int64_t schedulers = 4;
  /// Compare, minimum, maximum, integer, conversion to 16 bits; exponentials; shuffles
  /// (PG).
  static constexpr double aluLanes = 64, exponentialLanes = 16,
                          shuffleLanes = 32;
  /// Banks of 4 bytes (PG).
  static constexpr double sharedBytes = 32 * 4;
  /// Registers, those of a thread, and what a warp gets is a multiple of (OC).
  static constexpr int64_t registers = 65536, maxRegisters = 255,
                           registerUnit = 256;
  /// Bytes that the system takes of each block's shared memory, and the unit (OC).
  static constexpr int64_t reservedSharedMemory = 1024, sharedMemoryUnit = 128;
};

/// All that are known, in the order of their targets.
ArrayRef<GpuChip> getGpuChips();

/// Null for a target without published figures.
const GpuChip *findGpuChip(StringRef target);

/// The most bytes of shared memory that a block of a target may have (PG); what all have from sm_80 on of targets that are
/// not known.
int64_t getSharedMemoryPerBlock(StringRef target);

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_GPUCHIP_H
