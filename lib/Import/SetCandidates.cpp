// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Parameters of leaves from projections of a mask on rows and keys: global, prefix, columns.
#include "LeafCollector.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir::sattn;
using llvm::ArrayRef;
using llvm::formatv;
using llvm::SmallVector;
using llvm::StringRef;

namespace {
/// Most positions that a list of them is written out for.
constexpr int64_t maxListedPositions = 64;

/// Positions that are wanted and not refused.
Flags onlyIn(const Flags &wanted, const Flags &refused) {
  Flags result(wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i)
    result[i] = wanted[i] && !refused[i];
  return result;
}
} // namespace

PatternText LeafCollector::list(const Flags &flags, int64_t offset, int64_t end,
                            StringRef flag) const {
  std::string text;
  int64_t count = 0;
  for (auto [i, flag] : llvm::enumerate(flags)) {
    if (!flag)
      continue;
    for (int64_t k = 0; k < placement.scale; ++k) {
      int64_t position = (int64_t(i) + offset) * placement.scale + k;
      if (position < 0 || position >= end)
        continue;
      if (++count > maxListedPositions)
        return {};
      text += (text.empty() ? "" : ", ") + std::to_string(position);
    }
  }
  if (!count)
    return {};
  return {"global<positions = [" + text + (flag.empty() ? "]>" : "], ") +
              (flag.empty() ? "" : flag.str() + ">"),
          PatternText::Leaf, int(2 + count)};
}

PatternText LeafCollector::ends(int64_t first, int64_t last, StringRef flag) const {
  std::string text;
  bool blocks = placement.scale > 1;
  if (first)
    text += formatv("first = {0}, ", first * placement.scale);
  if (last)
    text += formatv("last = {0}, ", last);
  if (last && blocks)
    text += formatv("last_block = {0}, ", placement.scale);
  text += flag;
  return {"global<" + StringRef(text).rtrim(", ").str() + ">",
          PatternText::Leaf, 1 + (first != 0) + (last != 0)};
}

void LeafCollector::addKeys(PatternText text, const Flags &positions) {
  MaskLeaf leaf;
  leaf.kind = MaskLeaf::Keys;
  leaf.text = std::move(text);
  leaf.keys.resize((numKeys + 63) / 64);
  for (int64_t key = 0; key < numKeys; ++key)
    if (positions[key])
      setBits(leaf.keys, key, key + 1, numKeys);
  leaves.push_back(std::move(leaf));
}
void LeafCollector::addRows(PatternText text, const Flags &positions) {
  MaskLeaf leaf;
  leaf.kind = MaskLeaf::Rows;
  leaf.text = std::move(text);
  leaf.rows = positions;
  leaves.push_back(std::move(leaf));
}
void LeafCollector::addGlobal(PatternText text, const Flags &ofRows,
                          const Flags &ofKeys) {
  addKeys(std::move(text), ofKeys);
  leaves.back().kind = MaskLeaf::Global;
  leaves.back().rows = ofRows;
}

void LeafCollector::addKeySets() {
  auto [first, last] = hullOf(inside.keys);
  if (first > last)
    return;
  Flags only = onlyIn(inside.keys, outside.keys);
  SmallVector<int64_t> lengths = {last + 1, first};
  SmallVector<int64_t> lasts = {numKeys - first, numKeys - 1 - last};
  auto [firstOut, lastOut] = hullOf(outside.keys);
  if (firstOut <= lastOut) {
    lengths.append({firstOut, lastOut + 1});
    lasts.append({numKeys - 1 - lastOut, numKeys - firstOut});
  }
  for (int64_t length : lengths)
    if (length > 0 && length < numKeys)
      addKeys(prefix(std::min(length * placement.scale, placement.numKeys)),
              interval(numKeys, 0, length));
  for (int64_t length : lasts)
    if (length > 0 && length < numKeys)
      addKeys(ends(0, length, "columns"),
              interval(numKeys, numKeys - length, numKeys));
  for (const Flags &flags : {inside.keys, only})
    if (PatternText text = list(flags, 0, placement.numKeys, "columns");
        text.cost)
      addKeys(text, flags);
  addColumns(inside.keys, Flags(numKeys), true);
  addColumns(only, outside.keys, false);
}

