// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A random attention problem, drawn from a seed.
#include "RandomCase.h"

#include "SparseAttn/Analysis/TargetInfo.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <map>
#include <numeric>

using namespace mlir::sattn;
using namespace mlir::sattn::test;
using llvm::formatv;

RandomCase::RandomCase(uint64_t seed) : seed(seed), random(seed) {
  batch = oneOf<int64_t>({1, 1, 1, 2});
  kvHeads = oneOf<int64_t>({1, 1, 2, 3});
  heads = kvHeads * oneOf<int64_t>({1, 1, 2, 3});
  // Around multiples of tiles and vectors, and the degenerate sizes.
  auto length = [&]() -> int64_t {
    switch (pick(0, 9)) {
    case 0:
      return pick(0, 2);
    case 1:
    case 2:
      return oneOf<int64_t>({15, 16, 17, 31, 32, 33, 63, 64, 65, 96, 97});
    default:
      return pick(1, 120);
    }
  };
  // One row is a case of its own: text that is being generated.
  queries = pick(0, 7) ? length() : 1;
  keys = pick(0, 2) ? length() : queries;
  if (pick(0, 9) == 0) {
    pageSize = oneOf<int64_t>({1, 3, 4, 8, 16, 32});
    keys = llvm::alignTo(keys, pageSize);
  }
  headSize = oneOf<int64_t>({1, 3, 8, 16, 16, 20, 32, 33, 64});
  valueSize = pick(0, 2) ? headSize : oneOf<int64_t>({1, 5, 6, 8, 16, 24, 40});
  element = oneOf<const char *>({"f32", "f32", "f32", "f16", "bf16"});
  bottomRight = pick(0, 3) == 0;
  if (pick(0, 3) == 0)
    offset = pick(-30, 30);
  if (pick(0, 3) == 0)
    scale = oneOf<float>({1.0f, 0.0f, -0.5f, 4.0f, 0.01f});
  if (pick(0, 4) == 0)
    for (int64_t b = 0; b < batch; ++b)
      offsets.push_back(pick(-40, 40));
  hasLse = pick(0, 1);
  hasRowMax = hasLse && seed % 3 == 0;
  isDynamic = pick(0, 1);
  isStrided = pick(0, 3) == 0;
  poisoned = pick(0, 7) == 0;
  // SSE, NEON, AVX2 and AVX-512.
  schedule = oneOf<const char *>(
      {"x86-64", "neoverse-n1", "haswell", "skylake-avx512"});
  std::string error;
  int64_t lanes = getTargetInfo(schedule, /*features=*/"", error)->lanes;
  queryTile = lanes * oneOf<int64_t>({1, 2, 2, 3, 4});
  if (seed % 6 < 2) // Rows one by one, or as the pattern chooses.
    queryTile = seed % 6;
  keyTile = oneOf<int64_t>({1, 5, 16, 32, 96, 96});
  threads = oneOf<int64_t>({1, 1, 2});
  runtimeLeaves = oneOf<int64_t>({0, 4, 8, 10});
  // Of every seven cases two, with and without modifiers.
  bool hasRegion = seed % 7 < 2;
  if (hasRegion)
    regionLeaves = oneOf<int64_t>({2, 4, 7, 10});
  if (pick(0, 9) == 0) {
    llvm::SmallVector<std::string> perHead;
    for (int64_t head = 0; head < heads; ++head)
      perHead.push_back(head && pick(0, 2) == 0 ? perHead.front()
                                                : expression(1));
    pattern = "per_head<[" + llvm::join(perHead, ", ") + "]>";
    if (pick(0, 1))
      pattern = "(" + pattern + ") and (" + expression(1) + ")";
  } else {
    pattern = expression(pick(0, 3));
  }
  // The one pattern that is no set.
  if (pick(0, 11) == 0) {
    operands.clear();
    pattern = blockList(pick(2, 4));
    if (pick(0, 1))
      pattern = "(" + expression(pick(0, 1)) + ") and " + pattern;
  }
  if (hasRegion)
    drawRegion();
  if (!offsets.empty())
    operands.push_back({"offsets",
                        {batch},
                        offsets,
                        oneOf<int64_t>({32, 64})});
  if (pageSize)
    paginate();
  // Half of the cases; drawn last, so that the other half stays what it was.
  if (seed % 2)
    modifiers = RandomModifiers(random, {batch, heads, queries, keys,
                                         firstPosition(), isDynamic,
                                         isStrided});
  // A region of its own would have to know every batch's offset.
  if (!offsets.empty())
    modifiers.region.clear();
  if (pick(0, 5) == 0)
    dropout = oneOf<float>({0.0f, 0.1f, 0.5f, 0.9f});
}

