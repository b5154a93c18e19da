// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Every mistake on the command line is one line that names the option.
#include "Options.h"

#include "SparseAttn/Dialect/AttentionOps.h"
#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/Runtime/AtomicFile.h"
#include "SparseAttn/Runtime/OptionWords.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::explain;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::formatv;

namespace {
constexpr StringLiteral helpText = R"(OVERVIEW: what a sparsity pattern costs and looks like

USAGE: sattn-explain --pattern 'causal and window<left = 255>' --shape M=8192,N=8192[,B=1,H=12,D=64]

PATTERN AND SHAPE:
  --pattern P          the pattern, as in sattn.attention: names, and, or, not, ( )
  --shape M=..,N=..    queries M and keys N; batch B (1), query heads H (1, or as many
                       as the pattern names), head size D (64)
  --align A            top_left (query 0 at position 0, the default) or bottom_right
                       (the last query at the last key)
  --offset O           added to the position of every query
  --head h             only head h

QUESTIONS:
  --query-tile T       queries of a tile (64)
  --key-tile K         keys of a tile (64)
  --equivalent Q       is Q the same set of pairs? Prints the first pair that differs

TIME ON A GPU, predicted by a model, not measured:
  --target G           sm_80 (A100), sm_86 (RTX 3090), sm_89 (RTX 4090), sm_90 (H100, by
                       mma.sync) or sm_120 (RTX 5090), for f16 or bf16
  --stages S           key tiles in shared memory at once (2 if 99 KiB hold them, or 1)
  --warps W            warps of a block (one for each 16 queries, or for each 32 of more than 64
                       with D up to 64)
  --loop-counts F.json the kernel's instructions, as `utils/gpu-loops.py --json` counts
                       them; by default formulas count those of FlashAttention-2

OUTPUT:
  --json               one JSON object instead of text
  --draw, --no-draw    a drawing in the terminal (on, unless --json)
  --width W            its width in characters (64)
  --png F, --svg F     a picture
  --mask F.npy         the dense boolean mask, [M, N], or [H, M, N] if heads differ,
                       up to 2^28 elements

WEIGHTS, instead of --shape:
  --weights Q.npy K.npy  queries and keys of a model, [B, H, tokens, D] or [H, tokens, D]:
                       the share of its attention weights that the pattern keeps;
                       --png and --svg show those weights (of --head, or head 0)
  --within BASE        the attention that the model was trained with: dense (default),
                       causal, or any pattern
  --scale S            of the scores (1 / sqrt(D))
  --crop ROW,COL,SIZE  the picture shows only SIZE tokens from that query and key
  --tokens T.json      their labels: a JSON list of strings, one a position

EXIT CODE: 0; 1 if --equivalent found a difference; 2 on an error.
)";

/// The options that take a value, and those that do not.
const llvm::StringSet<> valued = {
    "pattern", "shape", "align", "offset",    "head", "query-tile", "key-tile",
    "width",   "png",   "svg",   "mask",      "equivalent",
    "target",  "stages", "warps", "loop-counts"};
const llvm::StringSet<> flags = {"json", "draw", "no-draw", "help", "h",
                                 "version"};
/// What only `--weights` has a use for.
constexpr StringLiteral withWeights[] = {"within", "scale", "crop", "tokens"};

template <typename... Args>
Error fail(const char *format, Args &&...args) {
  return createStringError(formatv(format, std::forward<Args>(args)...).str());
}

/// A decimal integer between bounds.
Expected<int64_t> parseNumber(StringRef name, StringRef text, int64_t least,
                              int64_t most) {
  int64_t value;
  StringRef digits = text;
  digits.consume_front("-");
  if (digits.empty() || !llvm::all_of(digits, llvm::isDigit))
    return fail("expected {0} to be an integer, but got '{1}'", name, text);
  if (text.getAsInteger(10, value) || value < least || value > most)
    return fail("expected {0} to be between {1} and {2}, but got {3}", name,
                least, most, text);
  return value;
}

Error parseShape(StringRef text, Sizes &sizes, bool &hasHeads) {
  SmallVector<StringRef> items;
  text.split(items, ',');
  llvm::StringSet<> seen;
  for (StringRef item : items) {
    auto [name, value] = item.split('=');
    name = name.trim();
    value = value.trim();
    int64_t *size = llvm::StringSwitch<int64_t *>(name)
                        .Case("B", &sizes.B)
                        .Case("H", &sizes.H)
                        .Case("M", &sizes.M)
                        .Case("N", &sizes.N)
                        .Case("D", &sizes.D)
                        .Default(nullptr);
    if (!size)
      return fail("expected --shape to have B, H, M, N and D, as in "
                  "M=4096,N=4096, but got '{0}'",
                  item);
    if (!seen.insert(name).second)
      return fail("expected {0} in --shape once, but got it twice", name);
    bool isLength = name == "M" || name == "N";
    std::string label = (name + " in --shape").str();
    int64_t most = isLength      ? maxTokens
                   : name == "D" ? AttentionOp::maxHeadSize
                                 : 1 << 16;
    Expected<int64_t> parsed =
        parseNumber(label, value, isLength ? 0 : 1, most);
    if (!parsed)
      return parsed.takeError();
    *size = *parsed;
  }
  for (StringRef name : {"M", "N"})
    if (!seen.contains(name))
      return fail("expected {0} in --shape, as in M=4096,N=4096", name);
  hasHeads = seen.contains("H");
  return Error::success();
}

