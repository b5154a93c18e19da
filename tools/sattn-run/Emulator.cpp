// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// --target=nvvm-emulator: kernels run on the GPU emulator, which checks them.
#include "Device.h"

#include "SparseAttn/GpuEmulator/EmulatedDevice.h"

#include "llvm/Support/Regex.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::run;

/// Where text that this tool wrote itself is the source, it has no places that a
/// user could look up: `-:3:5: `.
static std::string dropOwnPlaces(StringRef text) {
  static const llvm::Regex place("(^|: )-:[0-9]+:[0-9]+(: |$)");
  SmallVector<StringRef> parts;
  if (!place.match(text, &parts))
    return text.str();
  StringRef before = text.take_front(parts[0].data() - text.data());
  return (before + parts[1] + text.substr(before.size() + parts[0].size()))
      .str();
}

static llvm::Error dropOwnPlaces(llvm::Error error) {
  if (!error)
    return error;
  return llvm::createStringError(
      dropOwnPlaces(llvm::toString(std::move(error))));
}

namespace {
class Emulator : public Device {
public:
  llvm::Error load(ModuleOp module) override {
    auto created = EmulatedDevice::create(module);
    if (!created)
      return dropOwnPlaces(created.takeError());
    device = std::move(*created);
    return llvm::Error::success();
  }
  ArrayRef<std::pair<StringRef, void *>> getFunctions() override {
    return EmulatedDevice::getHostFunctions();
  }

  llvm::Expected<void *> place(void *data, size_t size) override {
    device->addBuffer(data, size);
    return data;
  }
  llvm::Expected<void *> placeConstant(void *data, size_t size) override {
    device->addConstantBuffer(data, size);
    return data;
  }
  void free(void *data) override { device->free(data); }

  llvm::Error call(CompiledModule &code, StringRef name,
                   ArrayRef<void *> arguments) override {
    EmulatedDevice::Use use(*device);
    device->clearLaunches();
    llvm::Error error = code.call(name, arguments);
    return llvm::joinErrors(std::move(error),
                            dropOwnPlaces(device->takeError()));
  }

  void describe(llvm::json::Object &json) const override {
    llvm::json::Array launches;
    for (const EmulatedLaunch &launch : device->getLaunches())
      launches.push_back(describe(launch));
    json["launches"] = std::move(launches);
  }

private:
  static llvm::json::Value describe(const Dim3 &size) {
    return llvm::json::Array({size.x, size.y, size.z});
  }
  static llvm::json::Value describe(const EmulatedLaunch &launch) {
    llvm::json::Object instructions;
    for (const auto &[name, count] : launch.result.instructionCounts)
      instructions[name] = count;
    llvm::json::Array banks;
    for (const BankConflicts &access : launch.result.bankConflicts)
      banks.push_back(
          llvm::json::Object{{"operation", access.operation},
                             {"location", dropOwnPlaces(access.location)},
                             {"accesses", access.accesses},
                             {"wavefronts", access.wavefronts},
                             {"ideal_wavefronts", access.idealWavefronts}});
    return llvm::json::Object{{"kernel", launch.kernel},
                              {"grid", describe(launch.grid)},
                              {"block", describe(launch.block)},
                              {"dynamic_shared", launch.dynamicShared},
                              {"instructions", std::move(instructions)},
                              {"shared_accesses", std::move(banks)}};
  }

  std::unique_ptr<EmulatedDevice> device;
};
} // namespace

std::unique_ptr<Device> mlir::sattn::run::createEmulator() {
  return std::make_unique<Emulator>();
}
