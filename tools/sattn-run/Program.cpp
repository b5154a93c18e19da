// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What is run: a function, and the attention in it.
#include "Program.h"

#include "Fail.h"
#include "Modifiers.h"
#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/Pipelines/Pipelines.h"
#include "SparseAttn/Runtime/AtomicFile.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <cstring>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::run;

namespace {
/// Keeps the first error of MLIR as one line with its place.
class FirstDiagnostic {
public:
  explicit FirstDiagnostic(MLIRContext *context)
      : handler(context, [this](Diagnostic &diagnostic) {
          if (text.empty() &&
              diagnostic.getSeverity() == DiagnosticSeverity::Error) {
            llvm::raw_string_ostream stream(text);
            auto loc = dyn_cast<FileLineColLoc>(diagnostic.getLocation());
            // Text that this tool wrote itself has no place that a user could
            // look up.
            if (loc && loc.getFilename() != "-" && loc.getLine())
              stream << loc.getFilename().getValue() << ":" << loc.getLine()
                     << ":" << loc.getColumn() << ": ";
            stream << StringRef(diagnostic.str()).split('\n').first;
          }
          return success();
        }) {}

  llvm::Error take(StringRef otherwise) {
    return llvm::createStringError(text.empty() ? otherwise.str() : text);
  }

private:
  std::string text;
  ScopedDiagnosticHandler handler;
};

Type elementType(ElementKind kind, MLIRContext *context) {
  switch (kind) {
  case ElementKind::F16:
    return Float16Type::get(context);
  case ElementKind::BF16:
    return BFloat16Type::get(context);
  default:
    return Float32Type::get(context);
  }
}

/// The type of an operand that a pattern reads, as code has it.
MemRefType operandType(const NpyArray &array, MLIRContext *context) {
  unsigned width = getByteWidth(array.getKind()) * 8;
  return MemRefType::get(array.getShape(), IntegerType::get(context, width));
}

std::optional<ElementKind> elementKind(Type type) {
  if (type.isF32())
    return ElementKind::F32;
  if (type.isF16())
    return ElementKind::F16;
  if (type.isBF16())
    return ElementKind::BF16;
  return std::nullopt;
}
} // namespace

