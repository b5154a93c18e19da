// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Sets of tokens that are emptied in runs.
///
/// A search over a million tokens may not touch each of them in each layer. A set is a
/// bit per token, and a bit per 64 of those that says whether any is left, and so on:
/// the next token that is left is found in as many steps as there are levels (four for
/// a million), and 64 neighbours are taken out at once.
#ifndef SPARSEATTN_ANALYSIS_TOKENSET_H
#define SPARSEATTN_ANALYSIS_TOKENSET_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/bit.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace mlir::sattn {

/// A run of consecutive tokens.
struct TokenRun {
  int64_t begin = 0;
  int64_t end = 0;
};

/// Sorts runs and joins those that touch.
void mergeRuns(llvm::SmallVectorImpl<TokenRun> &runs);

class TokenSet {
public:
  static constexpr int64_t wordBits = 64;

  /// The empty set of the tokens [0, size).
  explicit TokenSet(int64_t size);

  int64_t getSize() const { return size; }
  bool contains(int64_t token) const {
    return levels[0][token / wordBits] >> (token % wordBits) & 1;
  }
  bool empty() const { return levels.back()[0] == 0; }
  int64_t count() const;

  void insert(TokenRun run);
  /// Keeps only the tokens of the run.
  void intersect(TokenRun run);

  /// The first token at or after `token`, or the size.
  int64_t find(int64_t token) const;
  /// The last token at or before `token`, or -1.
  int64_t findLast(int64_t token) const;

  /// The tokens 64 * index, ..., 64 * index + 63, as bits.
  uint64_t getWord(int64_t index) const { return levels[0][index]; }
  llvm::ArrayRef<uint64_t> getWords() const { return levels[0]; }
  void erase(int64_t index, uint64_t bits) {
    for (std::vector<uint64_t> &level : levels) {
      if (level[index] &= ~bits)
        return;
      bits = uint64_t(1) << (index % wordBits);
      index /= wordBits;
    }
  }

private:
  int64_t size;
  /// Bit i of level k + 1 says whether word i of level k has a bit. The last level is
  /// one word.
  llvm::SmallVector<std::vector<uint64_t>, 5> levels;
};

/// The bits of a word in [begin, end), which are positions relative to its first bit.
inline uint64_t maskWord(int64_t begin, int64_t end) {
  uint64_t mask = ~uint64_t(0);
  if (begin > 0)
    mask = begin < TokenSet::wordBits ? mask << begin : 0;
  if (end < TokenSet::wordBits)
    mask &= end > 0 ? (uint64_t(1) << end) - 1 : 0;
  return mask;
}

/// The residues modulo `step` of the tokens in `words`, as bits.
std::vector<uint64_t> foldWords(llvm::ArrayRef<uint64_t> words, int64_t step);

/// Tokens that a search has not seen yet, with "the next one of the same residue".
class UnseenTokens {
public:
  /// `all` is the set of those that can be seen.
  explicit UnseenTokens(TokenSet all)
      : all(std::move(all)), left(this->all) {}

  /// Everything in `among` is unseen again.
  void reset(TokenRun among);

  const TokenSet &getAll() const { return all; }
  const TokenSet &getLeft() const { return left; }

  /// The first unseen token among token, token + step, ...; the size or more if none is.
  int64_t find(int64_t step, int64_t token) {
    return step == 1 ? left.find(token) : findInClass(step, token);
  }

  void erase(int64_t index, uint64_t bits) { left.erase(index, bits); }

private:
  int64_t findInClass(int64_t step, int64_t token);

  TokenSet all, left;
  /// For a step, where to go on from a token that was seen, if it is known that all in
  /// between were; else 0. Paths are halved whenever they are walked.
  struct Links {
    int64_t step;
    std::vector<int32_t> next;
    bool isUsed = false;
  };
  llvm::SmallVector<Links, 1> linksOf;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_TOKENSET_H
