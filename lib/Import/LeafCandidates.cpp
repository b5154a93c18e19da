// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Parameters of leaves from projections of a mask: on diagonals (windows,
/// strides), on rows and keys (global, prefix, columns), and the extent of rows
/// (blocks).
#include "LeafCandidates.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir::sattn;
using llvm::ArrayRef;
using llvm::divideFloorSigned;
using llvm::formatv;
using llvm::SmallVector;
using llvm::StringRef;

namespace {
/// Most positions that a list of them is written out for.
constexpr int64_t maxListedPositions = 64;
/// Most strides that are tried.
constexpr int64_t maxStride = 4096;
/// Of each family that has many members, as many are tried.
constexpr size_t maxPerFamily = 3;

using Bits = std::vector<uint64_t>;
using Flags = std::vector<char>;

Flags toFlags(const Bits &bits, int64_t size) {
  Flags flags(size);
  for (int64_t i = findFirstBit(bits, 0, size); i < size;
       i = findFirstBit(bits, i + 1, size))
    flags[i] = 1;
  return flags;
}

/// What the rows of a matrix have in common.
struct Projections {
  explicit Projections(const PairMatrix &pairs);

  int64_t numRows, numKeys;
  /// Whether a row, a key has a pair.
  Flags rows, keys;
  /// Whether a diagonal has one, by key - row + numRows - 1.
  Flags diagonals;
  /// First and last key of each row, numKeys and -1 without.
  std::vector<int64_t> first, last;
};

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

class Collector {
public:
  Collector(const PairMatrix &inside, const PairMatrix &outside,
            const MaskPlacement &placement, SmallVector<MaskLeaf> &leaves)
      : outsidePairs(outside), inside(inside), outside(outside),
        placement(placement), leaves(leaves), numRows(inside.getNumRows()),
        numKeys(inside.getNumKeys()) {}

  void run() {
    addBands();
    addStrides();
    addBlocks();
    addKeySets();
    addRowSets();
    addGlobalSets();
  }

private:
  /// Of the diagonal of distance d = j - i.
  int64_t indexOf(int64_t distance) const {
    return distance + placement.offset + numRows - 1;
  }
  int64_t distanceOf(int64_t index) const {
    return index - (numRows - 1) - placement.offset;
  }
  int64_t numDiagonals() const { return inside.diagonals.size(); }

  void add(std::optional<MaskLeaf> leaf) {
    if (leaf)
      leaves.push_back(std::move(*leaf));
  }
  /// j - i <= high, or what `not` makes of it.
  void addUpTo(int64_t high) {
    add(high >= 0 ? makeBand(placement, noBound, high)
                  : makeBand(placement, -high - 1, noBound));
  }
  /// j - i >= low, or what `not` makes of it.
  void addFrom(int64_t low) {
    add(low <= 0 ? makeBand(placement, -low, noBound)
                 : makeBand(placement, noBound, low - 1));
  }

  void addBands();
  void addStrides();
  void addBlocks();
  void addKeySets();
  void addRowSets();
  void addGlobalSets();
  void addColumns(const Flags &wanted, const Flags &refused, bool enclosing);

  void addKeys(PatternText text, const Flags &positions);
  void addRows(PatternText text, const Flags &positions);
  void addGlobal(PatternText text, const Flags &ofRows, const Flags &ofKeys);
  /// `global<positions = [..], flag>`; empty if that is none or too many.
  PatternText list(const Flags &flags, int64_t offset, int64_t end,
                   StringRef flag) const;
  /// `first = a`, `last = b`, or both.
  PatternText ends(int64_t first, int64_t last, StringRef flag) const;
  Flags interval(int64_t size, int64_t begin, int64_t end) const {
    Flags flags(size);
    for (int64_t i = std::max<int64_t>(begin, 0); i < std::min(end, size); ++i)
      flags[i] = 1;
    return flags;
  }

