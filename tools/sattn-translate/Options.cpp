// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Every mistake on the command line is one line that names the option.
#include "Options.h"

#include "SparseAttn/Runtime/OptionWords.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::sattn::translate;
using llvm::Error;
using llvm::Expected;
using llvm::formatv;
using llvm::StringRef;

namespace {
constexpr llvm::StringLiteral helpText =
    R"HELP(OVERVIEW: from other people's descriptions of an attention to a pattern

USAGE: sattn-translate --import-pattern FILE [options]

INPUT:
  --import-pattern FILE  a Hugging Face config.json, a DeepSpeed sparse attention
                       configuration, a FlashMask table [B, H, N, 1, 2 or 4] of integers
                       (.npy), or a dense mask of truth values or 0 and 1, [M, N] or
                       [H, M, N] (.npy)
  --from S             huggingface, deepspeed, flashmask or mask, instead of what FILE
                       looks like
  --shape M=..,N=..[,H=..]  queries, keys and heads, where FILE does not know them:
                       DeepSpeed (short last windows, listed windows) and FlashMask
  --causal, --no-causal  FlashMask with two bounds: which of the two it is
  --element-size S     each element of a dense mask is a block of S x S pairs (1), as in
                       a DeepSpeed layout

OUTPUT, on standard output:
  the pattern as sattn-run --pattern takes it; with several kinds of layers one line for
  each, after the layers that have it. Then lines that begin with
    options:           what else sattn-run needs to be told
    exact:, not exact: whether the pattern is all of a mask, pair by pair
    note:              what FILE leaves open or no pattern says
  --layer L            only this layer, or part of a model (encoder, decoder, cross)
  --only-pattern       nothing but the pattern, for --pattern "$(sattn-translate ...)"
  --exact              a pattern that is not all of the mask is an error
  --output-operands D  a pattern that reads arrays, where FILE is a FlashMask table, and
                       these arrays as D/NAME.npy

EXIT CODE: 0; 1 on an error.
)HELP";

const llvm::StringSet<> valued = {"import-pattern", "from",
                                  "shape",          "layer",
                                  "element-size",   "output-operands"};
const llvm::StringSet<> flags = {"causal", "no-causal",    "exact",  "help",
                                 "h",      "only-pattern", "version"};

constexpr int64_t maxTokens = int64_t(1) << 26;
constexpr int64_t maxHeads = 1 << 16;

template <typename... Args> Error fail(const char *format, Args &&...args) {
  return llvm::createStringError(
      formatv(format, std::forward<Args>(args)...).str());
}

Expected<int64_t> parseNumber(StringRef name, StringRef text, int64_t most) {
  int64_t value;
  if (text.empty() || !llvm::all_of(text, llvm::isDigit) ||
      text.getAsInteger(10, value) || value < 1 || value > most)
    return fail("expected {0} to be an integer from 1 to {1}, but got '{2}'",
                name, most, text);
  return value;
}

Error parseShape(StringRef text, sattn::ImportSizes &sizes) {
  llvm::SmallVector<StringRef> items;
  text.split(items, ',');
  for (StringRef item : items) {
    auto [name, value] = item.split('=');
    int64_t *size = llvm::StringSwitch<int64_t *>(name.trim())
                        .Case("M", &sizes.numQueries)
                        .Case("N", &sizes.numKeys)
                        .Case("H", &sizes.numHeads)
                        .Default(nullptr);
    if (!size)
      return fail("expected --shape to have M, N and H, as in M=4096,N=4096, "
                  "but got '{0}'",
                  item);
    if (*size)
      return fail("expected {0} in --shape once, but got it twice",
                  name.trim());
    Expected<int64_t> number =
        parseNumber((name.trim() + " in --shape").str(), value.trim(),
                    name.trim() == "H" ? maxHeads : maxTokens);
    if (!number)
      return number.takeError();
    *size = *number;
  }
  if (!sizes.numQueries || !sizes.numKeys)
    return fail("expected M and N in --shape, as in M=4096,N=4096");
  return Error::success();
}
} // namespace

Expected<std::optional<Options>>
mlir::sattn::translate::parseOptions(int argc, char **argv) {
  Expected<sattn::OptionWords> words =
      sattn::OptionWords::parse(argc, argv, valued, flags);
  if (!words)
    return words.takeError();
  llvm::StringMap<std::string> &values = words->values;
  const llvm::StringSet<> &given = words->flags;
  if (words->answer("sattn-translate", helpText))
    return std::nullopt;

  Options options;
  if (!values.contains("import-pattern"))
    return fail("expected --import-pattern FILE; --help shows how");
  options.path = values["import-pattern"];
  if (values.contains("from")) {
    options.source = llvm::StringSwitch<std::optional<Source>>(values["from"])
                         .Case("huggingface", Source::HuggingFace)
                         .Case("deepspeed", Source::DeepSpeed)
                         .Case("flashmask", Source::FlashMask)
                         .Case("mask", Source::Mask)
                         .Default(std::nullopt);
    if (!options.source)
      return fail("expected --from to be huggingface, deepspeed, flashmask or "
                  "mask, but got '{0}'",
                  values["from"]);
  }
  if (values.contains("shape")) {
    options.hasShape = true;
    if (Error error = parseShape(values["shape"], options.mask.sizes))
      return std::move(error);
  }
  if (values.contains("element-size")) {
    options.hasElementSize = true;
    Expected<int64_t> size =
        parseNumber("--element-size", values["element-size"], 1 << 14);
    if (!size)
      return size.takeError();
    options.mask.elementSize = *size;
  }
  if (given.contains("causal") && given.contains("no-causal"))
    return fail("expected at most one of --causal and --no-causal");
  if (given.contains("causal") || given.contains("no-causal"))
    options.mask.causal = given.contains("causal");
  if (values.contains("layer"))
    options.layer = values["layer"];
  if (values.contains("output-operands")) {
    options.operandsPath = values["output-operands"];
    options.mask.wantOperands = true;
  }
  options.exact = given.contains("exact");
  options.onlyPattern = given.contains("only-pattern");
  return options;
}
