// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Every mistake on the command line is one line that names the option.
#include "Options.h"

#include "Fail.h"
#include "Modifiers.h"
#include "SparseAttn/Analysis/TargetInfo.h"
#include "SparseAttn/Pipelines/Pipelines.h"
#include "SparseAttn/Runtime/AtomicFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::run;

namespace {
constexpr StringLiteral helpText =
    R"(OVERVIEW: compiles an attention and runs it on NumPy arrays

USAGE: sattn-run [FILE.mlir] --inputs Q.npy K.npy V.npy [--output O.npy] [options]
       sattn-run FILE.mlir --emit=llvm|asm|obj|ptx|cubin|header [--output-file F] [options]

INPUT:
  FILE.mlir            a function of query, key, value and its destinations; without it
                       --pattern and the shapes of the arrays say everything
  --inputs Q K V       arrays [B, H, rows, D] or [H, rows, D] of f32, f16 or bf16
  --entry F            the function of FILE.mlir, if it has several
  --pattern P          as in sattn.attention: names, and, or, not, ( ); operands are
                       %names, as in 'causal and padding(%lengths)'
  --operand NAME=FILE  the array that %NAME in --pattern is; with a .mlir file just FILE,
                       one for each argument that holds integers, in their order
  --modify M           score modifiers in the order in which they apply, as in
                       sattn.attention; operands are files: 'bias(b.npy), alibi'
  --sink S.npy         a score for each head without a value, [H], in every softmax
  --score-array A.npy  with a .mlir file: the array of the function's next argument
                       after query, key and value
  --scale S            of the scores (1 / sqrt(D))
  --dropout P          weights are 0 with this probability, else divided by 1 - P
  --seed N             of the dropout (0)
  --align A            top_left (query 0 at position 0, the default) or bottom_right
                       (the last query at the last key)
  --block-table T.npy  keys and values are pages [P, H, S, D], and row b of T [B, C] names
                       those of batch b; with a .mlir file it is the last argument that
                       holds integers
  --offset N|O.npy     added to the position of every query, or an array with a number
                       for each batch

OUTPUT:
  --output O.npy       the result [B, H, M, Dv], of the inputs' type and rank
  --lse L.npy          log(sum(exp(scores))) of each row [B, H, M], f32
  --row-max X.npy      the largest score of each row [B, H, M], f32
  --verify             compare with the fp64 oracle; exit code 1 if it differs
  --verify-rows N      the same on N evenly spread rows of each head
  --time N             the median of N runs
  --json               figures as one JSON object, with the least time too

TARGET:
  --target=cpu         this processor (default)
  --target=cuda        an NVIDIA GPU, by its driver
  --target=nvvm-emulator
                       the GPU's code on an emulator that checks what it does, slowly;
                       --json then has counts of its instructions and bank conflicts
  --chip C             the GPU that code is for, or any later one (sm_80)
  --chip-features F    PTX version, as '+ptx80'; the least that has the chip,
                       7.6 or later

CODE:
  --threads T          0: all that OpenMP gives (default); 1: no OpenMP
  --no-operand-checks  do not check what the arrays of --operand hold
  --query-tile N, --key-tile N, --vector-width N
                       tile sizes instead of the target's (0); with 1, queries are
                       worked on one by one where that is possible
  --stages N, --warps N, --blocks N
                       of GPU code: tiles of keys in shared memory, warps of a block, and the most
                       blocks, each of which then computes tiles one after the other
  --allow-tf32         of GPU code: round f32 inputs and weights to tf32, which has 11 bits, instead
                       of splitting them in three parts of bf16; --verify allows for it
  --target-cpu C, --target-features F
                       instead of this machine's processor, as LLVM names them
  --target-schedule C  tile sizes of that processor, in code for this one (or for
                       --target-cpu)
  --emit=llvm|asm|obj  write optimized LLVM IR, assembly or an object file instead of
                       running it; a .mlir file then needs no --inputs. With
                       --target=cuda: of the host's functions, kernels included
  --emit=ptx|cubin     write the kernels alone; cubin needs NVIDIA's ptxas
  --emit=header        write how to launch these kernels, as C
  --output-file F      where to, instead of standard output

EXIT CODE: 0; 1 on an error or a failed verification.
)";

constexpr int64_t maxOffset = maxLength;
/// What no GPU has more of.
constexpr int64_t maxStages = 16, maxWarps = 32, maxBlocks = 1 << 20;