llvm::Expected<Program> Program::create(const Options &options,
                                        const std::optional<Inputs> &inputs,
                                        MLIRContext *context) {
  Program program;
  if (options.file.empty()) {
    std::string error;
    SmallVector<std::string> names;
    PatternAttr pattern =
        parsePatternString(options.pattern, context, error, &names);
    if (!pattern)
      return fail("--pattern: {0}", StringRef(error).split('\n').first);
    auto given = llvm::map_to_vector(
        options.operands,
        [](const auto &operand) { return StringRef(operand.first); });
    for (StringRef name : names)
      if (!llvm::is_contained(given, name))
        return fail("expected --operand {0}=FILE.npy for '%{0}' in --pattern",
                    name);
    for (StringRef name : given)
      if (!llvm::is_contained(names, name))
        return fail("expected --pattern to read '%{0}', which is given by "
                    "--operand",
                    name);
    bool wantsLse = !options.lsePath.empty();
    Type element = elementType(inputs->kind, context);
    std::string text;
    llvm::raw_string_ostream stream(text);
    auto query = MemRefType::get(inputs->queryShape(), element);
    auto key = MemRefType::get(inputs->keyShape(), element);
    auto value = MemRefType::get(inputs->valueShape(), element);
    auto out = MemRefType::get(inputs->outShape(), element);
    auto lse = MemRefType::get(inputs->lseShape(), Float32Type::get(context));
    llvm::Expected<Modifiers> modifiers = Modifiers::read(options.modify);
    if (!modifiers)
      return modifiers.takeError();
    std::string sink;
    if (!options.sinkPath.empty()) {
      llvm::Expected<NpyArray> array = Modifiers::readArray(options.sinkPath);
      if (!array)
        return array.takeError();
      sink = " sink(%m" + std::to_string(modifiers->arrays.size()) + " : " +
             memrefText(*array) + ")";
      modifiers->arrays.push_back(std::move(*array));
    }
    stream << "func.func @attention(%q: " << query << ", %k: " << key
           << ", %v: " << value;
    for (auto [number, array] : llvm::enumerate(modifiers->arrays))
      stream << ", %m" << number << ": " << memrefText(array);
    stream << ", %o: " << out;
    program.scoreArrays = std::move(modifiers->arrays);
    if (wantsLse)
      stream << ", %l: " << lse;
    for (auto [name, array] : llvm::zip_equal(given, inputs->operands))
      stream << ", %p_" << name << ": " << operandType(array, context);
    bool hasOffsets = !options.offsetsPath.empty();
    if (hasOffsets)
      stream << ", %offsets: " << operandType(inputs->offsets, context);
    stream << ") {\n  %offset = arith.constant " << options.offset
           << " : index\n  sattn.attention ins(%q, %k, %v : " << query << ", "
           << key << ", " << value << ") outs(%o";
    if (wantsLse)
      stream << ", %l";
    stream << " : " << out;
    if (wantsLse)
      stream << ", " << lse;
    stream << ")";
    if (!modifiers->text.empty())
      stream << " modify(" << modifiers->text << ")";
    stream << sink << " pattern(";
    // Names of operands are kept apart from the other ones.
    for (char character : options.pattern)
      stream << (character == '%' ? "%p_" : StringRef(&character, 1));
    for (auto [index, name] : llvm::enumerate(names))
      stream << (index ? ", " : " : ")
             << operandType(
                    inputs->operands[llvm::find(given, name) - given.begin()],
                    context);
    stream << ")";
    if (options.bottomRight)
      stream << " align(bottom_right)";
    stream << " offset(%offset";
    if (hasOffsets)
      stream << ", %offsets : " << operandType(inputs->offsets, context);
    stream << ")";
    if (options.scale)
      stream << " {scale = "
             << FloatAttr::get(Float32Type::get(context), *options.scale)
             << "}";
    stream << "\n  return\n}\n";
    FirstDiagnostic diagnostic(context);
    program.module = parseSourceString<ModuleOp>(text, context);
    if (!program.module)
      return diagnostic.take("the attention is not valid");
  } else {
    auto buffer = llvm::MemoryBuffer::getFile(options.file, /*IsText=*/true);
    if (!buffer)
      return fail("cannot read '{0}': {1}", options.file,
                  describeError(buffer.getError()));
    llvm::SourceMgr sources;
    sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
    FirstDiagnostic diagnostic(context);
    program.module = parseSourceFile<ModuleOp>(sources, context);
    if (!program.module)
      return diagnostic.take("cannot read '" + options.file + "'");
    for (const std::string &path : options.scoreArrays) {
      llvm::Expected<NpyArray> array = Modifiers::readArray(path);
      if (!array)
        return array.takeError();
      program.scoreArrays.push_back(std::move(*array));
    }
  }

  if (inputs)
    if (llvm::Error error = program.chooseEntry(options, *inputs))
      return std::move(error);
  return std::move(program);
}

llvm::Error Program::chooseEntry(const Options &options, const Inputs &inputs) {
  SmallVector<func::FuncOp> functions;
  for (auto function : module->getOps<func::FuncOp>())
    if (!function.isDeclaration())
      functions.push_back(function);
  func::FuncOp chosen;
  std::string names;
  for (func::FuncOp function : functions) {
    if (function.getName() == options.entry)
      chosen = function;
    names += (names.empty() ? "" : ", ") + function.getName().str();
  }
  if (options.entry.empty() && functions.size() == 1)
    chosen = functions.front();
  if (!chosen) {
    if (functions.empty()) {
      bool isNested = module
                          ->walk([](func::FuncOp function) {
                            return function.isDeclaration()
                                       ? WalkResult::advance()
                                       : WalkResult::interrupt();
                          })
                          .wasInterrupted();
      return fail(isNested ? "expected a function in the outermost module of "
                             "'{0}', but all are in a module inside of it"
                           : "expected a function in '{0}', but there is none",
                  options.file);
    }
    if (options.entry.empty())
      return fail("expected --entry to choose one of the functions {0}", names);
    return fail("expected --entry to be one of {0}, but got '{1}'", names,
                options.entry);
  }
  return checkEntry(chosen, inputs, !options.offsetsPath.empty());
}

/// Whether code for `type` can be given an array in C order of `shape`: no
/// stride or offset that the type fixes is another than the array's.
static bool acceptsCOrder(Type type, ArrayRef<int64_t> shape) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref)
    return true;
  int64_t offset, actual = 1;
  SmallVector<int64_t> strides;
  if (memref.getMemorySpace() ||
      failed(memref.getStridesAndOffset(strides, offset)) ||
      (!ShapedType::isDynamic(offset) && offset != 0))
    return false;
  for (int64_t dim = memref.getRank() - 1; dim >= 0; --dim) {
    if (shape[dim] > 1 && !ShapedType::isDynamic(strides[dim]) &&
        strides[dim] != actual)
      return false;
    actual *= shape[dim];
  }
  return true;
}

