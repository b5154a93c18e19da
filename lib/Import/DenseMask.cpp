// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Dense masks as arrays.
#include "RecognizedPattern.h"

#include "SparseAttn/Import/MaskArrays.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::sattn;
using llvm::formatv;

template <typename... Args>
static llvm::Error fail(const char *format, Args &&...args) {
  return llvm::createStringError(
      formatv(format, std::forward<Args>(args)...).str());
}

/// An element of any type, near enough to tell whether it is 0, 1 or another number.
static double valueAt(const NpyArray &array, int64_t index) {
  switch (array.getKind()) {
  case ElementKind::I1:
    return array.dataAs<uint8_t>()[index] != 0;
  case ElementKind::U8:
    return array.dataAs<uint8_t>()[index];
  case ElementKind::I8:
    return array.dataAs<int8_t>()[index];
  case ElementKind::I32:
    return array.dataAs<int32_t>()[index];
  case ElementKind::I64:
    return static_cast<double>(array.dataAs<int64_t>()[index]);
  case ElementKind::F64:
    return array.dataAs<double>()[index];
  case ElementKind::F32:
  case ElementKind::F16:
  case ElementKind::BF16:
    break;
  }
  float value;
  loadFloats(array.getKind(),
             array.dataAs<char>() + index * getByteWidth(array.getKind()),
             value);
  return value;
}

llvm::Expected<ImportedPattern>
mlir::sattn::importDenseMask(const NpyArray &array,
                             const MaskImportOptions &options,
                             MLIRContext *context) {
  llvm::ArrayRef<int64_t> shape = array.getShape();
  if (shape.size() == 4 && shape[0] == 1)
    shape = shape.drop_front();
  if (shape.size() != 2 && shape.size() != 3)
    return fail("expected a mask [M, N], [H, M, N] or [1, H, M, N], but got "
                "rank {0}{1}",
                array.getRank(),
                array.getRank() == 4 ? " with more than one batch" : "");
  int64_t numHeads = shape.size() == 3 ? shape[0] : 1;
  int64_t numRows = shape[shape.size() - 2], numKeys = shape.back();
  int64_t size = options.elementSize;
  constexpr int64_t maxHeads = 1 << 16;
  if (numHeads > maxHeads)
    return fail("expected at most {0} heads, but got {1}", maxHeads, numHeads);
  if (std::max(numRows, numKeys) > maxMaskPairs)
    return fail("expected at most {0} queries and keys, but got {1} x {2}",
                maxMaskPairs, numRows, numKeys);
  if (llvm::Error error =
          checkMaskSizes(numHeads, numRows * size, numKeys * size))
    return std::move(error);

  int64_t index = 0;
  std::vector<PairMatrix> heads;
  for (int64_t head = 0; head < numHeads; ++head) {
    heads.emplace_back(numRows, numKeys);
    for (int64_t row = 0; row < numRows; ++row)
      for (int64_t key = 0; key < numKeys; ++key) {
        double value = valueAt(array, index++);
        if (value != 0 && value != 1)
          return fail("expected a mask of 0 and 1, but got {0} at head {1}, "
                      "query {2}, key {3}",
                      llvm::format("%g", value), head, row, key);
        if (value == 1)
          heads.back().set(row, key);
      }
  }
  MaskRecognizerOptions recognizerOptions;
  recognizerOptions.elementSize = size;
  llvm::Expected<RecognizedMask> mask =
      recognizeMask(heads, context, recognizerOptions);
  if (!mask)
    return mask.takeError();
  return toImport(*mask, numHeads, numRows * size, numKeys * size);
}
