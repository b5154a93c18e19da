// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The figures, computed once and printed in two forms.
#include "Report.h"

#include "GpuReport.h"
#include "Progress.h"
#include "TextLayout.h"

#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/PatternSyntax.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Parallel.h"
#include "llvm/Support/raw_ostream.h"

#include <functional>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::explain;
using llvm::formatv;

Report mlir::sattn::explain::computeReport(const Options &options) {
  Report report;
  const Sizes &s = options.sizes;
  SmallVector<HeadGroup> groups = groupHeads(
      options.pattern, options.getFirstHead(), options.getNumHeads());
  report.heads.resize(groups.size());

  // Questions that do not depend on each other are answered in parallel.
  std::vector<std::function<void()>> questions;
  if (s.M == s.N && options.offset == 0)
    questions.push_back([&] {
      report.connectivity = computeConnectivity(groups, s.N);
    });
  if (options.other) {
    report.comparesPatterns = true;
    questions.push_back([&] {
      report.difference =
          findDifference(options.pattern, options.other, options.getShape(),
                         options.getFirstHead(), options.getNumHeads());
    });
  }
  for (auto [group, head] : llvm::zip_equal(groups, report.heads)) {
    PatternShape shape = options.getShape();
    shape.head = group.heads.front();
    head.group = group;
    questions.push_back([&options, &head = head, shape] {
      PatternAttr pattern = head.group.pattern;
      head.rows = computeRowStatistics(pattern, shape);
      // The parts of an `or` as the user wrote them.
      head.textbookWidth = computeTextbookWidth(
          getPatternForHead(options.pattern, shape.head), shape, head.rows);
    });
    questions.push_back([&options, &head = head, shape] {
      head.tiles = computeTileStatistics(head.group.pattern, shape,
                                         options.queryTile, options.keyTile);
    });
  }
  Progress progress(questions.size());
  llvm::parallelForEach(questions, [&](auto &question) {
    question();
    progress.advance();
  });

  for (const HeadReport &head : report.heads) {
    int64_t copies = s.B * static_cast<int64_t>(head.group.heads.size());
    report.livePairs += copies * head.rows.livePairs;
    report.unclippedPairs += copies * s.M * head.textbookWidth;
    report.minPerRow = report.rows
                           ? std::min(report.minPerRow, head.rows.minPerRow)
                           : head.rows.minPerRow;
    report.maxPerRow = std::max(report.maxPerRow, head.rows.maxPerRow);
    report.emptyRows += copies * head.rows.emptyRows;
    report.rows += copies * s.M;
    report.fullTiles += copies * head.tiles.fullTiles;
    report.partialTiles += copies * head.tiles.partialTiles;
    report.emptyTiles += copies * head.tiles.emptyTiles;
    report.denseTiles += copies * head.tiles.denseTiles;
    report.computedPairs += copies * head.tiles.computedPairs;
    // Queries and outputs once; keys and values once for each query tile.
    constexpr int64_t bytesPerElement = 4;
    report.bytes += copies * 2 * s.D * bytesPerElement *
                    (s.M + head.tiles.keysRead);
    report.denseBytes += copies * 2 * s.D * bytesPerElement *
                         (s.M + head.tiles.denseKeysRead);
  }
  report.densePairs = s.B * options.getNumHeads() * s.M * s.N;
  // A multiplication and an addition, for q.k and for p v.
  report.flops = 4 * s.D * report.livePairs;
  report.denseFlops = 4 * s.D * report.densePairs;
  if (options.gpu)
    report.prediction = predictTime(options, report);
  return report;
}

namespace {
std::string listHeads(ArrayRef<int64_t> heads) {
  std::string text;
  for (size_t at = 0; at < heads.size();) {
    size_t last = at;
    while (last + 1 < heads.size() && heads[last + 1] == heads[last] + 1)
      ++last;
    text += (text.empty() ? "" : ",") + std::to_string(heads[at]);
    if (last > at)
      text += "-" + std::to_string(heads[last]);
    at = last + 1;
  }
  return text;
}

std::string layersText(const Connectivity &flow) {
  if (flow.isExact())
    return formatv("{0} layer{1} (exact)", grouped(flow.leastLayers),
                   flow.leastLayers == 1 ? "" : "s");
  if (flow.mostLayers)
    return formatv("between {0} and {1} layers", grouped(flow.leastLayers),
                   grouped(*flow.mostLayers));
  return formatv("at least {0} layer{1}", grouped(flow.leastLayers),
                 flow.leastLayers == 1 ? "" : "s");
}
} // namespace

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