llvm::Error Program::checkEntry(func::FuncOp function, const Inputs &inputs,
                                bool hasOffsets) {
  entry = function.getName().str();
  auto inputTypes = function.getArgumentTypes();
  if (inputTypes.size() < 3)
    return fail("expected function '{0}' to take query, key and value, but it "
                "has {1} arguments",
                entry, inputTypes.size());
  auto fits = [&](Type type, ArrayRef<int64_t> shape, ElementKind kind) {
    auto shaped = dyn_cast<ShapedType>(type);
    return shaped && shaped.hasRank() &&
           elementKind(shaped.getElementType()) == kind &&
           shaped.getRank() == static_cast<int64_t>(shape.size()) &&
           llvm::all_of(llvm::zip(shaped.getShape(), shape), [](auto sizes) {
             auto [declared, actual] = sizes;
             return ShapedType::isDynamic(declared) || declared == actual;
           });
  };
  auto describe = [](Type type) {
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return text;
  };
  std::pair<const char *, SmallVector<int64_t>> arrays[] = {
      {"query", inputs.queryShape()},
      {"key", inputs.keyShape()},
      {"value", inputs.valueShape()}};
  for (auto [index, array] : llvm::enumerate(arrays))
    if (!fits(inputTypes[index], array.second, inputs.kind))
      return fail("expected {0} to fit argument {1} of '{2}', {3}, but got {4} "
                  "{5}",
                  array.first, index + 1, entry, describe(inputTypes[index]),
                  getElementKindName(inputs.kind), shapeText(array.second));
  size_t numInputs = 3 + scoreArrays.size();
  if (inputTypes.size() < numInputs)
    return fail("expected function '{0}' to take {1} arrays after query, key and "
                "value, but it has {2} arguments",
                entry, scoreArrays.size(), inputTypes.size());
  for (auto [index, array] : llvm::enumerate(scoreArrays)) {
    Type type = inputTypes[3 + index];
    if (!fits(type, array.getShape(), array.getKind()))
      return fail("expected argument {0} of '{1}', {2}, to fit the array, {3} "
                  "{4}",
                  index + 4, entry, describe(type),
                  getElementKindName(array.getKind()),
                  shapeText(array.getShape()));
  }
  auto checkLayout = [&](Type type, size_t index) -> llvm::Error {
    ArrayRef<int64_t> shape;
    SmallVector<int64_t> shapes[] = {inputs.queryShape(), inputs.keyShape(),
                                     inputs.valueShape(), inputs.outShape(),
                                     inputs.lseShape()};
    if (index < 3)
      shape = shapes[index];
    else if (index < numInputs)
      shape = scoreArrays[index - 3].getShape();
    else
      shape = shapes[cast<ShapedType>(type).getRank() == 4 ? 3 : 4];
    if (acceptsCOrder(type, shape))
      return llvm::Error::success();
    return fail("expected argument {0} of '{1}' to accept an array in C order, "
                "but got {2}",
                index + 1, entry, describe(type));
  };
  auto isPlace = [&](Type type) -> bool {
    auto shaped = dyn_cast<ShapedType>(type);
    if (!shaped || !shaped.hasRank() || !elementKind(shaped.getElementType()))
      return false;
    ElementKind kind = *elementKind(shaped.getElementType());
    return fits(type, inputs.outShape(), kind) ||
           (kind == ElementKind::F32 && fits(type, inputs.lseShape(), kind));
  };
  size_t numOperands = 0;
  size_t numGiven = inputs.operands.size() + hasOffsets;
  for (auto [index, type] : llvm::enumerate(inputTypes.drop_front(numInputs))) {
    auto shaped = dyn_cast<ShapedType>(type);
    if (shaped && shaped.hasRank() && shaped.getElementType().isInteger()) {
      if (numOperands == numGiven)
        return fail("expected --operand FILE.npy for argument {0} of '{1}', {2}",
                    index + numInputs + 1, entry, describe(type));
      const NpyArray &array = numOperands < inputs.operands.size()
                                  ? inputs.operands[numOperands]
                                  : inputs.offsets;
      MemRefType given = operandType(array, function.getContext());
      // Truth values have a byte each.
      bool sameElement = shaped.getElementType() == given.getElementType() ||
                         (shaped.getElementType().isInteger(1) &&
                          array.getKind() == ElementKind::I1);
      if (!sameElement ||
          failed(verifyCompatibleShape(shaped.getShape(), array.getShape())) ||
          !acceptsCOrder(type, array.getShape()))
        return fail("expected --operand number {0} to fit argument {1} of '{2}', "
                    "{3}, but got {4} {5}",
                    numOperands + 1, index + numInputs + 1, entry, describe(type),
                    getElementKindName(array.getKind()),
                    shapeText(array.getShape()));
      operandOfArgument.push_back(numOperands++);
      continue;
    }
    operandOfArgument.push_back(-1);
    if (!isPlace(type))
      return fail("expected argument {0} of '{1}' to be a destination {2} or "
                  "{3}, but got {4}",
                  index + numInputs + 1, entry, shapeText(inputs.outShape()),
                  shapeText(inputs.lseShape()), describe(type));
    destinations.push_back(cast<ShapedType>(type));
  }
  if (numOperands < numGiven)
    return fail("expected {0} times --operand, as many as '{1}' has arguments that "
                "hold integers, but got {2}",
                numOperands, entry, inputs.operands.size());
  for (auto [index, type] : llvm::enumerate(inputTypes))
    if (index < numInputs || operandOfArgument[index - numInputs] < 0)
      if (llvm::Error error = checkLayout(type, index))
        return error;
  for (Type type : function.getResultTypes()) {
    if (auto memref = dyn_cast<MemRefType>(type);
        memref && memref.getMemorySpace())
      return fail("expected results of '{0}' in the default memory space, but "
                  "got {1}",
                  entry, describe(type));
  }
  for (Type type : function.getResultTypes()) {
    if (!isPlace(type))
      return fail("expected results of '{0}' to be {1} or {2}, but got {3}",
                  entry, shapeText(inputs.outShape()),
                  shapeText(inputs.lseShape()), describe(type));
    results.push_back(cast<ShapedType>(type));
  }
  ArrayRef<ShapedType> places =
      results.empty() ? ArrayRef(destinations) : ArrayRef(results);
  if (places.empty() || places.front().getRank() != 4)
    return fail("expected '{0}' to write or return {1} first", entry,
                shapeText(inputs.outShape()));
  hasLse = places.size() > 1 && places[1].getRank() == 3;

  for (ShapedType type : destinations) {
    bool isOut = type.getRank() == 4;
    auto buffer =
        NpyArray::create(*elementKind(type.getElementType()),
                         isOut ? inputs.outShape() : inputs.lseShape());
    if (!buffer)
      return buffer.takeError();
    buffers.push_back(std::move(*buffer));
  }
  return llvm::Error::success();
}

