// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What becomes of a score, for the oracle: the `score` region of an attention,
/// evaluated pair by pair; and likewise what its `mask` region says. It shares nothing with
/// the lowerings but the regions.
#ifndef SPARSEATTN_REFERENCE_SCOREINTERPRETER_H
#define SPARSEATTN_REFERENCE_SCOREINTERPRETER_H

#include "SparseAttn/Dialect/AttentionOps.h"

#include "llvm/Support/Error.h"

#include <functional>
#include <memory>
#include <vector>

namespace mlir::sattn {

/// An array that a region reads, in C order: floating-point elements as f32, integers
/// as 64 bits. Where only its shape is asked for, it has no elements.
struct ScoreArray {
  SmallVector<int64_t> shape;
  std::vector<float> floats;
  std::vector<int64_t> integers;
};

/// Where a pair stands, as the arguments of a `score` or `mask` region.
struct ScorePlace {
  int64_t batch, head, position, key;
};

/// Gives the array that a value of the function around the attention stands for; null
/// if there is none.
using ScoreArrays = std::function<const ScoreArray *(Value)>;

/// A `score` or `mask` region as a list of instructions.
class ScoreInterpreter {
public:
  /// Named modifiers must have been expanded. The arrays must live as long as the
  /// interpreter. Fails with one line for an operation that it does not know, or a value
  /// that is no constant and no array.
  static llvm::Expected<std::unique_ptr<ScoreInterpreter>>
  create(AttentionOp op, const ScoreArrays &arrays);
  /// The `mask` region of `op`, likewise.
  static llvm::Expected<std::unique_ptr<ScoreInterpreter>>
  createMask(AttentionOp op, const ScoreArrays &arrays);
  ~ScoreInterpreter();

  /// The score of a pair, with every f32 of the region in T: double for the oracle,
  /// float for the plain formula. In float, results of transcendental functions are one
  /// unit in the last place higher or lower if `nudge` is 1 or -1. Safe to call from
  /// several threads.
  template <typename T>
  T evaluate(T score, const ScorePlace &place, int nudge = 0) const;

  /// What a `mask` region says of a pair, with every f32 in float. Safe to call from several
  /// threads.
  bool says(const ScorePlace &place) const;

private:
  struct Program;
  template <typename T>
  void run(T score, const ScorePlace &place, int nudge, T &real,
           int64_t &integer) const;
  static llvm::Expected<std::unique_ptr<ScoreInterpreter>>
  translate(Region &region, llvm::StringRef name,
            const ScoreArrays &arrays);
  explicit ScoreInterpreter(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_REFERENCE_SCOREINTERPRETER_H
