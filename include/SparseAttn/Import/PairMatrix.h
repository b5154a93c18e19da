// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A set of (query row, key) pairs as one bit each.
#ifndef SPARSEATTN_IMPORT_PAIRMATRIX_H
#define SPARSEATTN_IMPORT_PAIRMATRIX_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace mlir::sattn {

/// Rows of 64-bit words. Invariant: bits at keys beyond the last one are 0.
class PairMatrix {
public:
  PairMatrix() = default;
  PairMatrix(int64_t numRows, int64_t numKeys)
      : numRows(numRows), numKeys(numKeys), wordsPerRow((numKeys + 63) / 64),
        words(numRows * wordsPerRow) {}

  int64_t getNumRows() const { return numRows; }
  int64_t getNumKeys() const { return numKeys; }
  int64_t getWordsPerRow() const { return wordsPerRow; }

  llvm::MutableArrayRef<uint64_t> getRow(int64_t row) {
    return {words.data() + row * wordsPerRow, size_t(wordsPerRow)};
  }
  llvm::ArrayRef<uint64_t> getRow(int64_t row) const {
    return {words.data() + row * wordsPerRow, size_t(wordsPerRow)};
  }
  bool get(int64_t row, int64_t key) const {
    return getRow(row)[key / 64] >> (key % 64) & 1;
  }
  void set(int64_t row, int64_t key) {
    getRow(row)[key / 64] |= uint64_t(1) << (key % 64);
  }

  int64_t count() const;
  bool operator==(const PairMatrix &other) const {
    return numRows == other.numRows && numKeys == other.numKeys &&
           words == other.words;
  }

  PairMatrix complement() const;
  PairMatrix transposed() const;
  /// The bits at multiples of `rowStep` and `keyStep`.
  PairMatrix sampled(int64_t rowStep, int64_t keyStep) const;

private:
  int64_t numRows = 0, numKeys = 0, wordsPerRow = 0;
  std::vector<uint64_t> words;
};

/// Sets the bits [begin, end), clipped to `numKeys`.
void setBits(llvm::MutableArrayRef<uint64_t> words, int64_t begin, int64_t end,
             int64_t numKeys);
/// The first set bit from `from` on, or `limit`; the last set bit up to `from`,
/// or -1.
int64_t findFirstBit(llvm::ArrayRef<uint64_t> words, int64_t from,
                     int64_t limit);
int64_t findLastBit(llvm::ArrayRef<uint64_t> words, int64_t from);

} // namespace mlir::sattn

#endif // SPARSEATTN_IMPORT_PAIRMATRIX_H
