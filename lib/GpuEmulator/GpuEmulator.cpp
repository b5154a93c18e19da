// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Creates emulators and launches kernels.
#include "SparseAttn/GpuEmulator/GpuEmulator.h"

#include "HostCode.h"
#include "KernelRewriter.h"
#include "Machine.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::emulator;

struct GpuEmulator::Implementation {
  Machine machine;
  std::unique_ptr<HostModule> host;
  std::optional<HostCode> code;

  /// One line if a launch like this is not possible.
  std::string checkLaunch(StringRef kernel, Dim3 grid, Dim3 block,
                          size_t dynamicShared,
                          ArrayRef<KernelArgument> arguments) const;
  std::string checkArguments(const KernelInfo &info,
                             ArrayRef<KernelArgument> arguments) const;
  void fillReport(LaunchResult &result) const;
};

namespace {
/// What each thread runs.
struct EntryCall {
  void (*entry)(void **);
  void **arguments;
};

void callEntry(void *data) {
  auto *call = static_cast<EntryCall *>(data);
  call->entry(call->arguments);
}

constexpr uint64_t maxThreadsPerBlock = 1024;
/// Blocks in each dimension of a grid.
constexpr uint32_t maxGrid[] = {0x7fffffff, 65535, 65535};
} // namespace

GpuEmulator::GpuEmulator(std::unique_ptr<Implementation> implementation)
    : implementation(std::move(implementation)) {}
GpuEmulator::~GpuEmulator() = default;

llvm::Expected<std::unique_ptr<GpuEmulator>>
GpuEmulator::create(gpu::GPUModuleOp module) {
  auto implementation = std::make_unique<Implementation>();
  Machine &machine = implementation->machine;
  if (!machine.shared.map())
    return llvm::createStringError("no memory below 4 GB for shared memory");
  auto host = rewriteForHost(module, machine);
  if (!host)
    return host.takeError();
  implementation->host = std::move(*host);
  auto code = HostCode::compile(*implementation->host->module);
  if (!code)
    return code.takeError();
  implementation->code = std::move(*code);
  for (const HostGlobal &global : implementation->host->globals) {
    auto address = implementation->code->lookup(global.name);
    if (!address)
      return address.takeError();
    machine.global.add(
        {static_cast<const char *>(*address), global.size, global.writable});
  }
  return std::unique_ptr<GpuEmulator>(
      new GpuEmulator(std::move(implementation)));
}

void GpuEmulator::addBuffer(void *data, size_t size) {
  implementation->machine.global.add(
      {static_cast<const char *>(data), size, /*writable=*/true});
}

void GpuEmulator::addConstantBuffer(const void *data, size_t size) {
  implementation->machine.global.add(
      {static_cast<const char *>(data), size, /*writable=*/false});
}

void GpuEmulator::removeBuffer(const void *data) {
  implementation->machine.global.remove(static_cast<const char *>(data));
}

std::string GpuEmulator::Implementation::checkArguments(
    const KernelInfo &info, ArrayRef<KernelArgument> arguments) const {
  if (arguments.size() != info.parameters.size())
    return llvm::formatv("expected {0} arguments, but got {1}",
                         info.parameters.size(), arguments.size());
  for (auto [index, argument] : llvm::enumerate(arguments)) {
    const KernelInfo::Parameter &parameter = info.parameters[index];
    if (argument.byValue != parameter.byValue)
      return llvm::formatv("argument {0}: expected {1}", index,
                           parameter.byValue ? "a structure" : "no structure");
    if (argument.bytes.size() != parameter.size)
      return llvm::formatv("argument {0}: expected {1} bytes, but got {2}",
                           index, parameter.size, argument.bytes.size());
  }
  return {};
}

std::string GpuEmulator::Implementation::checkLaunch(
    StringRef kernel, Dim3 grid, Dim3 block, size_t dynamicShared,
    ArrayRef<KernelArgument> arguments) const {
  auto found = host->kernels.find(kernel);
  if (found == host->kernels.end())
    return llvm::formatv("no kernel '{0}' in the module", kernel);
  const KernelInfo &info = found->second;
  if (std::string error = checkArguments(info, arguments); !error.empty())
    return error;
  if (!grid.total())
    return llvm::formatv("expected a grid with blocks, but got {0}", grid);
  const uint32_t gridSizes[] = {grid.x, grid.y, grid.z};
  for (auto [index, size] : llvm::enumerate(gridSizes))
    if (size > maxGrid[index])
      return llvm::formatv(
          "expected at most {0} blocks in dimension {1}, but got {2}",
          maxGrid[index], index, size);
  if (!block.total() || block.total() > maxThreadsPerBlock)
    return llvm::formatv("expected 1 to {0} threads in a block, but got {1}",
                         maxThreadsPerBlock, block);
  if (host->staticSize + dynamicShared > SharedMemory::maxBlockSize ||
      host->dynamicOffset + dynamicShared > SharedMemory::windowSize)
    return llvm::formatv(
        "{0} bytes of static and {1} of dynamic shared memory are more than "
        "a block may have ({2})",
        host->staticSize, dynamicShared, SharedMemory::maxBlockSize);
  uint32_t sizes[] = {block.x, block.y, block.z};
  for (auto [index, required] : llvm::enumerate(info.requiredBlock))
    if (sizes[index] != static_cast<uint32_t>(required))
      return llvm::formatv(
          "the kernel requires blocks of {0} threads in dimension {1}, but "
          "got {2}",
          required, index, sizes[index]);
  uint64_t most = 1;
  for (int32_t size : info.maxBlock)
    most *= static_cast<uint32_t>(size);
  if (!info.maxBlock.empty() && block.total() > most)
    return llvm::formatv(
        "the kernel allows at most {0} threads in a block, but got {1}", most,
        block.total());
  return {};
}

