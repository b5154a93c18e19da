// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The oracle, and the rule by which a kernel's result is judged.
#include "SparseAttn/Reference/Reference.h"

#include "SparseAttn/Dialect/PatternAttrs.h"
#include "llvm/Support/FormatVariadic.h"

#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <thread>

using namespace mlir;
using namespace mlir::sattn;

SmallVector<int64_t> mlir::sattn::liveKeys(const ReferenceProblem &problem,
                                           int64_t head, int64_t row) {
  PatternShape shape{problem.queries, problem.keys, head, problem.offset};
  SmallVector<int64_t> live;
  for (int64_t key = 0; key < problem.keys; ++key)
    if (isLive(problem.pattern, shape, row, key))
      live.push_back(key);
  return live;
}

/// The index of the term-th of `count` terms.
static int64_t termAt(SumOrder order, int64_t term, int64_t count) {
  int64_t half = (count + 1) / 2;
  switch (order) {
  case SumOrder::Ascending:
    return term;
  case SumOrder::Descending:
    return count - 1 - term;
  case SumOrder::EvenFirst:
    return term < half ? 2 * term : 2 * (term - half) + 1;
  case SumOrder::OddFirst:
    return term < count - half ? 2 * term + 1 : 2 * (term - (count - half));
  }
  llvm_unreachable("unknown order");
}

template <typename T>
T mlir::sattn::attendRow(const ReferenceProblem &p, int64_t batch, int64_t head,
                         int64_t row, ArrayRef<int64_t> live,
                         MutableArrayRef<T> out, SumOrder order) {
  std::fill(out.begin(), out.end(), T(0));
  if (live.empty())
    return -std::numeric_limits<T>::infinity();
  int64_t kvHead = p.getKvHead(head);
  const float *query =
      &p.query[((batch * p.heads + head) * p.queries + row) * p.headSize];
  const float *keys =
      &p.key[(batch * p.kvHeads + kvHead) * p.keys * p.headSize];
  const float *values =
      &p.value[(batch * p.kvHeads + kvHead) * p.keys * p.valueSize];

  std::vector<T> scores;
  scores.reserve(live.size());
  T max = -std::numeric_limits<T>::infinity();
  bool isNan = false;
  int64_t count = live.size();
  SmallVector<int64_t> ordered;
  for (int64_t term = 0; term < count; ++term)
    ordered.push_back(live[termAt(order, term, count)]);
  live = ordered;
  for (int64_t key : live) {
    T dot = 0;
    for (int64_t term = 0; term < p.headSize; ++term) {
      int64_t d = termAt(order, term, p.headSize);
      dot += T(query[d]) * T(keys[key * p.headSize + d]);
    }
    scores.push_back(dot * T(p.scale));
    isNan |= std::isnan(scores.back());
    max = std::max(max, scores.back());
  }
  T sum = 0;
  for (auto [key, score] : llvm::zip(live, scores)) {
    T weight = std::exp(score - max);
    sum += weight;
    for (int64_t column = 0; column < p.valueSize; ++column)
      out[column] += weight * T(values[key * p.valueSize + column]);
  }
  for (T &value : out)
    value = isNan ? std::numeric_limits<T>::quiet_NaN() : value / sum;
  return isNan ? std::numeric_limits<T>::quiet_NaN() : max + std::log(sum);
}

template double mlir::sattn::attendRow<double>(const ReferenceProblem &,
                                               int64_t, int64_t, int64_t,
                                               ArrayRef<int64_t>,
                                               MutableArrayRef<double>,
                                               SumOrder);
template float mlir::sattn::attendRow<float>(const ReferenceProblem &, int64_t,
                                             int64_t, int64_t,
                                             ArrayRef<int64_t>,
                                             MutableArrayRef<float>, SumOrder);

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

double roundTo(ElementKind kind, float value) {
  char bytes[8];
  float rounded = value;
  storeFloats(kind, value, bytes);
  loadFloats(kind, bytes, rounded);
  return rounded;
}

/// What the rows of one thread gave.
struct Partial {
  Errors out, lse;
  std::string failure;
};

