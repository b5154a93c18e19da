// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the tile schedule needs to know of a processor.
#ifndef SPARSEATTN_ANALYSIS_TARGETINFO_H
#define SPARSEATTN_ANALYSIS_TARGETINFO_H

#include "mlir/Support/LLVM.h"
#include "llvm/TargetParser/Triple.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mlir::sattn {

/// Vector registers of a target, and the register tile that fits them: `tileKeys` keys by
/// `tileVectors` vectors of queries are accumulated at once, with registers to spare for
/// the operands.
struct TargetInfo {
  /// f32 lanes of a vector.
  int64_t lanes = 4;
  int64_t tileVectors = 2;
  int64_t tileKeys = 6;
  /// Entries of a table in registers from which an instruction chooses for each lane: 32 for
  /// AVX-512's 16 lanes, 8 for AVX2's 8, or 0.
  int64_t powerTable = 0;
  /// Vectors of multiply-adds that start in a cycle: 1 for AVX-512 on units of 256 bits, else 2.
  int64_t multiplyAddsPerCycle = 2;
  /// Whether an instruction adds products of two bf16 pairs to f32 lanes faster than two multiply-adds do, so that pairs are
  /// worth while.
  bool bf16Dot = false;
  /// Whether there is that instruction, and one that converts f32 to bf16 (avx512_bf16).
  bool hasBF16 = false;

  int64_t queryTile() const { return lanes * tileVectors; }
};

/// Makes all of LLVM's targets known, once in a process: their list must not grow while another thread
/// reads it.
void initializeTargets();

/// The processor of this machine, as LLVM calls it, for "native"; else `cpu` itself.
std::string resolveCpu(StringRef cpu);

/// The architecture of `cpu`, this machine's for "native"; nothing for a processor that
/// LLVM does not know.
std::optional<llvm::Triple::ArchType> getArchitecture(StringRef cpu);

/// Features of this machine's processor for "native" (empty for a named one, which
/// implies them), with `features` appended.
std::string resolveFeatures(StringRef cpu, StringRef features);

/// Registers of `cpu` with `features` ("+avx2,-avx512f") on top. Fails with `error` for a
/// processor that LLVM does not know.
FailureOr<TargetInfo> getTargetInfo(StringRef cpu, StringRef features,
                                    std::string &error);

/// Why there is no code for GPU `chip` with PTX `features` ("+ptx80"): LLVM does not know
/// them, the chip is older than sm_80, or that PTX does not have it; or "".
std::string findGpuTargetError(StringRef chip, StringRef features);

/// `features` with a version of PTX: the least that has `chip` and what kernels are made of, if they name none.
std::string completeGpuFeatures(StringRef chip, StringRef features);

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_TARGETINFO_H
