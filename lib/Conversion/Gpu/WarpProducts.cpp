// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The two matrix products of a warp: queries by keys, and weights by values.
#include "WarpSoftmax.h"

using namespace mlir;
using namespace mlir::sattn;

std::array<Value, 4> WarpSoftmax::queryFragment(int64_t part, int64_t group,
                                                int64_t column) {
  int64_t perGroup = tile.headSize / 16;
  if (!fragments.empty())
    return fragments[(part * tile.rowGroups + group) * perGroup + column / 16];
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
  SmallVector<std::array<Value, 4>> loaded;
  for (int64_t part = 0; part < tile.parts; ++part)
    for (int64_t group = 0; group < tile.rowGroups; ++group)
      for (int64_t column = 0; column < tile.headSize; column += 16)
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

static Type fragmentType(const RowSource &source, GpuBuilder &b) {
  return source.elementBytes == 4 ? b.getBF16Type() : source.element;
}

void WarpSoftmax::emitProducts(SmallVector<Scores> &scores,
                               ArrayRef<Mask> masks, Value stage) {
  for (Scores &group : scores)
    llvm::fill(group, b.f32(0));
  // The largest products of all columns have a sum of their own, for the same reason.
  SmallVector<Scores> large = scores;
  if (!masks.empty() && context.masksByProduct())
    emitMaskProducts(large, masks);
  Type element = fragmentType(context.key, b);
  int64_t partBytes = keys.getLayout().bytes();
  // All products of a column before the next one's, so that no more than its fragments are in registers.
  for (int64_t column = 0; column < tile.headSize; column += 16) {
    SmallVector<SmallVector<std::array<Value, 4>>> query(tile.parts);
    for (int64_t part = 0; part < tile.parts; ++part)
      for (int64_t group = 0; group < tile.rowGroups; ++group)
        query[part].push_back(queryFragment(part, group, column));
    for (int64_t row = 0; row < tile.keys; row += 16) {
      SmallVector<std::array<Value, 4>> key;
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

void WarpSoftmax::emitValues(SmallVector<Group> &groups,
                             ArrayRef<Scores> weights, Value stage) {
  Type element = fragmentType(context.value, b);
  Value address = b.add(stage, tile.stageKeyBytes());
  int64_t partBytes = values.getLayout().bytes();
  for (int64_t row = 0; row < tile.keys; row += 16) {
    // Scores of 16 x 16 pairs lie as operand A wants its elements.
    SmallVector<SmallVector<std::array<Value, 4>>> fragments;
    for (const Scores &scores : weights) {
      SmallVector<Value> rest(ArrayRef(scores).slice(row / 2, 8));
      SmallVector<std::array<Value, 4>> parts;
      for (int64_t part = 0; part < tile.parts; ++part) {
        std::array<Value, 4> fragment;
        for (int64_t i = 0; i < 4; ++i)
          fragment[i] = b.pack(element, rest[2 * i], rest[2 * i + 1]);
        parts.push_back(fragment);
        if (part + 1 == tile.parts)
          continue;
        for (Value &weight : rest) {
          Value rounded = arith::TruncFOp::create(b, b.getBF16Type(), weight);
          weight = b.subF(
              weight, arith::ExtFOp::create(b, b.getF32Type(), rounded));
        }
      }
      fragments.push_back(parts);
    }
    for (int64_t column = 0; column < tile.valueSize; column += 16) {
      SmallVector<std::array<Value, 4>> value;
      for (int64_t part = 0; part < tile.parts; ++part)
        value.push_back(values.loadMatrices(
            b, laneOffsets, b.add(address, part * partBytes), row, column,
            /*transposed=*/true));
      for (auto [weightPart, valuePart] : partProducts(tile.parts))
        for (auto [group, parts] : llvm::zip_equal(groups, fragments))
          for (int64_t half = 0; half < 2; ++half) {
            MutableArrayRef<Value> sums =
                MutableArrayRef(group.sums).slice(column / 2 + half * 4, 4);
            std::array<Value, 4> next =
                b.multiplyAdd(element, parts[weightPart],
                              ArrayRef(value[valuePart]).slice(half * 2, 2), sums);
            llvm::copy(next, sums.begin());
          }
    }
  }
}
