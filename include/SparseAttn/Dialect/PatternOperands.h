// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Integers that a pattern reads at run time: operands of the operation (lengths,
/// document ids, block lists) and tables that are derived from them once per call.
///
/// As everything of the algebra they are numbers or IR, behind one face: `at` is a
/// constant for constant indices of an array in this process, and a load otherwise.
/// `IndexProgram` does the same for loops, so that tables and checks have one source
/// as well.
#ifndef SPARSEATTN_DIALECT_PATTERNOPERANDS_H
#define SPARSEATTN_DIALECT_PATTERNOPERANDS_H

#include "SparseAttn/Dialect/IndexExpr.h"

#include "mlir/IR/Attributes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <memory>
#include <vector>

namespace mlir::sattn {

/// An array of integers of any rank.
class PatternOperand {
public:
  PatternOperand() = default;
  /// Numbers in C order, `byteWidth` (1, 4 or 8) bytes each; they are not copied.
  PatternOperand(const void *data, unsigned byteWidth, ArrayRef<int64_t> shape);
  /// Numbers that are owned.
  PatternOperand(std::vector<int64_t> values, ArrayRef<int64_t> shape);
  /// A memref of integers with a strided layout. Emits what all reads share.
  PatternOperand(ImplicitLocOpBuilder &builder, Value memref);

  int64_t getRank() const { return sizes.size(); }
  const IndexExpr &getSize(int64_t dim) const { return sizes[dim]; }

  /// Null for numbers.
  ImplicitLocOpBuilder *getBuilder() const { return builder; }

  /// The element at `indices`, one for each dimension, or more: leading ones that the
  /// array does not have are ignored. A dimension of size 1 has the same element
  /// everywhere. No bounds are checked.
  IndexExpr at(ArrayRef<IndexExpr> indices) const;

private:
  friend class IndexProgram;
  IndexExpr getPosition(ArrayRef<IndexExpr> indices) const;

  SmallVector<IndexExpr> sizes, strides;
  // Numbers.
  std::shared_ptr<std::vector<int64_t>> owned;
  const void *data = nullptr;
  unsigned byteWidth = 0;
  // IR: the elements as a memref of rank 1, so that lanes can gather.
  ImplicitLocOpBuilder *builder = nullptr;
  Value flat;
};

/// What a pattern knows at run time: the operands by number, and for each leaf the tables
/// that it derives from them.
struct RuntimeValues {
  SmallVector<PatternOperand> operands;
  llvm::MapVector<Attribute, SmallVector<PatternOperand>> tables;
};

/// Loops over index expressions: run at once, or emitted.
class IndexProgram {
public:
  /// Runs.
  IndexProgram() = default;
  /// Emits.
  explicit IndexProgram(ImplicitLocOpBuilder &builder) : builder(&builder) {}

  /// for (i = begin; i < end; ++i) carried = body(i, carried). Numbers, no truth values.
  using Body = llvm::function_ref<SmallVector<IndexExpr>(
      const IndexExpr &, ArrayRef<IndexExpr>)>;
  SmallVector<IndexExpr> loop(const IndexExpr &begin, const IndexExpr &end,
                              ArrayRef<IndexExpr> carried, Body body);
  /// The same from end - 1 down to begin.
  SmallVector<IndexExpr> loopDown(const IndexExpr &begin, const IndexExpr &end,
                                  ArrayRef<IndexExpr> carried, Body body);
  /// Nothing carried.
  void forEach(const IndexExpr &end,
               llvm::function_ref<void(const IndexExpr &)> body);

  /// while (condition(carried)) carried = body(carried).
  SmallVector<IndexExpr>
  loopWhile(ArrayRef<IndexExpr> carried,
            llvm::function_ref<IndexExpr(ArrayRef<IndexExpr>)> condition,
            llvm::function_ref<SmallVector<IndexExpr>(ArrayRef<IndexExpr>)> body);

  /// A table of positions (below 2^31), to be filled.
  PatternOperand allocate(ArrayRef<IndexExpr> sizes);
  void store(const PatternOperand &table, ArrayRef<IndexExpr> indices,
             const IndexExpr &value);
  /// Frees a table.
  void release(const PatternOperand &table);

  ImplicitLocOpBuilder *getBuilder() const { return builder; }

private:
  ImplicitLocOpBuilder *builder = nullptr;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_DIALECT_PATTERNOPERANDS_H
