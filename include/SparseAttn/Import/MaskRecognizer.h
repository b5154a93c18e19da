// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From a dense mask back to a pattern: the simplest expression of the algebra
/// that is found to have exactly its pairs.
///
/// A mask is a set of live pairs P and one of dead pairs Q. A leaf that holds
/// all of P takes part as `leaf and rest`, and what it excludes of Q is no
/// longer asked of `rest`; a leaf that holds nothing of Q takes part as `leaf
/// or rest`, and what it has of P is done. Leaves get their parameters from
/// projections of P and Q, so that no parameter is searched for; expressions of
/// one leaf are tried before those of two, and so on. Masks that are whole
/// blocks are searched as masks of blocks, which are smaller. What has no such
/// expression is a union of rectangles or a `block_mask`, whichever is shorter.
///
/// All this decides only what is tried. What is found is parsed, and its own
/// predicate is evaluated for every pair.
#ifndef SPARSEATTN_IMPORT_MASKRECOGNIZER_H
#define SPARSEATTN_IMPORT_MASKRECOGNIZER_H

#include "SparseAttn/Dialect/PatternInterface.h"
#include "SparseAttn/Import/PairMatrix.h"

#include "llvm/Support/Error.h"

#include <string>

namespace mlir::sattn {

struct MaskRecognizerOptions {
  /// Elements of the matrices are blocks of so many queries and keys.
  int64_t elementSize = 1;
  /// Most elements of a `block_mask`. With more the mask is enclosed by larger
  /// blocks.
  int64_t maxTableElements = int64_t(1) << 20;
};

struct RecognizedMask {
  SparsityPatternAttrInterface pattern;
  /// Position of query row 0 that the pattern is meant with.
  int64_t offset = 0;
  /// Pairs of the pattern that the mask does not have, of all heads. Never the
  /// other way.
  int64_t extraPairs = 0;
  /// The pattern lists rows, keys or blocks of this mask one by one.
  bool isTable = false;

  bool isExact() const { return extraPairs == 0; }
};

/// Recognizes a mask [M, N] of each head; all have one size, which is not 0.
/// Heads that differ make `per_head`.
llvm::Expected<RecognizedMask>
recognizeMask(llvm::ArrayRef<PairMatrix> heads, MLIRContext *context,
              const MaskRecognizerOptions &options = {});

} // namespace mlir::sattn

#endif // SPARSEATTN_IMPORT_MASKRECOGNIZER_H
