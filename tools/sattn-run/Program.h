// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What is run: a function, and the attention in it.
#ifndef SPARSEATTN_TOOLS_SATTN_RUN_PROGRAM_H
#define SPARSEATTN_TOOLS_SATTN_RUN_PROGRAM_H

#include "Device.h"
#include "Inputs.h"
#include "LaunchHeader.h"
#include "Options.h"

#include "SparseAttn/Dialect/AttentionOps.h"
#include "SparseAttn/Reference/Reference.h"
#include "SparseAttn/Runtime/Jit.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::sattn::run {

/// What the pattern and the position of the queries are, as numbers.
struct AttentionFacts {
  PatternAttr pattern;
  /// Its pairs with keys whose pages are there.
  PatternAttr livePattern;
  /// What it reads; used only where it does.
  RuntimeValues runtime;
  int64_t offset = 0;
  /// What each batch adds to it; empty if none does.
  SmallVector<int64_t> offsets;
  double scale = 1;
  /// For each head; empty without.
  std::vector<float> sink;
  std::optional<Dropout> dropout;
  std::optional<PageTable> pages;
  /// What happens to scores, with the arrays that it reads.
  std::shared_ptr<ScoreInterpreter> score;
  /// What `region` in the pattern says, likewise.
  std::shared_ptr<ScoreInterpreter> mask;
  std::shared_ptr<std::vector<ScoreArray>> arrays;
};

/// Arrays that arguments with integers are: those of --operand, then that of --offset, then
/// that of --block-table.
template <typename InputsT> auto *getOperand(InputsT &inputs, size_t number) {
  size_t count = inputs.operands.size();
  if (number < count)
    return &inputs.operands[number];
  return number == count && !isFloat(inputs.offsets.getKind())
             ? &inputs.offsets
             : &inputs.blockTable;
}

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

  /// Compiles the lowered module for `device`, ready to run.
  llvm::Error compile(const Options &options, std::unique_ptr<Device> device);

  /// Places the arrays on the device, and zeros where the results go.
  llvm::Error place(Inputs &inputs);

  /// Calls the function once.
  llvm::Error run();

  /// The same; gives the milliseconds that it took.
  llvm::Expected<double> time();

  const Device &getDevice() const { return *device; }

  /// Moves the results to `out`, `lse` and `rowMax`, from the destinations or from what the
  /// function returned.
  llvm::Error collect(const Inputs &inputs);

  NpyArray out, lse, rowMax;
  bool hasLse = false, hasRowMax = false;

private:
  Program() = default;

  OwningOpRef<ModuleOp> module;
  std::string entry;
  /// All functions, before they are lowered.
  SmallVector<Signature> signatures;
  /// Types of the entry's destinations (arguments after the third that are no integers)
  /// and results.
  SmallVector<ShapedType> destinations, results;
  /// For each argument after the third: the number of the array of integers that it is, or
  /// -1 for the next destination.
  SmallVector<int64_t> operandOfArgument;
  /// The arguments between value and destinations.
  std::vector<NpyArray> scoreArrays;
  /// Arrays that the destinations point to, and descriptors of what was returned: the
  /// arguments' own memory, or memory that the function allocated.
  SmallVector<NpyArray> buffers;
  SmallVector<int64_t> returned;
  std::unique_ptr<Device> device;
  SmallVector<MemRefDescriptor> arguments;
  SmallVector<int64_t> argumentAddresses;
  std::unique_ptr<CompiledModule> code;

  llvm::Error chooseEntry(const Options &options, const Inputs &inputs);
  llvm::Error checkEntry(func::FuncOp function, const Inputs &inputs,
                         size_t numIntegers);
  llvm::Error writeKernels(const Options &options, llvm::raw_ostream &os);
  llvm::Error interpretRegions(const Inputs &inputs, AttentionFacts &facts);
  /// The arguments of a call, with room for what it returns.
  SmallVector<void *> prepareCall();
  void freeReturned();
};

} // namespace mlir::sattn::run

#endif // SPARSEATTN_TOOLS_SATTN_RUN_PROGRAM_H