llvm::Error Program::lower(const Options &options) {
  MLIRContext *context = module->getContext();
  ToLLVMOptions pipeline;
  pipeline.cpu = options.cpu;
  pipeline.features = options.features;
  pipeline.targetSchedule = options.schedule;
  pipeline.threads = options.threads;
  pipeline.queryTile = options.queryTile;
  pipeline.keyTile = options.keyTile;
  pipeline.vectorWidth = options.vectorWidth;
  pipeline.checkOperands = options.checkOperands;
  FirstDiagnostic diagnostic(context);
  PassManager pm(context);
  // What the user wrote was verified when it was read. Verifying again what each pass
  // makes of it would be a fifth of the compile time.
  pm.enableVerifier(false);
  buildToLLVMPipeline(pm, pipeline);
  if (failed(pm.run(*module)))
    return diagnostic.take("compilation failed");
  return llvm::Error::success();
}

llvm::Error Program::emit(const Options &options) {
  // In memory first: an error leaves no output.
  SmallVector<char, 0> code;
  llvm::raw_svector_ostream stream(code);
  FirstDiagnostic diagnostic(module->getContext());
  if (llvm::Error error = emitCode(*module, options.cpu, options.features,
                                   *options.emit, stream))
    return error;
  auto print = [&](llvm::raw_ostream &os) {
    os.write(code.data(), code.size());
  };
  if (!options.emitPath.empty())
    return writeFileAtomically(options.emitPath, print);
  print(llvm::outs());
  return llvm::Error::success();
}

llvm::Error Program::compile(const Options &options) {
  FirstDiagnostic diagnostic(module->getContext());
  llvm::Expected<CompiledModule> compiled =
      CompiledModule::compile(*module, options.cpu, options.features);
  if (!compiled)
    return compiled.takeError();
  code = std::make_unique<CompiledModule>(std::move(*compiled));
  return code->prepare(entry);
}

