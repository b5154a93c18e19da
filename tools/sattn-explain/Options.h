// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The command line of sattn-explain, checked.
#ifndef SPARSEATTN_TOOLS_SATTN_EXPLAIN_OPTIONS_H
#define SPARSEATTN_TOOLS_SATTN_EXPLAIN_OPTIONS_H

#include "GpuOptions.h"

#include "SparseAttn/Dialect/PatternInterface.h"

#include "llvm/Support/Error.h"

#include <optional>
#include <string>

namespace mlir::sattn::explain {

/// Sizes as in ARCHITECTURE: B batches, H query heads, M queries, N keys, head size D.
struct Sizes {
  int64_t B = 1, H = 1, M = 0, N = 0, D = 64;
};

struct Options {
  PatternAttr pattern;
  /// The other pattern of --equivalent; null without.
  PatternAttr other;
  Sizes sizes;
  /// Position of query row 0, and where it comes from.
  int64_t offset = 0;
  std::string align;
  /// Only this head.
  std::optional<int64_t> head;
  int64_t queryTile = 64, keyTile = 64;
  /// With --target.
  std::optional<GpuOptions> gpu;
  bool json = false, draw = true;
  int64_t width = 64;
  std::string pngPath, svgPath, maskPath;

  PatternShape getShape() const {
    return {sizes.M, sizes.N, head.value_or(0), offset};
  }
  int64_t getFirstHead() const { return head.value_or(0); }
  int64_t getNumHeads() const { return head ? 1 : sizes.H; }
};

/// Most queries or keys, and most pairs of a mask that is written out.
constexpr int64_t maxTokens = int64_t(1) << 26;
constexpr int64_t maxMaskElements = int64_t(1) << 28;

/// Parses and checks everything; an error is one line. Nothing if `--help` or
/// `--version` was asked for and printed.
llvm::Expected<std::optional<Options>> parseOptions(int argc, char **argv,
                                                    MLIRContext *context);

} // namespace mlir::sattn::explain

#endif // SPARSEATTN_TOOLS_SATTN_EXPLAIN_OPTIONS_H
