// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Bits of bits.
#include "SparseAttn/Analysis/TokenSet.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace mlir::sattn;

namespace {
constexpr int64_t wordBits = TokenSet::wordBits;
} // namespace

void mlir::sattn::mergeRuns(llvm::SmallVectorImpl<TokenRun> &runs) {
  llvm::sort(runs, [](TokenRun a, TokenRun b) { return a.begin < b.begin; });
  size_t kept = 0;
  for (TokenRun run : runs) {
    if (kept && runs[kept - 1].end >= run.begin)
      runs[kept - 1].end = std::max(runs[kept - 1].end, run.end);
    else
      runs[kept++] = run;
  }
  runs.truncate(kept);
}

TokenSet::TokenSet(int64_t size) : size(size) {
  int64_t bits = std::max<int64_t>(size, 1);
  do {
    bits = (bits + wordBits - 1) / wordBits;
    levels.emplace_back(bits, 0);
  } while (bits > 1);
}

int64_t TokenSet::count() const {
  int64_t result = 0;
  for (uint64_t word : levels[0])
    result += llvm::popcount(word);
  return result;
}

void TokenSet::insert(TokenRun run) {
  for (std::vector<uint64_t> &level : levels) {
    if (run.begin >= run.end)
      return;
    int64_t first = run.begin / wordBits, last = (run.end - 1) / wordBits;
    for (int64_t index = first; index <= last; ++index)
      level[index] |=
          maskWord(run.begin - index * wordBits, run.end - index * wordBits);
    run = {first, last + 1};
  }
}

void TokenSet::intersect(TokenRun run) {
  for (auto [index, word] : llvm::enumerate(levels[0])) {
    int64_t base = static_cast<int64_t>(index) * wordBits;
    if (uint64_t outside = word & ~maskWord(run.begin - base, run.end - base))
      erase(static_cast<int64_t>(index), outside);
  }
}

int64_t TokenSet::find(int64_t token) const {
  if (token >= size)
    return size;
  // Up to the first level that has a bit there or after it, and down again.
  int64_t at = token;
  size_t level = 0;
  for (;;) {
    int64_t index = at / wordBits;
    if (index < static_cast<int64_t>(levels[level].size()))
      if (uint64_t word =
              levels[level][index] & maskWord(at % wordBits, wordBits)) {
        at = index * wordBits + llvm::countr_zero(word);
        break;
      }
    if (++level == levels.size())
      return size;
    at = index + 1;
  }
  while (level-- > 0)
    at = at * wordBits + llvm::countr_zero(levels[level][at]);
  return at;
}

int64_t TokenSet::findLast(int64_t token) const {
  int64_t at = std::min(token, size - 1);
  size_t level = 0;
  for (;;) {
    if (at < 0)
      return -1;
    int64_t index = at / wordBits;
    if (uint64_t word = levels[level][index] & maskWord(0, at % wordBits + 1)) {
      at = index * wordBits + wordBits - 1 - llvm::countl_zero(word);
      break;
    }
    if (++level == levels.size())
      return -1;
    at = index - 1;
  }
  while (level-- > 0)
    at = at * wordBits + wordBits - 1 - llvm::countl_zero(levels[level][at]);
  return at;
}

std::vector<uint64_t> mlir::sattn::foldWords(llvm::ArrayRef<uint64_t> words,
                                             int64_t step) {
  std::vector<uint64_t> residues((step + wordBits - 1) / wordBits, 0);
  int64_t residue = 0;
  for (uint64_t word : words) {
    int64_t at = residue;
    residue = (residue + wordBits) % step;
    // The part up to the step, then what comes after it, from residue 0 on.
    for (int64_t rest = wordBits; word && rest > 0;) {
      int64_t count = std::min(rest, step - at);
      uint64_t part = word & maskWord(0, count);
      residues[at / wordBits] |= part << (at % wordBits);
      if (at % wordBits + count > wordBits)
        residues[at / wordBits + 1] |= part >> (wordBits - at % wordBits);
      word = count < wordBits ? word >> count : 0;
      rest -= count;
      at = 0;
    }
  }
  return residues;
}

void UnseenTokens::reset(TokenRun among) {
  left = all;
  if (among.begin > 0 || among.end < left.getSize())
    left.intersect(among);
  for (Links &links : linksOf) {
    if (links.isUsed)
      std::fill(links.next.begin(), links.next.end(), 0);
    links.isUsed = false;
  }
}

int64_t UnseenTokens::findInClass(int64_t step, int64_t token) {
  int64_t size = left.getSize();
  if (token >= size || left.contains(token))
    return token;
  Links *links =
      llvm::find_if(linksOf, [&](const Links &of) { return of.step == step; });
  if (links == linksOf.end()) {
    linksOf.push_back({step, std::vector<int32_t>(size, 0)});
    links = linksOf.end() - 1;
  }
  links->isUsed = true;
  std::vector<int32_t> &next = links->next;
  while (token < size && !left.contains(token)) {
    int64_t following =
        next[token] ? next[token] : std::min(token + step, size);
    next[token] = static_cast<int32_t>(
        following < size && next[following] ? next[following] : following);
    token = following;
  }
  return token;
}
