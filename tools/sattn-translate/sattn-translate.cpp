// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Reads other people's descriptions of an attention and prints the pattern.
#include "Options.h"

#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"
#include "SparseAttn/Import/ModelConfigs.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::translate;
using llvm::Error;
using llvm::Expected;
using llvm::formatv;

namespace {
template <typename... Args> Error fail(const char *format, Args &&...args) {
  return llvm::createStringError(
      formatv(format, std::forward<Args>(args)...).str());
}

/// Whether the file is an array, by its name or else its first bytes.
bool isArray(const Options &options) {
  if (options.source)
    return *options.source == Source::FlashMask ||
           *options.source == Source::Mask;
  if (llvm::sys::path::extension(options.path) == ".npy")
    return true;
  constexpr llvm::StringLiteral magic = "\x93NUMPY";
  if (!llvm::sys::fs::is_regular_file(options.path))
    return false;
  auto buffer = llvm::MemoryBuffer::getFileSlice(options.path, magic.size(),
                                                 /*Offset=*/0);
  return buffer && (*buffer)->getBuffer() == magic;
}

/// Options that this source has no use for are mistakes.
Error checkOptions(const Options &options, Source source) {
  if (options.hasShape && source == Source::HuggingFace)
    return fail("expected --shape with DeepSpeed or FlashMask only");
  if (options.hasShape && source == Source::Mask)
    return fail("expected no --shape with a mask: it has one");
  if (options.hasElementSize && source != Source::Mask)
    return fail("expected --element-size with a mask only");
  if (options.mask.causal && source != Source::FlashMask)
    return fail("expected --causal and --no-causal with FlashMask only");
  if (options.mask.wantOperands && source != Source::FlashMask)
    return fail("expected --output-operands with FlashMask only");
  if (!options.layer.empty() && source != Source::HuggingFace)
    return fail("expected --layer with a Hugging Face configuration only");
  return Error::success();
}

Expected<ImportedPattern> importPattern(const Options &options,
                                        MLIRContext *context) {
  auto inFile = [&](Error error) {
    return fail("'{0}': {1}", options.path, llvm::toString(std::move(error)));
  };
  if (isArray(options)) {
    Expected<NpyArray> array = readNpy(options.path);
    if (!array)
      return array.takeError();
    Source source = options.source.value_or(
        looksLikeFlashMask(*array) ? Source::FlashMask : Source::Mask);
    if (Error error = checkOptions(options, source))
      return std::move(error);
    Expected<ImportedPattern> result =
        source == Source::FlashMask
            ? importFlashMask(*array, options.mask, context)
            : importDenseMask(*array, options.mask, context);
    if (!result)
      return inFile(result.takeError());
    return result;
  }
  Expected<llvm::json::Object> json = readJsonObject(options.path);
  if (!json)
    return json.takeError();
  std::optional<Source> source = options.source;
  if (!source && json->get("model_type"))
    source = Source::HuggingFace;
  if (!source && (json->get("sparse_attention") || json->get("mode")))
    source = Source::DeepSpeed;
  if (!source)
    return fail("'{0}': expected 'model_type' of a Hugging Face configuration, "
                "or 'sparse_attention' or 'mode' of DeepSpeed",
                options.path);
  if (Error error = checkOptions(options, *source))
    return std::move(error);
  Expected<ImportedPattern> result =
      *source == Source::HuggingFace
          ? importHuggingFaceConfig(*json)
          : importDeepSpeedConfig(*json, options.mask.sizes);
  if (!result)
    return inFile(result.takeError());
  return result;
}

/// The part of a layer, by number or name.
Error chooseLayer(StringRef layer, ImportedPattern &imported) {
  auto keep = [&](auto matches) {
    auto it = llvm::find_if(imported.parts, matches);
    if (it == imported.parts.end())
      return false;
    ImportedPart part = std::move(*it);
    imported.parts.clear();
    imported.parts.push_back(std::move(part));
    return true;
  };
  if (keep([&](const ImportedPart &part) {
        return !part.name.empty() && part.name == layer;
      }))
    return Error::success();
  int64_t number;
  if (!layer.getAsInteger(10, number) && keep([&](const ImportedPart &part) {
        return llvm::is_contained(part.layers, number);
      }))
    return Error::success();
  if (!imported.numLayers) {
    std::string names;
    for (const ImportedPart &part : imported.parts)
      names += (names.empty() ? "" : ", ") + part.name;
    return fail("expected --layer to be one of {0}, but got '{1}'", names,
                layer);
  }
  return fail("expected --layer to be between 0 and {0}, but got '{1}'",
              imported.numLayers - 1, layer);
}

/// As the dialect prints it, which checks it too. Operands have names only in
/// text.
Expected<std::string> normalize(StringRef text, MLIRContext *context) {
  std::string error;
  SmallVector<std::string> operands;
  auto pattern = parsePatternString(text, context, error, &operands);
  if (!pattern)
    return fail("no such pattern: {0}: {1}", text,
                StringRef(error).split('\n').first);
  return operands.empty() ? patternToString(pattern) : text.str();
}

/// `layers 0, 2, 4`, or nothing if there is only one kind.
std::string getLabel(const ImportedPart &part, size_t numParts) {
  if (numParts == 1)
    return "";
  if (!part.name.empty())
    return part.name + ": ";
  std::string text = part.layers.size() > 1 ? "layers " : "layer ";
  for (size_t i = 0; i < part.layers.size(); ++i)
    text += (i ? ", " : "") + std::to_string(part.layers[i]);
  return text + ": ";
}

Expected<std::string> print(const ImportedPattern &imported,
                            const Options &options, MLIRContext *context) {
  std::string patterns, others;
  for (const ImportedPart &part : imported.parts) {
    Expected<std::string> pattern = normalize(part.pattern, context);
    if (!pattern)
      return pattern.takeError();
    std::string label = getLabel(part, imported.parts.size());
    patterns += label + *pattern + "\n";
    if (!part.options.empty()) {
      bool same = llvm::all_of(imported.parts, [&](const ImportedPart &other) {
        return other.options == part.options;
      });
      if (same && &part != &imported.parts.front())
        continue;
      others += "options: " + (same ? "" : label) +
                llvm::join(part.options, " ") + "\n";
    }
  }
  if (options.onlyPattern)
    return patterns;
  if (!imported.operands.empty() && !options.operandsPath.empty()) {
    others += "options:";
    for (const ImportedOperand &operand : imported.operands)
      others += " --operand " + operand.name + "=" + options.operandsPath +
                "/" + operand.name + ".npy";
    others += "\n";
  }
  if (!imported.exactness.empty())
    others += imported.exactness + "\n";
  for (const std::string &note : imported.notes)
    others += "note: " + note + "\n";
  return patterns + others;
}

Error run(const Options &options, MLIRContext *context) {
  Expected<ImportedPattern> imported = importPattern(options, context);
  if (!imported)
    return imported.takeError();
  if (!options.layer.empty())
    if (Error error = chooseLayer(options.layer, *imported))
      return error;
  if (options.exact && !imported->isExact)
    return fail("'{0}': {1}", options.path, imported->exactness);
  Expected<std::string> text = print(*imported, options, context);
  if (!text)
    return text.takeError();
  // Files appear when all else has been done.
  AtomicFiles files;
  if (!options.operandsPath.empty())
    for (const ImportedOperand &operand : imported->operands)
      if (Error error = writeNpy(
              files, options.operandsPath + "/" + operand.name + ".npy",
              operand.array))
        return error;
  llvm::outs() << *text;
  if (Error error = flushStandardOutput())
    return error;
  return files.commit();
}
} // namespace

int main(int argc, char **argv) {
  MLIRContext context;
  context.loadDialect<SparseAttnDialect>();
  Error error = Error::success();
  Expected<std::optional<Options>> options = parseOptions(argc, argv);
  llvm::cantFail(std::move(error));
  if (!options)
    error = options.takeError();
  else if (*options)
    error = run(**options, &context);
  else
    error = flushStandardOutput();
  if (!error)
    return 0;
  llvm::errs() << "sattn-translate: error: " << llvm::toString(std::move(error))
               << "\n";
  return 1;
}
