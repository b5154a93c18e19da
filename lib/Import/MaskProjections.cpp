// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Projections of a mask on rows, keys and diagonals, 64 pairs at a time.
#include "MaskProjections.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir::sattn;
using llvm::ArrayRef;

using Bits = std::vector<uint64_t>;

static Flags toFlags(const Bits &bits, int64_t size) {
  Flags flags(size);
  for (int64_t i = findFirstBit(bits, 0, size); i < size;
       i = findFirstBit(bits, i + 1, size))
    flags[i] = 1;
  return flags;
}

Projections::Projections(const PairMatrix &pairs)
    : numRows(pairs.getNumRows()), numKeys(pairs.getNumKeys()), rows(numRows),
      first(numRows), last(numRows) {
  Bits keyBits(pairs.getWordsPerRow());
  int64_t numDiagonals = numRows + numKeys - 1;
  Bits diagonalBits((numDiagonals + 127) / 64);
  for (int64_t row = 0; row < numRows; ++row) {
    ArrayRef<uint64_t> words = pairs.getRow(row);
    first[row] = findFirstBit(words, 0, numKeys);
    last[row] = findLastBit(words, numKeys - 1);
    rows[row] = last[row] >= 0;
    int64_t shift = numRows - 1 - row;
    for (size_t i = 0; i < words.size(); ++i) {
      if (!words[i])
        continue;
      keyBits[i] |= words[i];
      diagonalBits[i + shift / 64] |= words[i] << (shift % 64);
      if (shift % 64 && words[i] >> (64 - shift % 64))
        diagonalBits[i + shift / 64 + 1] |= words[i] >> (64 - shift % 64);
    }
  }
  keys = toFlags(keyBits, numKeys);
  diagonals = toFlags(diagonalBits, numDiagonals);
}

std::pair<int64_t, int64_t> mlir::sattn::hullOf(const Flags &flags) {
  auto first = llvm::find(flags, 1);
  if (first == flags.end())
    return {0, -1};
  auto last = std::find(flags.rbegin(), flags.rend(), 1);
  return {first - flags.begin(), flags.rend() - last - 1};
}
