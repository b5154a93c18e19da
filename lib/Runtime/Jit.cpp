// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Compiles a module of the LLVM dialect into this process.
#include "SparseAttn/Runtime/Jit.h"

#include "ProcessorCheck.h"
#include "SparseAttn/Analysis/TargetInfo.h"
#include "SparseAttn/Runtime/OperandErrors.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/Target/LLVM/NVVM/Target.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/OpenMP/OpenMPToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/Transforms/Scalar/LoopUnrollPass.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"

#include <cstring>

using namespace mlir;
using namespace mlir::sattn;

void mlir::sattn::registerJitDialects(DialectRegistry &registry) {
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerOpenMPDialectTranslation(registry);
  registerGPUDialectTranslation(registry);
  registerNVVMDialectTranslation(registry);
  NVVM::registerNVVMTargetInterfaceExternalModels(registry);
  gpu::registerOffloadingLLVMTranslationInterfaceExternalModels(registry);
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
CompiledModule::~CompiledModule() {
  for (void (*unload)() : unloaders)
    unload();
}

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

/// Refuses code that this machine cannot run: of another architecture, or with
/// features that its processor does not have.
llvm::Error checkRunsHere(const llvm::TargetMachine &machine, StringRef cpu) {
  llvm::Triple here(llvm::sys::getProcessTriple());
  if (machine.getTargetTriple().getArch() != here.getArch())
    return llvm::createStringError(
        "processor '" + cpu + "' is of another architecture than this machine");
  llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  for (StringRef feature : getUsedFeatures(machine)) {
    auto known = host.find(feature);
    if (known != host.end() && !known->second)
      return llvm::createStringError("this machine cannot run code for '" +
                                     cpu + "': it has no " + feature);
  }
  return llvm::Error::success();
}

/// What a machine like this one is with a processor of `architecture`.
llvm::Triple getTriple(llvm::Triple::ArchType architecture) {
  llvm::Triple triple(llvm::sys::getProcessTriple());
  if (triple.getArch() != architecture)
    triple.setArch(architecture);
  return triple;
}

/// The target of `cpu`. Code for files is position-independent and, like any
/// compiler's, near all that it refers to; code for this process may be far
/// from the libraries that it calls.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTarget(StringRef cpu, StringRef features, bool forFiles) {
  initializeTargets();
  std::optional<llvm::Triple::ArchType> architecture = getArchitecture(cpu);
  if (!architecture)
    return llvm::createStringError("unknown processor '" + cpu + "'");
  auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!builder)
    return builder.takeError();
  if (cpu != "native") {
    *builder = llvm::orc::JITTargetMachineBuilder(getTriple(*architecture));
    builder->setCPU(cpu.str());
  }
  if (forFiles) {
    builder->setRelocationModel(llvm::Reloc::PIC_);
    builder->setCodeModel(llvm::CodeModel::Small);
  }
  SmallVector<StringRef> extra;
  features.split(extra, ',', -1, /*KeepEmpty=*/false);
  if (!extra.empty()) {
    // LLVM only warns of names that it does not know, once per function.
    auto plain = builder->createTargetMachine();
    if (!plain)
      return plain.takeError();
    auto known = (*plain)->getMCSubtargetInfo()->getAllProcessorFeatures();
    for (StringRef feature : extra)
      if (llvm::none_of(known, [&](const llvm::SubtargetFeatureKV &entry) {
            return feature.drop_front() == entry.Key;
          }))
        return llvm::createStringError("unknown target feature '" + feature +
                                       "'");
  }
  for (StringRef feature : extra)
    builder->getFeatures().AddFeature(feature);
  return builder->createTargetMachine();
}

