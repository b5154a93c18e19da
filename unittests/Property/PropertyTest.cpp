// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Random attention problems, compiled by `sattn-to-llvm`, or by `sattn-to-nvvm` for the GPU
/// emulator, and compared with the oracle.
///
/// Environment: SATTN_SEED=n replays one case; SATTN_CASES=n runs that many
/// (4000 by default, 520 of the emulator); SATTN_FIRST_SEED=n starts elsewhere; SATTN_CPU=c emits what
/// processor c has instructions for (it must not have more than this one).
#include "Problem.h"
#include "RandomCase.h"

#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/ScoreExpansion.h"
#include "SparseAttn/Analysis/TargetInfo.h"
#include "SparseAttn/GpuEmulator/EmulatedDevice.h"
#include "SparseAttn/InitAll.h"
#include "SparseAttn/Reference/Reference.h"
#include "SparseAttn/Runtime/ElementKind.h"
#include "SparseAttn/Runtime/Jit.h"
#include "SparseAttn/Runtime/OperandErrors.h"

#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"

#include "gtest/gtest.h"

#include <atomic>
#include <cmath>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <numeric>
#include <thread>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::test;

namespace {

/// The oracle's view of what is written in a case.
struct Written {
  OwningOpRef<ModuleOp> module;
  PatternAttr pattern;
  std::vector<ScoreArray> arrays;
  /// What happens to scores, and what a mask region says; null if there is none.
  std::unique_ptr<ScoreInterpreter> score, mask;
};

Written interpret(const RandomCase &c, const Problem &p, MLIRContext &context,
                  std::string &error) {
  Written result;
  result.module = parseSourceString<ModuleOp>(c.module(), &context);
  AttentionOp op;
  result.module->walk([&](AttentionOp found) { op = found; });
  result.pattern = op.getSparsityPattern();
  op = expandScoreModifiers(op);
  std::vector<ScoreArray> &arrays = result.arrays;
  // After query, key, value and three destinations.
  constexpr size_t firstArray = 6;
  arrays.resize(firstArray + p.arrays.size());
  const Tensor *const tensors[] = {&p.q, &p.k, &p.v};
  for (auto [array, tensor] : llvm::zip(arrays, tensors))
    array.shape.assign(tensor->sizes, tensor->sizes + 4);
  for (size_t i = 0; i < p.arrays.size(); ++i) {
    arrays[firstArray + i].shape.assign(p.arrays[i]->shape.begin(),
                               p.arrays[i]->shape.end());
    arrays[firstArray + i].floats = p.arrays[i]->values;
  }
  for (const RandomOperand &operand : c.operands)
    arrays.push_back(
        {SmallVector<int64_t>(ArrayRef(operand.shape)), {}, operand.values});
  auto find = [&](Value value) -> const ScoreArray * {
    auto argument = dyn_cast<BlockArgument>(value);
    return argument ? &arrays[argument.getArgNumber()] : nullptr;
  };
  auto take = [&](llvm::Expected<std::unique_ptr<ScoreInterpreter>> made) {
    if (made)
      return std::move(*made);
    error = llvm::toString(made.takeError());
    return std::unique_ptr<ScoreInterpreter>();
  };
  if (op.getScore())
    result.score = take(ScoreInterpreter::create(op, find));
  if (op.getMask())
    result.mask = take(ScoreInterpreter::createMask(op, find));
  return result;
}

/// What turns attention into code.
enum class Lowering { ToLLVM, ToNVVM, ToReference };

/// What a block of GPU threads does, from the seed.
void chooseGpuOptions(const RandomCase &c, ToNVVMOptions &options) {
  std::mt19937_64 random(c.seed);
  auto oneOf = [&](std::initializer_list<int64_t> choices) {
    return choices.begin()[random() % choices.size()];
  };
  options.queryTile = oneOf({16, 32, 64, 64, 128});
  options.warps = oneOf({0, 0, 1, 2, 4, 8});
  // A warp has at most 4 groups of 16 rows.
  if (options.warps * 64 < options.queryTile)
    options.warps = 0;
  options.keyTile = oneOf({0, 0, 16, 32, 64, 128});
  options.stages = oneOf({0, 1, 2, 3});
  options.splitKeys = oneOf({0, 7, 16, 32});
  options.blocks = oneOf({0, 0, 0, 1, 3});
  // Three parts of large heads fill the memory, and so do many keys.
  bool isLarge = std::max(c.headSize, c.valueSize) > 128;
  if (c.element == "f32" && std::max(c.headSize, c.valueSize) > 32)
    options.queryTile = options.keyTile = options.stages = 0;
  else if (isLarge)
    options.queryTile = options.stages = 0;
  if (options.keyTile == 128) {
    options.stages = 1;
    if (isLarge || c.element == "f32")
      options.keyTile = 0;
  }
}

/// What went wrong, or nothing.
std::string runCase(const RandomCase &c, Lowering lowering,
                    MLIRContext &context, bool allowTF32 = false) {
  std::string diagnostics;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    diagnostics += diagnostic.str() + "\n";
    return success();
  });
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(c.module(), &context);
  if (!module)
    return "does not parse: " + diagnostics;
  ToLLVMOptions options;
  options.threads = c.threads;
  options.targetSchedule = c.schedule;
  if (const char *cpu = std::getenv("SATTN_CPU"))
    options.cpu = cpu;
  options.queryTile = c.queryTile;
  options.keyTile = c.keyTile;
  // Few of a single row's keys in a task.
  options.splitKeys = c.seed % 5 ? c.seed / 5 % 5 * 6 + 1 : 0;
  PassManager pm(&context);
  ToNVVMOptions gpuOptions;
  chooseGpuOptions(c, gpuOptions);
  gpuOptions.allowTF32 = allowTF32;
  if (lowering == Lowering::ToReference)
    buildToReferencePipeline(pm);
  else if (lowering == Lowering::ToNVVM)
    buildToNVVMPipeline(pm, gpuOptions);
  else
    buildToLLVMPipeline(pm, options);
  if (failed(pm.run(*module)))
    return "does not compile: " + diagnostics;
  std::unique_ptr<EmulatedDevice> device;
  if (lowering == Lowering::ToNVVM) {
    auto created = EmulatedDevice::create(*module);
    if (!created)
      return "not emulated: " + llvm::toString(created.takeError());
    device = std::move(*created);
    PassManager host(&context);
    addGpuHostPasses(host);
    if (failed(host.run(*module)))
      return "host code does not compile: " + diagnostics;
  }

  // The host's part of GPU code is compiled as tools do it.
  std::optional<CompiledModule> hostCode;
  std::optional<EmulatedDevice::Use> use;
  std::unique_ptr<ExecutionEngine> engine;
  if (device) {
    use.emplace(*device);
    auto compiled =
        CompiledModule::compile(*module, /*cpu=*/"native", /*features=*/"",
                                EmulatedDevice::getHostFunctions());
    if (!compiled)
      return "host code does not compile: " +
             llvm::toString(compiled.takeError());
    hostCode.emplace(std::move(*compiled));
  } else {
    ExecutionEngineOptions engineOptions;
    // What is under test is the lowering; a quarter of the cases also take the
    // time for LLVM's optimizations.
    bool optimized = c.seed % 4 == 0;
    auto transformer = makeOptimizingTransformer(optimized ? 3 : 0, 0, nullptr);
    engineOptions.transformer = transformer;
    engineOptions.jitCodeGenOptLevel = optimized
                                           ? llvm::CodeGenOptLevel::Aggressive
                                           : llvm::CodeGenOptLevel::None;
    auto created = ExecutionEngine::create(*module, engineOptions);
    if (!created)
      return "no engine: " + llvm::toString(created.takeError());
    engine = std::move(*created);
    registerOperandErrors(*engine);
  }

  Problem p(c);
  Descriptor<4> q = descriptor(p.q), k = descriptor(p.k), v = descriptor(p.v),
                o = descriptor(p.out);
  auto rowDescriptor = [](Tensor &tensor) {
    Descriptor<3> result{tensor.bytes.data(), tensor.bytes.data(), 0, {}, {}};
    std::copy_n(tensor.sizes, 3, result.sizes);
    std::copy_n(tensor.strides, 3, result.strides);
    return result;
  };
  Descriptor<3> l = rowDescriptor(p.lse), m = rowDescriptor(p.rowMax);
  std::vector<OperandArray> operands(c.operands.begin(), c.operands.end());
  std::vector<void *> arguments = {&q, &k, &v, &o, &l, &m}, packed;
  for (auto &array : p.arrays)
    arguments.push_back(array->descriptor.data());
  for (OperandArray &operand : operands)
    arguments.push_back(operand.words.data());
  for (void *&argument : arguments)
    packed.push_back(&argument);
  if (device) {
    for (Tensor *tensor : {&p.q, &p.k, &p.v})
      device->addConstantBuffer(tensor->bytes.data(), tensor->bytes.size());
    for (Tensor *tensor : {&p.out, &p.lse, &p.rowMax})
      device->addBuffer(tensor->bytes.data(), tensor->bytes.size());
    for (auto &array : p.arrays)
      device->addConstantBuffer(array->bytes.data(), array->bytes.size());
    for (OperandArray &operand : operands)
      device->addConstantBuffer(operand.bytes.data(), operand.bytes.size());
  }
  if (llvm::Error error =
          device ? hostCode->call("attention", arguments)
                 : engine->invokePacked("_mlir_ciface_attention", packed))
    return "does not run: " + llvm::toString(std::move(error));
  if (llvm::Error error = takeOperandError())
    return "does not run: " + llvm::toString(std::move(error));
  if (device)
    if (llvm::Error error = device->takeError())
      return "does not run: " + llvm::toString(std::move(error));
  p.out.load();
  p.lse.load();
  p.rowMax.load();

  std::string error;
  Written written = interpret(c, p, context, error);
  if (!error.empty())
    return "region: " + error;
  ReferenceProblem reference;
  reference.pattern = written.pattern;
  reference.batch = c.batch;
  reference.heads = c.heads;
  reference.kvHeads = c.kvHeads;
  reference.queries = c.queries;
  reference.keys = c.keys;
  reference.headSize = c.headSize;
  reference.valueSize = c.valueSize;
  reference.offset = c.firstPosition();
  reference.offsets.assign(c.offsets.begin(), c.offsets.end());
  // In the order in which they are first named.
  std::map<size_t, PatternOperand> named;
  for (auto [operand, array] : llvm::zip_equal(c.operands, operands))
    if (size_t at = c.pattern.find("%" + operand.name); at != std::string::npos)
      named[at] = array.numbers;
  SmallVector<PatternOperand> numbers =
      llvm::map_to_vector(named, [](const auto &entry) { return entry.second; });
  RuntimeValues runtime =
      makeRuntimeValues(written.pattern, {c.batch, c.heads, c.queries, c.keys}, numbers,
                        error);
  if (!error.empty())
    return "operands: " + error;
  if (!numbers.empty())
    reference.runtime = &runtime;
  reference.score = written.score.get();
  reference.mask = written.mask.get();
  if (c.modifiers.sink >= 0)
    reference.sink = p.arrays[c.modifiers.sink]->values;
  if (c.pageSize) {
    const RandomOperand &table = c.operands.back();
    reference.pages =
        PageTable{table.values, table.shape[0], table.shape[1], c.pageSize};
  }
  if (c.dropout)
    reference.dropout = Dropout{*c.dropout, c.seed * 0x9e3779b97f4a7c15u};
  reference.allowTF32 = allowTF32;
  reference.scale = c.scale ? *c.scale : 1 / std::sqrt(double(c.headSize));
  std::vector<float> query = contiguous(p.q), key = contiguous(p.k),
                     value = contiguous(p.v), out = contiguous(p.out),
                     lse = contiguous(p.lse), rowMax = contiguous(p.rowMax);
  reference.query = query;
  reference.key = key;
  reference.value = value;
  KernelResult result{out};
  if (c.hasLse)
    result.lse = lse;
  if (c.hasRowMax)
    result.rowMax = rowMax;
  return verify(reference, p.out.kind, result).failure;
}

