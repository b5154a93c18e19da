// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The oracle, and the rule by which a kernel's result is judged.
#include "SparseAttn/Reference/Reference.h"

#include "SparseAttn/Dialect/PatternAttrs.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <random>
#include <thread>

using namespace mlir;
using namespace mlir::sattn;

/// The position of a query row.
static int64_t positionOf(const ReferenceProblem &problem, int64_t batch,
                          int64_t row) {
  int64_t own = problem.offsets.empty() ? 0 : problem.offsets[batch];
  return row + problem.offset + own;
}

SmallVector<int64_t> mlir::sattn::liveKeys(const ReferenceProblem &problem,
                                           int64_t batch, int64_t head,
                                           int64_t row) {
  int64_t offset = positionOf(problem, batch, 0);
  PatternShape shape{problem.queries, problem.keys, head,
                     offset,          batch,        problem.runtime};
  MaskRegionFunction says = [&](int64_t batch, int64_t head, int64_t position,
                                int64_t key) {
    return problem.mask->says({batch, head, position, key});
  };
  if (problem.mask)
    shape.maskRegion = &says;
  // As often as it counts.
  SmallVector<PatternAttr> patterns;
  int64_t most = getMultiplicity(problem.pattern);
  for (int64_t times = 1; times <= most; ++times)
    patterns.push_back(most == 1 ? problem.pattern
                                 : getAtLeast(problem.pattern, times));
  SmallVector<int64_t> live;
  int64_t keys =
      problem.pages ? problem.pages->getNumKeys(batch) : problem.keys;
  for (int64_t key = 0; key < keys; ++key)
    for (PatternAttr pattern : patterns)
      if (isLive(pattern, shape, row, key))
        live.push_back(key);
  return live;
}

/// The indices 0 .. count - 1 in the order of an evaluation.
static SmallVector<int64_t> indicesIn(Evaluation evaluation, int64_t count) {
  SmallVector<int64_t> indices;
  indices.reserve(count);
  auto add = [&](int64_t first, int64_t step) {
    for (int64_t index = first; index < count; index += step)
      indices.push_back(index);
  };
  if (evaluation == 2 || evaluation == 3) {
    int64_t first = evaluation - 2;
    add(first, 2);
    add(1 - first, 2);
    return indices;
  }
  add(0, 1);
  if (evaluation == 1)
    std::reverse(indices.begin(), indices.end());
  if (evaluation >= 4) {
    // Not std::shuffle, whose result is the library's choice.
    std::minstd_rand random(evaluation);
    for (int64_t last = count - 1; last > 0; --last)
      std::swap(indices[last], indices[random() % (last + 1)]);
  }
  return indices;
}

/// Libraries round the functions of a score region differently, too: half of the
/// evaluations have them a unit in the last place off.
static int nudgeOf(Evaluation evaluation) {
  return evaluation % 4 == 2 ? 1 : evaluation % 4 == 3 ? -1 : 0;
}

/// sum + x * y. Of f32 numbers the product is exact in fp64, and the sum rounded to f32 is that
/// of a fused multiply-add but for the rarest of ties.
template <typename T>
static T addProduct(T x, T y, T sum, Evaluation evaluation) {
  if (evaluation % 4 == 0)
    return T(double(x) * double(y) + double(sum));
  return sum + x * y;
}

/// The nearest number of 11 bits; of two, the one farther from 0.
static float roundToTF32(float number) {
  constexpr uint32_t half = 1u << 12, kept = ~((1u << 13) - 1);
  if (!std::isfinite(number))
    return number;
  return llvm::bit_cast<float>((llvm::bit_cast<uint32_t>(number) + half) & kept);
}

/// A factor of a product, divided by `unit` for the time of its rounding.
template <typename T>
static T roundFactor(const ReferenceProblem &problem, T factor, T unit = 1) {
  if constexpr (std::is_same_v<T, float>)
    if (problem.allowTF32)
      return roundToTF32(factor / unit) * unit;
  return factor;
}

/// What an evaluation divides weights by, from 1 to 2: which power of 2 the largest weight is above
/// is a kernel's choice.
static double weightUnitOf(Evaluation evaluation) {
  constexpr double goldenRatio = 0.6180339887498949;
  return std::exp2(std::fmod(evaluation * goldenRatio, 1));
}

