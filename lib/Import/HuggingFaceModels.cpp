// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The conventions of each class of models in transformers: `sliding_window` w is w keys with the
/// query's own where attention is causal; what a file leaves out has the default of the configuration
/// class.
#include "HuggingFaceImporter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace mlir::sattn;
using llvm::formatv;
using llvm::StringRef;

static std::string printNumber(double number) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.9g", number);
  return text;
}

/// Types of layers where every n-th looks at all tokens, and the others at a window.
static auto fullEvery(int64_t n) {
  return [n](int64_t i) -> StringRef {
    return (i + 1) % n ? "sliding_attention" : "full_attention";
  };
}

void HuggingFaceImporter::importQwen() {
  bool slides = config.getBool("use_sliding_window", false);
  std::optional<int64_t> window;
  if (slides)
    window = getWindow(4096);
  int64_t first = config.getInteger("max_window_layers", 28, 0);
  addTypedLayers(
      32,
      [&](int64_t i) -> StringRef {
        return window && i >= first ? "sliding_attention" : "full_attention";
      },
      window, /*causal=*/true);
}

std::vector<std::string>
HuggingFaceImporter::getGemmaOptions(std::optional<double> softcap) {
  std::vector<std::string> options;
  if (softcap) {
    std::string cap = printNumber(*softcap);
    if (StringRef(cap).find_first_of(".e") == StringRef::npos)
      cap += ".0";
    options.push_back("--modify 'softcap<cap = " + cap + ">'");
  }
  double scalar =
      config.getOptionalNumber("query_pre_attn_scalar", 256.0).value_or(256.0);
  if (scalar != config.getInteger("head_dim", 256))
    options.push_back("--scale " + printNumber(1 / std::sqrt(scalar)));
  return options;
}

void HuggingFaceImporter::importGemma2() {
  std::optional<int64_t> window = getWindow(4096);
  addTypedLayers(
      26,
      fullEvery(2), window, /*causal=*/true,
      getGemmaOptions(
          config.getOptionalNumber("attn_logit_softcapping", 50.0)));
}

void HuggingFaceImporter::importGemma3() {
  std::optional<int64_t> window = getWindow(4096);
  bool causal = !config.getBool("use_bidirectional_attention", false);
  // Of a bidirectional window half is on each side.
  if (!causal && window)
    window = *window / 2;
  std::optional<int64_t> pattern =
      config.getOptionalInteger("sliding_window_pattern", 6);
  addTypedLayers(
      26,
      fullEvery(pattern.value_or(6)), window, causal,
      getGemmaOptions(
          config.getOptionalNumber("attn_logit_softcapping", std::nullopt)));
}

void HuggingFaceImporter::importLlama4() {
  std::optional<llvm::SmallVector<int64_t>> rope;
  if (const llvm::json::Value *list = config.object.get("no_rope_layers");
      list && (!list->getAsArray() || !list->getAsArray()->empty()))
    rope = config.getIntegers("no_rope_layers", 0, 1);
  int64_t interval = config.getInteger("no_rope_layer_interval", 4);
  int64_t count = config.getInteger("num_hidden_layers", 48, 1, maxLayers);
  if (rope && int64_t(rope->size()) < count)
    return config.fail("expected 'no_rope_layers' to have {0} layers, but got "
                       "{1}",
                       count, rope->size());
  bool chunks = !config.isNull("attention_chunk_size");
  addTypedLayers(
      48,
      [&](int64_t i) -> StringRef {
        bool hasRope = rope ? (*rope)[i] : (i + 1) % interval != 0;
        return hasRope && chunks ? "chunked_attention" : "full_attention";
      },
      std::nullopt, /*causal=*/true);
  if (config.getBool("attn_temperature_tuning", true))
    note("layers without rotary embedding scale their queries by position "
         "(attn_temperature_tuning); no pattern says that");
  note("with padding on the left, chunks start at each row's first token");
}

void HuggingFaceImporter::importGptOss() {
  std::optional<int64_t> window = getWindow(128);
  addTypedLayers(36, fullEvery(2), window, /*causal=*/true, {"--sink SINKS.npy"});
  note("SINKS.npy are weights of each layer, self_attn.sinks");
}

void HuggingFaceImporter::importCohere2() {
  std::optional<int64_t> window = getWindow(4096);
  std::optional<int64_t> pattern =
      config.getOptionalInteger("sliding_window_pattern", 4);
  addTypedLayers(
      40,
      fullEvery(pattern.value_or(4)), window, /*causal=*/true);
}

