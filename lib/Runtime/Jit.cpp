// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Compiles a module of the LLVM dialect into this process.
#include "SparseAttn/Runtime/Jit.h"

#include "SparseAttn/Analysis/TargetInfo.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/OpenMP/OpenMPToLLVMIRTranslation.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/TargetParser/X86TargetParser.h"

using namespace mlir;
using namespace mlir::sattn;

void mlir::sattn::registerJitDialects(DialectRegistry &registry) {
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerOpenMPDialectTranslation(registry);
}

MemRefDescriptor::MemRefDescriptor(void *data, ArrayRef<int64_t> sizes) {
  auto address = reinterpret_cast<int64_t>(data);
  words.append({address, address, 0});
  words.append(sizes.begin(), sizes.end());
  SmallVector<int64_t> strides(sizes.size(), 1);
  for (int64_t dim = static_cast<int64_t>(sizes.size()) - 2; dim >= 0; --dim)
    strides[dim] = strides[dim + 1] * sizes[dim + 1];
  words.append(strides);
}

CompiledModule::CompiledModule(std::unique_ptr<ExecutionEngine> engine)
    : engine(std::move(engine)) {}
CompiledModule::CompiledModule(CompiledModule &&) = default;
CompiledModule::~CompiledModule() = default;

namespace {
/// OpenMP's runtime, found as any shared library is: beside LLVM, or by the
/// system.
llvm::Error loadOpenMP() {
  std::string error;
  for (const char *name : {"libomp.so.5", "libomp.so", "libiomp5.so"})
    if (!llvm::sys::DynamicLibrary::LoadLibraryPermanently(name, &error))
      return llvm::Error::success();
  return llvm::createStringError("cannot load OpenMP's runtime (libomp): %s",
                                 error.c_str());
}

/// Refuses code that this machine cannot run: processors of another
/// architecture, and features that its own does not have.
llvm::Error checkRunsHere(StringRef cpu, ArrayRef<StringRef> features) {
  llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  SmallVector<StringRef> needed;
  if (cpu != "native" && llvm::Triple(llvm::sys::getProcessTriple()).isX86()) {
    if (llvm::X86::parseArchX86(cpu) == llvm::X86::CK_None)
      return llvm::createStringError(
          "processor '" + cpu +
          "' is of another architecture than this machine");
    llvm::X86::getFeaturesForCPU(cpu, needed);
  }
  for (StringRef feature : features)
    if (feature.consume_front("+"))
      needed.push_back(feature);
  for (StringRef feature : needed) {
    auto known = host.find(feature);
    if (known != host.end() && !known->second)
      return llvm::createStringError("this machine cannot run code for '" +
                                     cpu + "': it has no " + feature);
  }
  return llvm::Error::success();
}

bool callsOpenMP(ModuleOp module) {
  return module
      .walk([](Operation *op) {
        return op->getDialect() && op->getDialect()->getNamespace() == "omp"
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}
} // namespace

llvm::Expected<CompiledModule>
CompiledModule::compile(ModuleOp module, StringRef cpu, StringRef features) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  if (callsOpenMP(module))
    if (llvm::Error error = loadOpenMP())
      return std::move(error);

  SmallVector<StringRef> extra;
  features.split(extra, ',', -1, /*KeepEmpty=*/false);
  if (llvm::Error error = checkRunsHere(cpu, extra))
    return std::move(error);
  auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!builder)
    return builder.takeError();
  if (cpu != "native") {
    builder->setCPU(cpu.str());
    builder->getFeatures() = llvm::SubtargetFeatures();
  }
  for (StringRef feature : extra)
    builder->getFeatures().AddFeature(feature);
  auto machine = builder->createTargetMachine();
  if (!machine)
    return machine.takeError();

  auto optimize = makeOptimizingTransformer(/*optLevel=*/3, /*sizeLevel=*/0,
                                            machine->get());
  auto transform = [&](llvm::Module *code) -> llvm::Error {
    // Vectors as wide as the IR has them, also where LLVM would rather halve
    // them.
    for (llvm::Function &function : *code)
      if (!function.isDeclaration())
        function.addFnAttr("prefer-vector-width", "512");
    return optimize(code);
  };
  ExecutionEngineOptions options;
  options.transformer = transform;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  auto engine = ExecutionEngine::create(module, options, std::move(*machine));
  if (!engine)
    return engine.takeError();
  return CompiledModule(std::move(*engine));
}

llvm::Error CompiledModule::call(StringRef name, ArrayRef<void *> arguments) {
  SmallVector<void *> values(arguments);
  SmallVector<void *> packed;
  for (void *&value : values)
    packed.push_back(&value);
  return engine->invokePacked(("_mlir_ciface_" + name).str(), packed);
}
