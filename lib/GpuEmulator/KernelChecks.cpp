// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Looks for operations that are not emulated, before anything is rewritten.
#include "KernelChecks.h"

#include "InstructionTable.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::emulator;

std::string emulator::describeLocation(Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  op->getLoc()->walk([&](Location location) {
    auto file = dyn_cast<FileLineColLoc>(location);
    if (!file)
      return WalkResult::advance();
    os << file.getFilename().getValue() << ":" << file.getLine() << ":"
       << file.getColumn();
    return WalkResult::interrupt();
  });
  if (text.empty()) {
    op->print(os, OpPrintingFlags().skipRegions().useLocalScope());
    text = StringRef(text).take_until([](char c) { return c == '\n'; }).str();
  }
  return text;
}

llvm::Error emulator::createKernelError(Operation *op, const Twine &message) {
  return llvm::createStringError(describeLocation(op) + ": '" +
                                 op->getName().getStringRef() + "' " + message);
}

static llvm::Error checkOperation(ModuleOp module, Operation *op) {
  if (StringRef name = getInstructionName(op); !name.empty()) {
    if (findInstruction(name))
      return llvm::Error::success();
    return name == op->getName().getStringRef()
               ? createKernelError(op, "is not emulated")
               : createKernelError(op, "is not emulated for \"" + name + "\"");
  }
  if (!isa_and_nonnull<LLVM::LLVMDialect>(op->getDialect()))
    return createKernelError(op, "is not emulated");
  if (auto call = dyn_cast<LLVM::CallOp>(op)) {
    if (!call.getCallee())
      return createKernelError(op, "is not emulated through a pointer");
    auto callee = module.lookupSymbol<LLVM::LLVMFuncOp>(*call.getCallee());
    if (!callee || callee.isExternal())
      return createKernelError(op, "is not emulated: '@" + *call.getCallee() +
                                       "' has no body");
    return llvm::Error::success();
  }
  if (auto address = dyn_cast<LLVM::AddressOfOp>(op)) {
    auto global = module.lookupSymbol<LLVM::GlobalOp>(address.getGlobalName());
    if (!global)
      return createKernelError(op, "is not emulated for functions");
    bool hasValue = global.getValueOrNull() || !global.getInitializer().empty();
    if (global.getAddrSpace() != Shared && !hasValue)
      return createKernelError(op, "is not emulated: '@" + global.getSymName() +
                                       "' has no value");
    return llvm::Error::success();
  }
  if (isa<LLVM::LoadOp, LLVM::StoreOp, LLVM::AtomicRMWOp, LLVM::AtomicCmpXchgOp,
          LLVM::AllocaOp, LLVM::FenceOp, LLVM::LifetimeStartOp,
          LLVM::LifetimeEndOp, LLVM::AssumeOp, LLVM::StackSaveOp,
          LLVM::StackRestoreOp, LLVM::DbgValueOp>(op) ||
      op->hasTrait<OpTrait::IsTerminator>() || isMemoryEffectFree(op))
    return llvm::Error::success();
  if (isa<LLVM::CallIntrinsicOp>(op) &&
      llvm::none_of(op->getOperandTypes(),
                    llvm::IsaPred<LLVM::LLVMPointerType>))
    return llvm::Error::success();
  return createKernelError(op, "is not emulated");
}

llvm::Error emulator::checkKernels(ModuleOp module) {
  for (Operation &op : module.getBody()->getOperations()) {
    if (isa<LLVM::GlobalOp>(op))
      continue;
    auto function = dyn_cast<LLVM::LLVMFuncOp>(op);
    if (!function)
      return createKernelError(&op, "is not emulated: expected functions and "
                                    "globals of the LLVM dialect");
    llvm::Error error = llvm::Error::success();
    function.walk([&](Operation *nested) {
      if (nested == function)
        return WalkResult::advance();
      error = checkOperation(module, nested);
      return error ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (error)
      return error;
  }
  return llvm::Error::success();
}