template <typename T>
RowSummary<T> mlir::sattn::attendRow(const ReferenceProblem &p, int64_t batch,
                                     int64_t head, int64_t row,
                                     ArrayRef<int64_t> live,
                                     MutableArrayRef<T> out,
                                     Evaluation evaluation) {
  std::fill(out.begin(), out.end(), T(0));
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  if (live.empty())
    return {p.sink.empty() ? lowest : T(p.sink[head]), lowest};
  int64_t kvHead = p.getKvHead(head);
  const float *query =
      &p.query[((batch * p.heads + head) * p.queries + row) * p.headSize];

  // Terms in the order in which they are summed.
  SmallVector<int64_t> columns = indicesIn(evaluation, p.headSize);
  SmallVector<T> queryTerms;
  for (int64_t column : columns)
    queryTerms.push_back(roundFactor(p, T(query[column])));
  SmallVector<int64_t> ordered = indicesIn(evaluation, live.size());
  for (int64_t &index : ordered)
    index = live[index];

  std::vector<T> scores;
  scores.reserve(live.size());
  T max = lowest;
  bool isNan = false;
  for (int64_t key : ordered) {
    const float *keyRow =
        &p.key[p.getKeyRow(batch, kvHead, key) * p.headSize];
    T dot = 0;
    for (auto [term, column] : llvm::zip_equal(queryTerms, columns))
      dot = addProduct(term, roundFactor(p, T(keyRow[column])), dot, evaluation);
    T score = dot * T(p.scale);
    if (p.score)
      score = p.score->evaluate(
          score, {batch, head, positionOf(p, batch, row), key},
          nudgeOf(evaluation));
    scores.push_back(score);
    isNan |= std::isnan(scores.back());
    max = std::max(max, scores.back());
  }
  T largest = max;
  if (!p.sink.empty())
    max = std::max(max, T(p.sink[head]));
  T sum = p.sink.empty() ? T(0) : std::exp(T(p.sink[head]) - max);
  for (auto [key, score] : llvm::zip_equal(ordered, scores)) {
    const float *valueRow =
        &p.value[p.getKeyRow(batch, kvHead, key) * p.valueSize];
    T weight = std::exp(score - max);
    sum += weight;
    weight = roundFactor(p, weight, T(weightUnitOf(evaluation)));
    if (p.dropout)
      weight *= T(p.dropout->factor(batch, head, positionOf(p, batch, row), key));
    for (auto [column, total] : llvm::enumerate(out))
      total = addProduct(weight, roundFactor(p, T(valueRow[column])), total, evaluation);
  }
  constexpr T nan = std::numeric_limits<T>::quiet_NaN();
  for (T &value : out)
    value = isNan ? nan : value / sum;
  if (isNan)
    return {nan, nan};
  return {max + std::log(sum), largest};
}

template RowSummary<double>
mlir::sattn::attendRow<double>(const ReferenceProblem &, int64_t, int64_t,
                               int64_t, ArrayRef<int64_t>,
                               MutableArrayRef<double>, Evaluation);
template RowSummary<float>
mlir::sattn::attendRow<float>(const ReferenceProblem &, int64_t, int64_t,
                              int64_t, ArrayRef<int64_t>,
                              MutableArrayRef<float>, Evaluation);

namespace {

/// Largest errors of a kernel and of the plain formula against the oracle.
struct Errors {
  double ours = 0, plain = 0, largest = 0;

  void add(double value, double plainValue, double expected) {
    ours = std::max(ours, std::abs(value - expected));
    plain = std::max(plain, std::abs(plainValue - expected));
    largest = std::max(largest, std::abs(expected));
  }
  void merge(const Errors &other) {
    ours = std::max(ours, other.ours);
    plain = std::max(plain, other.plain);
    largest = std::max(largest, other.largest);
  }
  double limit(double unitInLastPlace) const {
    return std::max(2 * plain, largest * unitInLastPlace);
  }
};

double unitInLastPlace(ElementKind kind) {
  switch (kind) {
  case ElementKind::F16:
    return 0x1p-10;
  case ElementKind::BF16:
    return 0x1p-7;
  default:
    return 0x1p-23;
  }
}

/// Of outputs of a type, or of tf32 where they are sums of its products.
double outUnit(const ReferenceProblem &problem, ElementKind kind) {
  return std::max(unitInLastPlace(kind), problem.allowTF32 ? 0x1p-10 : 0);
}

double roundTo(ElementKind kind, float value) {
  char bytes[8];
  float rounded = value;
  storeFloats(kind, value, bytes);
  loadFloats(kind, bytes, rounded);
  return rounded;
}

/// Errors of the results of one kernel, and how large they may be.
struct ResultErrors {
  Errors out, lse, rowMax;

