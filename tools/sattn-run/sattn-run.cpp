// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Compiles an attention, runs it on NumPy arrays, times it and compares it
/// with the oracle.
#include "Options.h"
#include "Program.h"

#include "SparseAttn/Analysis/HeadGroups.h"
#include "SparseAttn/Analysis/PatternStatistics.h"
#include "SparseAttn/InitAll.h"
#include "SparseAttn/Reference/Reference.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::run;

namespace {
using Clock = std::chrono::steady_clock;

double millisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start)
      .count();
}

/// Resident memory of this process in MiB, now ("VmRSS") or at its peak ("VmHWM"); 0 where the
/// system does not say. The peak that getrusage tells begins with that of the parent.
double residentMiB(StringRef field) {
  auto status = llvm::MemoryBuffer::getFileAsStream("/proc/self/status");
  uint64_t kilobytes = 0;
  if (!status ||
      (*status)->getBuffer().split((field + ":").str()).second.ltrim().consumeInteger(10, kilobytes))
    return 0;
  return kilobytes / 1024.0;
}

/// The live pairs of a pattern with a mask region: whole segments, and the pairs of the
/// others one by one.
int64_t countAskedPairs(const AttentionFacts &facts, const Inputs &inputs) {
  MaskRegionFunction says = [&](int64_t batch, int64_t head, int64_t position,
                                int64_t key) {
    return facts.mask->says({batch, head, position, key});
  };
  int64_t pairs = 0;
  for (int64_t batch = 0; batch < inputs.batch; ++batch)
    for (int64_t head = 0; head < inputs.heads; ++head) {
      int64_t own = facts.offsets.empty() ? 0 : facts.offsets[batch];
      PatternShape shape{inputs.queries, inputs.keys,    head, facts.offset + own,
                         batch,          &facts.runtime, &says};
      for (const Phase &phase :
           decompose(simplifyPattern(getPatternForHead(facts.livePattern, head))))
        for (int64_t row = 0; row < inputs.queries; ++row)
          forEachSegment(
              phase, shape, row, 1, 0, inputs.keys, [&](const KeyRange &range) {
                if (range.full)
                  pairs += ceilDiv(range.end - range.begin, phase.step)
                               .getConstant();
                for (int64_t key = range.begin; !range.full && key < range.end;
                     key += phase.step)
                  pairs += isLive(phase.getPattern(), shape, row, key);
              });
    }
  return pairs;
}

/// Live pairs of all batches and heads.
int64_t countPairs(const AttentionFacts &facts, const Inputs &inputs) {
  int64_t pairs = 0;
  if (!inputs.batch || !inputs.queries || !inputs.keys)
    return 0;
  if (facts.mask)
    return countAskedPairs(facts, inputs);
  // Batches differ only by offsets and by what the pattern reads.
  bool isEqual = facts.runtime.operands.empty() && facts.offsets.empty();
  for (const HeadGroup &group : groupHeads(facts.livePattern, 0, inputs.heads))
    for (int64_t batch = 0; batch < (isEqual ? 1 : inputs.batch); ++batch) {
      RowStatistics rows = computeRowStatistics(
          group.pattern,
          {inputs.queries, inputs.keys, group.heads.front(),
           facts.offset + (facts.offsets.empty() ? 0 : facts.offsets[batch]),
           batch, &facts.runtime});
      pairs += rows.livePairs * group.heads.size();
    }
  return isEqual ? pairs * inputs.batch : pairs;
}

