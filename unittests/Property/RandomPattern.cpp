// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The pattern of a random case, and the operands that it reads.
#include "RandomCase.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace mlir::sattn;
using namespace mlir::sattn::test;
using llvm::formatv;

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
  if (regionLeaves && pick(0, 9) < regionLeaves)
    return "region";
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
