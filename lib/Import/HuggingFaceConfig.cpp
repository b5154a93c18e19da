// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Hugging Face config.json: which model it is of, and its layers.
#include "HuggingFaceImporter.h"

#include "SparseAttn/Import/ModelConfigs.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir::sattn;
using llvm::formatv;
using llvm::StringRef;

void HuggingFaceImporter::addLayers(StringRef countName, int64_t defaultCount,
                         MakeLayer make) {
  int64_t count = config.getInteger(countName, defaultCount, 1, maxLayers);
  result.numLayers = count;
  for (int64_t i = 0; i < count && !config.hasFailed(); ++i) {
    Layer layer = make(i);
    auto same = llvm::find_if(result.parts, [&](const ImportedPart &part) {
      return part.pattern == layer.pattern && part.options == layer.options;
    });
    if (same == result.parts.end()) {
      addPart("", layer);
      same = std::prev(result.parts.end());
    }
    same->layers.push_back(i);
  }
}

void HuggingFaceImporter::addTypedLayers(int64_t defaultCount,
                              llvm::function_ref<StringRef(int64_t)> byDefault,
                              std::optional<int64_t> window, bool causal,
                              std::vector<std::string> options) {
  std::optional<llvm::SmallVector<std::string>> types =
      config.getStrings("layer_types");
  int64_t count =
      config.getInteger("num_hidden_layers", defaultCount, 1, maxLayers);
  if (types && int64_t(types->size()) != count)
    return config.fail("expected 'layer_types' to have {0} layers, as "
                       "'num_hidden_layers' says, but got {1}",
                       count, types->size());
  addLayers("num_hidden_layers", defaultCount, [&](int64_t i) -> Layer {
    StringRef type = types ? StringRef((*types)[i]) : byDefault(i);
    if (type == "full_attention")
      return {causal ? "causal" : "dense", options};
    if (type == "sliding_attention") {
      if (!window)
        config.fail("expected 'sliding_window' to be an integer, as layer {0} "
                    "has sliding_attention",
                    i);
      int64_t w = window.value_or(1);
      if (causal)
        return {slidingPattern(w), options};
      return {formatv("window<left = {0}, right = {0}>", w), options};
    }
    if (type == "chunked_attention") {
      int64_t size = config.getInteger("attention_chunk_size", 8192);
      return {formatv("causal and block_local<size = {0}>", size), options};
    }
    config.fail("expected 'layer_types' to have full_attention, "
                "sliding_attention or chunked_attention, but got '{0}'",
                type);
    return {};
  });
}

/// All layers slide, or none if the window is null.
void HuggingFaceImporter::addWindowLayers(int64_t defaultCount,
                               std::optional<int64_t> byDefault) {
  std::optional<int64_t> window = getWindow(byDefault);
  if (config.has("layer_types"))
    note("layer_types is not used by this model type");
  addLayers("num_hidden_layers", defaultCount, [&](int64_t) -> Layer {
    return {window ? slidingPattern(*window) : "causal", {}};
  });
}

static constexpr StringRef supported =
    "bert, big_bird, bloom, codegen, cohere2, distilbert, electra, falcon, "
    "gemma, gemma2, gemma3, gpt2, gpt_neo, gpt_neox, gpt_oss, gptj, llama, "
    "llama4, longformer, mistral, mixtral, modernbert, mpt, mt5, olmo, olmo2, "
    "opt, phi, phi3, qwen2, qwen3, roberta, starcoder2, t5, xlm-roberta";

llvm::Expected<ImportedPattern> HuggingFaceImporter::run(StringRef type) {
  auto isOneOf = [&](std::initializer_list<StringRef> names) {
    return llvm::is_contained(names, type);
  };
  if (isOneOf({"llama", "gpt_neox", "opt", "phi", "gemma", "olmo", "olmo2"}))
    addCausalLayers(llvm::StringSwitch<int64_t>(type)
                        .Case("gpt_neox", 44)
                        .Case("gemma", 28)
                        .Case("phi", 24)
                        .Case("opt", 12)
                        .Default(32));
  else if (isOneOf({"gptj", "codegen"}))
    addLayers("n_layer", 28, [](int64_t) { return Layer{"causal", {}}; });
  else if (type == "mistral")
    addWindowLayers(32, 4096);
  else if (isOneOf({"mixtral", "phi3"}))
    addWindowLayers(32, std::nullopt);
  else if (type == "starcoder2")
    addWindowLayers(30, std::nullopt);
  else if (isOneOf({"qwen2", "qwen3"}))
    importQwen();
  else if (type == "gemma2")
    importGemma2();
  else if (isOneOf({"gemma3", "gemma3_text"}))
    importGemma3();
  else if (isOneOf({"llama4", "llama4_text"}))
    importLlama4();
  else if (type == "gpt_oss")
    importGptOss();
  else if (type == "cohere2")
    importCohere2();
  else if (type == "modernbert")
    importModernBert();
  else if (type == "longformer")
    importLongformer();
  else if (type == "big_bird")
    importBigBird();
  else if (isOneOf({"bert", "roberta", "xlm-roberta", "electra"}))
    importEncoder("num_hidden_layers");
  else if (type == "distilbert")
    importEncoder("n_layers");
  else if (type == "gpt2")
    importGpt2();
  else if (type == "gpt_neo")
    importGptNeo();
  else if (isOneOf({"bloom", "mpt"}))
    importAlibi(type);
  else if (type == "falcon")
    importFalcon();
  else if (isOneOf({"t5", "mt5"}))
    importT5();
  else
    config.fail("expected 'model_type' to be one of {0}; but got '{1}'",
                supported, type);
  if (llvm::Error error = config.takeError())
    return std::move(error);
  return std::move(result);
}

llvm::Expected<ImportedPattern>
mlir::sattn::importHuggingFaceConfig(const llvm::json::Object &config) {
  ConfigReader reader(config);
  if (!reader.has("model_type"))
    return llvm::createStringError("expected 'model_type' in a Hugging Face "
                                   "configuration");
  std::string type = reader.getString("model_type", "");
  if (llvm::Error error = reader.takeError())
    return std::move(error);
  // Models of text and images have the text model within.
  const llvm::json::Value *text = config.get("text_config");
  if (!text || text->getAsNull())
    return HuggingFaceImporter(config).run(type);
  const llvm::json::Object *object = text->getAsObject();
  if (!object)
    return llvm::createStringError("expected 'text_config' to be an object");
  ConfigReader inner(*object);
  std::string innerType = inner.getString("model_type", type);
  if (llvm::Error error = inner.takeError())
    return std::move(error);
  llvm::Expected<ImportedPattern> result = HuggingFaceImporter(*object).run(innerType);
  if (result)
    result->notes.push_back("this is the text model, 'text_config'");
  return result;
}
