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
  isDynamic = pick(0, 1);
  isStrided = pick(0, 3) == 0;
  poisoned = pick(0, 7) == 0;
  // SSE, NEON, AVX2 and AVX-512.
  schedule = oneOf<const char *>(
      {"x86-64", "neoverse-n1", "haswell", "skylake-avx512"});
  std::string error;
  int64_t lanes = getTargetInfo(schedule, /*features=*/"", error)->lanes;
  queryTile = lanes * oneOf<int64_t>({1, 2, 2, 3, 4});
  keyTile = oneOf<int64_t>({1, 5, 16, 32, 96, 96});
  threads = oneOf<int64_t>({1, 1, 2});
  runtimeLeaves = oneOf<int64_t>({0, 4, 8, 10});
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

std::string RandomCase::blockMask(bool perHead) {
  int64_t queryBlock = oneOf<int64_t>({1, 4, 8, 16, 32});
  int64_t keyBlock = oneOf<int64_t>({1, 4, 8, 16, 32});
  // Covers every position of the case.
  int64_t lastPosition = queries + largestOffset();
  int64_t rows = std::max<int64_t>(1, (lastPosition + queryBlock) / queryBlock);
  int64_t cols = std::max<int64_t>(1, (keys + keyBlock - 1) / keyBlock);
  int64_t density = oneOf<int64_t>({10, 50, 90});
  std::string bits;
  llvm::raw_string_ostream stream(bits);
  int64_t layers = perHead ? heads : 1;
  for (int64_t head = 0; head < layers; ++head) {
    stream << (head ? ", " : "") << (perHead ? "[" : "");
    for (int64_t row = 0; row < rows; ++row) {
      stream << (row ? ", [" : "[");
      for (int64_t col = 0; col < cols; ++col)
        stream << (col ? ", " : "")
               << (pick(0, 99) < density ? "true" : "false");
      stream << "]";
    }
    stream << (perHead ? "]" : "");
  }
  std::string shape = formatv("{0}x{1}", rows, cols);
  if (perHead)
    shape = std::to_string(layers) + "x" + shape;
  return formatv("block_mask<block = [{0}, {1}], layout = dense<[{2}]> : "
                 "tensor<{3}xi1>>",
                 queryBlock, keyBlock, bits, shape);
}

std::string RandomCase::addOperand(std::vector<int64_t> shape,
                                   std::vector<int64_t> values, int64_t width) {
  // No name begins another one.
  std::string name = "p" + std::to_string(operands.size()) + "_";
  operands.push_back({name, std::move(shape), std::move(values), width});
  return "%" + name;
}

std::string RandomCase::blockList(int64_t multiset) {
  auto width = [&] { return oneOf<int64_t>({32, 64}); };
  auto product = [](llvm::ArrayRef<int64_t> shape) {
    int64_t count = 1;
    for (int64_t size : shape)
      count *= size;
    return count;
  };
  int64_t queryBlock = oneOf<int64_t>({1, 4, 8, 16, 32});
  int64_t keyBlock = oneOf<int64_t>({1, 4, 8, 16, 32});
  int64_t rows = (queries + queryBlock - 1) / queryBlock;
  int64_t blocks = (keys + keyBlock - 1) / keyBlock;
  int64_t density = oneOf<int64_t>({10, 40, 90});
  std::vector<int64_t> shape = {rows + 1};
  if (pick(0, 2))
    shape = {pick(0, 1) ? batch : 1, pick(0, 1) ? heads : 1, rows + 1};
  std::vector<int64_t> rowPtr, cols;
  for (int64_t list = 0; list < product(shape) / (rows + 1); ++list) {
    rowPtr.push_back(cols.size());
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t col = 0; col < blocks; ++col) {
        if (pick(0, 99) >= density)
          continue;
        // Sometimes twice: that counts once, or as often as it is listed.
        cols.insert(cols.end(),
                    multiset > 1 ? pick(1, multiset) : pick(0, 9) ? 1 : 2, col);
      }
      rowPtr.push_back(cols.size());
    }
  }
  int64_t nonzeros = cols.size();
  std::string pointers = addOperand(shape, rowPtr, width());
  return formatv("block_list<block = [{0}, {1}], multiset = {2}>({3}, {4})", queryBlock,
                 keyBlock, multiset, pointers,
                 addOperand({nonzeros}, cols, width()));
}

