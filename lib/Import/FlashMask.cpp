// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// FlashMask's intervals of rows: as the dense mask that they stand for where
/// that has a simple pattern, otherwise as operands of `key_rows`.
#include "RecognizedPattern.h"

#include "SparseAttn/Import/MaskArrays.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::sattn;
using llvm::formatv;

namespace {
template <typename... Args>
llvm::Error fail(const char *format, Args &&...args) {
  return llvm::createStringError(
      formatv(format, std::forward<Args>(args)...).str());
}

/// The table, and what its bounds mean.
struct Table {
  const NpyArray &array;
  int64_t batches, heads, keys, bounds;
  bool causal;

  int64_t at(int64_t batch, int64_t head, int64_t key, int64_t bound) const {
    int64_t index = ((batch * heads + head) * keys + key) * bounds + bound;
    return array.getKind() == ElementKind::I32 ? array.dataAs<int32_t>()[index]
                                               : array.dataAs<int64_t>()[index];
  }
  bool isLive(int64_t head, int64_t row, int64_t key) const {
    if (causal && key > row)
      return false;
    auto bound = [&](int64_t i) { return at(0, head, key, i); };
    auto within = [&](int64_t i) {
      return bound(i) <= row && row < bound(i + 1);
    };
    if (bounds == 1)
      return row < bound(0);
    if (bounds == 4)
      return !within(0) && !within(2);
    return causal ? !within(0) : row < bound(0) && row >= bound(1);
  }
};

/// One bound of every key, with as many heads as there are query heads.
llvm::Expected<NpyArray> column(const Table &table, int64_t bound,
                                int64_t numHeads) {
  llvm::Expected<NpyArray> result = NpyArray::create(
      table.array.getKind(), {table.batches, numHeads, table.keys});
  if (!result)
    return result;
  for (int64_t batch = 0, i = 0; batch < table.batches; ++batch)
    for (int64_t head = 0; head < numHeads; ++head)
      for (int64_t key = 0; key < table.keys; ++key, ++i) {
        int64_t value =
            table.at(batch, head * table.heads / numHeads, key, bound);
        if (result->getKind() == ElementKind::I32)
          result->dataAs<int32_t>()[i] = value;
        else
          result->dataAs<int64_t>()[i] = value;
      }
  return result;
}

llvm::Expected<ImportedPattern> asOperands(const Table &table,
                                           int64_t numHeads) {
  ImportedPattern result;
  std::string pattern;
  llvm::SmallVector<std::pair<const char *, int64_t>> columns;
  if (table.bounds == 1) {
    pattern = "causal and key_rows(%first, %end)";
    columns = {{"first", -1}, {"end", 0}};
  } else if (table.bounds == 4) {
    pattern = "not key_rows(%start1, %end1) and not key_rows(%start2, %end2)";
    columns = {{"start1", 0}, {"end1", 1}, {"start2", 2}, {"end2", 3}};
  } else if (table.causal) {
    pattern = "causal and not key_rows(%start, %end)";
    columns = {{"start", 0}, {"end", 1}};
  } else {
    pattern = "key_rows(%first, %end)";
    columns = {{"first", 1}, {"end", 0}};
  }
  for (auto [name, bound] : columns) {
    llvm::Expected<NpyArray> array =
        bound < 0 ? NpyArray::create(table.array.getKind(), {1})
                  : column(table, bound, numHeads);
    if (!array)
      return array.takeError();
    result.operands.push_back({name, std::move(*array)});
  }
  result.parts.push_back({"", {}, pattern, {}});
  result.exactness = "exact: the pattern reads the intervals";
  return std::move(result);
}
} // namespace

bool mlir::sattn::looksLikeFlashMask(const NpyArray &array) {
  return (array.getKind() == ElementKind::I32 ||
          array.getKind() == ElementKind::I64) &&
         array.getRank() == 4;
}

llvm::Expected<ImportedPattern>
mlir::sattn::importFlashMask(const NpyArray &array,
                             const MaskImportOptions &options,
                             MLIRContext *context) {
  if (array.getKind() != ElementKind::I32 &&
      array.getKind() != ElementKind::I64)
    return fail("expected FlashMask's table to be i32 or i64, but got {0}",
                getElementKindName(array.getKind()));
  if (array.getRank() != 4)
    return fail(
        "expected FlashMask's table [B, H, N, bounds], but got rank {0}",
        array.getRank());
  int64_t bounds = array.getDim(3);
  if (bounds != 1 && bounds != 2 && bounds != 4)
    return fail("expected FlashMask's table to have 1, 2 or 4 bounds, but got "
                "{0}",
                bounds);
  if (bounds == 2 && !options.causal)
    return fail("expected --causal or --no-causal: two bounds mean different "
                "rows");
  if (bounds == 1 && options.causal == false)
    return fail("expected --causal: one bound is of causal attention");
  if (bounds == 4 && options.causal == true)
    return fail(
        "expected --no-causal: four bounds are of attention that is not "
        "causal");
  Table table{array,           array.getDim(0),
              array.getDim(1), array.getDim(2),
              bounds,          bounds == 2 ? *options.causal : bounds == 1};
  if (!array.getNumElements())
    return fail("expected FlashMask's table to have at least one key, but got "
                "[{0}, {1}, {2}, {3}]",
                table.batches, table.heads, table.keys, bounds);
  const ImportSizes &sizes = options.sizes;
  if (sizes.numKeys && sizes.numKeys != table.keys)
    return fail("expected N in --shape to be {0}, the keys of the table, but "
                "got {1}",
                table.keys, sizes.numKeys);
  int64_t numQueries = sizes.numQueries ? sizes.numQueries : table.keys;
  int64_t numHeads = sizes.numHeads ? sizes.numHeads : table.heads;
  if (numHeads % table.heads)
    return fail("expected H in --shape to be a multiple of {0}, the heads of "
                "the table, but got {1}",
                table.heads, numHeads);

  bool tooLarge =
      double(numHeads) * numQueries * table.keys > double(maxMaskPairs);
  if (table.batches == 1 && !options.wantOperands && !tooLarge) {
    std::vector<PairMatrix> heads;
    for (int64_t head = 0; head < numHeads; ++head) {
      heads.emplace_back(numQueries, table.keys);
      for (int64_t row = 0; row < numQueries; ++row)
        for (int64_t key = 0; key < table.keys; ++key)
          if (table.isLive(head * table.heads / numHeads, row, key))
            heads.back().set(row, key);
    }
    llvm::Expected<RecognizedMask> mask = recognizeMask(heads, context);
    if (!mask)
      return mask.takeError();
    if (!mask->isTable)
      return toImport(*mask, numHeads, numQueries, table.keys);
  }
  llvm::Expected<ImportedPattern> result =
      asOperands(table, table.heads == 1 ? 1 : numHeads);
  if (result && !options.wantOperands)
    result->notes.push_back("--output-operands FOLDER writes the arrays that "
                            "the pattern reads");
  return result;
}
