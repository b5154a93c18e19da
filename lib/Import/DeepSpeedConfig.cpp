// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// DeepSpeed's sparse attention (deepspeed.ops.sparse_attention). Its layouts
/// are of whole blocks; a unidirectional attention is causal within the blocks
/// on the diagonal too, so that here it is `causal and ...`, which makes all
/// conditions of the layout on rows after a block superfluous.
#include "ConfigReader.h"
#include "PatternText.h"

#include "SparseAttn/Import/ModelConfigs.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir::sattn;
using llvm::formatv;
using llvm::SmallVector;
using llvm::StringRef;

namespace {
/// Beyond every position: bounds that come from no size.
constexpr int64_t unbounded = int64_t(1) << 40;
constexpr int64_t maxBlocks = 1 << 16;

class Importer {
public:
  Importer(const llvm::json::Object &object, const ImportSizes &sizes)
      : config(object), sizes(sizes) {}

  llvm::Expected<ImportedPattern> run();

private:
  using Interval = std::pair<int64_t, int64_t>;

  PatternText fixed();
  PatternText variable();
  PatternText slidingBlocks(bool withRandom);
  PatternText localSliding();
  std::string readAttention(StringRef byDefault);
  /// The blocks of global_block_indices.
  SmallVector<Interval> globalBlocks();
  PatternText globals(llvm::ArrayRef<Interval> blocks, bool rows, bool columns);
  PatternText random(int64_t perRow);
  /// 0 if it is not known.
  int64_t countBlocks() const { return sizes.numKeys / block; }
  template <typename... Args> void note(const char *format, Args &&...args) {
    result.notes.push_back(formatv(format, std::forward<Args>(args)...));
  }

