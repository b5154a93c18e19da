// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The two matrix products of a warp: queries by keys, and weights by values.
#include "WarpSoftmax.h"

using namespace mlir;
using namespace mlir::sattn;

WarpSoftmax::Fragment WarpSoftmax::queryFragment(int64_t part, int64_t group,
                                                 int64_t column) {
  int64_t perGroup = tile.headSize / tile.depth();
  if (!fragments.empty())
    return fragments[(part * tile.rowGroups + group) * perGroup +
                     column / tile.depth()];
  Value warp = b.divide(b.threadId(), warpSize);
  int64_t partBytes = queries.getLayout().bytes();
  SmallVector<Value> lanes;
  for (auto [narrow, lane] : llvm::enumerate(laneOffsets))
    lanes.push_back(b.add(
        lane, b.mul(warp, tile.rowGroups * 16 * (narrow ? 64 : 128))));
  return queries.loadMatrices(b, lanes, b.add(shared, part * partBytes),
                              group * 16, column, /*transposed=*/false);
}

void WarpSoftmax::loadQueries() {
  if (!tile.keepsQueries)
    return;
  SmallVector<Fragment> loaded;
  for (int64_t part = 0; part < tile.parts; ++part)
    for (int64_t group = 0; group < tile.rowGroups; ++group)
      for (int64_t column = 0; column < tile.headSize; column += tile.depth())
        loaded.push_back(queryFragment(part, group, column));
  fragments = loaded;
}

/// Products of parts that count: the smallest ones first, so that their sums are not rounded like
/// large ones.
static SmallVector<std::pair<int64_t, int64_t>> partProducts(int64_t parts) {
  SmallVector<std::pair<int64_t, int64_t>> products;
  for (int64_t sum = parts - 1; sum >= 0; --sum)
    for (int64_t i = 0; i <= sum; ++i)
      products.push_back({i, sum - i});
  return products;
}

/// What products multiply.
static Type factorType(const GpuTile &tile, const RowSource &source, GpuBuilder &b) {
  if (tile.elementBytes == 4)
    return b.getTF32Type();
  return tile.parts > 1 ? b.getBF16Type() : source.element;
}

void WarpSoftmax::endLoads(int64_t column) {
  int64_t most = context.hasScore ? 16 : 32;
  if (tile.hasWideParts() && column % most == 0)
    b.syncWarp();
}

void WarpSoftmax::emitProducts(SmallVector<Scores> &scores,
                               ArrayRef<Mask> masks, Value stage) {
  for (Scores &group : scores)
    llvm::fill(group, b.f32(0));
  // The largest products of all columns have a sum of their own, for the same reason.
  SmallVector<Scores> large = scores;
  if (!masks.empty() && context.masksByProduct())
    emitMaskProducts(large, masks);
  Type element = factorType(tile, context.key, b);
  int64_t partBytes = keys.getLayout().bytes();
  // All products of a column before the next one's, so that no more than its fragments are in registers.
  for (int64_t column = 0; column < tile.headSize; column += tile.depth()) {
    if (column)
      endLoads(column);
    SmallVector<SmallVector<Fragment>> query(tile.parts);
    for (int64_t part = 0; part < tile.parts; ++part)
      for (int64_t group = 0; group < tile.rowGroups; ++group)
        query[part].push_back(queryFragment(part, group, column));
    for (int64_t row = 0; row < tile.keys; row += 16) {
      SmallVector<Fragment> key;
      for (int64_t part = 0; part < tile.parts; ++part)
        key.push_back(keys.loadMatrices(
            b, laneOffsets, b.add(stage, part * partBytes),
            row, column, /*transposed=*/false));
      for (auto [queryPart, keyPart] : partProducts(tile.parts)) {
        bool isLarge = queryPart + keyPart == 0;
        for (int64_t group = 0; group < tile.rowGroups; ++group)
          for (int64_t half = 0; half < 2; ++half) {
            MutableArrayRef<Value> sums =
                MutableArrayRef(isLarge ? large[group] : scores[group])
                    .slice(row / 2 + half * 4, 4);
            std::array<Value, 4> next = b.multiplyAdd(
                element, query[queryPart][group],
                ArrayRef(key[keyPart]).slice(half * 2, 2), sums);
            llvm::copy(next, sums.begin());
          }
      }
    }
  }
  for (auto [group, own] : llvm::zip_equal(scores, large))
    for (auto [score, sum] : llvm::zip_equal(group, own))
      score = tile.parts == 1 ? sum : b.addF(score, sum);
}