uint64_t environment(const char *name, uint64_t otherwise) {
  const char *text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::unique_ptr<MLIRContext> makeContext() {
  DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registerAllToLLVMIRTranslations(registry);
  sattn::registerAllDialects(registry);
  auto context =
      std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->loadAllAvailableDialects();
  return context;
}

/// Compares `count` random cases with the oracle.
void runCases(Lowering lowering, uint64_t count) {
  initializeTargets();
  // Code of several threads calls OpenMP's runtime in this process.
  ASSERT_NE(dlopen("libomp.so.5", RTLD_NOW | RTLD_GLOBAL), nullptr)
      << dlerror();
  count = environment("SATTN_CASES", count);
  uint64_t first = environment("SATTN_FIRST_SEED", 1);
  if (std::getenv("SATTN_SEED")) {
    first = environment("SATTN_SEED", 0);
    count = 1;
  }
  std::cout << "seeds " << first << " to " << first + count - 1
            << "; SATTN_SEED=n replays one" << std::endl;

  std::atomic<uint64_t> next{first}, done{0};
  std::mutex mutex;
  auto work = [&] {
    std::unique_ptr<MLIRContext> context = makeContext();
    uint64_t sinceNew = 0;
    for (uint64_t seed; (seed = next++) < first + count;) {
      // Attributes live as long as their context.
      if (++sinceNew % 200 == 0)
        context = makeContext();
      RandomCase c(seed);
      if (lowering == Lowering::ToNVVM)
        c.suitGpu();
      std::string problem = runCase(c, lowering, *context);
      // Half of the GPU's cases with f32 once more.
      if (lowering == Lowering::ToNVVM && c.element == "f32" && seed % 2)
        if (std::string withTF32 = runCase(c, lowering, *context, /*allowTF32=*/true);
            !withTF32.empty())
          problem += "with allow-tf32: " + withTF32;
      std::lock_guard<std::mutex> lock(mutex);
      if (++done % 250 == 0)
        std::cout << done << " of " << count << " cases" << std::endl;
      if (!problem.empty())
        ADD_FAILURE() << problem << "\n" << c.describe();
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency());
       ++i)
    threads.emplace_back(work);
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(done, count);
}

TEST(Property, RandomCasesMatchTheOracle) { runCases(Lowering::ToLLVM, 4000); }

// The very kernels that become PTX.
TEST(Property, GpuKernelsMatchTheOracle) { runCases(Lowering::ToNVVM, 520); }

// In IR the oracle is made of other parts than in C++.
TEST(Property, ReferencePipelineMatchesTheOracle) {
  runCases(Lowering::ToReference, 300);
}

} // namespace