  ConfigReader config;
  const ImportSizes &sizes;
  int64_t block = 16;
  bool unidirectional = false;
  ImportedPattern result;
};

std::string Importer::readAttention(StringRef byDefault) {
  std::string attention = config.getString("attention", byDefault);
  if (attention != "unidirectional" && attention != "bidirectional")
    config.fail("expected 'attention' to be unidirectional or bidirectional, "
                "but got '{0}'",
                attention);
  unidirectional = attention == "unidirectional";
  return attention;
}

SmallVector<Importer::Interval> Importer::globalBlocks() {
  SmallVector<int64_t> begins =
      config.getIntegers("global_block_indices", 0, maxBlocks)
          .value_or(SmallVector<int64_t>{0});
  std::optional<SmallVector<int64_t>> ends =
      config.getIntegers("global_block_end_indices", 1, maxBlocks);
  SmallVector<Interval> result;
  if (ends && ends->size() != begins.size())
    config.fail("expected 'global_block_end_indices' to have {0} numbers, as "
                "'global_block_indices', but got {1}",
                begins.size(), ends->size());
  for (size_t i = 0; i < begins.size() && !config.hasFailed(); ++i) {
    int64_t end = ends ? (*ends)[i] : begins[i] + 1;
    if (end <= begins[i])
      config.fail("expected 'global_block_end_indices' to be above "
                  "'global_block_indices', but got {0} after {1}",
                  end, begins[i]);
    result.push_back({begins[i], end});
  }
  // Blocks that touch are one interval.
  llvm::sort(result);
  SmallVector<Interval> joined;
  for (Interval interval : result)
    if (!joined.empty() && interval.first <= joined.back().second)
      joined.back().second = std::max(joined.back().second, interval.second);
    else
      joined.push_back(interval);
  // Those beyond the keys are not used.
  if (int64_t blocks = countBlocks())
    llvm::erase_if(joined, [&](Interval i) { return i.first >= blocks; });
  return joined;
}

PatternText Importer::globals(llvm::ArrayRef<Interval> blocks, bool rows,
                              bool columns) {
  SmallVector<PatternText> parts;
  for (auto [begin, end] : blocks) {
    int64_t first = begin * block, last = end * block;
    if (first == 0 && rows && columns) {
      parts.push_back({formatv("global<first = {0}>", last)});
      continue;
    }
    if (columns)
      parts.push_back(keysBetween(first, last, unbounded));
    if (rows)
      parts.push_back(rowsBetween(first, last, unbounded));
  }
  return anyOf(parts);
}

PatternText Importer::random(int64_t perRow) {
  note(
      "DeepSpeed draws its random blocks with Python's generator, which the "
      "file does not say: these are drawn by ours; a layout that was drawn can "
      "be imported as a mask with --element-size {0}",
      block);
  return {formatv("random<block = {0}, per_row = {1}>", block, perRow)};
}

PatternText Importer::fixed() {
  std::string attention = readAttention("bidirectional");
  int64_t local = config.getInteger("num_local_blocks", 4, 1, maxBlocks);
  int64_t global = config.getInteger("num_global_blocks", 1, 1, maxBlocks);
  bool horizontal = config.getBool("horizontal_global_attention", false);
  int64_t patterns =
      config.getInteger("num_different_global_patterns", 1, 1, maxBlocks);
  bool perHead = config.getBool("different_layout_per_head", false);
  if (config.hasFailed())
    return {};
  if (local % global) {
    config.fail("expected 'num_local_blocks' to be a multiple of "
                "'num_global_blocks', but got {0} and {1}",
                local, global);
    return {};
  }
  if (patterns > 1 && !perHead) {
    config.fail("expected 'different_layout_per_head' to be true with "
                "'num_different_global_patterns' above 1");
    return {};
  }
  if (patterns > local / global) {
    config.fail("expected 'num_different_global_patterns' to be at most {0}, "
                "the number of places in a window, but got {1}",
                local / global, patterns);
    return {};
  }
  if (horizontal && unidirectional) {
    config.fail("expected 'attention' to be bidirectional with "
                "'horizontal_global_attention'");
    return {};
  }
  int64_t blocks = countBlocks();
  if (horizontal && !blocks) {
    config.fail("expected --shape M=..,N=..: rows of "
                "'horizontal_global_attention' are listed");
    return {};
  }
  int64_t heads = perHead && patterns > 1
                      ? (sizes.numHeads ? sizes.numHeads : patterns)
                      : 1;
  if (heads > 1 && !sizes.numHeads)
    note("the heads repeat after these {0}; --shape H=.. lists all", heads);
  if (!blocks)
    note(
        "for a number of keys that is a multiple of {0}; --shape M=..,N=.. for "
        "others, where the last window is short and keeps a summary",
        local * block);

  SmallVector<std::string> ofHeads;
  for (int64_t head = 0; head < heads; ++head) {
    int64_t first = local - (1 + head % patterns) * global;
    SmallVector<PatternText> parts = {
        {formatv("block_local<size = {0}>", local * block)}};
    std::string columns = formatv("columns<stride = {0}", local * block);
    if (first)
      columns += formatv(", phase = {0}", first * block);
    if (global * block > 1)
      columns += formatv(", width = {0}", global * block);
    parts.push_back({columns + ">"});
    int64_t whole = blocks - blocks % local;
    int64_t last = std::min(whole + first, blocks - global);
    if (blocks % local && last < 0) {
      config.fail("expected at least {0} keys, but got {1}", global * block,
                  sizes.numKeys);
      return {};
    }
    if (blocks % local && last != whole + first)
      parts.push_back(
          keysBetween(last * block, (last + global) * block, blocks * block));
    if (horizontal) {
      SmallVector<int64_t> starts;
      for (int64_t i = first; i < whole; i += local)
        starts.push_back(i);
      if (blocks % local)
        starts.push_back(last);
      for (int64_t start : starts)
        parts.push_back(rowsBetween(start * block, (start + global) * block,
                                    blocks * block));
    }
    PatternText pattern = anyOf(parts);
    if (unidirectional)
      pattern = allOf({{"causal"}, pattern});
    ofHeads.push_back(pattern.text);
  }
  if (heads == 1)
    return {ofHeads.front(),
            unidirectional ? PatternText::And : PatternText::Or};
  std::string text;
  for (const std::string &pattern : ofHeads)
    text += (text.empty() ? "" : ", ") + pattern;
  return {"per_head<[" + text + "]>"};
}

PatternText Importer::variable() {
  readAttention("bidirectional");
  SmallVector<int64_t> windows =
      config.getIntegers("local_window_blocks", 1, maxBlocks)
          .value_or(SmallVector<int64_t>{4});
  int64_t perRow = config.getInteger("num_random_blocks", 0, 0, 4096);
  bool horizontal = config.getBool("horizontal_global_attention", false);
  SmallVector<Interval> blocksOfAll = globalBlocks();
  if (horizontal && unidirectional)
    config.fail("expected 'attention' to be bidirectional with "
                "'horizontal_global_attention'");
  bool even = llvm::all_equal(windows);
  int64_t blocks = countBlocks();
  if (!even && !blocks)
    config.fail("expected --shape M=..,N=..: windows of 'local_window_blocks' "
                "are listed");
  if (config.hasFailed())
    return {};
  SmallVector<PatternText> parts;
  if (!blocksOfAll.empty())
    parts.push_back(globals(blocksOfAll, horizontal, true));
  if (even) {
    parts.push_back({formatv("block_local<size = {0}>", windows[0] * block)});
  } else {
    int64_t positions = blocks * block;
    for (int64_t begin = 0, i = 0; begin < blocks; ++i) {
      int64_t size = windows[std::min<int64_t>(i, windows.size() - 1)];
      int64_t end = std::min(begin + size, blocks);
      SmallVector<PatternText> sides;
      for (PatternText side :
           {rowsBetween(begin * block, end * block, positions),
            keysBetween(begin * block, end * block, positions)})
        if (side.text != "dense")
          sides.push_back(side);
      parts.push_back(allOf(sides));
      begin = end;
    }
  }
  if (perRow)
    parts.push_back(random(perRow));
  return anyOf(parts);
}

PatternText Importer::slidingBlocks(bool withRandom) {
  readAttention("bidirectional");
  int64_t side =
      config.getInteger("num_sliding_window_blocks", 3, 1, maxBlocks) / 2;
  SmallVector<PatternText> parts;
  std::string window = formatv("block_local<size = {0}", block);
  if (side)
    window += formatv(", left_blocks = {0}, right_blocks = {0}", side);
  parts.push_back({window + ">"});
  SmallVector<Interval> blocks;
  int64_t perRow = 0;
  if (withRandom) {
    perRow = config.getInteger("num_random_blocks", 1, 0, 4096);
    int64_t global = config.getInteger("num_global_blocks", 1, 0, maxBlocks);
    if (global)
      blocks.push_back({0, global});
  } else {
    blocks = globalBlocks();
  }
  if (config.hasFailed())
    return {};
  if (!blocks.empty())
    parts.push_back(globals(blocks, true, true));
  if (perRow)
    parts.push_back(random(perRow));
  if (perRow && unidirectional)
    note(
        "DeepSpeed draws from the blocks up to the query's own, ours from all");
  return anyOf(parts);
}

PatternText Importer::localSliding() {
  readAttention("unidirectional");
  int64_t side =
      config.getInteger("num_sliding_window_blocks", 3, 1, maxBlocks) / 2;
  std::string window = formatv("block_local<size = {0}", block);
  if (side)
    window += formatv(", left_blocks = {0}", side);
  if (side && !unidirectional)
    window += formatv(", right_blocks = {0}", side);
  return {window + ">"};
}

llvm::Expected<ImportedPattern> Importer::run() {
  std::string mode = config.getString("mode", "fixed");
  block = config.getInteger("block", 16, 1, 1 << 16);
  if (llvm::Error error = config.takeError())
    return std::move(error);
  if (sizes.numKeys % block || sizes.numQueries != sizes.numKeys)
    return llvm::createStringError(
        formatv("expected M = N in --shape, a multiple of 'block' ({0}), but "
                "got M={1},N={2}",
                block, sizes.numQueries, sizes.numKeys)
            .str());
  PatternText pattern;
  if (mode == "dense")
    pattern = {"dense"};
  else if (mode == "fixed")
    pattern = fixed();
  else if (mode == "variable")
    pattern = variable();
  else if (mode == "bigbird")
    pattern = slidingBlocks(/*withRandom=*/true);
  else if (mode == "bslongformer")
    pattern = slidingBlocks(/*withRandom=*/false);
  else if (mode == "local_sliding_window" || mode == "sliding_window")
    pattern = localSliding();
  else
    config.fail("expected 'mode' to be dense, fixed, variable, bigbird, "
                "bslongformer or local_sliding_window, but got '{0}'",
                mode);
  if (llvm::Error error = config.takeError())
    return std::move(error);
  if (unidirectional && mode != "fixed")
    pattern = allOf({{"causal"}, pattern});
  if (unidirectional)
    note("DeepSpeed's layout keeps the blocks on the diagonal whole; its "
         "attention is causal within them, and so is this");
  result.parts.push_back({"", {}, pattern.text, {}});
  return std::move(result);
}
} // namespace

llvm::Expected<ImportedPattern>
mlir::sattn::importDeepSpeedConfig(const llvm::json::Object &config,
                                   const ImportSizes &sizes) {
  const llvm::json::Value *inner = config.get("sparse_attention");
  if (!inner) {
    if (!config.get("mode"))
      return llvm::createStringError("expected 'sparse_attention' or 'mode' in "
                                     "a DeepSpeed configuration");
    return Importer(config, sizes).run();
  }
  const llvm::json::Object *object = inner->getAsObject();
  if (!object)
    return llvm::createStringError(
        "expected 'sparse_attention' to be an object");
  return Importer(*object, sizes).run();
}
