// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The oracle: attention as its definition says, in fp64, over the pattern's predicate, and
/// the rule by which a kernel's result is judged.
#ifndef SPARSEATTN_REFERENCE_REFERENCE_H
#define SPARSEATTN_REFERENCE_REFERENCE_H

#include "SparseAttn/Dialect/PatternInterface.h"
#include "SparseAttn/Reference/Dropout.h"
#include "SparseAttn/Reference/ScoreInterpreter.h"
#include "SparseAttn/Runtime/ElementKind.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::sattn {

/// Where keys and values are that stand in pages: key j of batch b is row j % size of page
/// table[b, j / size]. A batch has the pages before its first negative entry.
struct PageTable {
  /// [batches, columns], where one batch holds for all.
  std::vector<int64_t> entries;
  int64_t batches = 1, columns = 0, size = 1;

  int64_t getPage(int64_t batch, int64_t key) const {
    return entries[(batches == 1 ? 0 : batch) * columns + key / size];
  }
  int64_t getNumKeys(int64_t batch) const {
    int64_t keys = 0;
    while (keys < columns * size && getPage(batch, keys) >= 0)
      keys += size;
    return keys;
  }
};

/// Sizes and operands of one attention; arrays are f32 copies in C order.
struct ReferenceProblem {
  /// As written: named compositions are expanded, nothing is simplified.
  PatternAttr pattern;
  int64_t batch = 1, heads = 1, kvHeads = 1, queries = 0, keys = 0;
  int64_t headSize = 0, valueSize = 0;
  /// Position of query row 0.
  int64_t offset = 0;
  /// What each batch adds to it; empty if none does.
  SmallVector<int64_t> offsets;
  double scale = 1;
  /// What the pattern reads, if it does: see `makeRuntimeValues`.
  const RuntimeValues *runtime = nullptr;
  /// Pages of keys and values, if they stand in some: then N is size * columns, and key and
  /// value are [P, Hkv, size, D] and [P, Hkv, size, Dv].
  std::optional<PageTable> pages;
  /// [B, Hq, M, D], [B, Hkv, N, D], [B, Hkv, N, Dv].
  ArrayRef<float> query, key, value;
  /// Added to the scores of each row, without a value: [Hq], or empty.
  ArrayRef<float> sink;
  /// What becomes of a score after its scale, if anything.
  const ScoreInterpreter *score = nullptr;
  /// What `region` in the pattern says, if it is there.
  const ScoreInterpreter *mask = nullptr;
  /// What becomes of a weight after the softmax, if anything.
  std::optional<Dropout> dropout;
  /// Whether factors of products may be rounded to tf32: queries, keys, values and weights.
  bool allowTF32 = false;

  int64_t getKvHead(int64_t head) const { return head / (heads / kvHeads); }
  /// The row of `key` and `value`, with their leading dimensions as one, that is a key.
  int64_t getKeyRow(int64_t batch, int64_t kvHead, int64_t key) const {
    if (!pages)
      return (batch * kvHeads + kvHead) * keys + key;
    return (pages->getPage(batch, key) * kvHeads + kvHead) * pages->size +
           key % pages->size;
  }
};

/// The live keys of a row (before the offset), by the predicate alone, each as often as it
/// counts.
SmallVector<int64_t> liveKeys(const ReferenceProblem &problem, int64_t batch,
                              int64_t head, int64_t row);

/// One way to round the formula, by its number: sums over keys and over the head dimension are taken
/// in ascending order (0), descending (1), even indices first (2), odd ones first (3), or in a
/// fixed random order of this number (4 and up). In every fourth, 0 among them, each product is
/// fused with its sum, as compilers contract the formula where there is such an instruction; in
/// the others it is rounded. Weights of each are relative to another power of 2 before they are rounded to tf32.
using Evaluation = unsigned;

/// What is known of the scores of a row: the natural logarithm of the sum of their exponentials, a
/// sink's among them, and the largest.
template <typename T>
struct RowSummary {
  T lse, max;
};

/// softmax(scale * q k^T) v of one row over the keys `live`, in plain loops of type T
/// (double: the oracle; float: the formula that the error rule compares with, which alone rounds to tf32
/// where that is allowed). Fills `out` [Dv]. No key: zeros and -inf.
template <typename T>
RowSummary<T> attendRow(const ReferenceProblem &problem, int64_t batch, int64_t head,
            int64_t row, ArrayRef<int64_t> live, MutableArrayRef<T> out,
            Evaluation evaluation = 0);

/// Outcome of a comparison with the oracle.
///
/// The rule: the largest error is at most twice that of the plain f32 formula, whose
/// result is rounded to the output type like the kernel's. The plain formula has 64
/// `Evaluation`s, and its error is the largest: implementations sum in different orders, and
/// often one row decides, whose few roundings may be nearly exact by luck. Four are made of each
/// row; the others only of rows whose error is beyond the limit that these give. For the same
/// reason the transcendental functions of a score region are a unit in the last place too high in
/// one of four evaluations and too low in another one, as they are from one library to the next.
/// Where the plain formula is exact in each (one key, say) an error of one unit in the last place
/// of the largest output is still allowed. The same for lse and row_max. Where tf32 is allowed the plain formula rounds the
/// factors of its products to it, and that unit is one of tf32 for outputs. Rows without a live key
/// must be exactly 0 with lse and row_max -inf; no value may be NaN or infinite where the oracle's is not.
struct Verification {
  double maxError = 0, errorLimit = 0;
  double maxLseError = 0, lseLimit = 0;
  double maxRowMaxError = 0, rowMaxLimit = 0;
  /// Rows compared in full, and rows that were not because the oracle itself has a NaN
  /// or an infinity there (finite elements among them were compared).
  int64_t rows = 0, skippedRows = 0;
  /// What is wrong, in one line; empty if all is right.
  std::string failure;

  bool passed() const { return failure.empty(); }
};

/// What a kernel made: out [B, Hq, M, Dv], and lse and row_max [B, Hq, M] unless empty.
struct KernelResult {
  ArrayRef<float> out, lse = {}, rowMax = {};
};

/// Compares `result`, whose `out` was of type `kind` before it was converted, on the given rows of
/// every head; all rows if `rows` is empty.
/// `progress(done, total)` is called now and then, from one thread at a time.
Verification
verify(const ReferenceProblem &problem, ElementKind kind,
       const KernelResult &result, ArrayRef<int64_t> rows = {},
       llvm::function_ref<void(int64_t, int64_t)> progress = nullptr);

} // namespace mlir::sattn

#endif // SPARSEATTN_REFERENCE_REFERENCE_H
