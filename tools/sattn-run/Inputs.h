// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The arrays that a function is run on.
#ifndef SPARSEATTN_TOOLS_SATTN_RUN_INPUTS_H
#define SPARSEATTN_TOOLS_SATTN_RUN_INPUTS_H

#include "Options.h"

#include "SparseAttn/Runtime/Npy.h"

namespace mlir::sattn::run {

/// [2, 3, 4]
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// Query, key and value; ranks 3 are seen as rank 4 with B = 1.
struct Inputs {
  NpyArray query, key, value;
  /// Integers that patterns read, as `Options::operands`.
  std::vector<NpyArray> operands;
  /// One for each batch; without elements if --offset is none or a number.
  NpyArray offsets;
  /// Without elements if keys stand in their batches.
  NpyArray blockTable;
  int64_t rank = 4;
  ElementKind kind = ElementKind::F32;
  int64_t batch = 1, heads = 0, kvHeads = 0, queries = 0, keys = 0;
  int64_t headSize = 0, valueSize = 0;
  /// The array's own sizes of key and value: batches and rows, or pages and their rows.
  int64_t keyBatches = 1, keyRows = 0;

  /// Reads the arrays and checks that they fit together.
  static llvm::Expected<Inputs> read(const Options &options);

  SmallVector<int64_t> queryShape() const {
    return {batch, heads, queries, headSize};
  }
  SmallVector<int64_t> keyShape() const {
    return {keyBatches, kvHeads, keyRows, headSize};
  }
  SmallVector<int64_t> valueShape() const {
    return {keyBatches, kvHeads, keyRows, valueSize};
  }
  SmallVector<int64_t> outShape() const {
    return {batch, heads, queries, valueSize};
  }
  SmallVector<int64_t> lseShape() const { return {batch, heads, queries}; }
};

} // namespace mlir::sattn::run

#endif // SPARSEATTN_TOOLS_SATTN_RUN_INPUTS_H
