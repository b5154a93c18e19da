// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Parameters of leaves from projections of a mask on diagonals (windows, strides), and from the extent
/// of rows (blocks).
#include "LeafCandidates.h"

#include "LeafCollector.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir::sattn;
using llvm::ArrayRef;
using llvm::divideFloorSigned;
using llvm::SmallVector;

namespace {
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
} // namespace

void LeafCollector::addBands() {
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

void LeafCollector::addStrides() {
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

void LeafCollector::addBlocks() {
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

void mlir::sattn::collectLeafCandidates(
    const PairMatrix &inside, const PairMatrix &outside,
    const MaskPlacement &placement, llvm::SmallVectorImpl<MaskLeaf> &leaves) {
  SmallVector<MaskLeaf> collected;
  LeafCollector(inside, outside, placement, collected).run();
  for (MaskLeaf &leaf : collected)
    leaves.push_back(std::move(leaf));
}