  const PairMatrix &outsidePairs;
  Projections inside, outside;
  const MaskPlacement &placement;
  SmallVector<MaskLeaf> &leaves;
  int64_t numRows, numKeys;
};

std::pair<int64_t, int64_t> hullOf(const Flags &flags) {
  auto first = llvm::find(flags, 1);
  if (first == flags.end())
    return {0, -1};
  auto last = std::find(flags.rbegin(), flags.rend(), 1);
  return {first - flags.begin(), flags.rend() - last - 1};
}

void Collector::addBands() {
  add(makeBand(placement, noBound, 0));
  add(makeBand(placement, 0, noBound));
  auto [first, last] = hullOf(inside.diagonals);
  if (first > last)
    return;
  int64_t low = distanceOf(first), high = distanceOf(last);
  add(makeBand(placement, -low, high));
  addUpTo(high);
  addFrom(low);

  // The largest that hold nothing of `outside`.
  auto [firstOut, lastOut] = hullOf(outside.diagonals);
  if (firstOut > lastOut)
    return;
  addUpTo(distanceOf(firstOut) - 1);
  addFrom(distanceOf(lastOut) + 1);
  int64_t self = indexOf(0);
  if (self < 0 || self >= numDiagonals() || outside.diagonals[self])
    return;
  int64_t begin = self, end = self;
  while (begin > 0 && !outside.diagonals[begin - 1])
    --begin;
  while (end + 1 < numDiagonals() && !outside.diagonals[end + 1])
    ++end;
  add(makeBand(placement, begin ? self - begin : noBound,
               end + 1 < numDiagonals() ? end - self : noBound));
  // No further than there is something to hold.
  add(makeBand(placement, std::max<int64_t>(self - std::max(begin, first), 0),
               std::max<int64_t>(std::min(end, last) - self, 0)));
}

void Collector::addStrides() {
  if (placement.scale > 1)
    return;
  int64_t divisor = 0;
  auto [first, last] = hullOf(inside.diagonals);
  for (int64_t i = first; i <= last && divisor != 1; ++i)
    if (inside.diagonals[i])
      divisor = std::gcd(divisor, std::abs(distanceOf(i)));
  if (divisor > 1) {
    add(makeBand(placement, noBound, noBound, divisor));
    int64_t low = -distanceOf(first) / divisor;
    int64_t high = distanceOf(last) / divisor;
    add(makeBand(placement, low, high, divisor));
    add(makeBand(placement, low, noBound, divisor));
    add(makeBand(placement, noBound, high, divisor));
  }

  // What runs through `outside` at no tap.
  int64_t self = indexOf(0);
  if (self < 0 || self >= numDiagonals() || outside.diagonals[self])
    return;
  SmallVector<int64_t> whole;
  struct Run {
    int64_t step, low, high, covered;
  };
  std::vector<Run> runs;
  for (int64_t step = 2; step < std::min(numDiagonals(), maxStride); ++step) {
    Run run{step, 0, 0, 0};
    bool open[2];
    for (int side = 0; side < 2; ++side) {
      int64_t signedStep = side ? step : -step, i = self + signedStep;
      int64_t &taps = side ? run.high : run.low;
      int64_t beyond = 0;
      for (; i >= 0 && i < numDiagonals() && !outside.diagonals[i];
           i += signedStep, ++beyond)
        if (inside.diagonals[i]) {
          ++run.covered;
          taps = beyond + 1;
        }
      open[side] = i < 0 || i >= numDiagonals();
    }
    if (!run.covered)
      continue;
    if (open[0] && open[1]) {
      if (whole.size() < maxPerFamily &&
          llvm::none_of(whole, [&](int64_t s) { return step % s == 0; }))
        whole.push_back(step);
      continue;
    }
    if (open[0])
      run.low = noBound;
    if (open[1])
      run.high = noBound;
    runs.push_back(run);
  }
  for (int64_t step : whole)
    add(makeBand(placement, noBound, noBound, step));
  llvm::sort(runs, [](const Run &a, const Run &b) {
    return std::pair(-a.covered, a.step) < std::pair(-b.covered, b.step);
  });
  for (const Run &run : ArrayRef(runs).take_front(maxPerFamily))
    add(makeBand(placement, run.low, run.high, run.step));
}

/// Extremes of any interval of a list, in constant time.
class RangeExtremes {
public:
  explicit RangeExtremes(std::vector<int64_t> values, bool largest)
      : largest(largest) {
    levels.push_back(std::move(values));
    for (size_t width = 1; 2 * width <= levels.front().size(); width *= 2) {
      const std::vector<int64_t> &below = levels.back();
      std::vector<int64_t> level(below.size() - width);
      for (size_t i = 0; i < level.size(); ++i)
        level[i] = pick(below[i], below[i + width]);
      levels.push_back(std::move(level));
    }
  }