/// What a pattern demands of the shape.
Error checkPattern(StringRef option, PatternAttr pattern,
                   const Options &options) {
  if (std::optional<int64_t> heads = pattern.getNumHeads();
      heads && *heads != options.sizes.H)
    return fail("expected H in --shape to be {0}, the number of heads that {1} "
                "names, but got {2}",
                *heads, option, options.sizes.H);
  if (std::optional<int64_t> most = pattern.getMaxPositions(/*keys=*/false);
      most && options.sizes.M + options.offset > *most)
    return fail("expected query positions below {0}, which is all that {1} "
                "describes, but got {2}",
                *most, option, options.sizes.M + options.offset - 1);
  if (std::optional<int64_t> most = pattern.getMaxPositions(/*keys=*/true);
      most && options.sizes.N > *most)
    return fail("expected N to be at most {0}, which is all that {1} "
                "describes, but got {2}",
                *most, option, options.sizes.N);
  return Error::success();
}

Expected<PatternAttr> parsePatternOption(StringRef option, StringRef text,
                                         MLIRContext *context) {
  std::string error;
  PatternAttr pattern = parsePatternString(text, context, error);
  if (!pattern)
    return fail("{0}: {1}", option, StringRef(error).split('\n').first);
  return pattern;
}
} // namespace

Expected<std::optional<Options>>
mlir::sattn::explain::parseOptions(int argc, char **argv,
                                   MLIRContext *context) {
  auto unknown = [](StringRef argument, StringRef name) -> Error {
    if (llvm::is_contained(withWeights, name))
      return fail("expected --weights Q.npy K.npy with --{0}", name);
    return fail("unknown option '{0}'; --help lists all", argument);
  };
  Expected<OptionWords> words =
      OptionWords::parse(argc, argv, valued, flags, unknown);
  if (!words)
    return words.takeError();
  llvm::StringMap<std::string> &values = words->values;
  const llvm::StringSet<> &given = words->flags;
  if (words->answer("sattn-explain", helpText))
    return std::nullopt;

  Options options;
  for (StringRef name : {"pattern", "shape"})
    if (!values.contains(name))
      return fail("expected --{0}; --help shows how", name);

  auto number = [&](StringRef name, int64_t least, int64_t most,
                    int64_t &result) -> Error {
    auto it = values.find(name);
    if (it == values.end())
      return Error::success();
    Expected<int64_t> parsed =
        parseNumber(("--" + name).str(), it->second, least, most);
    if (!parsed)
      return parsed.takeError();
    result = *parsed;
    return Error::success();
  };

  Expected<PatternAttr> pattern =
      parsePatternOption("--pattern", values["pattern"], context);
  if (!pattern)
    return pattern.takeError();
  options.pattern = *pattern;
  bool hasHeads = false;
  if (Error error = parseShape(values["shape"], options.sizes, hasHeads))
    return std::move(error);
  if (!hasHeads)
    options.sizes.H = options.pattern.getNumHeads().value_or(1);

  options.align = "top_left";
  if (values.contains("align")) {
    options.align = values["align"];
    if (options.align == "bottom_right")
      options.offset = options.sizes.N - options.sizes.M;
    else if (options.align != "top_left")
      return fail("expected --align to be top_left or bottom_right, but got "
                  "'{0}'",
                  options.align);
  }
  int64_t added = 0;
  if (Error error = number("offset", -maxTokens, maxTokens, added))
    return std::move(error);
  options.offset += added;
  if (values.contains("head")) {
    int64_t head = 0;
    if (Error error = number("head", 0, options.sizes.H - 1, head))
      return std::move(error);
    options.head = head;
  }
  if (Error error = number("query-tile", 1, 1 << 20, options.queryTile))
    return std::move(error);
  if (Error error = number("key-tile", 1, 1 << 20, options.keyTile))
    return std::move(error);
  if (Error error = number("width", 8, 512, options.width))
    return std::move(error);

  Expected<std::optional<GpuOptions>> gpu =
      parseGpuOptions(values, options.queryTile, options.keyTile, options.sizes.D);
  if (!gpu)
    return gpu.takeError();
  options.gpu = std::move(*gpu);

  // All counts, in bytes or operations, stay exact in 63 bits.
  const Sizes &s = options.sizes;
  if (8.0 * s.B * s.H * std::max<double>(s.M, 1) * std::max<double>(s.N, 1) *
          s.D >=
      9.0e18)
    return fail("expected 8 * B * H * M * N * D to be below 9e18, but got "
                "--shape {0}",
                values["shape"]);

  if (Error error = checkPattern("--pattern", options.pattern, options))
    return std::move(error);
  if (values.contains("equivalent")) {
    Expected<PatternAttr> other =
        parsePatternOption("--equivalent", values["equivalent"], context);
    if (!other)
      return other.takeError();
    options.other = *other;
    if (!hasHeads && !options.pattern.getNumHeads())
      options.sizes.H = options.other.getNumHeads().value_or(1);
    if (Error error = checkPattern("--equivalent", options.other, options))
      return std::move(error);
  }

  if (given.contains("draw") && given.contains("no-draw"))
    return fail("expected at most one of --draw and --no-draw");
  options.json = given.contains("json");
  options.draw = given.contains("draw") ||
                 (!given.contains("no-draw") && !options.json);
  if (options.json && given.contains("draw"))
    return fail("expected at most one of --draw and --json");
  if (values.contains("png"))
    options.pngPath = values["png"];
  if (values.contains("svg"))
    options.svgPath = values["svg"];
  if (values.contains("mask"))
    options.maskPath = values["mask"];
  if (Error error = checkDistinctFiles({{"--png", options.pngPath},
                                        {"--svg", options.svgPath},
                                        {"--mask", options.maskPath}},
                                       {}))
    return std::move(error);
  return options;
}
