// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What sattn-explain says: all figures, as text and as JSON.
#ifndef SPARSEATTN_TOOLS_SATTN_EXPLAIN_REPORT_H
#define SPARSEATTN_TOOLS_SATTN_EXPLAIN_REPORT_H

#include "Options.h"

#include "SparseAttn/Analysis/Connectivity.h"
#include "SparseAttn/Analysis/GpuRoofline.h"
#include "SparseAttn/Analysis/HeadGroups.h"
#include "SparseAttn/Analysis/PatternEquivalence.h"
#include "SparseAttn/Analysis/PatternStatistics.h"
#include "SparseAttn/Analysis/TileStatistics.h"

#include "llvm/Support/JSON.h"

namespace mlir::sattn::explain {

/// The figures of heads that share a pattern.
struct HeadReport {
  HeadGroup group;
  RowStatistics rows;
  TileStatistics tiles;
  int64_t textbookWidth = 0;
};

/// All figures. Sums are over all batches and the heads asked for.
struct Report {
  std::vector<HeadReport> heads;
  int64_t livePairs = 0, densePairs = 0;
  int64_t minPerRow = 0, maxPerRow = 0, emptyRows = 0, rows = 0;
  /// n x w of the textbook.
  int64_t unclippedPairs = 0;
  int64_t flops = 0, denseFlops = 0;
  int64_t bytes = 0, denseBytes = 0;
  int64_t fullTiles = 0, partialTiles = 0, emptyTiles = 0, denseTiles = 0;
  int64_t computedPairs = 0;
  /// Only for self-attention: M = N and offset 0.
  std::optional<Connectivity> connectivity;
  /// Only with --equivalent.
  bool comparesPatterns = false;
  std::optional<PatternDifference> difference;
  /// Only with --target.
  std::optional<GpuPrediction> prediction;
};

Report computeReport(const Options &options);

llvm::json::Object toJson(const Options &options, const Report &report);
void printText(const Options &options, const Report &report,
               llvm::raw_ostream &os);

} // namespace mlir::sattn::explain

#endif // SPARSEATTN_TOOLS_SATTN_EXPLAIN_REPORT_H
