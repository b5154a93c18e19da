// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The command line of sattn-run, checked.
#ifndef SPARSEATTN_TOOLS_SATTN_RUN_OPTIONS_H
#define SPARSEATTN_TOOLS_SATTN_RUN_OPTIONS_H

#include "mlir/Support/LLVM.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::sattn::run {

/// Longest sequence, and largest offset: positions are compared in 32 bits by
/// tools.
constexpr int64_t maxLength = int64_t(1) << 30;

/// Where it runs: the processor, the emulator of NVIDIA's GPUs, or one of them.
enum class Target { CPU, Emulator, CUDA };

/// What is written instead of running it: code of the processor (`CodeFormat`), or of the
/// GPU, or how to launch that from C.
enum class Emit { LLVMIR, Assembly, Object, PTX, Cubin, Header };

struct Options {
  /// The .mlir file; empty if the pattern and the arrays say everything.
  std::string file;
  std::string queryPath, keyPath, valuePath, outputPath, lsePath,
      rowMaxPath;
  std::string entry, pattern, modify, sinkPath;
  /// What patterns read: names as in --pattern (empty with a .mlir file) and arrays.
  std::vector<std::pair<std::string, std::string>> operands;
  /// Whether code checks them.
  bool checkOperands = true;
  /// Arrays that the score region of a .mlir file reads.
  std::vector<std::string> scoreArrays;
  std::optional<double> scale;
  /// Rate and seed of dropout.
  std::optional<float> dropout;
  int64_t seed = 0;
  bool bottomRight = false;
  int64_t offset = 0;
  /// An array of them, one for each batch; if empty, all have `offset`.
  std::string offsetsPath;
  /// The array of pages of a key/value cache; empty if keys stand in their batches.
  std::string blockTablePath;
  bool verify = false;
  /// Rows of each head to verify; all if unset.
  std::optional<int64_t> verifyRows;
  /// Timed runs.
  int64_t time = 0;
  int64_t threads = 0, queryTile = 0, keyTile = 0, vectorWidth = 0;
  std::string cpu = "native", features;
  /// The processor whose tile sizes are used; empty for `cpu`.
  std::string schedule;
  Target target = Target::CPU;
  /// Of the GPU, with its tiles.
  std::string chip = "sm_80", chipFeatures;
  int64_t stages = 0, warps = 0, blocks = 0;
  bool allowTF32 = false;
  bool json = false;
  /// Code to write to `emitPath` (standard output if empty) instead of running it.
  std::optional<Emit> emit;
  std::string emitPath;

  /// Whether GPU code is made.
  bool hasKernels() const {
    return target != Target::CPU || (emit && *emit >= Emit::PTX);
  }
  bool hasInputs() const { return !queryPath.empty(); }
};

/// Parses and checks everything; an error is one line. Nothing if `--help` or `--version`
/// was asked for and printed.
llvm::Expected<std::optional<Options>> parseOptions(int argc, char **argv);

} // namespace mlir::sattn::run

#endif // SPARSEATTN_TOOLS_SATTN_RUN_OPTIONS_H