SmallVector<WarpSoftmax::Fragment>
WarpSoftmax::emitWeightFragments(ArrayRef<Value> weights) {
  // Of 8 keys a lane has the columns 2 (l mod 4) and one more, which count as l mod 4 and 4 more: so do rows of values.
  if (tile.elementBytes == 4)
    return {{b.toTF32(weights[0]), b.toTF32(weights[2]), b.toTF32(weights[1]),
             b.toTF32(weights[3])}};
  // Scores of 16 x 16 pairs lie as operand A wants its elements.
  Type element = factorType(tile, context.value, b);
  SmallVector<Value> rest(weights);
  SmallVector<Fragment> parts;
  for (int64_t part = 0; part < tile.parts; ++part) {
    Fragment fragment;
    for (int64_t i = 0; i < 4; ++i)
      fragment[i] = b.pack(element, rest[2 * i], rest[2 * i + 1]);
    parts.push_back(fragment);
    if (part + 1 == tile.parts)
      continue;
    for (Value &weight : rest) {
      Value rounded = arith::TruncFOp::create(b, b.getBF16Type(), weight);
      weight =
          b.subF(weight, arith::ExtFOp::create(b, b.getF32Type(), rounded));
    }
  }
  return parts;
}

SmallVector<SmallVector<Value, 2>>
WarpSoftmax::loadValues(Value address, int64_t row, int64_t product) {
  if (tile.elementBytes == 2) {
    Fragment loaded = values.loadMatrices(b, laneOffsets, address, row,
                                          product * 8, /*transposed=*/true);
    return {{loaded[0], loaded[1]}, {loaded[2], loaded[3]}};
  }
  SharedLayout::Panel panel = values.getLayout().panelOf(product * 8);
  SmallVector<Value> even = values.loadColumns(b, columnOffsets, address, row, panel),
                     odd = values.loadColumns(b, columnOffsets, address, row + 1, panel);
  SmallVector<SmallVector<Value, 2>> operands;
  for (auto [first, second] : llvm::zip_equal(even, odd))
    operands.push_back({first, second});
  return operands;
}

void WarpSoftmax::emitValues(SmallVector<Group> &groups,
                             ArrayRef<Scores> weights, Value stage) {
  Type element = factorType(tile, context.value, b);
  Value address = b.add(stage, tile.stageKeyBytes());
  int64_t partBytes = values.getLayout().bytes();
  for (int64_t row = 0; row < tile.keys; row += tile.depth()) {
    SmallVector<SmallVector<Fragment>> fragments;
    for (const Scores &scores : weights)
      fragments.push_back(emitWeightFragments(
          ArrayRef(scores).slice(row / 2, tile.depth() / 2)));
    for (int64_t product = 0; product < tile.valueSize / 8;) {
      endLoads(product * 8);
      SmallVector<SmallVector<SmallVector<Value, 2>>> value;
      for (int64_t part = 0; part < tile.parts; ++part)
        value.push_back(loadValues(b.add(address, part * partBytes), row, product));
      for (auto [weightPart, valuePart] : partProducts(tile.parts))
        for (auto [group, parts] : llvm::zip_equal(groups, fragments))
          for (auto [i, operand] : llvm::enumerate(value[valuePart])) {
            MutableArrayRef<Value> sums =
                MutableArrayRef(group.sums).slice((product + i) * 4, 4);
            Fragment next =
                b.multiplyAdd(element, parts[weightPart], operand, sums);
            llvm::copy(next, sums.begin());
          }
      product += value[0].size();
    }
  }
}
