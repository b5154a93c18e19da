// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The instructions that the emulator executes. Each file of them has a table;
/// an instruction is a row there and a function.
#ifndef SPARSEATTN_LIB_GPUEMULATOR_INSTRUCTIONTABLE_H
#define SPARSEATTN_LIB_GPUEMULATOR_INSTRUCTIONTABLE_H

#include "Site.h"

namespace mlir::sattn::emulator {

/// What stands for `op` in the table, and whether it has to be there: NVVM
/// operations, calls of NVVM intrinsics and inline assembly. Empty for
/// operations that the host's compiler understands.
StringRef getInstructionName(Operation *op);

/// The row of that name; null if there is none.
const Instruction *findInstruction(StringRef name);

/// Tables, by subject.
ArrayRef<Instruction> getSpecialRegisters();
ArrayRef<Instruction> getSynchronization();
ArrayRef<Instruction> getWarpExchange();
ArrayRef<Instruction> getMatrixMemory();
ArrayRef<Instruction> getMatrixMultiply();
ArrayRef<Instruction> getAsyncCopy();
ArrayRef<Instruction> getConversions();
ArrayRef<Instruction> getApproximateMath();

} // namespace mlir::sattn::emulator

#endif // SPARSEATTN_LIB_GPUEMULATOR_INSTRUCTIONTABLE_H