llvm::Error Program::run(Inputs &inputs) {
  freeReturned();
  SmallVector<MemRefDescriptor> descriptors;
  descriptors.emplace_back(inputs.query.data(), inputs.queryShape());
  descriptors.emplace_back(inputs.key.data(), inputs.keyShape());
  descriptors.emplace_back(inputs.value.data(), inputs.valueShape());
  for (NpyArray &array : scoreArrays)
    descriptors.emplace_back(array.data(), array.getShape());
  size_t nextBuffer = 0;
  for (int64_t operand : operandOfArgument) {
    NpyArray &array =
        operand < 0 ? buffers[nextBuffer++] : *getOperand(inputs, operand);
    descriptors.emplace_back(array.data(), array.getShape());
  }
  argumentAddresses.clear();
  for (const void *data :
       {inputs.query.data(), inputs.key.data(), inputs.value.data()})
    argumentAddresses.push_back(reinterpret_cast<int64_t>(data));
  for (NpyArray &array : scoreArrays)
    argumentAddresses.push_back(reinterpret_cast<int64_t>(array.data()));
  for (NpyArray &buffer : buffers)
    argumentAddresses.push_back(reinterpret_cast<int64_t>(buffer.data()));

  int64_t words = 0;
  for (ShapedType type : results)
    words += MemRefDescriptor::numWords(type.getRank());
  returned.assign(words, 0);
  SmallVector<void *> arguments;
  if (!results.empty())
    arguments.push_back(returned.data());
  for (MemRefDescriptor &descriptor : descriptors)
    arguments.push_back(descriptor.get());
  return code->call(entry, arguments);
}

void Program::freeReturned() {
  // What MLIR gives as the allocation of a constant, which nobody may free.
  constexpr int64_t constantAddress = 0xdeadbeef;
  llvm::SmallSetVector<int64_t, 2> allocations;
  ArrayRef<int64_t> words = returned;
  for (ShapedType type : results) {
    if (words.empty())
      break;
    if (words[0] != constantAddress &&
        !llvm::is_contained(argumentAddresses, words[0]))
      allocations.insert(words[0]);
    words = words.drop_front(MemRefDescriptor::numWords(type.getRank()));
  }
  for (int64_t address : allocations)
    std::free(reinterpret_cast<void *>(address));
  returned.clear();
}

/// Copies `from`, of any strides (in elements), to `to` in C order.
static char *copyToCOrder(const char *from, ArrayRef<int64_t> shape,
                          ArrayRef<int64_t> strides, int64_t byteWidth,
                          char *to) {
  if (shape.empty()) {
    std::memcpy(to, from, byteWidth);
    return to + byteWidth;
  }
  for (int64_t i = 0; i < shape.front(); ++i)
    to = copyToCOrder(from + i * strides.front() * byteWidth,
                      shape.drop_front(), strides.drop_front(), byteWidth, to);
  return to;
}

llvm::Error Program::collect(const Inputs &inputs) {
  if (results.empty()) {
    out = std::move(buffers[0]);
    if (hasLse)
      lse = std::move(buffers[1]);
    return llvm::Error::success();
  }
  ArrayRef<int64_t> words = returned;
  for (auto [index, type] : llvm::enumerate(results)) {
    int64_t rank = type.getRank();
    auto *data = reinterpret_cast<const char *>(words[1]);
    ArrayRef<int64_t> shape = words.slice(3, rank);
    ArrayRef<int64_t> strides = words.slice(3 + rank, rank);
    bool isOut = rank == 4;
    if (shape != ArrayRef(isOut ? inputs.outShape() : inputs.lseShape()))
      return fail("expected result {0} of '{1}' to be {2}, but got {3}",
                  index + 1, entry,
                  shapeText(isOut ? inputs.outShape() : inputs.lseShape()),
                  shapeText(shape));
    ElementKind kind = *elementKind(type.getElementType());
    auto array = NpyArray::create(kind, shape);
    if (!array)
      return array.takeError();
    if (array->getNumBytes())
      copyToCOrder(data + words[2] * getByteWidth(kind), shape, strides,
                   getByteWidth(kind), array->dataAs<char>());
    if (index == 0)
      out = std::move(*array);
    else if (index == 1 && hasLse)
      lse = std::move(*array);
    words = words.drop_front(MemRefDescriptor::numWords(rank));
  }
  return llvm::Error::success();
}
