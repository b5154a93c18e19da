// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What is run: arrays, a function, and the attention in it.
#ifndef SPARSEATTN_TOOLS_SATTN_RUN_PROGRAM_H
#define SPARSEATTN_TOOLS_SATTN_RUN_PROGRAM_H

#include "Options.h"

#include "SparseAttn/Dialect/AttentionOps.h"
#include "SparseAttn/Runtime/Jit.h"
#include "SparseAttn/Runtime/Npy.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::sattn::run {

/// Query, key and value; ranks 3 are seen as rank 4 with B = 1.
struct Inputs {
  NpyArray query, key, value;
  int64_t rank = 4;
  ElementKind kind = ElementKind::F32;
  int64_t batch = 1, heads = 0, kvHeads = 0, queries = 0, keys = 0;
  int64_t headSize = 0, valueSize = 0;

  /// Reads the arrays and checks that they fit together.
  static llvm::Expected<Inputs> read(const Options &options);

  SmallVector<int64_t> queryShape() const {
    return {batch, heads, queries, headSize};
  }
  SmallVector<int64_t> keyShape() const {
    return {batch, kvHeads, keys, headSize};
  }
  SmallVector<int64_t> valueShape() const {
    return {batch, kvHeads, keys, valueSize};
  }
  SmallVector<int64_t> outShape() const {
    return {batch, heads, queries, valueSize};
  }
  SmallVector<int64_t> lseShape() const { return {batch, heads, queries}; }
};

/// What the pattern and the position of the queries are, as numbers.
struct AttentionFacts {
  PatternAttr pattern;
  int64_t offset = 0;
  double scale = 1;
};

/// A function to run, before and after it is compiled.
class Program {
public:
  /// From --pattern and the shapes, or from FILE.mlir. Without inputs the file is only
  /// read: it can be lowered and emitted, but not run.
  static llvm::Expected<Program> create(const Options &options,
                                        const std::optional<Inputs> &inputs,
                                        MLIRContext *context);
  Program(Program &&) = default;
  ~Program() { freeReturned(); }

  /// The attention in the entry function; fails with one line if there is none, several,
  /// or one whose operands are not the arrays.
  llvm::Expected<AttentionFacts> getFacts(const Inputs &inputs);

  /// Runs the pipeline.
  llvm::Error lower(const Options &options);

  /// Writes the lowered module as code.
  llvm::Error emit(const Options &options);

  /// Compiles the lowered module, ready to run.
  llvm::Error compile(const Options &options);

  /// Calls the function once.
  llvm::Error run(Inputs &inputs);

  /// Moves the results to `out` and `lse`, from the destinations or from what the
  /// function returned.
  llvm::Error collect(const Inputs &inputs);

  NpyArray out, lse;
  bool hasLse = false;

private:
  Program() = default;

  OwningOpRef<ModuleOp> module;
  std::string entry;
  /// Types of the entry's destinations (arguments after the third) and results.
  SmallVector<ShapedType> destinations, results;
  /// Arrays that the destinations point to, and descriptors of what was returned: the
  /// arguments' own memory, or memory that the function allocated.
  SmallVector<NpyArray> buffers;
  SmallVector<int64_t> returned;
  SmallVector<int64_t> argumentAddresses;
  std::unique_ptr<CompiledModule> code;

  llvm::Error chooseEntry(const Options &options, const Inputs &inputs);
  llvm::Error checkEntry(func::FuncOp function, const Inputs &inputs);
  void freeReturned();
};

} // namespace mlir::sattn::run

#endif // SPARSEATTN_TOOLS_SATTN_RUN_PROGRAM_H