  void merge(const ResultErrors &other) {
    out.merge(other.out);
    lse.merge(other.lse);
    rowMax.merge(other.rowMax);
  }
  double lseLimit() const { return scoreLimit(lse); }
  double rowMaxLimit() const { return scoreLimit(rowMax); }
  /// Whether some error is beyond the limits of `others`, with a unit in the last place of outputs.
  bool exceeds(const ResultErrors &others, double outUnit) const {
    return out.ours > others.out.limit(outUnit) || lse.ours > others.lseLimit() ||
           rowMax.ours > others.rowMaxLimit();
  }

private:
  static double scoreLimit(const Errors &errors) {
    // Scores of order 1 and their sum pass through f32 whatever they come to.
    double unit = unitInLastPlace(ElementKind::F32);
    return std::max(errors.limit(unit), unit);
  }
};

/// A row, with the keys that it sees.
struct Row {
  int64_t batch, head, row;
  SmallVector<int64_t> live;
};

/// What the rows of one thread gave.
struct Partial {
  ResultErrors errors;
  int64_t skippedRows = 0;
  std::string failure;
  /// The number of the row that failed.
  int64_t item = 0;
  /// Rows with errors beyond the limits so far.
  std::vector<std::pair<Row, ResultErrors>> suspects;

  /// Takes everything but the suspects of `other`.
  void merge(const Partial &other) {
    errors.merge(other.errors);
    skippedRows += other.skippedRows;
    // The first in the order of rows, whichever thread finds it.
    if (!other.failure.empty() && (failure.empty() || other.item < item)) {
      failure = other.failure;
      item = other.item;
    }
  }
};

/// Evaluations of the plain formula, of each row and at most.
constexpr Evaluation firstEvaluations = 4, allEvaluations = 64;

/// Compares a row with the plain formula's evaluations from `begin` to `end`.
void compareRow(const ReferenceProblem &p, ElementKind kind,
                const KernelResult &result, const Row &at, Evaluation begin,
                Evaluation end, Partial &partial) {
  auto [batch, head, row, live] = at;
  SmallVector<double> exact(p.valueSize);
  RowSummary<double> exactSummary =
      attendRow<double>(p, batch, head, row, live, exact);
  SmallVector<SmallVector<float>, firstEvaluations> plain;
  SmallVector<RowSummary<float>, firstEvaluations> plainSummaries;
  for (Evaluation evaluation = begin; evaluation < end; ++evaluation) {
    plain.emplace_back(p.valueSize);
    plainSummaries.push_back(attendRow<float>(p, batch, head, row, live,
                                              plain.back(), evaluation));
  }
  int64_t index = (batch * p.heads + head) * p.queries + row;
  if (!llvm::all_of(exact, [](double value) { return std::isfinite(value); }))
    ++partial.skippedRows;
  auto fail = [&, batch = batch, head = head,
               row = row](const llvm::formatv_object_base &what) {
    if (partial.failure.empty())
      partial.failure = llvm::formatv("{0} at batch {1}, head {2}, row {3}",
                                      what.str(), batch, head, row);
  };
  for (int64_t column = 0; column < p.valueSize; ++column) {
    double ours = result.out[index * p.valueSize + column];
    if (live.empty() && ours != 0)
      fail(llvm::formatv("expected 0 for a row without live keys, but got {0}",
                         ours));
    if (!std::isfinite(exact[column]))
      continue;
    if (!std::isfinite(ours)) {
      fail(llvm::formatv("expected {0}, but got {1}", exact[column], ours));
      continue;
    }
    for (ArrayRef<float> values : plain)
      partial.errors.out.add(ours, roundTo(kind, values[column]),
                             exact[column]);
  }
  auto compareScore = [&](StringRef name, ArrayRef<float> scores,
                          double RowSummary<double>::*exactOne,
                          float RowSummary<float>::*plainOne, bool isNone,
                          Errors &errors) {
    if (scores.empty())
      return;
    double ours = scores[index], expected = exactSummary.*exactOne;
    if (isNone && ours != -std::numeric_limits<double>::infinity())
      fail(llvm::formatv(
          "expected {0} -inf for a row without live keys, but got {1}", name,
          ours));
    if (!std::isfinite(expected))
      return;
    if (!std::isfinite(ours))
      fail(llvm::formatv("expected {0} {1}, but got {2}", name, expected, ours));
    else
      for (const RowSummary<float> &summary : plainSummaries)
        errors.add(ours, summary.*plainOne, expected);
  };
  compareScore("lse", result.lse, &RowSummary<double>::lse,
               &RowSummary<float>::lse, live.empty() && p.sink.empty(),
               partial.errors.lse);
  compareScore("row_max", result.rowMax, &RowSummary<double>::max,
               &RowSummary<float>::max, live.empty(), partial.errors.rowMax);
}
} // namespace

