// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Sets of pairs, word by word.
#include "SparseAttn/Import/PairMatrix.h"

#include "llvm/ADT/bit.h"

#include <algorithm>

using namespace mlir::sattn;
using llvm::ArrayRef;
using llvm::MutableArrayRef;

int64_t PairMatrix::count() const {
  int64_t result = 0;
  for (uint64_t word : words)
    result += llvm::popcount(word);
  return result;
}

PairMatrix PairMatrix::complement() const {
  PairMatrix result(numRows, numKeys);
  uint64_t last =
      numKeys % 64 ? (uint64_t(1) << (numKeys % 64)) - 1 : ~uint64_t(0);
  for (int64_t row = 0; row < numRows; ++row) {
    MutableArrayRef<uint64_t> to = result.getRow(row);
    for (int64_t i = 0; i < wordsPerRow; ++i)
      to[i] = ~getRow(row)[i] & (i + 1 == wordsPerRow ? last : ~uint64_t(0));
  }
  return result;
}

PairMatrix PairMatrix::transposed() const {
  PairMatrix result(numKeys, numRows);
  for (int64_t row = 0; row < numRows; ++row)
    for (int64_t key = findFirstBit(getRow(row), 0, numKeys); key < numKeys;
         key = findFirstBit(getRow(row), key + 1, numKeys))
      result.set(key, row);
  return result;
}

PairMatrix PairMatrix::sampled(int64_t rowStep, int64_t keyStep) const {
  PairMatrix result((numRows + rowStep - 1) / rowStep,
                    (numKeys + keyStep - 1) / keyStep);
  for (int64_t row = 0; row < result.numRows; ++row)
    for (int64_t key = 0; key < result.numKeys; ++key)
      if (get(row * rowStep, key * keyStep))
        result.set(row, key);
  return result;
}

void mlir::sattn::setBits(MutableArrayRef<uint64_t> words, int64_t begin,
                          int64_t end, int64_t numKeys) {
  begin = std::max<int64_t>(begin, 0);
  end = std::min(end, numKeys);
  if (begin >= end)
    return;
  int64_t first = begin / 64, last = (end - 1) / 64;
  uint64_t head = ~uint64_t(0) << (begin % 64);
  uint64_t tail = ~uint64_t(0) >> (63 - (end - 1) % 64);
  if (first == last) {
    words[first] |= head & tail;
    return;
  }
  words[first] |= head;
  for (int64_t i = first + 1; i < last; ++i)
    words[i] = ~uint64_t(0);
  words[last] |= tail;
}

int64_t mlir::sattn::findFirstBit(ArrayRef<uint64_t> words, int64_t from,
                                  int64_t limit) {
  if (from >= limit)
    return limit;
  size_t i = from / 64;
  uint64_t word = words[i] & (~uint64_t(0) << (from % 64));
  while (!word)
    if (++i == words.size())
      return limit;
    else
      word = words[i];
  return std::min<int64_t>(i * 64 + llvm::countr_zero(word), limit);
}

int64_t mlir::sattn::findLastBit(ArrayRef<uint64_t> words, int64_t from) {
  if (from < 0)
    return -1;
  int64_t i = from / 64;
  uint64_t word = words[i] & (~uint64_t(0) >> (63 - from % 64));
  while (!word)
    if (--i < 0)
      return -1;
    else
      word = words[i];
  return i * 64 + 63 - llvm::countl_zero(word);
}