std::string RandomCase::runtimeLeaf() {
  auto width = [&] { return oneOf<int64_t>({32, 64}); };
  // One value for all batches, or one for each.
  auto lengths = [&](int64_t most) {
    std::vector<int64_t> values;
    int64_t count = pick(0, 3) ? batch : 1;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(pick(0, 4) ? pick(0, most) : most);
    return addOperand({count}, values, width());
  };
  auto product = [](llvm::ArrayRef<int64_t> shape) {
    int64_t count = 1;
    for (int64_t size : shape)
      count *= size;
    return count;
  };
  switch (pick(0, 11)) {
  case 10:
  case 11: {
    auto rowsOfKeys = [&](int64_t least, int64_t most) {
      std::vector<int64_t> shape = {batch, heads, keys};
      for (int64_t &size : shape)
        if (pick(0, 2) == 0)
          size = 1;
      shape.erase(shape.begin(), shape.begin() + pick(0, 2));
      std::vector<int64_t> values;
      for (int64_t left = product(shape); left > 0; --left)
        // Runs of equal numbers, as documents have them.
        values.push_back(values.empty() || pick(0, 9) == 0 ? pick(least, most)
                                                           : values.back());
      return addOperand(shape, values, width());
    };
    std::string begin = rowsOfKeys(-5, queries / 2);
    return "key_rows(" + begin + ", " + rowsOfKeys(queries / 4, queries + 5) +
           ")";
  }
  case 0:
  case 1: {
    std::string keyLengths = lengths(keys);
    if (pick(0, 1))
      return "padding(" + keyLengths + ")";
    return "padding(" + keyLengths + ", " + lengths(queries) + ")";
  }
  case 2:
  case 3: {
    int64_t documents = pick(0, 6);
    auto ends = [&](int64_t most) {
      std::vector<int64_t> shape = {documents + 1};
      if (pick(0, 1))
        shape.insert(shape.begin(), pick(0, 1) ? batch : 1);
      std::vector<int64_t> values;
      for (int64_t b = 0; b < product(shape) / (documents + 1); ++b) {
        std::vector<int64_t> own = {pick(0, 2) ? 0 : pick(0, most)};
        while (static_cast<int64_t>(own.size()) <= documents)
          own.push_back(pick(0, most));
        if (pick(0, 1))
          own.back() = most;
        llvm::sort(own);
        llvm::append_range(values, own);
      }
      return addOperand(shape, values, width());
    };
    if (pick(0, 1))
      return "documents(" + ends(keys) + ")";
    std::string ofRows = ends(queries);
    return "documents(" + ofRows + ", " + ends(keys) + ")";
  }
  case 4:
  case 5: {
    int64_t most = pick(0, 8);
    bool ascends = pick(0, 2);
    auto ids = [&](int64_t length) {
      std::vector<int64_t> shape = {length};
      if (pick(0, 1))
        shape.insert(shape.begin(), pick(0, 1) ? batch : 1);
      std::vector<int64_t> values;
      for (int64_t b = 0; b < (shape.size() == 2 ? shape[0] : 1); ++b) {
        std::vector<int64_t> own;
        while (static_cast<int64_t>(own.size()) < length)
          // Runs, as documents have them.
          own.push_back(own.empty() || pick(0, 3) == 0 ? pick(-1, most)
                                                       : own.back());
        if (ascends)
          llvm::sort(own);
        llvm::append_range(values, own);
      }
      return addOperand(shape, values, width());
    };
    if (pick(0, 1))
      return "segments(" + ids(keys) + ")";
    std::string ofRows = ids(queries);
    return "segments(" + ofRows + ", " + ids(keys) + ")";
  }
  case 6:
  case 7: {
    return blockList(1);
  }
  default: {
    std::vector<int64_t> shape = {batch, heads, queries, keys};
    for (int64_t &size : shape)
      if (pick(0, 2) == 0)
        size = 1;
    shape.erase(shape.begin(), shape.begin() + pick(0, 2));
    int64_t density = oneOf<int64_t>({2, 50, 98});
    std::vector<int64_t> bits;
    for (int64_t left = product(shape); left > 0; --left)
      bits.push_back(pick(0, 99) < density);
    return "mask(" + addOperand(shape, bits, oneOf<int64_t>({1, 8})) + ")";
  }
  }
}