/// Refuses options that what is made has no use for.
llvm::Error checkTarget(const Options &options, const llvm::StringSet<> &given) {
  bool hasHostCode = !options.emit || *options.emit <= Emit::Object;
  auto refuse = [&](ArrayRef<StringRef> names, StringRef place) -> llvm::Error {
    for (StringRef name : names)
      if (given.contains(name))
        return fail("expected --{0} {1}", name, place);
    return llvm::Error::success();
  };
  if (!options.hasKernels())
    return refuse({"chip", "chip-features", "stages", "warps", "blocks", "allow-tf32"},
                  "with code for a GPU: --target=nvvm-emulator, --target=cuda, "
                  "--emit=ptx, --emit=cubin or --emit=header");
  if (std::string error =
          findGpuTargetError(options.chip, options.chipFeatures);
      !error.empty())
    return fail("--chip{0}: {1}",
                findGpuTargetError(options.chip, "").empty() ? "-features" : "",
                error);
  if (options.emit == Emit::Cubin)
    if (std::string error = findCudaToolError("ptxas", "--emit=cubin"); !error.empty())
      return fail("{0}", error);
  if (options.target == Target::Emulator && options.emit)
    return fail("expected --emit without --target=nvvm-emulator: nothing is run");
  if (options.target == Target::Emulator && options.time)
    return fail("expected --time without --target=nvvm-emulator: what it takes "
                "says nothing about a GPU");
  if (llvm::Error error =
          refuse({"threads", "vector-width", "target-schedule"},
                 "without code for a GPU: it is for processors"))
    return error;
  if (!hasHostCode || options.target == Target::Emulator)
    return refuse({"target-cpu", "target-features"},
                  "without code for a GPU alone: --chip says which one");
  return llvm::Error::success();
}
} // namespace

