// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Every mistake on the command line, or in the files it names, is one line.
#include "WeightsOptions.h"

#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/Runtime/JsonNesting.h"
#include "SparseAttn/Runtime/OptionWords.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::explain;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::formatv;

namespace {

/// The options that take a value; `--weights` takes two, `--json` none.
const llvm::StringSet<> valued = {"pattern", "within", "scale", "head",
                                  "align",   "offset", "crop",  "tokens",
                                  "png",     "svg"};

/// A crop of more tokens cannot be labelled.
constexpr int64_t maxCrop = 128;
constexpr int64_t maxOffset = int64_t(1) << 40;

template <typename... Args> Error fail(const char *format, Args &&...args) {
  return createStringError(formatv(format, std::forward<Args>(args)...).str());
}

/// Options by name, without dashes.
struct CommandLine {
  llvm::StringMap<std::string> values;
  std::string queryPath, keyPath;
  bool json = false;

  std::optional<StringRef> get(StringRef name) const {
    auto it = values.find(name);
    if (it == values.end())
      return std::nullopt;
    return StringRef(it->second);
  }
};

Expected<CommandLine> readCommandLine(int argc, char **argv) {
  CommandLine line;
  // --weights has two values; the others are as everywhere.
  llvm::SmallVector<char *> others = {argv[0]};
  for (int i = 1; i < argc; ++i) {
    StringRef argument = argv[i];
    if (!argument.starts_with("-") ||
        argument.ltrim('-').split('=').first != "weights") {
      others.push_back(argv[i]);
      continue;
    }
    if (!line.queryPath.empty())
      return fail("expected --weights once, but got it twice");
    if (argument.contains('=') || i + 2 >= argc ||
        StringRef(argv[i + 1]).starts_with("-") ||
        StringRef(argv[i + 2]).starts_with("-"))
      return fail("expected two files after --weights: queries and keys");
    line.queryPath = argv[++i];
    line.keyPath = argv[++i];
    if (line.queryPath.empty() || line.keyPath.empty())
      return fail("expected two files after --weights: queries and keys");
  }
  auto unknown = [](StringRef argument, StringRef) {
    return fail("unknown option '{0}' with --weights; --help lists all",
                argument);
  };
  Expected<OptionWords> words = OptionWords::parse(
      others.size(), others.data(), valued, {"json"}, unknown);
  if (!words)
    return words.takeError();
  line.values = std::move(words->values);
  line.json = words->flags.contains("json");
  return line;
}

Expected<int64_t> parseNumber(StringRef name, StringRef text, int64_t least,
                              int64_t most) {
  int64_t value;
  if (text.trim().getAsInteger(10, value))
    return fail("expected {0} to be an integer, but got '{1}'", name, text);
  if (value < least || value > most)
    return fail("expected {0} to be between {1} and {2}, but got {3}", name,
                least, most, text);
  return value;
}

/// A pattern that fits the sizes in `options`.
Error parsePatternOption(StringRef name, StringRef text, MLIRContext *context,
                         const WeightsOptions &options, PatternAttr &result) {
  std::string error;
  result = parsePatternString(text, context, error);
  if (!result)
    return fail("--{0}: {1}", name, StringRef(error).split('\n').first);
  if (std::optional<int64_t> heads = result.getNumHeads();
      heads && *heads != options.queryHeads)
    return fail("expected {0} query heads, which --{1} names, but got {2}",
                *heads, name, options.queryHeads);
  if (std::optional<int64_t> most = result.getMaxPositions(/*keys=*/false);
      most && options.numQueries + options.offset > *most)
    return fail("expected query positions below {0}, which is all that --{1} "
                "describes, but got {2}",
                *most, name, options.numQueries + options.offset - 1);
  if (std::optional<int64_t> most = result.getMaxPositions(/*keys=*/true);
      most && options.numKeys > *most)
    return fail("expected at most {0} keys, which is all that --{1} describes, "
                "but got {2}",
                *most, name, options.numKeys);
  return Error::success();
}

Expected<NpyArray> readArray(StringRef path) {
  Expected<NpyArray> array = readNpy(path);
  if (!array)
    return array.takeError();
  if (!isFloat(array->getKind()))
    return fail("expected '{0}' to hold floats, but got {1}", path,
                getElementKindName(array->getKind()));
  if (array->getRank() != 3 && array->getRank() != 4)
    return fail("expected '{0}' to have shape [batch, heads, tokens, size] or "
                "[heads, tokens, size], but got rank {1}",
                path, array->getRank());
  if (array->getNumElements() == 0)
    return fail("expected '{0}' to hold at least one element", path);
  return array;
}

Error readArrays(const CommandLine &line, WeightsOptions &options) {
  Expected<NpyArray> queries = readArray(line.queryPath);
  if (!queries)
    return queries.takeError();
  Expected<NpyArray> keys = readArray(line.keyPath);
  if (!keys)
    return keys.takeError();
  if (queries->getRank() != keys->getRank())
    return fail("expected queries and keys of the same rank, but got {0} and "
                "{1}",
                queries->getRank(), keys->getRank());
  ArrayRef<int64_t> q = queries->getShape(), k = keys->getShape();
  if (q.size() == 4) {
    if (q[0] != k[0])
      return fail("expected queries and keys of the same batch, but got {0} "
                  "and {1}",
                  q[0], k[0]);
    options.batch = q[0];
  }
  ArrayRef<int64_t> qHead = q.take_back(3), kHead = k.take_back(3);
  if (qHead[2] != kHead[2])
    return fail("expected queries and keys of the same head size, but got {0} "
                "and {1}",
                qHead[2], kHead[2]);
  if (qHead[0] % kHead[0])
    return fail("expected the number of query heads to be a multiple of {0}, "
                "the number of key heads, but got {1}",
                kHead[0], qHead[0]);
  options.queryHeads = qHead[0];
  options.keyHeads = kHead[0];
  options.numQueries = qHead[1];
  options.numKeys = kHead[1];
  options.headSize = qHead[2];
  options.queries = std::move(*queries);
  options.keys = std::move(*keys);
  return Error::success();
}

Error parsePosition(const CommandLine &line, WeightsOptions &options) {
  std::optional<StringRef> align = line.get("align"), at = line.get("offset");
  if (align && *align != "top_left" && *align != "bottom_right")
    return fail("expected --align to be top_left or bottom_right, but got "
                "'{0}'",
                *align);
  if (align && *align == "bottom_right")
    options.offset = options.numKeys - options.numQueries;
  if (at) {
    Expected<int64_t> offset =
        parseNumber("--offset", *at, -maxOffset, maxOffset);
    if (!offset)
      return offset.takeError();
    options.offset += *offset;
  }
  return Error::success();
}

Error parseCrop(StringRef text, WeightsOptions &options) {
  SmallVector<StringRef> items;
  text.split(items, ',');
  if (items.size() != 3)
    return fail("expected --crop to be ROW,COL,SIZE, but got '{0}'", text);
  Crop crop;
  Expected<int64_t> size =
      parseNumber("SIZE in --crop", items[2], 1,
                  std::min({maxCrop, options.numQueries, options.numKeys}));
  if (!size)
    return size.takeError();
  crop.size = *size;
  Expected<int64_t> row =
      parseNumber("ROW in --crop", items[0], 0, options.numQueries - crop.size);
  if (!row)
    return row.takeError();
  crop.row = *row;
  Expected<int64_t> key =
      parseNumber("COL in --crop", items[1], 0, options.numKeys - crop.size);
  if (!key)
    return key.takeError();
  crop.key = *key;
  options.crop = crop;
  return Error::success();
}

Error readTokens(StringRef path, WeightsOptions &options) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return fail("cannot read '{0}': {1}", path,
                describeError(buffer.getError()));
  StringRef text = (*buffer)->getBuffer();
  if (isNestedDeeply(text))
    return fail("cannot read '{0}': expected a JSON list of strings", path);
  Expected<llvm::json::Value> json = llvm::json::parse(text);
  if (!json) {
    llvm::consumeError(json.takeError());
    return fail("cannot read '{0}': expected a JSON list of strings", path);
  }
  const llvm::json::Array *list = json->getAsArray();
  if (!list)
    return fail("cannot read '{0}': expected a JSON list of strings", path);
  for (const llvm::json::Value &item : *list) {
    std::optional<StringRef> token = item.getAsString();
    if (!token)
      return fail("cannot read '{0}': expected a JSON list of strings", path);
    options.tokens.push_back(token->str());
  }
  const Crop &crop = *options.crop;
  int64_t first = std::min(crop.row + options.offset, crop.key);
  int64_t last = std::max(crop.row + options.offset, crop.key) + crop.size - 1;
  if (first < 0 || last >= static_cast<int64_t>(options.tokens.size()))
    return fail("expected '{0}' to name positions {1} to {2}, which the crop "
                "shows, but got {3} tokens",
                path, first, last, options.tokens.size());
  return Error::success();
}
} // namespace

