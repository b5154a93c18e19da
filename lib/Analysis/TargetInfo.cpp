// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the tile schedule needs to know of a processor.
#include "SparseAttn/Analysis/TargetInfo.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/AArch64TargetParser.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/X86TargetParser.h"

#include <mutex>

using namespace mlir;
using namespace mlir::sattn;

std::string mlir::sattn::resolveCpu(StringRef cpu) {
  return cpu == "native" ? llvm::sys::getHostCPUName().str() : cpu.str();
}

std::string mlir::sattn::resolveFeatures(StringRef cpu, StringRef features) {
  SmallVector<std::string> all;
  if (cpu == "native") {
    for (const auto &feature : llvm::sys::getHostCPUFeatures())
      all.push_back((feature.second ? "+" : "-") + feature.first().str());
    llvm::sort(all);
  }
  if (!features.empty())
    all.push_back(features.str());
  return llvm::join(all, ",");
}

std::optional<llvm::Triple::ArchType>
mlir::sattn::getArchitecture(StringRef cpu) {
  if (cpu == "native")
    return llvm::Triple(llvm::sys::getProcessTriple()).getArch();
  if (llvm::X86::parseArchX86(cpu, /*Only64Bit=*/true) != llvm::X86::CK_None)
    return llvm::Triple::x86_64;
  if (llvm::AArch64::parseCpu(cpu))
    return llvm::Triple::aarch64;
  return std::nullopt;
}

void mlir::sattn::initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmParsers();
    llvm::InitializeAllAsmPrinters();
  });
}

/// What LLVM knows of a target; null, with `error`, if it does not know it.
static std::unique_ptr<llvm::MCSubtargetInfo>
describeTarget(const llvm::Triple &triple, std::string &error) {
  initializeTargets();
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  return std::unique_ptr<llvm::MCSubtargetInfo>(
      target->createMCSubtargetInfo(triple, /*CPU=*/"", /*Features=*/""));
}

/// The first of `features` that LLVM does not know, as a message; or "".
static std::string findUnknownFeature(llvm::Triple::ArchType architecture,
                                      ArrayRef<StringRef> features) {
  llvm::Triple triple(llvm::Triple::getArchTypeName(architecture), "unknown",
                      "linux");
  std::string error;
  std::unique_ptr<llvm::MCSubtargetInfo> info = describeTarget(triple, error);
  if (!info)
    return error;
  for (StringRef feature : features) {
    if (!feature.starts_with("+") && !feature.starts_with("-"))
      return ("expected features to start with '+' or '-', but got '" +
              feature + "'")
          .str();
    if (llvm::none_of(info->getAllProcessorFeatures(),
                      [&](const llvm::SubtargetFeatureKV &known) {
                        return feature.drop_front() == known.Key;
                      }))
      return ("unknown target feature '" + feature + "'").str();
  }
  return "";
}

/// Golden Cove and its successors start `vdpbf16ps` every other cycle (measured on Emerald Rapids: 1.3 of 5.4 vectors of
/// multiply-adds), while two multiply-adds start in each cycle.
static bool hasSlowBF16Dot(StringRef cpu) {
  return llvm::is_contained<StringRef>({"sapphirerapids", "emeraldrapids", "graniterapids",
                                        "graniterapids-d"},
                                       cpu);
}