llvm::Expected<std::optional<Options>>
mlir::sattn::run::parseOptions(int argc, char **argv) {
  Options options;
  SmallVector<StringRef> arguments(argv + 1, argv + argc);
  llvm::Error error = llvm::Error::success();
  size_t at = 0;
  llvm::StringSet<> given;

  auto number = [&](StringRef name, StringRef text, int64_t least, int64_t most,
                    int64_t &result) -> llvm::Error {
    if (text.getAsInteger(10, result) || result < least || result > most)
      return fail("expected {0} to be an integer between {1} and {2}, but got "
                  "'{3}'",
                  name, least, most, text);
    return llvm::Error::success();
  };
  cantFail(std::move(error));

  while (at < arguments.size()) {
    StringRef argument = arguments[at++];
    if (!argument.starts_with("-")) {
      if (!options.file.empty())
        return fail("expected one .mlir file, but got '{0}' and '{1}'",
                    options.file, argument);
      if (argument.empty())
        return fail("expected a file name, but got ''");
      options.file = argument.str();
      continue;
    }
    auto [name, inlineValue] = argument.ltrim('-').split('=');
    bool hasInline = argument.contains('=');
    if (name == "help" || name == "h") {
      llvm::outs() << helpText;
      return std::nullopt;
    }
    if (name == "version") {
      llvm::outs() << "sattn-run 0.1.0\n";
      return std::nullopt;
    }
    if (name == "verify" || name == "json" || name == "no-operand-checks" ||
        name == "allow-tf32") {
      if (hasInline)
        return fail("expected no value for --{0}", name);
      given.insert(name);
      if (name == "no-operand-checks")
        options.checkOperands = false;
      else if (name == "allow-tf32")
        options.allowTF32 = true;
      else
        (name == "verify" ? options.verify : options.json) = true;
      continue;
    }
    bool isList = name == "operand" || name == "score-array";
    if (!isList && !given.insert(name).second)
      return fail("expected --{0} once, but got it twice", name);
    if (name == "inputs") {
      if (hasInline || at + 3 > arguments.size() ||
          llvm::any_of(ArrayRef(arguments).slice(at, 3), [](StringRef path) {
            return path.empty() || path.starts_with("--");
          }))
        return fail("expected three arrays after --inputs: query, key, value");
      options.queryPath = arguments[at++].str();
      options.keyPath = arguments[at++].str();
      options.valuePath = arguments[at++].str();
      continue;
    }
    static constexpr StringLiteral valued[] = {
        "output",       "lse",         "entry",
        "row-max",
        "pattern",      "scale",       "align",
        "offset",       "verify-rows", "time",
        "threads",      "query-tile",  "key-tile",
        "vector-width", "target-cpu",  "target-features",
        "emit",         "output-file", "target-schedule",
        "operand",      "modify",      "score-array",
        "sink",         "dropout",     "seed",
        "block-table",  "target",      "chip",
        "chip-features", "stages",     "warps",
        "blocks"};
    if (!llvm::is_contained(valued, name))
      return fail("unknown option '{0}'; --help lists all", argument);
    if (!hasInline && at == arguments.size())
      return fail("expected a value after --{0}", name);
    StringRef value = hasInline ? inlineValue : arguments[at++];
    if (!hasInline && value.starts_with("--"))
      return fail("expected a value after --{0}, but got {1}", name, value);
    if (value.empty())
      return fail("expected a value for --{0}, but got none", name);
    std::string label = ("--" + name).str();
    if (name == "output")
      options.outputPath = value.str();
    else if (name == "lse")
      options.lsePath = value.str();
    else if (name == "row-max")
      options.rowMaxPath = value.str();
    else if (name == "entry")
      options.entry = value.str();
    else if (name == "pattern")
      options.pattern = value.str();
    else if (name == "operand") {
      bool isNamed = value.contains('=');
      auto [operand, path] = value.split('=');
      if (!isNamed)
        path = value, operand = "";
      operand.consume_front("%");
      if (path.empty() || (isNamed && operand.empty()))
        return fail("expected --operand NAME=FILE.npy, but got '{0}'", value);
      options.operands.push_back({operand.str(), path.str()});
    }
    else if (name == "modify")
      options.modify = value.str();
    else if (name == "sink")
      options.sinkPath = value.str();
    else if (name == "block-table")
      options.blockTablePath = value.str();
    else if (name == "score-array")
      options.scoreArrays.push_back(value.str());
    else if (name == "target-cpu")
      options.cpu = value.str();
    else if (name == "target-features")
      options.features = value.str();
    else if (name == "target-schedule")
      options.schedule = value.str();
    else if (name == "output-file")
      options.emitPath = value.str();
    else if (name == "emit") {
      options.emit = llvm::StringSwitch<std::optional<Emit>>(value)
                         .Case("llvm", Emit::LLVMIR)
                         .Case("asm", Emit::Assembly)
                         .Case("obj", Emit::Object)
                         .Case("ptx", Emit::PTX)
                         .Case("cubin", Emit::Cubin)
                         .Case("header", Emit::Header)
                         .Default(std::nullopt);
      if (!options.emit)
        return fail("expected --emit to be llvm, asm, obj, ptx, cubin or "
                    "header, but got '{0}'",
                    value);
    } else if (name == "target") {
      auto target = llvm::StringSwitch<std::optional<Target>>(value)
                        .Case("cpu", Target::CPU)
                        .Case("nvvm-emulator", Target::Emulator)
                        .Case("cuda", Target::CUDA)
                        .Default(std::nullopt);
      if (!target)
        return fail("expected --target to be cpu, nvvm-emulator or cuda, but "
                    "got '{0}'",
                    value);
      options.target = *target;
    } else if (name == "chip") {
      options.chip = value.str();
    } else if (name == "chip-features") {
      options.chipFeatures = value.str();
    } else if (name == "offset" && value.ends_with(".npy")) {
      options.offsetsPath = value.str();
    } else if (name == "align") {
      if (value != "top_left" && value != "bottom_right")
        return fail("expected --align to be top_left or bottom_right, but got "
                    "'{0}'",
                    value);
      options.bottomRight = value == "bottom_right";
    } else if (name == "scale") {
      double scale;
      if (value.getAsDouble(scale) || !std::isfinite(static_cast<float>(scale)))
        return fail("expected --scale to be a finite number, but got '{0}'",
                    value);
      options.scale = static_cast<float>(scale);
    } else if (name == "dropout") {
      double rate;
      if (value.getAsDouble(rate) || !(rate >= 0 && static_cast<float>(rate) < 1))
        return fail("expected --dropout to be at least 0 and below 1, but got "
                    "'{0}'",
                    value);
      options.dropout = static_cast<float>(rate);
    } else if (name == "seed") {
      if (value.getAsInteger(10, options.seed))
        return fail("expected --seed to be an integer of 64 bits, but got '{0}'",
                    value);
    } else if (name == "verify-rows") {
      int64_t rows;
      if (llvm::Error bad = number(label, value, 1, maxOffset, rows))
        return std::move(bad);
      options.verify = true;
      options.verifyRows = rows;
    } else {
      struct {
        StringRef name;
        int64_t least, most;
        int64_t *result;
      } numbers[] = {{"offset", -maxOffset, maxOffset, &options.offset},
                     {"time", 1, 1000000, &options.time},
                     {"threads", 0, maxThreads, &options.threads},
                     {"query-tile", 0, maxQueryTile, &options.queryTile},
                     {"key-tile", 0, maxKeyTile, &options.keyTile},
                     {"vector-width", 0, 64, &options.vectorWidth},
                     {"stages", 0, maxStages, &options.stages},
                     {"warps", 0, maxWarps, &options.warps},
                     {"blocks", 0, maxBlocks, &options.blocks}};
      for (auto &entry : numbers)
        if (entry.name == name)
          if (llvm::Error bad =
                  number(label, value, entry.least, entry.most, *entry.result))
            return std::move(bad);
    }
  }
  if (!options.hasInputs() && (!options.emit || options.file.empty()))
    return fail("expected --inputs Q.npy K.npy V.npy; --help shows how");
  if (options.emit && (options.verify || options.json || options.time ||
                       !options.outputPath.empty() || !options.lsePath.empty() ||
                       !options.rowMaxPath.empty()))
    return fail("expected --emit without --output, --lse, --row-max, --verify, "
                "--time and --json: nothing is run");
  if (!options.emit && !options.emitPath.empty())
    return fail("expected --output-file with --emit");
  if (llvm::Error bad = checkTarget(options, given))
    return std::move(bad);
  if (StringRef(options.file).ends_with(".npy"))
    return fail("expected three arrays after --inputs (query, key, value), but "
                "got a fourth, '{0}'",
                options.file);
  if (options.file.empty() == options.pattern.empty())
    return fail(options.file.empty()
                    ? "expected --pattern or a .mlir file; --help shows how"
                    : "expected --pattern without a .mlir file: the file has "
                      "its own");
  if (!options.file.empty() &&
      (options.scale || options.bottomRight || options.offset ||
       !options.offsetsPath.empty()))
    return fail("expected --scale, --align and --offset without a .mlir file: "
                "the file has its own");
  for (auto [index, operand] : llvm::enumerate(options.operands)) {
    StringRef operandName = operand.first;
    if (options.file.empty() == operandName.empty())
      return fail(options.file.empty()
                      ? "expected --operand NAME=FILE.npy, but got '{0}'"
                      : "expected --operand FILE.npy without a name for a .mlir "
                        "file: its arguments say which",
                  operand.second);
    for (size_t other = 0; other < index; ++other)
      if (!operandName.empty() && options.operands[other].first == operandName)
        return fail("expected --operand {0}=FILE.npy once", operandName);
  }
  if (!options.file.empty() && !options.modify.empty())
    return fail("expected --modify without a .mlir file: the file has its own");
  if (!options.file.empty() && !options.sinkPath.empty())
    return fail("expected --sink without a .mlir file: the file has its own");
  if (!options.file.empty() && options.dropout)
    return fail("expected --dropout without a .mlir file: the file has its own");
  if (given.contains("seed") && !options.dropout)
    return fail("expected --seed with --dropout");
  if (options.file.empty() && !options.scoreArrays.empty())
    return fail("expected --score-array with a .mlir file");
  SmallVector<NamedFile> inputs = {{"the query", options.queryPath},
                                   {"the key", options.keyPath},
                                   {"the value", options.valuePath},
                                   {"the .mlir file", options.file},
                                   {"--offset", options.offsetsPath},
                                   {"--block-table", options.blockTablePath}};
  for (const auto &operand : options.operands)
    inputs.push_back({"--operand", operand.second});
  llvm::SmallVector<std::string> modifierPaths = Modifiers::paths(options.modify);
  for (const std::string &path : modifierPaths)
    inputs.push_back({"--modify", path});
  inputs.push_back({"--sink", options.sinkPath});
  for (const std::string &path : options.scoreArrays)
    inputs.push_back({"--score-array", path});
  if (llvm::Error bad = checkDistinctFiles({{"--output", options.outputPath},
                                            {"--lse", options.lsePath},
                                            {"--row-max", options.rowMaxPath},
                                            {"--output-file", options.emitPath}},
                                           inputs))
    return std::move(bad);
  if (options.file.empty() && !options.entry.empty())
    return fail("expected --entry with a .mlir file");
  if (options.emit && !options.entry.empty())
    return fail("expected no --entry with --emit, which writes all functions");
  return options;
}