/// Periodic keys: one run of residues that has all wanted keys (`enclosing`),
/// or no refused ones.
void LeafCollector::addColumns(const Flags &wanted, const Flags &refused,
                           bool enclosing) {
  struct Choice {
    int64_t stride, phase, width, covered;
  };
  std::vector<Choice> choices;
  for (int64_t stride = 2; stride <= std::min(numKeys / 2, maxStride);
       ++stride) {
    std::vector<int64_t> count(stride);
    Flags bad(stride);
    int64_t numBad = 0;
    bool useless = false;
    for (int64_t begin = 0; begin < numKeys && !useless; begin += stride) {
      for (int64_t i = 0; i < std::min(stride, numKeys - begin); ++i) {
        count[i] += wanted[begin + i];
        numBad += refused[begin + i] && !bad[i];
        bad[i] |= refused[begin + i];
      }
      useless = enclosing ? count.front() && count.back() : numBad == stride;
    }
    if (useless)
      continue;
    Choice best{stride, 0, 0, 0};
    for (int64_t begin = 0; begin < stride;) {
      if (bad[begin] || !count[begin]) {
        ++begin;
        continue;
      }
      int64_t end = begin, covered = 0, useful = begin;
      for (; end < stride && !bad[end]; ++end)
        if (count[end]) {
          covered += count[end];
          useful = end + 1;
        }
      if (covered > best.covered)
        best = {stride, begin, useful - begin, covered};
      begin = end;
    }
    if (best.covered > 1 && best.width < stride)
      choices.push_back(best);
  }
  llvm::sort(choices, [&](const Choice &a, const Choice &b) {
    int64_t first = enclosing ? a.width * b.stride : b.covered;
    int64_t second = enclosing ? b.width * a.stride : a.covered;
    return std::pair(first, a.stride) < std::pair(second, b.stride);
  });
  for (const Choice &c : ArrayRef(choices).take_front(maxPerFamily)) {
    Flags flags(numKeys);
    for (int64_t key = 0; key < numKeys; ++key)
      flags[key] =
          key % c.stride >= c.phase && key % c.stride < c.phase + c.width;
    std::string text =
        formatv("columns<stride = {0}", c.stride * placement.scale);
    if (c.phase)
      text += formatv(", phase = {0}", c.phase * placement.scale);
    if (c.width * placement.scale > 1)
      text += formatv(", width = {0}", c.width * placement.scale);
    addKeys({text + ">", PatternText::Leaf, 2 + (c.phase > 0) + (c.width > 1)},
            flags);
  }
}

void LeafCollector::addRowSets() {
  auto [first, last] = hullOf(inside.rows);
  if (first > last)
    return;
  int64_t offset = placement.offset;
  SmallVector<int64_t> ends = {last + 1, first};
  auto [firstOut, lastOut] = hullOf(outside.rows);
  if (firstOut <= lastOut)
    ends.append({firstOut, lastOut + 1});
  for (int64_t end : ends) {
    if (end <= 0 || end >= numRows || end + offset <= 0)
      continue;
    // Rows at negative positions are not in G.
    addRows(this->ends(end + offset, 0, "rows"),
            interval(numRows, -offset, end));
    int64_t count = numKeys - (end + offset);
    if (count > 0 && count < numKeys)
      addRows(this->ends(0, count, "rows"),
              interval(numRows, end, numKeys - offset));
  }
  for (const Flags &flags : {inside.rows, onlyIn(inside.rows, outside.rows)})
    if (PatternText text = list(flags, offset, noBound, "rows"); text.cost)
      addRows(text, flags);
}

void LeafCollector::addGlobalSets() {
  int64_t offset = placement.offset;
  // A position is global if neither its row nor its key is in the way.
  int64_t positions = std::max(numRows + offset, numKeys);
  if (positions < 1)
    return;
  Flags free(positions, 1), used(positions);
  for (int64_t position = 0; position < positions; ++position) {
    int64_t row = position - offset;
    bool hasRow = row >= 0 && row < numRows, hasKey = position < numKeys;
    free[position] = !(hasRow && outside.rows[row]) &&
                     !(hasKey && outside.keys[position]) && (hasRow || hasKey);
    used[position] =
        (hasRow && inside.rows[row]) || (hasKey && inside.keys[position]);
  }
  auto addPositions = [&](const Flags &flags, PatternText text) {
    Flags ofRows(numRows), ofKeys(numKeys);
    for (int64_t row = std::max<int64_t>(-offset, 0); row < numRows; ++row)
      ofRows[row] = flags[row + offset];
    for (int64_t key = 0; key < numKeys; ++key)
      ofKeys[key] = flags[key];
    addGlobal(std::move(text), ofRows, ofKeys);
  };
  int64_t first = 0, last = 0;
  while (first < positions && free[first] && used[first])
    ++first;
  while (last < numKeys && free[numKeys - 1 - last] && used[numKeys - 1 - last])
    ++last;
  if (first >= numKeys)
    return;
  if (first)
    addPositions(interval(positions, 0, first), ends(first, 0, ""));
  if (last)
    addPositions(interval(positions, numKeys - last, numKeys),
                 ends(0, last, ""));
  if (first && last) {
    Flags both = interval(positions, 0, first);
    for (int64_t i = numKeys - last; i < numKeys; ++i)
      both[i] = 1;
    addPositions(both, ends(first, last, ""));
  }
  Flags listed(positions);
  for (int64_t i = 0; i < positions; ++i)
    listed[i] = free[i] && used[i];
  if (PatternText text = list(listed, 0, noBound, ""); text.cost)
    addPositions(listed, text);
}
