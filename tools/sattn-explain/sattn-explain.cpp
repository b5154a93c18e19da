// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Explains a sparsity pattern: how much work it is, how information flows through it,
/// what it looks like, and whether it is the same as another one. All figures come from
/// the closed forms that kernels are made of.
#include "Options.h"
#include "Output.h"
#include "Report.h"
#include "Weights.h"

#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::sattn::explain;

namespace {
constexpr int exitDifferent = 1;
constexpr int exitError = 2;

int reportError(llvm::Error error) {
  llvm::errs() << "sattn-explain: error: " << llvm::toString(std::move(error))
               << "\n";
  return exitError;
}
} // namespace

int main(int argc, char **argv) {
  MLIRContext context;
  context.loadDialect<sattn::SparseAttnDialect>();
  // Files appear when all else has been done.
  sattn::AtomicFiles files;
  auto finish = [&](int exitCode) {
    if (llvm::Error error = sattn::flushStandardOutput())
      return reportError(std::move(error));
    if (llvm::Error error = files.commit())
      return reportError(std::move(error));
    return exitCode;
  };

  if (asksForWeights(argc, argv)) {
    llvm::Expected<WeightsOptions> weights =
        parseWeightsOptions(argc, argv, &context);
    if (!weights)
      return reportError(weights.takeError());
    if (llvm::Error error = explainWeights(*weights, files, llvm::outs()))
      return reportError(std::move(error));
    return finish(0);
  }

  llvm::Expected<std::optional<Options>> parsed =
      parseOptions(argc, argv, &context);
  if (!parsed)
    return reportError(parsed.takeError());
  if (!*parsed)
    return finish(0);
  const Options &options = **parsed;

  sattn::NpyArray mask;
  if (llvm::Error error = writeFiles(options, files, mask))
    return reportError(std::move(error));
  Report report = computeReport(options);
  if (options.json)
    llvm::outs() << llvm::formatv("{0:2}", llvm::json::Value(toJson(options,
                                                                    report)))
                 << "\n";
  else
    printText(options, report, llvm::outs());
  if (options.draw)
    llvm::outs() << drawInTerminal(options);
  return finish(report.difference ? exitDifferent : 0);
}