FailureOr<TargetInfo> mlir::sattn::getTargetInfo(StringRef cpu,
                                                 StringRef features,
                                                 std::string &error) {
  llvm::StringSet<> enabled;
  std::optional<llvm::Triple::ArchType> architecture = getArchitecture(cpu);
  if (!architecture) {
    error = ("unknown processor '" + cpu + "'").str();
    return failure();
  }
  if (cpu == "native") {
    for (const auto &feature : llvm::sys::getHostCPUFeatures())
      if (feature.second)
        enabled.insert(feature.first());
  } else if (*architecture == llvm::Triple::x86_64) {
    SmallVector<StringRef> known;
    llvm::X86::getFeaturesForCPU(cpu, known);
    for (StringRef feature : known)
      enabled.insert(feature);
  }
  SmallVector<StringRef> extra;
  features.split(extra, ',', -1, /*KeepEmpty=*/false);
  if (!extra.empty())
    if (error = findUnknownFeature(*architecture, extra); !error.empty())
      return failure();
  for (StringRef feature : extra) {
    if (feature.consume_front("-"))
      enabled.erase(feature);
    else
      enabled.insert(feature.drop_front());
  }
  if (*architecture ==
      llvm::Triple::aarch64) // 32 vectors of 128 bits: 24 accumulators.
    return TargetInfo{4, 4, 6};
  if (enabled.contains("avx512f")) { // 32 vectors of 512 bits: 24 accumulators.
    std::string name = resolveCpu(cpu);
    bool hasBF16 = enabled.contains("avx512bf16");
    return TargetInfo{16, 4, 6, /*powerTable=*/32,
                      /*multiplyAddsPerCycle=*/name == "znver4" ? 1 : 2,
                      /*bf16Dot=*/hasBF16 && !hasSlowBF16Dot(name), hasBF16};
  }
  if (enabled.contains("avx2")) // 16 vectors of 256 bits: 12 accumulators.
    return TargetInfo{8, 2, 6, /*powerTable=*/8};
  return TargetInfo{4, 2, 6};
}

/// The least version of PTX, times 10, that has `chip` (the PTX ISA's section on the directive .target) and the
/// instructions of kernels.
static unsigned getLeastPTX(StringRef chip) {
  constexpr struct {
    StringLiteral chip;
    unsigned version;
  } versions[] = {{"sm_88", 90},  {"sm_89", 78},   {"sm_90", 78},
                  {"sm_90a", 80}, {"sm_100", 86},  {"sm_100f", 88},
                  {"sm_101", 86}, {"sm_101f", 88}, {"sm_103", 88},
                  {"sm_110", 90}, {"sm_120", 87},  {"sm_120f", 88},
                  {"sm_121", 88}};
  for (StringRef name : {chip, chip.rtrim("af")})
    for (const auto &entry : versions)
      if (entry.chip == name)
        return entry.version;
  // The first one with bmsk.
  return 76;
}

std::string mlir::sattn::completeGpuFeatures(StringRef chip, StringRef features) {
  if (features.contains("+ptx"))
    return features.str();
  return ("+ptx" + Twine(getLeastPTX(chip)) + (features.empty() ? "" : "," + features)).str();
}

std::string mlir::sattn::findGpuTargetError(StringRef chip, StringRef features) {
  llvm::Triple triple("nvptx64-nvidia-cuda");
  std::string error;
  std::unique_ptr<llvm::MCSubtargetInfo> info = describeTarget(triple, error);
  if (!info)
    return error;
  // The least chip with the instructions of kernels: mma of bf16, cp.async.
  constexpr unsigned least = 80;
  unsigned version = 0;
  StringRef number = chip;
  // sm_90a, sm_100f: what only that generation has.
  if (!number.consume_front("sm_") || number.consumeInteger(10, version) ||
      version < least || !info->isCPUStringValid(chip))
    return ("expected a GPU that LLVM knows, sm_" + Twine(least) +
            " or later, but got '" + chip + "'")
        .str();
  SmallVector<StringRef> all;
  features.split(all, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  if (error = findUnknownFeature(triple.getArch(), all); !error.empty())
    return error;
  // LLVM ends the process where these do not fit.
  for (StringRef feature : all) {
    unsigned ptx;
    StringRef name = feature;
    if (name.consume_front("+ptx") && !name.getAsInteger(10, ptx) &&
        ptx < getLeastPTX(chip))
      return ("expected '+ptx" + Twine(getLeastPTX(chip)) + "' or later for " +
              chip + ", but got '" + feature + "'")
          .str();
    if (feature.contains("sm_") || feature.starts_with("-ptx"))
      return ("expected PTX features, as '+ptx80', but got '" + feature + "'")
          .str();
  }
  return "";
}