/// LLVM's optimizations for `machine`: those of O1 that make kernels faster, each once. Loops are
/// unrolled last, by as much as they ask for, so that what comes before sees their bodies once.
void optimize(llvm::Module &code, llvm::TargetMachine *machine) {
  // Vectors as wide as the IR has them, also where LLVM would rather halve
  // them.
  for (llvm::Function &function : code)
    if (!function.isDeclaration())
      function.addFnAttr("prefer-vector-width", "512");
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  // First what leaves kernels without a call. Induction variables before other operations: what
  // these become would hide addresses that follow each other, which then take a register each.
  llvm::ModulePassManager passes;
  llvm::cantFail(builder.parsePassPipeline(
      passes, "function(early-cse<memssa>,sccp,simplifycfg),globaldce,"
              "function(loop-mssa(loop-rotate,licm),loop(indvars),loop-vectorize,"
              "instcombine<no-verify-fixpoint>)"));
  llvm::FunctionPassManager last;
  last.addPass(llvm::LoopUnrollPass({/*OptLevel=*/1, /*OnlyWhenForced=*/true}));
  last.addPass(llvm::SimplifyCFGPass());
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(last)));
  passes.run(code, modules);
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

/// A ranked memref behind an unranked one, as MLIR passes them to a library.
struct UnrankedDescriptor {
  int64_t rank;
  /// Words as in `MemRefDescriptor`.
  int64_t *words;

  char *data(int64_t elementSize) const {
    return reinterpret_cast<char *>(words[1]) + words[2] * elementSize;
  }
  int64_t size(int64_t dim) const { return words[3 + dim]; }
  int64_t stride(int64_t dim) const { return words[3 + rank + dim]; }
};

void copyStrided(int64_t elementSize, const UnrankedDescriptor &from,
                 const UnrankedDescriptor &to, const char *source,
                 char *destination, int64_t dim) {
  if (dim == from.rank) {
    std::memcpy(destination, source, elementSize);
    return;
  }
  for (int64_t i = 0; i < from.size(dim); ++i)
    copyStrided(elementSize, from, to,
                source + i * from.stride(dim) * elementSize,
                destination + i * to.stride(dim) * elementSize, dim + 1);
}

/// What `memref.copy` between strided buffers calls.
void memrefCopy(int64_t elementSize, const UnrankedDescriptor *from,
                const UnrankedDescriptor *to) {
  copyStrided(elementSize, *from, *to, from->data(elementSize),
              to->data(elementSize), 0);
}

constexpr StringLiteral copyName = "memrefCopy";

using HostFunctions = ArrayRef<std::pair<StringRef, void *>>;

/// Refuses functions without a body that neither `functions` nor this process
/// has.
llvm::Error checkDefined(ModuleOp module, HostFunctions functions) {
  llvm::sys::DynamicLibrary::LoadLibraryPermanently(nullptr);
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    StringRef name = function.getName();
    if (!function.isExternal() || name == copyName ||
        name == operandErrorFunction ||
        name.starts_with("llvm.") ||
        llvm::is_contained(llvm::make_first_range(functions), name) ||
        llvm::sys::DynamicLibrary::SearchForAddressOfSymbol(name.str()))
      continue;
    name.consume_front("_mlir_ciface_");
    return llvm::createStringError("function '" + name +
                                   "' is declared but not defined");
  }
  return llvm::Error::success();
}

/// Suffixes of the functions that load and unload the kernels of a `gpu.binary`:
/// translation to LLVM IR makes a constructor and a destructor of the program of
/// them.
constexpr StringLiteral loadSuffix = "_load", unloadSuffix = "_unload";

/// Makes functions of these, which the JIT does not call on every processor.
void exportLoaders(llvm::Module &code, ArrayRef<std::string> binaries) {
  if (binaries.empty())
    return;
  for (StringRef name : binaries)
    for (StringRef suffix : {loadSuffix, unloadSuffix})
      if (llvm::Function *loader = code.getFunction((name + suffix).str()))
        loader->setLinkage(llvm::GlobalValue::ExternalLinkage);
  for (StringRef name : {"llvm.global_ctors", "llvm.global_dtors"})
    if (llvm::GlobalVariable *list = code.getNamedGlobal(name))
      list->eraseFromParent();
}

llvm::orc::SymbolMap getSymbols(HostFunctions functions,
                                llvm::orc::MangleAndInterner mangle) {
  llvm::orc::SymbolMap symbols;
  for (auto [name, address] : functions)
    symbols[mangle(name)] = {llvm::orc::ExecutorAddr::fromPtr(address),
                             llvm::JITSymbolFlags::Exported};
  return symbols;
}
} // namespace

