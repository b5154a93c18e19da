// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the leaves that read operands share.
#ifndef SPARSEATTN_LIB_DIALECT_RUNTIMEPATTERNSDETAIL_H
#define SPARSEATTN_LIB_DIALECT_RUNTIMEPATTERNSDETAIL_H

#include "SparseAttn/Dialect/RuntimePattern.h"

#include "PatternAttrsDetail.h"

namespace mlir::sattn::detail {

/// What documents are to the choice of sizes: a tile of R rows sees R - 1 keys more than a row does,
/// as with a window, since documents end anywhere.
inline PatternAttr getTypicalDocuments(MLIRContext *context) {
  constexpr int64_t keys = 1024;
  return cast<PatternAttr>(
      Attribute(WindowAttr::get(context, keys / 2, keys / 2 - 1, 1)));
}

/// Operand `number` of the operation; whoever asks for code or numbers provides them.
inline const PatternOperand &operandOf(const PatternScope &scope,
                                       int64_t number) {
  assert(scope.runtime && number >= 0 &&
         number < static_cast<int64_t>(scope.runtime->operands.size()) &&
         "a leaf that reads operands is asked without them");
  return scope.runtime->operands[number];
}

/// The tables that `leaf` has built.
inline ArrayRef<PatternOperand> runtimeTablesOf(const PatternScope &scope,
                                                Attribute leaf) {
  assert(scope.runtime && scope.runtime->tables.contains(leaf) &&
         "tables of a leaf must be built before its code");
  return scope.runtime->tables.find(leaf)->second;
}

/// Numbers of operands as parameters: -1 is none, only at the end, and all of the first
/// `least` are there or none is.
inline LogicalResult verifyOperandNumbers(EmitError emitError,
                                          ArrayRef<int64_t> numbers,
                                          unsigned least) {
  unsigned count = 0;
  for (int64_t number : numbers) {
    if (number < -1)
      return emitError() << "expected numbers of operands, but got " << number;
    if (number >= 0)
      ++count;
  }
  for (unsigned i = 0; i < count; ++i)
    if (numbers[i] < 0)
      return emitError() << "expected operand " << i
                         << " to be given before later ones";
  if (count && count < least)
    return emitError() << "expected at least " << least << " operands, but got "
                       << count;
  return success();
}

} // namespace mlir::sattn::detail

#endif // SPARSEATTN_LIB_DIALECT_RUNTIMEPATTERNSDETAIL_H
