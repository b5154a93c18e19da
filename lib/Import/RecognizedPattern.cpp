// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Says how exact a recognized mask is and where its rows stand.
#include "RecognizedPattern.h"

#include "SparseAttn/Dialect/PatternSyntax.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir::sattn;
using llvm::formatv;

static std::string printSizes(int64_t numHeads, int64_t numQueries,
                              int64_t numKeys) {
  std::string text = formatv("{0} x {1} pairs", numQueries, numKeys);
  if (numHeads != 1)
    text += formatv(" of {0} heads", numHeads);
  return text;
}

llvm::Error mlir::sattn::checkMaskSizes(int64_t numHeads, int64_t numQueries,
                                        int64_t numKeys) {
  std::string sizes = printSizes(numHeads, numQueries, numKeys);
  if (!numHeads || !numQueries || !numKeys)
    return llvm::createStringError(
        "expected a mask with at least one pair, but "
        "got " +
        sizes);
  if (double(numHeads) * numQueries * numKeys > double(maxMaskPairs))
    return llvm::createStringError(
        formatv("expected at most {0} pairs, but got {1}", maxMaskPairs, sizes)
            .str());
  return llvm::Error::success();
}

ImportedPattern mlir::sattn::toImport(const RecognizedMask &mask,
                                      int64_t numHeads, int64_t numQueries,
                                      int64_t numKeys) {
  ImportedPattern result;
  ImportedPart part;
  part.pattern = patternToString(mask.pattern);
  if (mask.offset)
    part.options.push_back(mask.offset == numKeys - numQueries
                               ? "--align bottom_right"
                               : formatv("--offset {0}", mask.offset).str());
  result.parts.push_back(std::move(part));
  std::string pairs = printSizes(numHeads, numQueries, numKeys);
  result.isExact = mask.isExact();
  if (mask.isExact()) {
    result.exactness = "exact: all " + pairs + " agree";
  } else {
    result.exactness = formatv("not exact: {0} pairs more than the mask, none "
                               "less, of {1}",
                               mask.extraPairs, pairs);
    result.notes.push_back("sattn-run reads the mask itself as --pattern "
                           "'mask(%m)' --operand m=FILE");
  }
  return result;
}