int64_t RandomCase::gridHeight(int64_t width) const {
  int64_t most = std::max(keys, queries + largestOffset());
  return std::max<int64_t>(1, (most + width - 1) / width);
}

std::string RandomCase::leaf() {
  if (pick(0, 9) < runtimeLeaves)
    return runtimeLeaf();
  switch (pick(0, 22)) {
  case 0:
    return "dense";
  case 1:
    return "none";
  case 2:
  case 3:
    return "causal";
  case 4:
  case 5:
    return formatv("window<left = {0}, right = {1}>", pick(0, 40), pick(0, 40));
  case 6:
    return formatv(pick(0, 1) ? "window<left = {0}>" : "window<right = {0}>",
                   pick(0, 50));
  case 7:
    return formatv("window<left = {0}, right = {1}, dilation = {2}>",
                   pick(0, 10), pick(0, 10), pick(2, 7));
  case 8:
    return formatv("block_local<size = {0}>", pick(1, 40));
  case 9: {
    int64_t size = pick(2, 20);
    return formatv("block_local<size = {0}, left_blocks = {1}, right_blocks = "
                   "{2}, boundary = {3}>",
                   size, pick(0, 2), pick(0, 2), pick(0, size));
  }
  case 10:
    return formatv("strided<stride = {0}>", pick(1, 40));
  case 11: {
    int64_t stride = pick(1, 30), phase = pick(0, stride - 1);
    return formatv("columns<stride = {0}, phase = {1}, width = {2}>", stride,
                   phase, pick(1, stride - phase));
  }
  case 12:
    return formatv("global<first = {0}, last = {1}, last_block = {2}>",
                   pick(0, 5), pick(0, 5), oneOf<int64_t>({1, 1, 4, 7}));
  case 13:
    if (pick(0, 1)) {
      // Enough runs for a table.
      std::string positions;
      for (int64_t at = pick(0, 5), count = pick(9, 20); count > 0; --count) {
        positions += (positions.empty() ? "" : ", ") + std::to_string(at);
        at += pick(1, 4);
      }
      return formatv("global<positions = [{0}]{1}>", positions,
                     oneOf<const char *>({"", ", rows", ", columns"}));
    }
    return formatv("global<positions = [{0}, {1}, {2}], {3}>", pick(0, 10),
                   pick(11, 30), pick(31, 90), pick(0, 1) ? "rows" : "columns");
  case 14:
    return formatv("prefix<len = {0}>", pick(0, 60));
  case 15:
    return formatv("random<block = {0}, per_row = {1}, seed = {2}>",
                   oneOf<int64_t>({1, 4, 8, 16}), pick(1, 5), pick(0, 1000));
  case 16:
    return blockMask(/*perHead=*/pick(0, 3) == 0);
  case 17: {
    int64_t width = pick(1, 12), height = gridHeight(width);
    return formatv("neighborhood<grid = [{0}, {1}], kernel = [{2}, {3}]{4}>",
                   height, width, pick(1, std::min<int64_t>(height, 5)),
                   pick(1, std::min<int64_t>(width, 5)),
                   pick(0, 1) ? ", border = clip" : "");
  }
  case 18:
    return formatv("fixed<block = {0}, summary = {1}>", pick(4, 20),
                   pick(1, 4));
  case 19: {
    int64_t width = pick(1, 12);
    return formatv("axial<rows = {0}, cols = {1}>", gridHeight(width), width);
  }
  case 20:
    return formatv("longformer<window = {0}, global = {1}, dilation = {2}>",
                   2 * pick(1, 16), pick(0, 3), pick(1, 3));
  case 21:
    return formatv("bigbird<block = {0}, window_blocks = {1}, global_blocks = "
                   "{2}, random_blocks = {3}, seed = {4}, last_global = {5}>",
                   oneOf<int64_t>({4, 8, 16}), 2 * pick(0, 2) + 1, pick(0, 2),
                   pick(0, 3), pick(0, 99), pick(0, 1) ? "true" : "false");
  default:
    switch (pick(0, 4)) {
    case 0:
      return formatv("sparse_transformer_strided<stride = {0}>", pick(1, 24));
    case 1:
      return formatv("sparse_transformer_fixed<block = {0}, summary = {1}>",
                     pick(4, 24), pick(1, 4));
    case 2:
      return formatv("mistral<window = {0}>", pick(1, 60));
    case 3:
      return formatv("prefix_lm<len = {0}>", pick(0, 40));
    default:
      return formatv("streaming<sinks = {0}, window = {1}>", pick(0, 5),
                     pick(1, 40));
    }
  }
}