llvm::json::Object mlir::sattn::explain::toJson(const Options &options,
                                                const Report &report) {
  using llvm::json::Array;
  using llvm::json::Object;
  const Sizes &s = options.sizes;
  Object root;
  root["pattern"] = patternToString(options.pattern);
  root["simplified"] = patternToString(simplifyPattern(options.pattern));
  root["shape"] =
      Object{{"B", s.B}, {"H", s.H}, {"M", s.M}, {"N", s.N}, {"D", s.D}};
  root["align"] = options.align;
  root["offset"] = options.offset;
  if (options.head)
    root["head"] = *options.head;
  root["live_pairs"] = report.livePairs;
  root["dense_pairs"] = report.densePairs;
  root["coverage"] = ratio(report.livePairs, report.densePairs);
  root["pairs_per_row"] = Object{{"min", report.minPerRow},
                                 {"mean", ratio(report.livePairs, report.rows)},
                                 {"max", report.maxPerRow},
                                 {"empty_rows", report.emptyRows}};
  Array heads;
  for (const HeadReport &head : report.heads)
    heads.push_back(Object{
        {"heads", Array(head.group.heads)},
        {"pattern", patternToString(head.group.pattern)},
        {"live_pairs", head.rows.livePairs},
        {"coverage",
         ratio(head.rows.livePairs, static_cast<double>(s.M) * s.N)},
        {"pairs_per_row",
         Object{{"min", head.rows.minPerRow},
                {"mean", ratio(head.rows.livePairs, s.M)},
                {"max", head.rows.maxPerRow},
                {"empty_rows", head.rows.emptyRows}}},
        {"textbook_width", head.textbookWidth},
        {"sweep_steps", Array(head.tiles.sweepSteps)}});
  root["heads"] = std::move(heads);
  root["flops"] = Object{{"sparse", report.flops}, {"dense", report.denseFlops}};
  root["bytes"] = Object{{"sparse", report.bytes}, {"dense", report.denseBytes}};
  root["matrix"] = Object{
      {"unclipped_pairs", report.unclippedPairs},
      {"exact_pairs", report.livePairs},
      {"f32_bytes", Object{{"dense", 4 * report.densePairs},
                           {"unclipped", 4 * report.unclippedPairs},
                           {"exact", 4 * report.livePairs}}},
      {"f16_bytes", Object{{"dense", 2 * report.densePairs},
                           {"unclipped", 2 * report.unclippedPairs},
                           {"exact", 2 * report.livePairs}}}};
  if (const std::optional<Connectivity> &flow = report.connectivity) {
    Object object;
    object["all_reach_all"] = flow->isReachKnown
                                  ? llvm::json::Value(flow->allReachAll)
                                  : llvm::json::Value(nullptr);
    object["forward_only"] = flow->isForwardOnly;
    object["backward_only"] = flow->isBackwardOnly;
    if (flow->isForwardOnly || flow->isBackwardOnly)
      object["complete_one_way"] = flow->isCompleteOneWay;
    object["layers_min"] = flow->leastLayers;
    object["layers_max"] = flow->mostLayers
                               ? llvm::json::Value(*flow->mostLayers)
                               : llvm::json::Value(nullptr);
    object["exact"] = flow->isExact();
    root["connectivity"] = std::move(object);
  } else {
    root["connectivity"] = nullptr;
  }
  root["tiles"] =
      Object{{"query_tile", options.queryTile},
             {"key_tile", options.keyTile},
             {"full", report.fullTiles},
             {"partial", report.partialTiles},
             {"empty", report.emptyTiles},
             {"dense", report.denseTiles},
             {"computed_pairs", report.computedPairs},
             {"live_share", ratio(report.livePairs, report.computedPairs)}};
  if (report.comparesPatterns) {
    Object object{{"other", patternToString(options.other)},
                  {"equal", !report.difference.has_value()}};
    if (report.difference)
      object["first_difference"] =
          Object{{"head", report.difference->head},
                 {"query", report.difference->row},
                 {"key", report.difference->key},
                 {"live_in", report.difference->liveInFirst ? "pattern"
                                                            : "other"}};
    root["equivalent"] = std::move(object);
  }
  if (report.prediction)
    root["prediction"] = toJson(options, *report.prediction);
  return root;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

namespace {
void printConnectivity(TextLayout &out, const Connectivity &flow) {
  out.section("Information flow, from layer to layer");
  if (flow.allReachAll) {
    out.line("reach", "every token reaches every token");
    out.line("layers", layersText(flow));
    return;
  }
  if (flow.isForwardOnly && flow.isBackwardOnly) {
    out.line("reach", "none: a token sees at most itself");
    return;
  }
  if (flow.isForwardOnly || flow.isBackwardOnly) {
    bool forward = flow.isForwardOnly;
    out.line("reach", forward ? "information flows only forward, to later tokens"
                              : "information flows only backward, to earlier "
                                "tokens");
    out.line("", flow.isCompleteOneWay
                     ? (forward ? "every later token hears of every earlier one"
                                : "every earlier token hears of every later one")
                     : (forward ? "some later tokens never hear of some earlier "
                                  "ones"
                                : "some earlier tokens never hear of some later "
                                  "ones"));
  } else if (!flow.isReachKnown) {
    out.line("reach", "not determined: too much work at this size");
  } else {
    out.line("reach", "some tokens never hear of some others");
  }
  out.line("layers", layersText(flow) +
                         ", until all that can be heard of has been");
}
} // namespace

void mlir::sattn::explain::printText(const Options &options,
                                     const Report &report,
                                     llvm::raw_ostream &os) {
  const Sizes &s = options.sizes;
  TextLayout out(os);
  std::string written = patternToString(options.pattern);
  std::string simple = patternToString(simplifyPattern(options.pattern));
  os << written << "\n";
  if (simple != written)
    out.line("is", simple);
  out.line("queries x keys", grouped(s.M) + " x " + grouped(s.N) +
                                 (options.offset
                                      ? ", query 0 at position " +
                                            grouped(options.offset)
                                      : std::string()));
  std::string heads = options.head ? "head " + std::to_string(*options.head) +
                                         " of " + grouped(s.H)
                                   : grouped(s.H) + (s.H == 1 ? " head"
                                                              : " heads");
  out.line("batch, heads, size", grouped(s.B) + ", " + heads + ", D = " +
                                     grouped(s.D));

  out.section("Pairs");
  int64_t copies = s.B * options.getNumHeads();
  out.line("live", grouped(report.livePairs) + " of " +
                       grouped(report.densePairs) + "  (" +
                       percent(report.livePairs, report.densePairs) + ")");
  if (report.heads.size() == 1 && copies > 1)
    out.line("live per head", grouped(report.heads.front().rows.livePairs));
  out.line("keys per query",
           formatv("min {0}, mean {1:f2}, max {2}", grouped(report.minPerRow),
                   ratio(report.livePairs, report.rows),
                   grouped(report.maxPerRow))
               .str());
  out.line("queries without key",
           report.emptyRows ? grouped(report.emptyRows) + " (their output is 0)"
                            : std::string("none"));
  if (report.heads.size() > 1) {
    out.section("Heads");
    constexpr size_t maxLines = 32;
    for (const HeadReport &head :
         ArrayRef(report.heads).take_front(maxLines))
      out.line("head " + listHeads(head.group.heads),
               grouped(head.rows.livePairs) + " pairs each  (" +
                   percent(head.rows.livePairs,
                           static_cast<double>(s.M) * s.N) +
                   "), " +
                   formatv("keys per query {0} / {1:f2} / {2}",
                           grouped(head.rows.minPerRow),
                           ratio(head.rows.livePairs, s.M),
                           grouped(head.rows.maxPerRow))
                       .str() +
                   "  " + patternToString(head.group.pattern));
    if (report.heads.size() > maxLines)
      out.line("...", grouped(report.heads.size() - maxLines) +
                          " more (--json lists all)");
  }

  out.section("Work");
  auto against = [&](double part, double whole) {
    return part > 0 ? llvm::formatv("{0:f1} times less", whole / part).str()
                    : std::string("nothing to do");
  };
  out.line("operations", scaled(report.flops, "FLOP") + ", dense " +
                             scaled(report.denseFlops, "FLOP") + "  (" +
                             against(report.flops, report.denseFlops) + ")");
  out.line("bytes read, written",
           scaled(report.bytes, "B") + ", dense " +
               scaled(report.denseBytes, "B") + "  (" +
               against(report.bytes, report.denseBytes) +
               "; f32, keys and values once per query tile)");

  out.section("Attention matrix, if it were stored");
  auto matrix = [&](StringRef name, int64_t bytes) {
    out.line(name, "dense " + scaled(bytes * double(report.densePairs), "B") +
                       ", n x w " +
                       scaled(bytes * double(report.unclippedPairs), "B") +
                       ", exact " +
                       scaled(bytes * double(report.livePairs), "B"));
  };
  int64_t clipped = report.unclippedPairs - report.livePairs;
  std::string widths;
  for (const HeadReport &head : report.heads) {
    std::string width = grouped(head.textbookWidth);
    if (report.heads.size() == 1)
      widths = width;
  }
  out.line("n x w, unclipped",
           grouped(report.unclippedPairs) +
               (widths.empty()
                    ? std::string()
                    : " = " + (copies > 1 ? grouped(copies) + " x " : "") +
                          grouped(s.M) + " x " + widths + "  (" +
                          percent(report.unclippedPairs, report.densePairs) +
                          ")"));
  out.line("exact", grouped(report.livePairs) +
                        (clipped > 0
                             ? "  (" + grouped(clipped) +
                                   " fewer: clipped at the edges, or counted "
                                   "twice)"
                         : clipped < 0
                             ? "  (" + grouped(-clipped) +
                                   " more: rows that see more than most)"
                             : std::string()));
  matrix("f32", 4);
  matrix("f16", 2);

  if (report.connectivity)
    printConnectivity(out, *report.connectivity);
  else {
    out.section("Information flow, from layer to layer");
    out.line("reach", "only defined for self-attention (M = N, offset 0)");
  }

  out.section(
      formatv("Tiles of {0} queries x {1} keys", options.queryTile,
              options.keyTile)
          .str());
  SmallVector<int64_t> steps;
  for (const HeadReport &head : report.heads)
    for (int64_t step : head.tiles.sweepSteps)
      if (!llvm::is_contained(steps, step))
        steps.push_back(step);
  if (steps.size() > 1 || (steps.size() == 1 && steps.front() > 1)) {
    std::string text;
    for (int64_t step : steps)
      text += (text.empty() ? "" : ", ") +
              (step == 1 ? std::string("contiguous")
                         : "every " + grouped(step) + "th row and key");
    out.line("swept", text);
  }
  int64_t visited = report.fullTiles + report.partialTiles;
  out.line("visited", grouped(visited) + ": " + grouped(report.fullTiles) +
                          " full, " + grouped(report.partialTiles) +
                          " partial; dense visits " +
                          grouped(report.denseTiles));
  out.line("empty, skipped", grouped(report.emptyTiles));
  out.line("live of computed",
           percent(report.livePairs, report.computedPairs) + " of " +
               grouped(report.computedPairs) + " pairs");

  if (report.prediction)
    printPrediction(options, *report.prediction, out);

  if (report.comparesPatterns) {
    out.section("Equivalence with " + patternToString(options.other));
    if (!report.difference) {
      out.line("equal", "the same pairs at this shape");
    } else {
      const PatternDifference &d = *report.difference;
      out.line("different",
               "first at query " + grouped(d.row) + ", key " + grouped(d.key) +
                   (options.sizes.H > 1 ? ", head " + grouped(d.head) : "") +
                   ": live only in the " +
                   (d.liveInFirst ? "first" : "second") + " pattern");
    }
  }
}
