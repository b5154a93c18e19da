// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The options about a GPU, checked.
#ifndef SPARSEATTN_TOOLS_SATTN_EXPLAIN_GPUOPTIONS_H
#define SPARSEATTN_TOOLS_SATTN_EXPLAIN_GPUOPTIONS_H

#include "SparseAttn/Analysis/GpuRoofline.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>

namespace mlir::sattn::explain {

struct GpuOptions {
  const GpuChip *chip = nullptr;
  GpuKernel kernel;
  /// Where the counts come from; empty for the formulas.
  std::string countsPath;
};

/// `--target`, `--stages`, `--warps` and `--loop-counts` among `values`; nothing without `--target`.
/// An error is one line, also for a kernel that does not fit on the chip.
llvm::Expected<std::optional<GpuOptions>>
parseGpuOptions(const llvm::StringMap<std::string> &values, int64_t queryTile,
                int64_t keyTile, int64_t headSize);

} // namespace mlir::sattn::explain

#endif // SPARSEATTN_TOOLS_SATTN_EXPLAIN_GPUOPTIONS_H
