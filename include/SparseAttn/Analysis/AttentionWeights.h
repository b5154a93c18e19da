// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How much of the softmax weight a pattern keeps on given queries and keys,
/// and where that weight lies.
///
/// The weights are those of a *base* pattern, the attention that the model was
/// trained with: `dense` for an encoder, `causal` for a decoder. A pattern
/// keeps the weight of the pairs that are live in both. One row of weights is
/// held per thread, and the cells of a picture; never a matrix.
#ifndef SPARSEATTN_ANALYSIS_ATTENTIONWEIGHTS_H
#define SPARSEATTN_ANALYSIS_ATTENTIONWEIGHTS_H

#include "SparseAttn/Dialect/PatternInterface.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::sattn {

/// One head's queries [M, headSize] and keys [N, headSize], in C order.
struct AttentionHead {
  ArrayRef<float> queries, keys;
  int64_t headSize = 0;
  double scale = 1;
};

/// A rectangle of query rows and keys, at least one of each, divided evenly
/// into at most maxCells cells a side, as CellGrid (Picture.h) does.
struct WeightWindow {
  int64_t firstRow = 0, numRows = 0;
  int64_t firstKey = 0, numKeys = 0;
  int64_t maxCells = 512;
};

struct WeightSummary {
  /// The share of the base's weight that is kept, in [0, 1]: the mean over
  /// rows, and the least with its row. Rows where the base has no live key do
  /// not count.
  double meanKept = 0;
  double leastKept = 1;
  int64_t leastRow = 0;
  int64_t numRows = 0;
  /// The cells of the window, row by row: the largest weight that is kept
  /// (relative to the base's whole row), NaN where no pair is live.
  int64_t cellRows = 0, cellCols = 0;
  std::vector<double> cells;
};

/// Computes in f32 with sums in f64, rows in parallel. Fails with one line in
/// `error` if weights are not finite.
FailureOr<WeightSummary>
computeWeights(const AttentionHead &head, PatternAttr pattern, PatternAttr base,
               const PatternShape &shape,
               const std::optional<WeightWindow> &window, std::string &error);

} // namespace mlir::sattn

#endif // SPARSEATTN_ANALYSIS_ATTENTIONWEIGHTS_H