void RandomCase::suitGpu() {
  element = oneOf<const char *>({"bf16", "bf16", "f16", "f16", "f32"});
  if (pick(0, 1)) {
    headSize = oneOf<int64_t>({16, 32, 48, 64, 64, 96, 128, 256});
    valueSize = pick(0, 2) ? headSize : oneOf<int64_t>({8, 16, 32, 64, 128});
  }
}

void RandomCase::drawRegion() {
  if (pattern.find("region") == pattern.npos) {
    // A list that counts may not stand under `or`.
    StringRef rest = pattern;
    bool counts = false;
    while (!counts && !rest.empty()) {
      rest = rest.split("multiset = ").second;
      counts = !rest.empty() && !rest.starts_with("1>");
    }
    pattern = "(" + pattern + ")" + (counts || pick(0, 1) ? " and " : " or ") +
              oneOf<const char *>({"region", "not region"});
  }
  region = RandomRegion(
      random, {batch, heads, queries, keys, offsets.empty(), isDynamic});
  llvm::append_range(operands, region.tables);
}

void RandomCase::paginate() {
  isStrided = false;
  headsInPages = pick(0, 1);
  int64_t batches = pick(0, 3) ? batch : 1, columns = keys / pageSize;
  pages = batches * columns + pick(1, 3);
  std::vector<int64_t> order(pages), entries;
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random);
  for (int64_t b = 0; b < batches; ++b) {
    int64_t there = pick(0, 2) ? columns : pick(0, columns);
    for (int64_t column = 0; column < columns; ++column)
      entries.push_back(column < there ? order[b * columns + column]
                                       : pick(-3, -1));
  }
  operands.push_back(
      {"pages", {batches, columns}, entries, oneOf<int64_t>({32, 64})});
}

int64_t RandomCase::largestOffset() const {
  int64_t largest = offset.value_or(0) + (bottomRight ? keys - queries : 0);
  if (!offsets.empty())
    largest += *std::max_element(offsets.begin(), offsets.end());
  return largest;
}

