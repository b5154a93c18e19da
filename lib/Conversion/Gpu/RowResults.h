// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where the rows of a tile go.
#ifndef SPARSEATTN_LIB_CONVERSION_GPU_ROWRESULTS_H
#define SPARSEATTN_LIB_CONVERSION_GPU_ROWRESULTS_H

#include "SharedTile.h"

namespace mlir::sattn {

/// The running softmax of a row: weights are 2^(exponent - max).
struct RowSoftmax {
  Value max, sum, rowMax;
};

/// Keeps the softmaxes of rows, or writes what they have come to.
class RowResults {
public:
  /// `buffers` are out, lse and row_max, or the accumulator, maximum, sum and row maximum where the
  /// state `isSaved`. Exponents are scores of `scale` in base 2; `scaleOfOut` is a factor of out.
  RowResults(GpuBuilder &b, ValueRange buffers, bool isSaved, bool hasRowMax,
             double scale, double scaleOfOut);

  /// All of a row but its columns.
  void emitLast(Value row, const RowSoftmax &softmax);
  /// What an accumulator is multiplied by before it is stored: the sum of two numbers, or just the first where that is as
  /// good, as it is of 16-bit elements.
  struct Factor {
    Value high, low;
  };
  Factor emitFactor(Value sum);
  /// Columns of a row that follow each other, 1, 2, 4 or 8, from a multiple of their number on.
  struct Columns {
    Value first;
    SmallVector<Value, 2> sums;
  };
  void storeColumns(Value row, ArrayRef<Columns> columns, Factor factor);

private:
  Value emitProduct(Value sum, Factor factor);

  GpuBuilder &b;
  bool isSaved, hasRowMax;
  double scale, scaleOfOut;
  std::vector<RowSource> targets;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_GPU_ROWRESULTS_H
