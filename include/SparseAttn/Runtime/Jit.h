// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Compiles a module of the LLVM dialect into this process.
#ifndef SPARSEATTN_RUNTIME_JIT_H
#define SPARSEATTN_RUNTIME_JIT_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace llvm {
class raw_pwrite_stream;
}
namespace mlir {
class ExecutionEngine;
}

namespace mlir::sattn {

/// Adds what translation to LLVM IR needs to `registry`.
void registerJitDialects(DialectRegistry &registry);

/// A memref as compiled code sees it, of any rank: pointers, offset, sizes, strides.
class MemRefDescriptor {
public:
  /// Identity layout over `data`.
  MemRefDescriptor(void *data, ArrayRef<int64_t> sizes);

  /// What a pointer to the descriptor struct points at.
  void *get() { return words.data(); }
  /// Words that a descriptor of this rank takes.
  static int64_t numWords(int64_t rank) { return 3 + 2 * rank; }

private:
  SmallVector<int64_t> words;
};

/// Code of one module; functions live as long as this does.
class CompiledModule {
public:
  CompiledModule(CompiledModule &&);
  ~CompiledModule();

  /// Optimizes and compiles `module` for this machine, or for `cpu` and `features` (LLVM
  /// names; "native" is this machine). Loads OpenMP's runtime when the code needs it.
  /// Functions that the code calls and does not define are those of `functions`, by name,
  /// and of this process. Each `gpu.binary` is loaded at once, and unloaded at the end.
  static llvm::Expected<CompiledModule>
  compile(ModuleOp module, StringRef cpu, StringRef features,
          ArrayRef<std::pair<StringRef, void *>> functions = {});

  /// Generates the code of `_mlir_ciface_<name>`, which otherwise the first call does.
  llvm::Error prepare(StringRef name);

  /// Calls `_mlir_ciface_<name>`: pointers to descriptors, the result's first if there is
  /// one. Fails if the values of a pattern's operands are not what they must be; then
  /// nothing was written.
  llvm::Error call(StringRef name, ArrayRef<void *> arguments);

private:
  explicit CompiledModule(std::unique_ptr<ExecutionEngine> engine);
  std::unique_ptr<ExecutionEngine> engine;
  SmallVector<void (*)()> unloaders;
};

/// What compiled code is written as.
enum class CodeFormat { LLVMIR, Assembly, Object };

/// Optimizes `module` as `CompiledModule` does and writes it to `os`: position-independent
/// code for any x86-64 or AArch64 processor, also one that this machine is not, and this
/// machine's operating system. On another processor its functions print one line and end
/// the process with exit code 1. Objects with parallel loops need OpenMP's runtime (libomp),
/// such that copy strided buffers `memrefCopy` of MLIR's C runner utilities, and such whose patterns
/// have operands `sattn_report_operand_error` (the library SparseAttnSupport has one).
llvm::Error emitCode(ModuleOp module, StringRef cpu, StringRef features,
                     CodeFormat format, llvm::raw_pwrite_stream &os);

} // namespace mlir::sattn

#endif // SPARSEATTN_RUNTIME_JIT_H