std::string RandomCase::expression(int64_t depth) {
  if (depth == 0)
    return leaf();
  switch (pick(0, 4)) {
  case 0:
    return "not (" + expression(depth - 1) + ")";
  case 1:
  case 2:
    return "(" + expression(depth - 1) + ") and (" + expression(depth - 1) +
           ")";
  default:
    return "(" + expression(depth - 1) + ") or (" + expression(depth - 1) + ")";
  }
}

std::string RandomCase::module() const {
  auto dim = [&](int64_t size) {
    return isDynamic ? std::string("?") : std::to_string(size);
  };
  // A pattern that names heads needs their number.
  bool namesHeads = pattern.find("per_head") != std::string::npos ||
                    pattern.find("tensor<" + std::to_string(heads) + "x") !=
                        std::string::npos;
  auto type = [&](int64_t headCount, int64_t rows, int64_t columns,
                  llvm::StringRef elementType) {
    return formatv("memref<{0}x{1}x{2}x{3}x{4}{5}>", dim(batch),
                   namesHeads ? std::to_string(headCount) : dim(headCount),
                   dim(rows), columns, elementType,
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
              namesHeads ? std::to_string(heads) : dim(heads), dim(queries));
  std::string text, operandTypes, offsetsType, pagesType;
  llvm::raw_string_ostream stream(text);
  stream << "func.func @attention(%q: " << query << ", %k: " << key
         << ", %v: " << value << ", %o: " << out << ", %l: " << lse;
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
    else
      offsetsType = operandType;
  }
  for (const auto &[at, operandType] : typeAt)
    operandTypes += (operandTypes.empty() ? " : " : ", ") + operandType;
  stream << ") {\n";
  if (!modifiers.region.empty())
    stream << "  %first = arith.constant " << firstPosition() << " : index\n";
  if (offset)
    stream << "  %offset = arith.constant " << *offset << " : index\n";
  if (dropout)
    stream << "  %seed = arith.constant "
           << static_cast<int64_t>(seed * 0x9e3779b97f4a7c15u) << " : i64\n";
  stream << "  sattn.attention ins(%q, %k, %v : " << query << ", " << key
         << ", " << value << ") outs(%o" << (hasLse ? ", %l" : "") << " : "
         << out << (hasLse ? ", " + lse : std::string()) << ")\n"
         << "    ";
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
  stream << modifiers.region;
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