std::string RandomCase::module() const {
  auto dim = [&](int64_t size) {
    return isDynamic ? std::string("?") : std::to_string(size);
  };
  // A pattern that names heads needs their number.
  bool namesHeads = pattern.find("per_head") != std::string::npos ||
                    pattern.find("tensor<" + std::to_string(heads) + "x") !=
                        std::string::npos;
  // One row by type is not one by chance.
  auto rowsDim = [&](int64_t rows) {
    return rows == 1 && seed % 4 ? "1" : dim(rows);
  };
  auto type = [&](int64_t headCount, int64_t rows, int64_t columns,
                  llvm::StringRef elementType) {
    return formatv("memref<{0}x{1}x{2}x{3}x{4}{5}>", dim(batch),
                   namesHeads ? std::to_string(headCount) : dim(headCount),
                   rowsDim(rows), columns, elementType,
                   isStrided ? ", strided<[?, ?, ?, 1], offset: ?>" : "")
        .str();
  };
  std::string query = type(heads, queries, headSize, element);
  auto pageType = [&](int64_t columns) {
    std::string layout;
    if (headsInPages)
      layout = formatv(", strided<[{0}, {1}, {2}, 1]>",
                       pageSize * kvHeads * columns, columns, kvHeads * columns);
    return formatv("memref<{0}x{1}x{2}x{3}x{4}{5}>", dim(pages),
                   namesHeads || headsInPages ? std::to_string(kvHeads)
                                              : dim(kvHeads),
                   pageSize, columns, element, layout)
        .str();
  };
  std::string key = pageSize ? pageType(headSize)
                             : type(kvHeads, keys, headSize, element);
  std::string value = pageSize ? pageType(valueSize)
                               : type(kvHeads, keys, valueSize, element);
  std::string out = type(heads, queries, valueSize, element);
  std::string lse =
      formatv("memref<{0}x{1}x{2}xf32>", dim(batch),
              namesHeads ? std::to_string(heads) : dim(heads), rowsDim(queries));
  std::string text, operandTypes, offsetsType, pagesType;
  llvm::raw_string_ostream stream(text);
  stream << "func.func @attention(%q: " << query << ", %k: " << key
         << ", %v: " << value << ", %o: " << out << ", %l: " << lse
         << ", %x: " << lse;
  for (auto [number, array] : llvm::enumerate(modifiers.arrays))
    stream << ", %m" << number << ": " << array.type;
  // Types stand in the order in which the pattern names the operands.
  std::map<size_t, std::string> typeAt;
  for (const RandomOperand &operand : operands) {
    std::string operandType = "memref<";
    for (int64_t size : operand.shape)
      operandType += dim(size) + "x";
    operandType += "i" + std::to_string(operand.width) + ">";
    stream << ", %" << operand.name << ": " << operandType;
    if (size_t at = pattern.find("%" + operand.name); at != pattern.npos)
      typeAt[at] = operandType;
    else if (operand.name == "pages")
      pagesType = operandType;
    else if (operand.name == "offsets")
      offsetsType = operandType;
  }
  for (const auto &[at, operandType] : typeAt)
    operandTypes += (operandTypes.empty() ? " : " : ", ") + operandType;
  stream << ") {\n";
  if (!modifiers.region.empty() || !region.text.empty())
    stream << "  %first = arith.constant " << firstPosition() << " : index\n";
  if (offset)
    stream << "  %offset = arith.constant " << *offset << " : index\n";
  if (dropout)
    stream << "  %seed = arith.constant "
           << static_cast<int64_t>(seed * 0x9e3779b97f4a7c15u) << " : i64\n";
  stream << "  sattn.attention ins(%q, %k, %v : " << query << ", " << key
         << ", " << value << ") outs(%o" << (hasLse ? ", %l" : "")
         << (hasRowMax ? ", %x" : "") << " : " << out
         << (hasLse ? ", " + lse : std::string())
         << (hasRowMax ? ", " + lse : std::string()) << ")\n    ";
  if (pageSize)
    stream << "block_table(%pages : " << pagesType << ") ";
  if (!modifiers.names.empty())
    stream << "modify(" << modifiers.names << ") ";
  if (int64_t sink = modifiers.sink; sink >= 0)
    stream << formatv("sink(%m{0} : {1}) ", sink, modifiers.arrays[sink].type);
  if (dropout)
    stream << formatv("dropout({0:f2}, %seed) ", *dropout);
  stream << "pattern(" << pattern << operandTypes << ")"
         << (bottomRight ? " align(bottom_right)" : "")
         << (offset ? offsets.empty() ? " offset(%offset)" : " offset(%offset, %offsets"
             : offsets.empty() ? ""
                               : " offset(%offsets");
  if (!offsets.empty())
    stream << " : " << offsetsType << ")";
  stream << region.text << modifiers.region;
  if (scale)
    stream << formatv(" {{scale = {0:e} : f32}", *scale);
  stream << "\n  return\n}\n";
  return text;
}

std::string RandomCase::describe() const {
  return formatv("seed {0}: {1} tiles {2} x {3}, schedule {4}, threads "
                 "{5}{6}\n{7}",
                 seed, element, queryTile, keyTile, schedule, threads,
                 poisoned ? ", poisoned" : "", module());
}
