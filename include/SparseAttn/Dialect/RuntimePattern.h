// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `RuntimePatternAttrInterface`: patterns that arrive with the data.
#ifndef SPARSEATTN_DIALECT_RUNTIMEPATTERN_H
#define SPARSEATTN_DIALECT_RUNTIMEPATTERN_H

#include "SparseAttn/Dialect/OperandChecker.h"
#include "SparseAttn/Dialect/PatternInterface.h"
#include "SparseAttn/Dialect/PatternOperands.h"

namespace mlir::sattn {

/// What the operation's sizes make of a dimension of an operand: ceil(size / block) + extra.
struct OperandDim {
  enum Kind { Batch, Heads, Rows, Keys, Any } kind = Any;
  int64_t block = 1, extra = 0;
  /// A size of 1 holds for all; always so for batches and heads.
  bool mayBeOne = false;
};

/// How an operand of a leaf must look.
struct PatternOperandSpec {
  /// As messages name it.
  OperandRole role;
  /// Its number among the pattern operands.
  int64_t index;
  /// From the outermost; those before the last `minRank` may be left out.
  SmallVector<OperandDim> dims;
  int64_t minRank = 1;
  /// Elements are i1 or i8 (not 0: true), not i32 or i64.
  bool isTruth = false;
};

/// Sizes of the operation in whose terms operands are described: of the whole, where the
/// operation is a slice of one.
struct RuntimeSizes {
  IndexExpr batch, heads, rows, keys;
};

} // namespace mlir::sattn

#include "SparseAttn/Dialect/RuntimePatternInterface.h.inc"

namespace mlir::sattn {

using RuntimePatternAttr = RuntimePatternAttrInterface;

/// Whether some leaf of `pattern` reads operands.
bool readsOperands(PatternAttr pattern);

/// Calls `visit` for each leaf that reads operands, each once.
void forEachRuntimeLeaf(PatternAttr pattern,
                        llvm::function_ref<void(RuntimePatternAttr)> visit);

/// `pattern` with operand n replaced by operand `renumber(n)`.
PatternAttr renumberOperands(PatternAttr pattern,
                             llvm::function_ref<int64_t(int64_t)> renumber);

/// How often a key may count for a row of `pattern`.
int64_t getMultiplicity(PatternAttr pattern);

/// The pairs of `pattern` that count at least `times` times, as a set.
PatternAttr getAtLeast(PatternAttr pattern, int64_t times);

/// `pattern` with typical patterns for leaves that read operands: to choose sizes by.
PatternAttr getTypicalPattern(PatternAttr pattern);

/// The operands of `leaf`, in its order.
SmallVector<PatternOperand> operandsOf(RuntimePatternAttr leaf,
                                       ArrayRef<PatternOperand> all);

/// Builds the tables of all leaves from `values.operands` into `values.tables`.
void buildRuntimeTables(IndexProgram &program, PatternAttr pattern,
                        const RuntimeSizes &sizes, RuntimeValues &values);
void releaseRuntimeTables(IndexProgram &program, RuntimeValues &values);

/// Checks the operands of a whole operation and builds the tables, as numbers. `error`
/// holds one line if they are not what they must be.
RuntimeValues makeRuntimeValues(PatternAttr pattern, const RuntimeSizes &sizes,
                                ArrayRef<PatternOperand> operands,
                                std::string &error);

/// Emits or makes the checks of all leaves: sizes of the operands, then values. `isSlice`:
/// operands may be larger than the operation.
void checkRuntimeValues(OperandChecker &checker, PatternAttr pattern,
                        const RuntimeSizes &sizes, bool isSlice,
                        ArrayRef<PatternOperand> operands);

/// Likewise the offsets of batches: [B], of at most 2^40 either way.
void checkOffsets(OperandChecker &checker, const RuntimeSizes &sizes,
                  bool isSlice, const PatternOperand &offsets);
PatternOperandSpec getOffsetsSpec();

} // namespace mlir::sattn

#endif // SPARSEATTN_DIALECT_RUNTIMEPATTERN_H
