// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Shares of weight per head, and the heatmap of the weights that a pattern
/// keeps.
#include "Weights.h"

#include "SparseAttn/Analysis/AttentionWeights.h"
#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/Runtime/Picture.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::explain;
using llvm::formatv;

namespace {

constexpr int64_t maxCells = 512;

struct HeadWeights {
  int64_t batch, head;
  WeightSummary summary;
};

std::string percent(double share) {
  return formatv("{0:f1} %", 100 * share).str();
}

/// A token without the blanks around it; `_` and `\n` for blanks and line
/// breaks alone.
std::string makeLabel(StringRef token) {
  StringRef text = token.trim(" \t\r\n");
  if (!text.empty() || token.empty())
    return text.str();
  return token.contains('\n') ? "\\n" : "_";
}

/// Elements [first, first + count) of an array as f32.
std::vector<float> loadPart(const NpyArray &array, int64_t first,
                            int64_t count) {
  std::vector<float> values(count);
  const char *data = static_cast<const char *>(array.data());
  loadFloats(array.getKind(), data + first * getByteWidth(array.getKind()),
             values);
  return values;
}

WeightWindow getWindow(const WeightsOptions &options) {
  if (options.crop)
    return {options.crop->row, options.crop->size, options.crop->key,
            options.crop->size, maxCells};
  return {0, options.numQueries, 0, options.numKeys, maxCells};
}

llvm::Expected<WeightSummary> computeHead(const WeightsOptions &options,
                                          int64_t batch, int64_t head,
                                          bool isDrawn) {
  int64_t group = options.queryHeads / options.keyHeads;
  int64_t querySize = options.numQueries * options.headSize;
  int64_t keySize = options.numKeys * options.headSize;
  std::vector<float> queries =
      loadPart(options.queries, (batch * options.queryHeads + head) * querySize,
               querySize);
  std::vector<float> keys =
      loadPart(options.keys,
               (batch * options.keyHeads + head / group) * keySize, keySize);
  AttentionHead input{queries, keys, options.headSize, options.scale};
  PatternShape shape{options.numQueries, options.numKeys, head, options.offset};
  std::optional<WeightWindow> window;
  if (isDrawn)
    window = getWindow(options);
  std::string error;
  FailureOr<WeightSummary> summary = computeWeights(
      input, options.pattern, options.within, shape, window, error);
  if (failed(summary))
    return llvm::createStringError(
        formatv("batch {0}, head {1}: {2}", batch, head, error).str());
  return std::move(*summary);
}

llvm::Error drawWeights(const WeightsOptions &options, AtomicFiles &files,
                        const HeadWeights &weights) {
  WeightWindow window = getWindow(options);
  CellGrid grid;
  grid.rows = weights.summary.cellRows;
  grid.cols = weights.summary.cellCols;
  grid.numQueries = window.numRows;
  grid.numKeys = window.numKeys;
  grid.firstQuery = window.firstRow;
  grid.firstKey = window.firstKey;
  grid.values = weights.summary.cells;

  PictureOptions picture;
  picture.title = patternToString(options.pattern);
  picture.subtitle =
      formatv("keeps {0} of the weight of {1} attention, head {2}",
              percent(weights.summary.meanKept),
              patternToString(options.within), weights.head)
          .str();
  if (options.crop)
    picture.subtitle +=
        formatv("; a crop: queries {0}-{1}, keys {2}-{3}", window.firstRow,
                window.firstRow + window.numRows - 1, window.firstKey,
                window.firstKey + window.numKeys - 1)
            .str();
  picture.isLogScale = true;
  if (!options.tokens.empty())
    for (int64_t i = 0; i < options.crop->size; ++i) {
      picture.queryLabels.push_back(
          makeLabel(options.tokens[options.crop->row + options.offset + i]));
      picture.keyLabels.push_back(
          makeLabel(options.tokens[options.crop->key + i]));
    }
  Drawing drawing = drawHeatmap(grid, picture);
  if (!options.pngPath.empty())
    if (llvm::Error error = drawing.writePng(files, options.pngPath))
      return error;
  if (!options.svgPath.empty())
    return drawing.writeSvg(files, options.svgPath);
  return llvm::Error::success();
}

double computeMean(ArrayRef<HeadWeights> heads) {
  double sum = 0;
  for (const HeadWeights &head : heads)
    sum += head.summary.meanKept;
  return sum / heads.size();
}

llvm::json::Object toJson(const WeightsOptions &options,
                          ArrayRef<HeadWeights> heads) {
  using llvm::json::Object;
  llvm::json::Array list;
  for (const HeadWeights &head : heads)
    list.push_back(Object{{"batch", head.batch},
                          {"head", head.head},
                          {"kept", head.summary.meanKept},
                          {"least_kept", head.summary.leastKept},
                          {"least_query", head.summary.leastRow},
                          {"rows", head.summary.numRows}});
  return Object{{"pattern", patternToString(options.pattern)},
                {"within", patternToString(options.within)},
                {"shape", Object{{"B", options.batch},
                                 {"Hq", options.queryHeads},
                                 {"Hkv", options.keyHeads},
                                 {"M", options.numQueries},
                                 {"N", options.numKeys},
                                 {"D", options.headSize}}},
                {"scale", options.scale},
                {"offset", options.offset},
                {"kept", computeMean(heads)},
                {"heads", std::move(list)}};
}

void printText(const WeightsOptions &options, ArrayRef<HeadWeights> heads,
               llvm::raw_ostream &os) {
  os << patternToString(options.pattern) << "\n"
     << formatv("  keeps {0} of the weight of {1} attention (mean over rows",
                percent(computeMean(heads)), patternToString(options.within));
  if (heads.size() > 1)
    os << formatv(" and {0} heads", heads.size());
  os << ")\n";
  for (const HeadWeights &head : heads) {
    std::string name = formatv("head {0}", head.head).str();
    if (options.batch > 1)
      name = formatv("batch {0}, {1}", head.batch, name).str();
    os << formatv("  {0,-12} {1,8}", name, percent(head.summary.meanKept));
    if (head.summary.numRows)
      os << formatv("   least {0,8} at query {1}",
                    percent(head.summary.leastKept), head.summary.leastRow);
    os << "\n";
  }
}
} // namespace

llvm::Error mlir::sattn::explain::explainWeights(const WeightsOptions &options,
                                                 AtomicFiles &files,
                                                 llvm::raw_ostream &os) {
  std::vector<HeadWeights> heads;
  for (int64_t batch = 0; batch < options.batch; ++batch)
    for (int64_t head = 0; head < options.queryHeads; ++head) {
      if (options.head && head != *options.head)
        continue;
      // The picture shows the first head of those asked for.
      bool isDrawn = options.isDrawing() && heads.empty();
      llvm::Expected<WeightSummary> summary =
          computeHead(options, batch, head, isDrawn);
      if (!summary)
        return summary.takeError();
      heads.push_back({batch, head, std::move(*summary)});
    }
  if (options.isDrawing())
    if (llvm::Error error = drawWeights(options, files, heads.front()))
      return error;
  if (options.json)
    os << formatv("{0:2}", llvm::json::Value(toJson(options, heads))) << "\n";
  else
    printText(options, heads, os);
  return llvm::Error::success();
}
