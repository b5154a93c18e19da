// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The prediction: from tiles to work, and in two forms.
#include "GpuReport.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <cassert>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::explain;
using llvm::formatv;

GpuPrediction mlir::sattn::explain::predictTime(const Options &options,
                                                const Report &report) {
  const Sizes &s = options.sizes;
  GpuWork work;
  work.fullTiles = report.fullTiles;
  work.partialTiles = report.partialTiles;
  work.livePairs = report.livePairs;
  int64_t queryTiles = llvm::divideCeil(s.M, options.queryTile);
  for (const HeadReport &head : report.heads) {
    int64_t heads = head.group.heads.size();
    work.blocks += s.B * heads * queryTiles;
    // A tile visits no fewer key tiles than its widest row needs, and one tile no fewer
    // than the mean.
    int64_t widest = llvm::divideCeil(head.rows.maxPerRow, options.keyTile);
    int64_t mean =
        queryTiles ? llvm::divideCeil(head.tiles.getVisitedTiles(), queryTiles)
                   : 0;
    work.longestBlock = std::max({work.longestBlock, widest, mean});
  }
  constexpr double bytesPerElement = 2;
  work.bytes = bytesPerElement * 2 * s.D * s.B * options.getNumHeads() *
               (static_cast<double>(s.M) + s.N);
  std::string error;
  FailureOr<GpuPrediction> prediction =
      predict(*options.gpu->chip, options.gpu->kernel, work, error);
  assert(succeeded(prediction) && "checked with the options");
  return *prediction;
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static llvm::json::Object countsToJson(const GpuLoopCounts &counts) {
  return llvm::json::Object{{"instructions", counts.getTotal()},
                            {"HMMA", counts.hmma},
                            {"LDSM", counts.ldsm},
                            {"LDGSTS", counts.ldgsts},
                            {"MUFU", counts.mufu},
                            {"FFMA", counts.ffma},
                            {"FMUL", counts.fmul},
                            {"FADD", counts.fadd},
                            {"FMNMX", counts.fmnmx},
                            {"SHFL", counts.shfl},
                            {"F2FP", counts.f2fp},
                            {"integer", counts.integer},
                            {"other", counts.other}};
}

static llvm::json::Object timeToJson(const GpuTileTime &time) {
  constexpr StringLiteral keys[numGpuUnits] = {"tensor", "exp",   "fp32", "alu",
                                               "shared", "issue", "l2"};
  llvm::json::Object units;
  for (auto [key, clocks] : llvm::zip_equal(keys, time.demand))
    units[key] = clocks;
  return llvm::json::Object{{"interval", time.interval},
                            {"units", std::move(units)}};
}

llvm::json::Object
mlir::sattn::explain::toJson(const Options &options,
                             const GpuPrediction &prediction) {
  using llvm::json::Object;
  const GpuOptions &gpu = *options.gpu;
  const GpuKernel &kernel = gpu.kernel;
  Object root;
  root["measured"] = false;
  root["target"] = gpu.chip->target;
  root["chip"] = gpu.chip->name;
  root["peak_flops"] = gpu.chip->getPeak();
  root["counts_from"] = gpu.countsPath.empty() ? "formulas" : gpu.countsPath;
  root["kernel"] = Object{{"warps", kernel.tile.warps},
                          {"stages", kernel.tile.stages},
                          {"registers", kernel.registers},
                          {"shared_memory", kernel.sharedMemory},
                          {"full", countsToJson(kernel.full)},
                          {"partial", countsToJson(kernel.partial)}};
  root["resident_blocks"] = prediction.residentBlocks;
  root["occupancy_limit"] = prediction.occupancyLimit;
  root["tile_clocks"] = Object{{"full", timeToJson(prediction.full)},
                               {"partial", timeToJson(prediction.partial)}};
  root["seconds"] = prediction.seconds;
  root["bound_by"] = prediction.boundBy;
  root["busy_share"] = prediction.busyShare;
  root["share_of_peak"] = Object{{"computed", prediction.computedShare},
                                 {"live", prediction.liveShare}};
  return root;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

void mlir::sattn::explain::printPrediction(const Options &options,
                                           const GpuPrediction &prediction,
                                           TextLayout &out) {
  const GpuOptions &gpu = *options.gpu;
  const GpuKernel &kernel = gpu.kernel;
  out.section(formatv("Prediction for {0}, {1}: a model, nothing was run on "
                      "hardware",
                      gpu.chip->target, gpu.chip->name)
                  .str());
  out.line("kernel",
           formatv("{0} warp{1}, {2} stage{3}, f16 or bf16; counts from {4}",
                   kernel.tile.warps, kernel.tile.warps == 1 ? "" : "s",
                   kernel.tile.stages, kernel.tile.stages == 1 ? "" : "s",
                   gpu.countsPath.empty() ? "formulas" : gpu.countsPath)
               .str());
  out.line("instructions",
           formatv("{0} for a full tile, {1} on tensor cores; {2} for a "
                   "partial one",
                   grouped(kernel.full.getTotal()),
                   percent(kernel.full.hmma, kernel.full.getTotal()),
                   grouped(kernel.partial.getTotal()))
               .str());
  out.line("blocks at once",
           formatv("{0} on a multiprocessor, limited by {1} ({2} registers a "
                   "thread, {3} of shared memory)",
                   prediction.residentBlocks, prediction.occupancyLimit,
                   kernel.registers, scaled(kernel.sharedMemory, "B"))
               .str());
  std::string units;
  for (int64_t unit = 0; unit < numGpuUnits; ++unit)
    units += formatv("{0}{1} {2:f0}", unit ? ", " : "",
                     getUnitName(static_cast<GpuUnit>(unit)),
                     prediction.full.demand[unit]);
  out.line("clocks of a tile",
           formatv("{0:f0} full, {1:f0} partial", prediction.full.interval,
                   prediction.partial.interval)
               .str());
  out.line("units, full tile", units);
  // Microseconds below a millisecond.
  bool isShort = prediction.seconds < 1e-3;
  std::string time = formatv("{0:f2} {1}, bound by {2}",
                             prediction.seconds * (isShort ? 1e6 : 1e3),
                             isShort ? "us" : "ms", prediction.boundBy);
  if (prediction.busyShare < 1)
    time += formatv(", busy {0:f0} % of it", 100 * prediction.busyShare);
  out.line("time", time);
  out.line("share of the peak",
           formatv("{0} of {1} in what is computed, {2} in live pairs",
                   percent(prediction.computedShare, 1),
                   scaled(gpu.chip->getPeak(), "FLOP/s"),
                   percent(prediction.liveShare, 1))
               .str());
}
