// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What code needs of a processor, and code that asks the processor for it.
#ifndef SPARSEATTN_LIB_RUNTIME_PROCESSORCHECK_H
#define SPARSEATTN_LIB_RUNTIME_PROCESSORCHECK_H

#include "mlir/Support/LLVM.h"

namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm

namespace mlir::sattn {

/// Features (as LLVM names them) of `machine` that code for it may use without having been
/// told to: those that are enabled and that not every processor of the architecture has,
/// older ones first. A processor has others too, such as `rdrnd` or `clzero`; compilers
/// use them for nothing but the intrinsics of that name.
SmallVector<StringRef> getUsedFeatures(const llvm::TargetMachine &machine);

/// Makes every function that `code` offers to others ask the processor, in the process's
/// first call of any, for what `getUsedFeatures` lists. If something is missing it prints
/// one line to standard error and ends the process with exit code 1:
///
///     attention: this machine cannot run code for 'znver4': it has no avx512f
///
/// The function itself becomes a few instructions of the architecture's baseline: a load
/// and a branch before the call of what it was. Functions with vectors in their signature
/// stay as they are: a caller that can pass them has the registers. Without a library: on
/// x86-64 it reads cpuid and xgetbv, on AArch64 Linux's auxiliary vector. Elsewhere
/// nothing is added.
void addProcessorCheck(llvm::Module &code, const llvm::TargetMachine &machine);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_RUNTIME_PROCESSORCHECK_H
