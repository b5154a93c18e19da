// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Softmax rows, one at a time, read through the segments of two patterns.
#include "SparseAttn/Analysis/AttentionWeights.h"

#include "SparseAttn/Dialect/PatternAttrs.h"

#include "llvm/Support/Parallel.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::sattn;

namespace {

/// Rows that one thread takes at a time where no cell demands otherwise.
constexpr int64_t rowsPerTask = 16;

/// What a weight is where the base pattern is not live.
constexpr float notLive = -1;

int64_t splitEvenly(int64_t length, int64_t count, int64_t index) {
  return length / count * index + length % count * index / count;
}

/// A pattern of one head, ready to be asked row by row.
class RowPattern {
public:
  RowPattern(PatternAttr pattern, const PatternShape &shape)
      : shape(shape), phases(decompose(getPatternForHead(
                          simplifyPattern(pattern), shape.head))) {}

  template <typename Visit>
  void forEachLiveKey(int64_t row, Visit visit) const {
    // The rows of a tile of one row are never partial (PatternAlgebra.h,
    // Exactness).
    for (const Phase &phase : phases)
      forEachSegment(
          phase, shape, row, 1, 0, shape.numKeys, [&](const KeyRange &range) {
            for (int64_t key = range.begin; key < range.end; key += phase.step)
              visit(key);
          });
  }

private:
  PatternShape shape;
  SmallVector<Phase> phases;
};

/// Rows [begin, end), which share no cell with rows of another task.
struct RowTask {
  int64_t begin, end;
  /// -1 outside of the window.
  int64_t cellRow;
};

/// The weights of one head.
class WeightComputation {
public:
  WeightComputation(const AttentionHead &head, PatternAttr pattern,
                    PatternAttr base, const PatternShape &shape,
                    const std::optional<WeightWindow> &window)
      : head(head), shape(shape), window(window), pattern(pattern, shape),
        base(base, shape) {
    // Keys in columns: a row's scores are then sums of contiguous vectors.
    transposedKeys.resize(head.headSize * shape.numKeys);
    for (int64_t key = 0; key < shape.numKeys; ++key)
      for (int64_t d = 0; d < head.headSize; ++d)
        transposedKeys[d * shape.numKeys + key] =
            head.keys[key * head.headSize + d];
  }

  FailureOr<WeightSummary> run(std::string &error);

private:
  SmallVector<RowTask> makeTasks() const;
  void runTask(const RowTask &task);
  void computeScores(int64_t row, MutableArrayRef<float> scores) const;
  void addToCells(int64_t row, int64_t cellRow, ArrayRef<float> weights,
                  double sum);

  const AttentionHead &head;
  const PatternShape &shape;
  const std::optional<WeightWindow> &window;
  RowPattern pattern, base;
  std::vector<float> transposedKeys;
  /// By row: NaN where the base has no live key, infinite for a weight that is
  /// not finite.
  std::vector<double> kept;
  WeightSummary summary;
};

} // namespace

SmallVector<RowTask> WeightComputation::makeTasks() const {
  SmallVector<RowTask> tasks;
  auto addRows = [&](int64_t begin, int64_t end) {
    for (; begin < end; begin += rowsPerTask)
      tasks.push_back({begin, std::min(begin + rowsPerTask, end), -1});
  };
  int64_t done = 0;
  if (window) {
    addRows(0, window->firstRow);
    for (int64_t cell = 0; cell < summary.cellRows; ++cell) {
      auto edge = [&](int64_t index) {
        return window->firstRow +
               splitEvenly(window->numRows, summary.cellRows, index);
      };
      tasks.push_back({edge(cell), edge(cell + 1), cell});
    }
    done = window->firstRow + window->numRows;
  }
  addRows(done, shape.numQueries);
  return tasks;
}

void WeightComputation::computeScores(int64_t row,
                                      MutableArrayRef<float> scores) const {
  std::fill(scores.begin(), scores.end(), 0.0f);
  const float *query = head.queries.data() + row * head.headSize;
  for (int64_t d = 0; d < head.headSize; ++d) {
    const float factor = static_cast<float>(head.scale * query[d]);
    const float *keys = transposedKeys.data() + d * shape.numKeys;
    for (int64_t key = 0; key < shape.numKeys; ++key)
      scores[key] += factor * keys[key];
  }
}