void HuggingFaceImporter::importModernBert() {
  int64_t window = config.getInteger("local_attention", 128);
  int64_t interval = config.getInteger("global_attn_every_n_layers", 3);
  addTypedLayers(
      22,
      [&](int64_t i) -> StringRef {
        return i % interval ? "sliding_attention" : "full_attention";
      },
      window / 2, /*causal=*/false);
}

void HuggingFaceImporter::importLongformer() {
  int64_t count = config.getInteger("num_hidden_layers", 12, 1, maxLayers);
  llvm::SmallVector<int64_t> windows(count, 512);
  const llvm::json::Value *value = config.object.get("attention_window");
  if (value && value->getAsArray()) {
    if (auto list = config.getIntegers("attention_window", 2))
      windows = *list;
    if (int64_t(windows.size()) != count)
      return config.fail("expected 'attention_window' to have {0} layers, as "
                         "'num_hidden_layers' says, but got {1}",
                         count, windows.size());
  } else {
    std::fill(windows.begin(), windows.end(),
              config.getInteger("attention_window", 512, 2));
  }
  addLayers("num_hidden_layers", 12, [&](int64_t i) -> Layer {
    if (windows[i] % 2)
      config.fail("expected 'attention_window' to be even, but got {0}",
                  windows[i]);
    return {formatv("longformer<window = {0}>", windows[i]), {}};
  });
  note("global tokens come with each call and are not in the file; a global "
       "first token is 'or global<first = 1>'");
  note("rows of global tokens use projections of their own: a second "
       "attention");
}

void HuggingFaceImporter::importBigBird() {
  std::string type = config.getString("attention_type", "block_sparse");
  int64_t block = config.getInteger("block_size", 64);
  int64_t randomBlocks = config.getInteger("num_random_blocks", 3, 0, 4096);
  if (type != "block_sparse" && type != "original_full")
    return config.fail("expected 'attention_type' to be block_sparse or "
                       "original_full, but got '{0}'",
                       type);
  if (type == "original_full")
    return importEncoder("num_hidden_layers");
  std::string random =
      randomBlocks ? formatv(", random_blocks = {0}", randomBlocks).str() : "";
  addLayers("num_hidden_layers", 12, [&](int64_t) -> Layer {
    return {formatv("bigbird<block = {0}{1}>", block, random), {}};
  });
  if (randomBlocks)
    note(
        "the random blocks are drawn by our generator: the model draws its own "
        "in training, and in inference every one is block 0, counted each "
        "time");
  note("up to {0} tokens the model is dense", (5 + 2 * randomBlocks) * block);
}

void HuggingFaceImporter::importEncoder(StringRef countName) {
  bool causal = config.getBool("is_decoder", false);
  addLayers(countName, countName == "n_layers" ? 6 : 12, [&](int64_t) -> Layer {
    return {causal ? "causal" : "dense", {}};
  });
  std::string embedding =
      config.getString("position_embedding_type", "absolute");
  if (StringRef(embedding).starts_with("relative_key"))
    note("position_embedding_type {0} adds to the scores what depends on "
         "weights",
         embedding);
}

void HuggingFaceImporter::importGpt2() {
  bool scaled = config.getBool("scale_attn_weights", true);
  bool byLayer = config.getBool("scale_attn_by_inverse_layer_idx", false);
  int64_t size = config.getInteger("n_embd", 768);
  int64_t heads = config.getInteger("n_head", 12);
  addLayers("n_layer", 12, [&](int64_t i) -> Layer {
    double scale = scaled ? 1 / std::sqrt(double(size) / heads) : 1;
    if (byLayer)
      scale /= i + 1;
    if (scaled && !byLayer)
      return {"causal", {}};
    return {"causal", {"--scale " + printNumber(scale)}};
  });
}

