// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// LLVM's just-in-time compiler for kernels.
#include "HostCode.h"

#include "Machine.h"
#include "SparseAttn/Analysis/TargetInfo.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/bit.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/ExecutionEngine/Orc/ThreadSafeModule.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::emulator;

namespace {
/// Conversions that LLVM calls where the processor has none, and that not every
/// C runtime has. The 16 bits travel in the low half of a floating-point
/// register, which is where a float's low half is.
float convertTo(llvm::APFloat value, const llvm::fltSemantics &semantics) {
  bool lossy;
  value.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &lossy);
  return llvm::bit_cast<float>(
      static_cast<uint32_t>(value.bitcastToAPInt().getZExtValue()));
}
float floatToBFloat(float number) {
  return convertTo(llvm::APFloat(number), llvm::APFloat::BFloat());
}
float doubleToBFloat(double number) {
  return convertTo(llvm::APFloat(number), llvm::APFloat::BFloat());
}
float floatToHalf(float number) {
  return convertTo(llvm::APFloat(number), llvm::APFloat::IEEEhalf());
}
float doubleToHalf(double number) {
  return convertTo(llvm::APFloat(number), llvm::APFloat::IEEEhalf());
}
float halfToFloat(float bits) {
  return llvm::APFloat(llvm::APFloat::IEEEhalf(),
                       llvm::APInt(16, llvm::bit_cast<uint32_t>(bits) & 0xffff))
      .convertToFloat();
}

} // namespace

llvm::Expected<HostCode> HostCode::compile(ModuleOp module) {
  initializeTargets();
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  module.getContext()->appendDialectRegistry(registry);
  auto context = std::make_unique<llvm::LLVMContext>();
  std::unique_ptr<llvm::Module> code =
      translateModuleToLLVMIR(module, *context);
  if (!code)
    return llvm::createStringError(
        "translation of the kernel to LLVM IR failed");

  auto target = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!target)
    return target.takeError();
  // Kernels are long, and most of the time goes into the emulator: optimizing would take longer than
  // what it saves.
  target->setCodeGenOptLevel(llvm::CodeGenOptLevel::None);
  auto machine = target->createTargetMachine();
  if (!machine)
    return machine.takeError();
  code->setDataLayout((*machine)->createDataLayout());
  code->setTargetTriple((*machine)->getTargetTriple());

  auto jit = llvm::orc::LLJITBuilder()
                 .setJITTargetMachineBuilder(std::move(*target))
                 .create();
  if (!jit)
    return jit.takeError();
  llvm::orc::JITDylib &library = (*jit)->getMainJITDylib();
  llvm::orc::SymbolMap symbols;
  auto define = [&](StringRef name, auto *function) {
    symbols[(*jit)->mangleAndIntern(name)] = {
        llvm::orc::ExecutorAddr::fromPtr(function),
        llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
  };
  define("sattn_emulator_execute", &sattn_emulator_execute);
  define("sattn_emulator_access", &sattn_emulator_access);
  define("__truncsfbf2", &floatToBFloat);
  define("__truncdfbf2", &doubleToBFloat);
  define("__truncsfhf2", &floatToHalf);
  define("__truncdfhf2", &doubleToHalf);
  define("__extendhfsf2", &halfToFloat);
  if (llvm::Error error =
          library.define(llvm::orc::absoluteSymbols(std::move(symbols))))
    return std::move(error);
  auto process = llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      (*jit)->getDataLayout().getGlobalPrefix());
  if (!process)
    return process.takeError();
  library.addGenerator(std::move(*process));
  if (llvm::Error error = (*jit)->addIRModule(
          llvm::orc::ThreadSafeModule(std::move(code), std::move(context))))
    return std::move(error);
  return HostCode(std::move(*jit));
}

llvm::Expected<void *> HostCode::lookup(StringRef name) {
  auto address = jit->lookup(name);
  if (!address)
    return address.takeError();
  return address->toPtr<void *>();
}