Verification verifyResult(const Options &options, const Inputs &inputs,
                          const AttentionFacts &facts, const Program &program) {
  ReferenceProblem problem;
  problem.pattern = facts.pattern;
  problem.batch = inputs.batch;
  problem.heads = inputs.heads;
  problem.kvHeads = inputs.kvHeads;
  problem.queries = inputs.queries;
  problem.keys = inputs.keys;
  problem.headSize = inputs.headSize;
  problem.valueSize = inputs.valueSize;
  problem.offset = facts.offset;
  problem.offsets = facts.offsets;
  problem.scale = facts.scale;
  if (!facts.runtime.operands.empty())
    problem.runtime = &facts.runtime;
  std::vector<float> query = inputs.query.toFloats(),
                     key = inputs.key.toFloats(),
                     value = inputs.value.toFloats(),
                     out = program.out.toFloats(),
                     lse, rowMax;
  if (program.hasLse)
    lse = program.lse.toFloats();
  if (program.hasRowMax)
    rowMax = program.rowMax.toFloats();
  problem.query = query;
  problem.key = key;
  problem.value = value;
  problem.score = facts.score.get();
  problem.mask = facts.mask.get();
  problem.sink = facts.sink;
  problem.dropout = facts.dropout;
  problem.pages = facts.pages;
  problem.allowTF32 =
      options.allowTF32 && inputs.query.getKind() == ElementKind::F32;
  SmallVector<int64_t> rows;
  if (options.verifyRows && *options.verifyRows < inputs.queries)
    for (int64_t i = 0; i < *options.verifyRows; ++i)
      rows.push_back(i * (inputs.queries - 1) /
                     std::max<int64_t>(1, *options.verifyRows - 1));
  // Only oracles that take seconds say how far they are, and only to people.
  bool isWatched = llvm::sys::Process::StandardErrIsDisplayed();
  Clock::time_point start = Clock::now();
  int64_t shown = -1;
  auto progress = [&](int64_t done, int64_t total) {
    int64_t percent = 100 * done / total;
    if (!isWatched || percent == shown || millisecondsSince(start) < 2000)
      return;
    shown = percent;
    llvm::errs() << "\rverifying: " << percent << " %"
                 << (done == total ? "\n" : "");
  };
  return verify(problem, program.out.getKind(), {out, lse, rowMax}, rows,
                progress);
}

/// Adds `array` to the files that are written. Arrays of rank 3 came without a
/// batch dimension and leave without one.
llvm::Error write(AtomicFiles &files, const std::string &path, NpyArray &array,
                  int64_t rank) {
  if (path.empty())
    return llvm::Error::success();
  if (rank == 3) {
    llvm::Expected<NpyArray> reshaped =
        NpyArray::create(array.getKind(), array.getShape().drop_front());
    if (!reshaped)
      return reshaped.takeError();
    if (array.getNumBytes())
      std::memcpy(reshaped->data(), array.data(), array.getNumBytes());
    array = std::move(*reshaped);
  }
  return writeNpy(files, path, array);
}

/// "296 rows, error 1.1e-07, limit 2.3e-07"
std::string describe(const Verification &result) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << llvm::format("%lld rows, error %.3g, limit %.3g",
                         (long long)result.rows, result.maxError,
                         result.errorLimit);
  if (result.skippedRows)
    stream << "; " << result.skippedRows
           << " more rows could not be compared: their exact result is NaN or "
              "infinite";
  return text;
}