void compareRow(const ReferenceProblem &p, ElementKind kind,
                ArrayRef<float> out, ArrayRef<float> lse, int64_t batch,
                int64_t head, int64_t row, ArrayRef<int64_t> live,
                Partial &partial) {
  SmallVector<double> exact(p.valueSize);
  double exactLse = attendRow<double>(p, batch, head, row, live, exact);
  SmallVector<SmallVector<float>, 4> plain;
  SmallVector<float, 4> plainLse;
  for (SumOrder order : {SumOrder::Ascending, SumOrder::Descending,
                         SumOrder::EvenFirst, SumOrder::OddFirst}) {
    plain.emplace_back(p.valueSize);
    plainLse.push_back(
        attendRow<float>(p, batch, head, row, live, plain.back(), order));
  }
  int64_t at = (batch * p.heads + head) * p.queries + row;
  auto fail = [&](const llvm::formatv_object_base &what) {
    if (partial.failure.empty())
      partial.failure = llvm::formatv("{0} at batch {1}, head {2}, row {3}",
                                      what.str(), batch, head, row);
  };
  for (int64_t column = 0; column < p.valueSize; ++column) {
    double ours = out[at * p.valueSize + column];
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
      partial.out.add(ours, roundTo(kind, values[column]), exact[column]);
  }
  if (lse.empty())
    return;
  double ours = lse[at];
  if (live.empty() && ours != -std::numeric_limits<double>::infinity())
    fail(llvm::formatv(
        "expected lse -inf for a row without live keys, but got {0}", ours));
  if (!std::isfinite(exactLse))
    return;
  if (!std::isfinite(ours))
    fail(llvm::formatv("expected lse {0}, but got {1}", exactLse, ours));
  else
    for (float value : plainLse)
      partial.lse.add(ours, value, exactLse);
}
} // namespace

Verification
mlir::sattn::verify(const ReferenceProblem &given, ElementKind kind,
                    ArrayRef<float> out, ArrayRef<float> lse,
                    ArrayRef<int64_t> rows,
                    llvm::function_ref<void(int64_t, int64_t)> progress) {
  ReferenceProblem problem = given;
  problem.pattern = expandNamedPatterns(given.pattern);
  int64_t rowsPerHead = rows.empty() ? problem.queries : rows.size();
  int64_t total = problem.heads * rowsPerHead;

  std::atomic<int64_t> next{0};
  std::mutex mutex;
  int64_t done = 0;
  Partial all;
  auto work = [&] {
    Partial own;
    for (int64_t item; (item = next++) < total;) {
      int64_t head = item / rowsPerHead, index = item % rowsPerHead;
      int64_t row = rows.empty() ? index : rows[index];
      SmallVector<int64_t> live = liveKeys(problem, head, row);
      for (int64_t batch = 0; batch < problem.batch; ++batch)
        compareRow(problem, kind, out, lse, batch, head, row, live, own);
      if (progress) {
        std::lock_guard<std::mutex> lock(mutex);
        progress(++done, total);
      }
    }
    std::lock_guard<std::mutex> lock(mutex);
    all.out.merge(own.out);
    all.lse.merge(own.lse);
    if (all.failure.empty())
      all.failure = own.failure;
  };
  std::vector<std::thread> threads;
  int64_t numThreads = std::min<int64_t>(
      std::max(1u, std::thread::hardware_concurrency()), total);
  for (int64_t i = 1; i < numThreads; ++i)
    threads.emplace_back(work);
  work();
  for (std::thread &thread : threads)
    thread.join();

  Verification result;
  result.rows = total * problem.batch;
  result.maxError = all.out.ours;
  result.errorLimit = all.out.limit(unitInLastPlace(kind));
  result.maxLseError = all.lse.ours;
  // Scores of order 1 and their sum pass through f32 whatever the lse itself
  // is.
  all.lse.largest = std::max(all.lse.largest, lse.empty() ? 0.0 : 1.0);
  result.lseLimit = all.lse.limit(unitInLastPlace(ElementKind::F32));
  result.failure = all.failure;
  if (result.failure.empty() && result.maxError > result.errorLimit)
    result.failure = llvm::formatv("expected an error of at most {0:e2}, but "
                                   "got {1:e2}",
                                   result.errorLimit, result.maxError);
  if (result.failure.empty() && result.maxLseError > result.lseLimit)
    result.failure = llvm::formatv("expected an lse error of at most {0:e2}, "
                                   "but got {1:e2}",
                                   result.lseLimit, result.maxLseError);
  return result;
}