bool mlir::sattn::explain::asksForWeights(int argc, char **argv) {
  bool asks = false;
  for (int i = 1; i < argc; ++i) {
    StringRef argument = argv[i];
    if (argument == "--help" || argument == "-h" || argument == "--version")
      return false;
    StringRef name = argument.split('=').first;
    asks |= name == "--weights" || name == "-weights";
  }
  return asks;
}

Expected<WeightsOptions>
mlir::sattn::explain::parseWeightsOptions(int argc, char **argv,
                                          MLIRContext *context) {
  Expected<CommandLine> line = readCommandLine(argc, argv);
  if (!line)
    return line.takeError();
  if (!line->get("pattern"))
    return fail("expected --pattern; --help shows how");
  if (line->get("crop") && !line->get("png") && !line->get("svg"))
    return fail("expected --png or --svg with --crop");
  if (line->get("tokens") && !line->get("crop"))
    return fail("expected --crop with --tokens");

  WeightsOptions options;
  options.json = line->json;
  options.pngPath = line->get("png").value_or("").str();
  options.svgPath = line->get("svg").value_or("").str();
  if (Error error = checkDistinctFiles(
          {{"--png", options.pngPath}, {"--svg", options.svgPath}},
          {{"the queries", line->queryPath},
           {"the keys", line->keyPath},
           {"--tokens", line->get("tokens").value_or("").str()}}))
    return std::move(error);
  if (Error error = readArrays(*line, options))
    return std::move(error);
  if (Error error = parsePosition(*line, options))
    return std::move(error);
  if (Error error = parsePatternOption("pattern", *line->get("pattern"),
                                       context, options, options.pattern))
    return std::move(error);
  if (Error error =
          parsePatternOption("within", line->get("within").value_or("dense"),
                             context, options, options.within))
    return std::move(error);

  options.scale = 1 / std::sqrt(static_cast<double>(options.headSize));
  if (std::optional<StringRef> scale = line->get("scale"))
    if (scale->getAsDouble(options.scale) || !std::isfinite(options.scale))
      return fail("expected --scale to be a finite number, but got '{0}'",
                  *scale);
  if (std::optional<StringRef> head = line->get("head")) {
    Expected<int64_t> number =
        parseNumber("--head", *head, 0, options.queryHeads - 1);
    if (!number)
      return number.takeError();
    options.head = *number;
  }
  if (std::optional<StringRef> crop = line->get("crop"))
    if (Error error = parseCrop(*crop, options))
      return std::move(error);
  if (std::optional<StringRef> tokens = line->get("tokens"))
    if (Error error = readTokens(*tokens, options))
      return std::move(error);
  return std::move(options);
}
