// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From a Hugging Face config.json to the attention of each layer.
#ifndef SPARSEATTN_LIB_IMPORT_HUGGINGFACEIMPORTER_H
#define SPARSEATTN_LIB_IMPORT_HUGGINGFACEIMPORTER_H

#include "ConfigReader.h"
#include "PatternText.h"

#include "SparseAttn/Import/ImportedPattern.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::sattn {

/// Attention of one layer.
struct Layer {
  std::string pattern;
  std::vector<std::string> options;
};

/// Reads one configuration: what HuggingFaceConfig.cpp has for all models, and a function for each
/// class of them in HuggingFaceModels.cpp.
class HuggingFaceImporter {
public:
  explicit HuggingFaceImporter(const llvm::json::Object &object) : config(object) {}

  llvm::Expected<ImportedPattern> run(llvm::StringRef modelType);

private:
  static constexpr int64_t maxLayers = 4096;
  using MakeLayer = llvm::function_ref<Layer(int64_t)>;

  /// One layer after the other, equal ones together.
  void addLayers(llvm::StringRef countName, int64_t defaultCount, MakeLayer make);
  void addPart(llvm::StringRef name, Layer layer) {
    result.parts.push_back(
        {name.str(), {}, std::move(layer.pattern), std::move(layer.options)});
  }
  template <typename... Args> void note(const char *format, Args &&...args) {
    result.notes.push_back(llvm::formatv(format, std::forward<Args>(args)...));
  }

  /// Whether layer i of n is of some type, by `layer_types` or else by
  /// `byDefault`.
  void addTypedLayers(int64_t defaultCount,
                      llvm::function_ref<llvm::StringRef(int64_t)> byDefault,
                      std::optional<int64_t> window, bool causal,
                      std::vector<std::string> options = {});
  void addCausalLayers(int64_t defaultCount) {
    addLayers("num_hidden_layers", defaultCount, [](int64_t) {
      return Layer{"causal", {}};
    });
  }
  void addWindowLayers(int64_t defaultCount, std::optional<int64_t> byDefault);
  std::vector<std::string> getGemmaOptions(std::optional<double> softcap);

  void importQwen();
  void importGemma2();
  void importGemma3();
  void importLlama4();
  void importGptOss();
  void importCohere2();
  void importModernBert();
  void importLongformer();
  void importBigBird();
  void importEncoder(llvm::StringRef countName);
  void importGpt2();
  void importGptNeo();
  void importAlibi(llvm::StringRef modelType);
  void importFalcon();
  void importT5();

  static std::string slidingPattern(int64_t window) {
    return causalWindow(window - 1).text;
  }
  std::optional<int64_t> getWindow(std::optional<int64_t> byDefault) {
    if (!config.has("sliding_window") && byDefault)
      note("the file has no sliding_window, which then is {0}", *byDefault);
    return config.getOptionalInteger("sliding_window", byDefault);
  }

  ConfigReader config;
  ImportedPattern result;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_IMPORT_HUGGINGFACEIMPORTER_H