llvm::Expected<CompiledModule>
CompiledModule::compile(ModuleOp module, StringRef cpu, StringRef features,
                        HostFunctions functions) {
  if (callsOpenMP(module))
    if (llvm::Error error = loadOpenMP())
      return std::move(error);
  auto machine = createTarget(cpu, features, /*forFiles=*/false);
  if (!machine)
    return machine.takeError();
  if (llvm::Error error = checkRunsHere(**machine, cpu))
    return std::move(error);
  if (llvm::Error error = checkDefined(module, functions))
    return std::move(error);

  llvm::TargetMachine *target = machine->get();
  auto binaries = llvm::map_to_vector(
      module.getOps<gpu::BinaryOp>(),
      [](gpu::BinaryOp binary) { return binary.getName().str(); });
  auto transform = [&](llvm::Module *code) {
    exportLoaders(*code, binaries);
    optimize(*code, target);
    return llvm::Error::success();
  };
  ExecutionEngineOptions options;
  options.transformer = transform;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  auto engine = ExecutionEngine::create(module, options, std::move(*machine));
  if (!engine)
    return engine.takeError();
  if (auto copy = module.lookupSymbol<LLVM::LLVMFuncOp>(copyName);
      copy && copy.isExternal())
    (*engine)->registerSymbols([](llvm::orc::MangleAndInterner mangle) {
      return getSymbols({{copyName, reinterpret_cast<void *>(&memrefCopy)}},
                        mangle);
    });
  if (!functions.empty())
    (*engine)->registerSymbols([&](llvm::orc::MangleAndInterner mangle) {
      return getSymbols(functions, mangle);
    });
  if (module.lookupSymbol<LLVM::LLVMFuncOp>(operandErrorFunction))
    registerOperandErrors(**engine);
  CompiledModule compiled(std::move(*engine));
  for (StringRef name : binaries) {
    auto load = compiled.engine->lookup((name + loadSuffix).str());
    if (!load)
      return load.takeError();
    auto unload = compiled.engine->lookup((name + unloadSuffix).str());
    if (!unload)
      return unload.takeError();
    reinterpret_cast<void (*)()>(*load)();
    compiled.unloaders.push_back(reinterpret_cast<void (*)()>(*unload));
  }
  return compiled;
}

llvm::Error CompiledModule::prepare(StringRef name) {
  return engine->lookupPacked(("_mlir_ciface_" + name).str()).takeError();
}

llvm::Error CompiledModule::call(StringRef name, ArrayRef<void *> arguments) {
  SmallVector<void *> values(arguments);
  SmallVector<void *> packed;
  for (void *&value : values)
    packed.push_back(&value);
  if (llvm::Error error =
          engine->invokePacked(("_mlir_ciface_" + name).str(), packed))
    return error;
  return takeOperandError();
}

llvm::Error mlir::sattn::emitCode(ModuleOp module, StringRef cpu,
                                  StringRef features, CodeFormat format,
                                  llvm::raw_pwrite_stream &os) {
  auto machine = createTarget(cpu, features, /*forFiles=*/true);
  if (!machine)
    return machine.takeError();
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code = translateModuleToLLVMIR(module, context);
  if (!code)
    return llvm::createStringError("translation to LLVM IR failed");
  ExecutionEngine::setupTargetTripleAndDataLayout(code.get(), machine->get());
  // What another compiler needs to know to finish the work.
  for (llvm::Function &function : *code)
    if (!function.isDeclaration()) {
      function.addFnAttr("target-cpu", (*machine)->getTargetCPU());
      if (StringRef all = (*machine)->getTargetFeatureString(); !all.empty())
        function.addFnAttr("target-features", all);
    }
  addProcessorCheck(*code, **machine);
  optimize(*code, machine->get());
  if (format == CodeFormat::LLVMIR) {
    code->print(os, nullptr);
    return llvm::Error::success();
  }
  // Marks loops and spills, for utils/inner-loops.py.
  (*machine)->Options.MCOptions.AsmVerbose = true;
  llvm::legacy::PassManager passes;
  if ((*machine)->addPassesToEmitFile(passes, os, nullptr,
                                      format == CodeFormat::Assembly
                                          ? llvm::CodeGenFileType::AssemblyFile
                                          : llvm::CodeGenFileType::ObjectFile))
    return llvm::createStringError("this target cannot write code to files");
  passes.run(*code);
  return llvm::Error::success();
}