llvm::Error execute(const Options &options, MLIRContext *context) {
  double loadedMiB = residentMiB("VmRSS");
  std::optional<Inputs> inputs;
  if (options.hasInputs()) {
    llvm::Expected<Inputs> read = Inputs::read(options);
    if (!read)
      return read.takeError();
    inputs = std::move(*read);
  }
  Clock::time_point start = Clock::now();
  llvm::Expected<Program> program = Program::create(options, inputs, context);
  if (!program)
    return program.takeError();
  if (options.emit) {
    if (llvm::Error error = program->lower(options))
      return error;
    if (llvm::Error error = program->emit(options))
      return error;
    return flushStandardOutput();
  }
  std::optional<AttentionFacts> facts;
  if (options.verify || options.time || options.json) {
    llvm::Expected<AttentionFacts> found = program->getFacts(*inputs);
    if (found)
      facts = *found;
    else if (options.verify || options.time)
      return found.takeError();
    else
      llvm::consumeError(found.takeError());
  }
  if (!options.lsePath.empty() && !program->hasLse)
    return llvm::createStringError(
        "expected a function that writes or returns lse for --lse");
  if (!options.rowMaxPath.empty() && !program->hasRowMax)
    return llvm::createStringError(
        "expected a function that writes or returns row_max after lse for "
        "--row-max");
  llvm::Expected<std::unique_ptr<Device>> device = Device::create(options);
  if (!device)
    return device.takeError();
  if (llvm::Error error = program->lower(options))
    return error;
  if (llvm::Error error = program->compile(options, std::move(*device)))
    return error;
  double compileMs = millisecondsSince(start);

  if (llvm::Error error = program->place(*inputs))
    return error;
  if (llvm::Error error = program->run())
    return error;
  std::vector<double> times;
  for (int64_t i = 0; i < options.time; ++i) {
    llvm::Expected<double> milliseconds = program->time();
    if (!milliseconds)
      return milliseconds.takeError();
    times.push_back(*milliseconds);
  }
  // Before the oracle, which needs copies of everything.
  double peakMiB = residentMiB("VmHWM");
  if (llvm::Error error = program->collect(*inputs))
    return error;

  llvm::json::Object json;
  json["compile_ms"] = compileMs;
  json["loaded_mib"] = loadedMiB;
  json["peak_mib"] = peakMiB;
  program->getDevice().describe(json);
  if (facts) {
    int64_t pairs = countPairs(*facts, *inputs);
    double all = static_cast<double>(inputs->batch) * inputs->heads *
                 inputs->queries * inputs->keys;
    double skipped = all > 0 ? 1 - pairs / all : 0;
    json["live_pairs"] = pairs;
    json["skipped"] = skipped;
    if (options.time) {
      std::sort(times.begin(), times.end());
      double median = times[times.size() / 2];
      double gflops =
          2.0 * pairs * (inputs->headSize + inputs->valueSize) / median * 1e-6;
      json["median_ms"] = median;
      json["min_ms"] = times.front();
      json["gflops"] = gflops;
      if (!options.json)
        llvm::outs() << "time: "
                     << llvm::format("%.3f ms, %.1f GFLOP/s over %lld live "
                                     "pairs, %.2f %% of dense work skipped, "
                                     "compiled in %.0f ms\n",
                                     median, gflops, (long long)pairs,
                                     100 * skipped, compileMs);
    }
  }
  std::string failure;
  if (options.verify) {
    Verification result = verifyResult(options, *inputs, *facts, *program);
    failure = result.failure;
    json["verified"] = result.passed();
    json["max_error"] = result.maxError;
    json["error_limit"] = result.errorLimit;
    if (program->hasLse) {
      json["max_lse_error"] = result.maxLseError;
      json["lse_error_limit"] = result.lseLimit;
    }
    if (program->hasRowMax) {
      json["max_row_max_error"] = result.maxRowMaxError;
      json["row_max_error_limit"] = result.rowMaxLimit;
    }
    json["verified_rows"] = result.rows;
    json["skipped_rows"] = result.skippedRows;
    if (!options.json && result.passed())
      llvm::outs() << "verified: " << describe(result) << "\n";
  }
  if (options.json)
    llvm::outs() << llvm::json::Value(std::move(json)) << "\n";
  if (!failure.empty())
    return llvm::createStringError("verification failed: " + failure);
  AtomicFiles files;
  if (llvm::Error error =
          write(files, options.outputPath, program->out, inputs->rank))
    return error;
  if (llvm::Error error =
          write(files, options.lsePath, program->lse, inputs->rank))
    return error;
  if (llvm::Error error =
          write(files, options.rowMaxPath, program->rowMax, inputs->rank))
    return error;
  if (llvm::Error error = flushStandardOutput())
    return error;
  return files.commit();
}
} // namespace

int main(int argc, char **argv) {
  auto reportError = [](llvm::Error error) {
    llvm::errs() << "sattn-run: error: " << llvm::toString(std::move(error))
                 << "\n";
    return 1;
  };
  llvm::Expected<std::optional<Options>> options = parseOptions(argc, argv);
  if (!options)
    return reportError(options.takeError());
  if (!*options) {
    if (llvm::Error error = flushStandardOutput())
      return reportError(std::move(error));
    return 0;
  }

  DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  sattn::registerAllDialects(registry);
  registerJitDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  if (llvm::Error error = execute(**options, &context))
    return reportError(std::move(error));
  return 0;
}