void WeightComputation::addToCells(int64_t row, int64_t cellRow,
                                   ArrayRef<float> weights, double sum) {
  double *cells = summary.cells.data() + cellRow * summary.cellCols;
  // Cell c holds the keys whose floor(key * cols / numKeys) is c, but for
  // rounding at the edges: found by a guess and at most one step.
  auto findCell = [&](int64_t key) {
    int64_t cell = key * summary.cellCols / window->numKeys;
    while (cell + 1 < summary.cellCols &&
           splitEvenly(window->numKeys, summary.cellCols, cell + 1) <= key)
      ++cell;
    return cell;
  };
  pattern.forEachLiveKey(row, [&](int64_t key) {
    int64_t inWindow = key - window->firstKey;
    if (weights[key] < 0 || inWindow < 0 || inWindow >= window->numKeys)
      return;
    double &cell = cells[findCell(inWindow)];
    cell = std::fmax(cell, weights[key] / sum);
  });
}

void WeightComputation::runTask(const RowTask &task) {
  std::vector<float> scores(shape.numKeys), weights(shape.numKeys);
  for (int64_t row = task.begin; row < task.end; ++row) {
    computeScores(row, scores);
    float largest = -std::numeric_limits<float>::infinity();
    bool isFinite = true;
    base.forEachLiveKey(row, [&](int64_t key) {
      isFinite &= std::isfinite(scores[key]);
      largest = std::max(largest, scores[key]);
    });
    if (!isFinite) {
      kept[row] = std::numeric_limits<double>::infinity();
      continue;
    }
    std::fill(weights.begin(), weights.end(), notLive);
    double sum = 0, sumKept = 0;
    base.forEachLiveKey(row, [&](int64_t key) {
      weights[key] = std::exp(scores[key] - largest);
      sum += weights[key];
    });
    if (sum == 0) {
      kept[row] = std::numeric_limits<double>::quiet_NaN();
      continue;
    }
    pattern.forEachLiveKey(row, [&](int64_t key) {
      if (weights[key] >= 0)
        sumKept += weights[key];
    });
    kept[row] = std::min(sumKept / sum, 1.0);
    if (task.cellRow >= 0)
      addToCells(row, task.cellRow, weights, sum);
  }
}

FailureOr<WeightSummary> WeightComputation::run(std::string &error) {
  if (window) {
    summary.cellRows = std::min(window->numRows, window->maxCells);
    summary.cellCols = std::min(window->numKeys, window->maxCells);
    summary.cells.assign(summary.cellRows * summary.cellCols,
                         std::numeric_limits<double>::quiet_NaN());
  }
  kept.assign(shape.numQueries, 0);
  SmallVector<RowTask> tasks = makeTasks();
  llvm::parallelForEach(tasks, [&](const RowTask &task) { runTask(task); });

  // In order of rows: the result does not depend on the number of threads.
  double sum = 0;
  for (int64_t row = 0; row < shape.numQueries; ++row) {
    if (std::isnan(kept[row]))
      continue;
    if (std::isinf(kept[row])) {
      error = "expected finite attention weights, but query " +
              std::to_string(row) + " has a score that is not finite";
      return failure();
    }
    ++summary.numRows;
    sum += kept[row];
    if (summary.numRows == 1 || kept[row] < summary.leastKept) {
      summary.leastKept = kept[row];
      summary.leastRow = row;
    }
  }
  if (summary.numRows)
    summary.meanKept = sum / summary.numRows;
  return std::move(summary);
}

FailureOr<WeightSummary>
mlir::sattn::computeWeights(const AttentionHead &head, PatternAttr pattern,
                            PatternAttr base, const PatternShape &shape,
                            const std::optional<WeightWindow> &window,
                            std::string &error) {
  return WeightComputation(head, pattern, base, shape, window).run(error);
}