void HuggingFaceImporter::importGptNeo() {
  int64_t window = config.getInteger("window_size", 256);
  // [[types, times], ...]
  std::vector<std::string> types;
  const llvm::json::Value *value = config.object.get("attention_types");
  auto bad = [&] {
    config.fail("expected 'attention_types' to be a list of [[\"global\" or "
                "\"local\", ...], times]");
  };
  if (!value) {
    for (int i = 0; i < 12; ++i)
      types.insert(types.end(), {"global", "local"});
  } else if (const llvm::json::Array *list = value->getAsArray()) {
    for (const llvm::json::Value &item : *list) {
      const llvm::json::Array *pair = item.getAsArray();
      const llvm::json::Array *names =
          pair && pair->size() == 2 ? (*pair)[0].getAsArray() : nullptr;
      std::optional<int64_t> times =
          names ? (*pair)[1].getAsInteger() : std::nullopt;
      if (!times || *times < 1 || *times > maxLayers)
        return bad();
      for (int64_t i = 0; i < *times; ++i)
        for (const llvm::json::Value &name : *names) {
          std::optional<StringRef> text = name.getAsString();
          if (!text || (*text != "global" && *text != "local") ||
              types.size() > maxLayers)
            return bad();
          types.push_back(text->str());
        }
    }
  } else {
    return bad();
  }
  int64_t count = config.getInteger("num_layers", 24, 1, maxLayers);
  if (int64_t(types.size()) != count)
    return config.fail("expected 'attention_types' to have {0} layers, as "
                       "'num_layers' says, but got {1}",
                       count, types.size());
  addLayers("num_layers", 24, [&](int64_t i) -> Layer {
    return {types[i] == "local" ? slidingPattern(window) : "causal",
            {"--scale 1"}};
  });
}

void HuggingFaceImporter::importAlibi(StringRef modelType) {
  if (modelType == "bloom") {
    // Older files call it num_hidden_layers, as the attribute does.
    addLayers(config.has("n_layer") ? "n_layer" : "num_hidden_layers", 2,
              [](int64_t) -> Layer {
                return {"causal", {"--modify 'alibi<order = press>'"}};
              });
    return;
  }
  std::string alibi = "alibi<order = mpt>";
  std::vector<std::string> options;
  if (const llvm::json::Value *value = config.object.get("attn_config")) {
    const llvm::json::Object *object = value->getAsObject();
    if (!object)
      return config.fail("expected 'attn_config' to be an object");
    ConfigReader attention(*object);
    if (!attention.getBool("alibi", true))
      note("attn_config.alibi is false; the class of transformers adds ALiBi "
           "all the same");
    if (attention.getBool("prefix_lm", false))
      note("attn_config.prefix_lm is true; the class of transformers is causal "
           "all the same");
    double most =
        attention.getOptionalNumber("alibi_bias_max", 8.0).value_or(8.0);
    if (most != 8)
      alibi = "alibi<max_bias = " + printNumber(most) +
              (std::floor(most) == most ? ".0" : "") + ", order = mpt>";
    if (most != 8)
      note("the class of transformers takes 8 for alibi_bias_max, whatever the "
           "file says");
    if (std::optional<double> scale =
            attention.getOptionalNumber("softmax_scale", std::nullopt))
      options.push_back("--scale " + printNumber(*scale));
    if (llvm::Error error = attention.takeError())
      return config.fail("in 'attn_config': {0}",
                         llvm::toString(std::move(error)));
  }
  options.insert(options.begin(), "--modify '" + alibi + "'");
  addLayers("n_layers", 24, [&](int64_t) -> Layer {
    return {"causal", options};
  });
}

void HuggingFaceImporter::importFalcon() {
  if (config.getBool("alibi", false))
    return config.fail("model type falcon with alibi is not supported: it "
                       "scales its slopes by 1 / sqrt(D)");
  addCausalLayers(32);
}

void HuggingFaceImporter::importT5() {
  int64_t distance =
      config.getInteger("relative_attention_max_distance", 128, 2);
  std::string far =
      distance == 128 ? "" : formatv("max_distance = {0}", distance).str();
  auto bias = [&](bool bidirectional) {
    std::string parameters = far;
    if (bidirectional)
      parameters +=
          (far.empty() ? "" : ", ") + std::string("bidirectional = true");
    if (!parameters.empty())
      parameters = "<" + parameters + ">";
    return "--modify 't5_bias" + parameters + "(TABLE.npy)'";
  };
  addPart("encoder", {"dense", {"--scale 1", bias(true)}});
  addPart("decoder", {"causal", {"--scale 1", bias(false)}});
  addPart("cross", {"dense", {"--scale 1"}});
  note("TABLE.npy is the transpose of relative_attention_bias.weight of the "
       "first layer of each stack, [heads, buckets]");
}