Verification
mlir::sattn::verify(const ReferenceProblem &given, ElementKind kind,
                    const KernelResult &kernel, ArrayRef<int64_t> rows,
                    llvm::function_ref<void(int64_t, int64_t)> progress) {
  ReferenceProblem problem = given;
  problem.pattern = expandNamedPatterns(given.pattern);
  // Empty arrays may have any other sizes: nothing to look at.
  int64_t rowsPerHead = problem.batch == 0 ? 0
                        : rows.empty()     ? problem.queries
                                           : rows.size();
  int64_t total = problem.heads * rowsPerHead;
  double unit = outUnit(problem, kind);

  std::atomic<int64_t> next{0};
  std::mutex mutex;
  int64_t done = 0;
  Partial all;
  auto work = [&] {
    Partial own;
    for (int64_t item; (item = next++) < total;) {
      int64_t head = item / rowsPerHead, index = item % rowsPerHead;
      int64_t row = rows.empty() ? index : rows[index];
      Row at{0, head, row, {}};
      for (; at.batch < problem.batch; ++at.batch) {
        // Batches differ only by offsets, by what the pattern reads, and for a mask region.
        if (at.batch == 0 || problem.runtime || problem.pages || problem.mask ||
            !problem.offsets.empty())
          at.live = liveKeys(problem, at.batch, head, row);
        Partial one;
        one.item = item;
        compareRow(problem, kind, kernel, at, 0, firstEvaluations, one);
        own.merge(one);
        if (one.errors.exceeds(own.errors, unit))
          own.suspects.push_back({at, one.errors});
      }
      if (progress) {
        std::lock_guard<std::mutex> lock(mutex);
        progress(++done, total);
      }
    }
    std::lock_guard<std::mutex> lock(mutex);
    all.merge(own);
    llvm::append_range(all.suspects, own.suspects);
  };
  std::vector<std::thread> threads;
  int64_t numThreads = std::min<int64_t>(
      std::max(1u, std::thread::hardware_concurrency()), total);
  for (int64_t i = 1; i < numThreads; ++i)
    threads.emplace_back(work);
  work();
  for (std::thread &thread : threads)
    thread.join();

  // Which rows these are does not depend on the threads.
  Partial more;
  for (const auto &[at, errors] : all.suspects)
    if (errors.exceeds(all.errors, unit))
      compareRow(problem, kind, kernel, at, firstEvaluations, allEvaluations,
                 more);
  all.errors.merge(more.errors);

  Verification result;
  result.rows = total * problem.batch - all.skippedRows;
  result.skippedRows = all.skippedRows;
  result.maxError = all.errors.out.ours;
  result.errorLimit = all.errors.out.limit(unit);
  result.maxLseError = all.errors.lse.ours;
  result.lseLimit = all.errors.lseLimit();
  result.maxRowMaxError = all.errors.rowMax.ours;
  result.rowMaxLimit = all.errors.rowMaxLimit();
  result.failure = all.failure;
  auto judge = [&](StringRef what, double error, double limit) {
    if (result.failure.empty() && error > limit)
      result.failure = llvm::formatv(
          "expected {0} of at most {1:e2}, but got {2:e2}", what, limit, error);
  };
  judge("an error", result.maxError, result.errorLimit);
  judge("an lse error", result.maxLseError, result.lseLimit);
  judge("a row_max error", result.maxRowMaxError, result.rowMaxLimit);
  return result;
}
