// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Tiles that mma.sync can do, and counts from a file of `utils/gpu-loops.py
/// --json`.
#include "GpuOptions.h"

#include "SparseAttn/Runtime/AtomicFile.h"
#include "SparseAttn/Runtime/JsonNesting.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::explain;
using llvm::Error;
using llvm::Expected;
using llvm::formatv;

namespace {
template <typename... Args> Error fail(const char *format, Args &&...args) {
  return llvm::createStringError(
      formatv(format, std::forward<Args>(args)...).str());
}

constexpr int64_t maxTile = 256, maxStages = 4;

/// The compiler's tile; what is 0 in `options` it chooses too.
Expected<GpuTile> makeTile(int64_t queryTile, int64_t headSize,
                           const GpuTileOptions &options) {
  int64_t keyTile = options.keys;
  constexpr int64_t rowsOfProduct = 16, elementBytes = 2;
  if ((keyTile != 16 && keyTile != 32 && keyTile % 64) || keyTile > maxTile)
    return fail("expected --key-tile with --target to be 16, 32 or a multiple of 64 up "
                "to {0}, but got {1}",
                maxTile, keyTile);
  if (headSize % rowsOfProduct || headSize > maxGpuHeadSize)
    return fail("expected D in --shape with --target to be a multiple of 16 up "
                "to {0}, but got {1}",
                maxGpuHeadSize, headSize);
  GpuTile tile =
      GpuTile::choose(queryTile, headSize, headSize, elementBytes, options);
  if (queryTile > maxTile || tile.rows() != queryTile)
    return fail("expected --query-tile with --target to be 16, 32, 48, or a "
                "multiple of 64 up to {0}, but got {1}",
                maxTile, queryTile);
  return tile;
}

/// A row of the table that utils/gpu-loops.py prints; nothing if a count is
/// missing.
std::optional<GpuLoopCounts> readCounts(const llvm::json::Object *row) {
  if (!row)
    return std::nullopt;
  bool isComplete = true;
  auto sum = [&](std::initializer_list<StringRef> names) {
    int64_t total = 0;
    for (StringRef name : names) {
      std::optional<int64_t> count = row->getInteger(name);
      if (count && *count >= 0 && *count < (1 << 20))
        total += *count;
      else
        isComplete = false;
    }
    return total;
  };
  GpuLoopCounts counts;
  counts.hmma = sum({"HMMA"});
  counts.ldsm = sum({"LDSM"});
  counts.ldgsts = sum({"LDGSTS"});
  counts.mufu = sum({"MUFU"});
  counts.ffma = sum({"FFMA"});
  counts.fmul = sum({"FMUL"});
  counts.fadd = sum({"FADD"});
  counts.fmnmx = sum({"FMNMX"});
  counts.shfl = sum({"SHFL"});
  counts.f2fp = sum({"F2FP"});
  counts.integer = sum({"ISETP", "select", "int"});
  counts.other = sum({"BAR", "local", "other"});
  if (!isComplete)
    return std::nullopt;
  return counts;
}

/// Replaces what the formulas say by what `path` says.
Error loadCounts(StringRef path, GpuKernel &kernel) {
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return fail("cannot read '{0}': {1}", path,
                describeError(buffer.getError()));
  auto malformed = [&] {
    return fail("cannot read '{0}': expected the output of 'utils/gpu-loops.py "
                "--json'",
                path);
  };
  StringRef text = (*buffer)->getBuffer();
  if (isNestedDeeply(text))
    return malformed();
  Expected<llvm::json::Value> json = llvm::json::parse(text);
  if (!json) {
    llvm::consumeError(json.takeError());
    return malformed();
  }
  const llvm::json::Array *kernels = json->getAsArray();
  if (!kernels)
    return malformed();
  const llvm::json::Object *found = nullptr, *loop = nullptr;
  int64_t numLoops = 0;
  for (const llvm::json::Value &value : *kernels) {
    const llvm::json::Object *object = value.getAsObject();
    const llvm::json::Array *loops =
        object ? object->getArray("loops") : nullptr;
    if (!loops)
      return malformed();
    numLoops += loops->size();
    if (loops->empty())
      continue;
    found = object;
    loop = loops->front().getAsObject();
  }
  if (numLoops != 1)
    return fail("expected one loop in '{0}', but got {1}", path, numLoops);
  std::optional<GpuLoopCounts> full, partial;
  if (loop) {
    full = readCounts(loop->getObject("full"));
    partial = readCounts(loop->getObject("partial"));
  }
  std::optional<int64_t> registers = found->getInteger("registers");
  if (!full || !partial || (registers && (*registers < 1 || *registers > 255)))
    return malformed();
  if (full->hmma != kernel.full.hmma)
    return fail(
        "expected {0} HMMA instructions in the loop of '{1}', for tiles "
        "of {2} queries and {3} keys and D = {4}, but got {5}",
        kernel.full.hmma, path, kernel.tile.rows(), kernel.tile.keys,
        kernel.tile.headSize, full->hmma);
  kernel.full = *full;
  kernel.partial = *partial;
  if (registers)
    kernel.registers = *registers;
  return Error::success();
}
} // namespace

Expected<std::optional<GpuOptions>> mlir::sattn::explain::parseGpuOptions(
    const llvm::StringMap<std::string> &values, int64_t queryTile,
    int64_t keyTile, int64_t headSize) {
  auto target = values.find("target");
  if (target == values.end()) {
    for (StringRef name : {"stages", "warps", "loop-counts"})
      if (values.contains(name))
        return fail("expected --target with --{0}", name);
    return std::nullopt;
  }
  GpuOptions options;
  options.chip = findGpuChip(target->second);
  if (!options.chip) {
    std::string known;
    for (const GpuChip &chip : getGpuChips())
      known += (known.empty() ? "" : ", ") + chip.target.str();
    return fail("expected --target to be one of {0}, but got '{1}'", known,
                target->second);
  }
  GpuTileOptions asked;
  asked.keys = keyTile;
  const std::tuple<StringRef, int64_t, int64_t *> numbers[] = {
      {"stages", maxStages, &asked.stages}, {"warps", GpuTile::maxWarps, &asked.warps}};
  for (auto [name, most, number] : numbers)
    if (auto it = values.find(name); it != values.end())
      if (StringRef(it->second).getAsInteger(10, *number) || *number < 1 ||
          *number > most)
        return fail("expected --{0} to be between 1 and {1}, but got '{2}'", name,
                    most, it->second);
  Expected<GpuTile> tile = makeTile(queryTile, headSize, asked);
  if (!tile)
    return tile.takeError();
  options.kernel = estimateKernel(*tile);
  if (auto it = values.find("loop-counts"); it != values.end()) {
    options.countsPath = it->second;
    if (Error error = loadCounts(options.countsPath, options.kernel))
      return std::move(error);
  }
  std::string error;
  if (failed(predict(*options.chip, options.kernel, GpuWork(), error)))
    return fail("{0}", error);
  return options;
}