  /// Of [begin, end), which is not empty.
  int64_t query(int64_t begin, int64_t end) const {
    const std::vector<int64_t> &level = levels[llvm::Log2_64(end - begin)];
    int64_t width = int64_t(1) << llvm::Log2_64(end - begin);
    return pick(level[begin], level[end - width]);
  }

private:
  int64_t pick(int64_t a, int64_t b) const {
    return largest ? std::max(a, b) : std::min(a, b);
  }

  bool largest;
  std::vector<std::vector<int64_t>> levels;
};

void Collector::addBlocks() {
  // Nearest keys of `outside` around each row's own.
  std::vector<int64_t> before(numRows, -1), after(numRows, numKeys);
  for (int64_t row = 0; row < numRows; ++row) {
    int64_t query = row + placement.offset;
    before[row] =
        findLastBit(outsidePairs.getRow(row), std::min(query, numKeys - 1));
    after[row] = findFirstBit(outsidePairs.getRow(row),
                              std::max<int64_t>(query, 0), numKeys);
  }
  RangeExtremes lastBefore(std::move(before), true);
  RangeExtremes firstAfter(std::move(after), false);
  RangeExtremes firstKey(inside.first, false), lastKey(inside.last, true);

  struct Choice {
    int64_t size, low, high, area;
  };
  std::vector<Choice> enclosing, inscribed;
  int64_t offset = placement.offset;
  int64_t positions = std::max(numRows + offset, numKeys);
  for (int64_t size = 2; size < positions; ++size) {
    int64_t firstBlock = divideFloorSigned(offset, size);
    int64_t lastBlock = divideFloorSigned(offset + numRows - 1, size);
    auto rowsOf = [&](int64_t block) {
      return std::pair(std::max<int64_t>(block * size - offset, 0),
                       std::min((block + 1) * size - offset, numRows));
    };
    // The distance of blocks that pairs inside reach.
    int64_t low = 0, high = 0;
    // How far a block sees nothing of `outside`.
    int64_t freeLow = noBound, freeHigh = noBound;
    bool free = true;
    for (int64_t block = firstBlock; block <= lastBlock; ++block) {
      auto [begin, end] = rowsOf(block);
      int64_t first = firstKey.query(begin, end);
      int64_t last = lastKey.query(begin, end);
      if (last >= 0) {
        low = std::max(low, block - first / size);
        high = std::max(high, last / size - block);
      }
      int64_t blockBegin = block * size, blockEnd = blockBegin + size;
      int64_t left = lastBefore.query(begin, end);
      int64_t right = firstAfter.query(begin, end);
      free &= left < blockBegin && right >= blockEnd;
      if (!free)
        continue;
      if (left >= 0)
        freeLow = std::min(freeLow, (blockBegin - 1 - left) / size);
      if (right < numKeys)
        freeHigh = std::min(freeHigh, (right - blockEnd) / size);
    }
    auto area = [&](int64_t left, int64_t right) {
      int64_t sum = 0;
      for (int64_t block = firstBlock; block <= lastBlock; ++block) {
        auto [rowBegin, rowEnd] = rowsOf(block);
        int64_t begin = std::max<int64_t>((block - left) * size, 0);
        int64_t end = std::min((block + right + 1) * size, numKeys);
        sum += std::max<int64_t>(end - begin, 0) * (rowEnd - rowBegin);
      }
      return sum;
    };
    enclosing.push_back({size, low, high, area(low, high)});
    if (free) {
      freeLow = std::min(freeLow, low);
      freeHigh = std::min(freeHigh, high);
      inscribed.push_back({size, freeLow, freeHigh, area(freeLow, freeHigh)});
    }
  }
  llvm::sort(enclosing, [](const Choice &a, const Choice &b) {
    return std::pair(a.area, a.size) < std::pair(b.area, b.size);
  });
  llvm::sort(inscribed, [](const Choice &a, const Choice &b) {
    return std::pair(-a.area, a.size) < std::pair(-b.area, b.size);
  });
  for (const Choice &c : ArrayRef(enclosing).take_front(maxPerFamily))
    leaves.push_back(makeBlockBand(placement, c.size, c.low, c.high));
  // Own blocks alone are simpler than neighbours, if not always smaller.
  for (const Choice &c : enclosing)
    if (!c.low && !c.high) {
      leaves.push_back(makeBlockBand(placement, c.size, 0, 0));
      break;
    }
  for (const Choice &c : ArrayRef(inscribed).take_front(maxPerFamily)) {
    leaves.push_back(makeBlockBand(placement, c.size, c.low, c.high));
    // A border next to the own block.
    int64_t border = 0;
    for (int64_t row = 0; row < numRows; ++row) {
      int64_t begin =
          divideFloorSigned(row + placement.offset, c.size) * c.size;
      if (inside.rows[row])
        border = std::max({border, begin - inside.first[row],
                           inside.last[row] - begin - c.size + 1});
    }
    if (border > 0 && border <= c.size && placement.scale == 1 && !c.low &&
        !c.high)
      leaves.push_back(makeBlockBand(placement, c.size, 0, 0, border));
  }
}

PatternText Collector::list(const Flags &flags, int64_t offset, int64_t end,
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

PatternText Collector::ends(int64_t first, int64_t last, StringRef flag) const {
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

void Collector::addKeys(PatternText text, const Flags &positions) {
  MaskLeaf leaf;
  leaf.kind = MaskLeaf::Keys;
  leaf.text = std::move(text);
  leaf.keys.resize((numKeys + 63) / 64);
  for (int64_t key = 0; key < numKeys; ++key)
    if (positions[key])
      setBits(leaf.keys, key, key + 1, numKeys);
  leaves.push_back(std::move(leaf));
}
void Collector::addRows(PatternText text, const Flags &positions) {
  MaskLeaf leaf;
  leaf.kind = MaskLeaf::Rows;
  leaf.text = std::move(text);
  leaf.rows = positions;
  leaves.push_back(std::move(leaf));
}
void Collector::addGlobal(PatternText text, const Flags &ofRows,
                          const Flags &ofKeys) {
  addKeys(std::move(text), ofKeys);
  leaves.back().kind = MaskLeaf::Global;
  leaves.back().rows = ofRows;
}

/// Positions that are wanted and not refused.
Flags onlyIn(const Flags &wanted, const Flags &refused) {
  Flags result(wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i)
    result[i] = wanted[i] && !refused[i];
  return result;
}

void Collector::addKeySets() {
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
void Collector::addColumns(const Flags &wanted, const Flags &refused,
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

void Collector::addRowSets() {
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

void Collector::addGlobalSets() {
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
} // namespace

void mlir::sattn::collectLeafCandidates(
    const PairMatrix &inside, const PairMatrix &outside,
    const MaskPlacement &placement, llvm::SmallVectorImpl<MaskLeaf> &leaves) {
  SmallVector<MaskLeaf> collected;
  Collector(inside, outside, placement, collected).run();
  for (MaskLeaf &leaf : collected)
    leaves.push_back(std::move(leaf));
}
