// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Finds an operation in the tables of instructions.
#include "InstructionTable.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::emulator;

StringRef emulator::getInstructionName(Operation *op) {
  if (auto assembly = dyn_cast<LLVM::InlineAsmOp>(op))
    return assembly.getAsmString().trim();
  if (auto assembly = dyn_cast<NVVM::InlinePtxOp>(op))
    return assembly.getPtxCode().trim();
  if (auto call = dyn_cast<LLVM::CallIntrinsicOp>(op))
    return call.getIntrin().starts_with("llvm.nvvm.") ? call.getIntrin()
                                                      : StringRef();
  if (isa_and_nonnull<NVVM::NVVMDialect>(op->getDialect()))
    return op->getName().getStringRef();
  return {};
}

const Instruction *emulator::findInstruction(StringRef name) {
  static const llvm::StringMap<const Instruction *> rows = [] {
    llvm::StringMap<const Instruction *> rows;
    for (ArrayRef<Instruction> table :
         {getSpecialRegisters(), getSynchronization(), getWarpExchange(),
          getMatrixMemory(), getMatrixMultiply(), getAsyncCopy(),
          getConversions(), getApproximateMath()})
      for (const Instruction &row : table)
        rows[row.name] = &row;
    return rows;
  }();
  return rows.lookup(name);
}