void GpuEmulator::Implementation::fillReport(LaunchResult &result) const {
  result.errors = machine.errors;
  for (const Site &site : host->sites) {
    const BankCount &count = machine.banks.get(site.index);
    if (count.accesses)
      result.bankConflicts.push_back({site.operation, site.location,
                                      count.accesses, count.wavefronts,
                                      count.idealWavefronts});
  }
  for (auto [index, operations] : llvm::enumerate(host->blockOperations))
    if (uint64_t executed = host->blockCounters[index])
      for (const auto &[name, count] : operations)
        result.instructionCounts[name] += executed * count;
}

LaunchResult GpuEmulator::launch(StringRef kernel, Dim3 grid, Dim3 block,
                                 size_t dynamicShared,
                                 ArrayRef<KernelArgument> arguments) {
  LaunchResult result;
  Machine &machine = implementation->machine;
  HostModule &host = *implementation->host;
  auto fail = [&](std::string message) {
    result.errors.push_back(std::move(message));
    return result;
  };
  if (std::string error = implementation->checkLaunch(kernel, grid, block,
                                                      dynamicShared, arguments);
      !error.empty())
    return fail(std::move(error));
  auto entry = implementation->code->lookup(getEntryName(kernel));
  if (!entry)
    return fail(llvm::toString(entry.takeError()));

  size_t permanent = machine.global.count();
  std::vector<std::vector<char>> copies;
  std::vector<void *> pointers;
  for (const KernelArgument &argument : arguments) {
    copies.push_back(argument.bytes);
    pointers.push_back(copies.back().data());
    for (const KernelArgument::Span &span : argument.spans)
      machine.global.add({span.data, span.size, span.writable});
    if (argument.byValue)
      machine.global.add(
          {copies.back().data(), copies.back().size(), /*writable=*/false});
  }

  machine.gridSize = grid;
  machine.blockSize = block;
  machine.dynamicSharedSize = static_cast<uint32_t>(dynamicShared);
  machine.totalSharedSize =
      static_cast<uint32_t>(host.staticSize + dynamicShared);
  machine.errors.clear();
  std::fill_n(host.blockCounters.get(), host.blockOperations.size(), 0);
  if (!machine.scheduler.reserve(static_cast<uint32_t>(block.total())))
    return fail("no memory for the stacks of a block's threads");
  machine.banks.reset(host.sites.size(), machine.scheduler.getWarps().size());
  std::vector<SharedRegion> regions = host.staticRegions;
  if (dynamicShared)
    regions.push_back(
        {host.dynamicOffset, static_cast<uint32_t>(dynamicShared)});

  EntryCall call = {reinterpret_cast<void (*)(void **)>(*entry),
                    pointers.data()};
  for (uint64_t index = 0; index < grid.total(); ++index) {
    machine.blockIndex = {static_cast<uint32_t>(index % grid.x),
                          static_cast<uint32_t>(index / grid.x % grid.y),
                          static_cast<uint32_t>(index / grid.x / grid.y)};
    if (!machine.runBlock(regions, callEntry, &call))
      break;
  }
  machine.global.truncate(permanent);
  implementation->fillReport(result);
  return result;
}

LaunchResult GpuEmulator::launch(StringRef kernel, Dim3 grid, Dim3 block,
                                 size_t dynamicShared,
                                 const void *const *parameters,
                                 size_t numParameters) {
  std::vector<KernelArgument> arguments;
  auto found = implementation->host->kernels.find(kernel);
  if (found != implementation->host->kernels.end()) {
    ArrayRef<KernelInfo::Parameter> declared = found->second.parameters;
    if (declared.size() != numParameters)
      return {{llvm::formatv("expected {0} arguments, but got {1}",
                             declared.size(), numParameters)},
              {},
              {}};
    for (auto [index, parameter] : llvm::enumerate(declared)) {
      arguments.push_back(KernelArgument(parameters[index], parameter.size));
      arguments.back().byValue = parameter.byValue;
    }
  }
  return launch(kernel, grid, block, dynamicShared, arguments);
}
