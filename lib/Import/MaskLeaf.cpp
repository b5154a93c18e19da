// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Rows of leaves, and their text.
#include "MaskLeaf.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir::sattn;
using llvm::ArrayRef;
using llvm::divideFloorSigned;
using llvm::formatv;

void MaskLeaf::fillRow(const MaskPlacement &placement, int64_t row,
                       int64_t numKeys,
                       llvm::MutableArrayRef<uint64_t> bits) const {
  int64_t query = row + placement.offset;
  switch (kind) {
  case Band: {
    int64_t begin = low == noBound ? 0 : std::max<int64_t>(query - low, 0);
    int64_t end =
        high == noBound ? numKeys : std::min(query + high + 1, numKeys);
    if (step == 1)
      return setBits(bits, begin, end, numKeys);
    int64_t behind = (begin - query) % step;
    begin += behind > 0 ? step - behind : -behind;
    for (int64_t key = begin; key < end; key += step)
      bits[key / 64] |= uint64_t(1) << (key % 64);
    return;
  }
  case BlockBand: {
    int64_t block = divideFloorSigned(query, size);
    int64_t begin = low == noBound ? 0 : (block - low) * size - boundary;
    int64_t end =
        high == noBound ? numKeys : (block + high + 1) * size + boundary;
    return setBits(bits, begin, end, numKeys);
  }
  case Keys:
    std::copy(keys.begin(), keys.end(), bits.begin());
    return;
  case Rows:
    if (rows[row])
      setBits(bits, 0, numKeys, numKeys);
    return;
  case Global:
    if (rows[row])
      setBits(bits, 0, numKeys, numKeys);
    else
      std::copy(keys.begin(), keys.end(), bits.begin());
    return;
  case Predicate: {
    PatternShape shape{placement.numQueries, placement.numKeys, head,
                       placement.offset};
    for (int64_t key = 0; key < numKeys; ++key)
      if (isLive(pattern, shape, row * placement.scale, key * placement.scale))
        bits[key / 64] |= uint64_t(1) << (key % 64);
    return;
  }
  }
}

Overlap mlir::sattn::compareLeaf(const MaskLeaf &leaf, const PairMatrix &live,
                                 const PairMatrix &dead,
                                 const MaskPlacement &placement, bool count) {
  uint64_t liveIn = 0, liveOut = 0, deadIn = 0, deadOut = 0;
  std::vector<uint64_t> bits(live.getWordsPerRow());
  auto forEachRow = [&](auto visit) {
    for (int64_t row = 0; row < live.getNumRows(); ++row) {
      std::fill(bits.begin(), bits.end(), 0);
      leaf.fillRow(placement, row, live.getNumKeys(), bits);
      if (!visit(live.getRow(row), dead.getRow(row)))
        return;
    }
  };
  forEachRow([&](ArrayRef<uint64_t> liveRow, ArrayRef<uint64_t> deadRow) {
    for (size_t i = 0; i < bits.size(); ++i) {
      liveIn |= liveRow[i] & bits[i];
      liveOut |= liveRow[i] & ~bits[i];
      deadIn |= deadRow[i] & bits[i];
      deadOut |= deadRow[i] & ~bits[i];
    }
    // Neither the leaf nor its complement holds all or nothing of either.
    if (!count && leaf.kind == MaskLeaf::Predicate && (liveOut || deadIn))
      return false;
    return !(liveIn && liveOut && deadIn && deadOut);
  });
  // An early end has not seen all.
  if (!count && leaf.kind == MaskLeaf::Predicate)
    liveIn = deadOut = 1;
  Overlap result{liveIn != 0, liveOut != 0, deadIn != 0, deadOut != 0};
  bool useless = liveIn && liveOut && deadIn && deadOut;
  if (useless || !count)
    return result;
  result = {};
  forEachRow([&](ArrayRef<uint64_t> liveRow, ArrayRef<uint64_t> deadRow) {
    for (size_t i = 0; i < bits.size(); ++i) {
      result.liveIn += llvm::popcount(liveRow[i] & bits[i]);
      result.deadIn += llvm::popcount(deadRow[i] & bits[i]);
      result.liveOut += llvm::popcount(liveRow[i] & ~bits[i]);
      result.deadOut += llvm::popcount(deadRow[i] & ~bits[i]);
    }
    return true;
  });
  return result;
}

static int64_t countBlocks(const MaskPlacement &placement, int64_t size) {
  int64_t positions =
      std::max(placement.numQueries + placement.offset, placement.numKeys);
  return std::max<int64_t>(llvm::divideCeilSigned(positions, size), 1);
}

MaskLeaf mlir::sattn::makeBlockBand(const MaskPlacement &placement,
                                    int64_t size, int64_t low, int64_t high,
                                    int64_t boundary) {
  MaskLeaf leaf;
  leaf.kind = MaskLeaf::BlockBand;
  leaf.size = size;
  leaf.low = low;
  leaf.high = high;
  leaf.boundary = boundary;
  int64_t positions = size * placement.scale;
  std::string text = formatv("block_local<size = {0}", positions);
  leaf.text.cost = 2 + (boundary != 0);
  for (auto [name, count] :
       {std::pair<llvm::StringRef, int64_t>{"left", low}, {"right", high}}) {
    // A number that stands for all blocks there are is not what anybody means.
    bool reachesAll = count && (count == noBound ||
                                count + 1 >= countBlocks(placement, positions));
    leaf.isCompound |= reachesAll;
    leaf.text.cost += reachesAll ? 3 : count != 0;
    if (count)
      text +=
          formatv(", {0}_blocks = {1}", name,
                  count == noBound ? countBlocks(placement, positions) : count);
  }
  if (boundary)
    text += formatv(", boundary = {0}", boundary * placement.scale);
  leaf.text.text = text + ">";
  return leaf;
}

std::optional<MaskLeaf> mlir::sattn::makeBand(const MaskPlacement &placement,
                                              int64_t low, int64_t high,
                                              int64_t step) {
  if (low < 0 || high < 0)
    return std::nullopt;
  if (placement.scale > 1) {
    if (step > 1)
      return std::nullopt;
    return makeBlockBand(placement, 1, low, high);
  }
  MaskLeaf leaf;
  leaf.low = low == noBound ? noBound : low * step;
  leaf.high = high == noBound ? noBound : high * step;
  leaf.step = step;
  if (low == noBound && high == noBound) {
    leaf.text.text =
        step > 1 ? formatv("strided<stride = {0}>", step).str() : "dense";
    leaf.text.cost = step > 1 ? 2 : 0;
    return leaf;
  }
  if (high == 0 && low == noBound && step == 1) {
    leaf.text = {"causal", PatternText::Leaf, 1};
    return leaf;
  }
  if (high == 0 && (step == 1 || low == noBound)) {
    leaf.text =
        step == 1
            ? causalWindow(low)
            : PatternText{formatv("causal and strided<stride = {0}>", step),
                          PatternText::And, 3};
    leaf.isCompound = true;
    return leaf;
  }
  leaf.text.cost = 1 + (low != noBound) + (high != noBound) + (step > 1);
  std::string parameters;
  if (low != noBound)
    parameters += formatv("left = {0}, ", low);
  if (high != noBound)
    parameters += formatv("right = {0}, ", high);
  if (step > 1)
    parameters += formatv("dilation = {0}, ", step);
  parameters.resize(parameters.size() - 2);
  leaf.text.text = "window<" + parameters + ">";
  return leaf;
}
