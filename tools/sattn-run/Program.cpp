// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What is run: a function, and the attention in it.
#include "Program.h"

#include "ArrayTypes.h"
#include "Fail.h"
#include "Modifiers.h"
#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/Pipelines/Pipelines.h"
#include "SparseAttn/Runtime/AtomicFile.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
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
            std::string message = diagnostic.str();
            auto [first, rest] = StringRef(message).split('\n');
            stream << first;
            // What ptxas said is on the next line.
            if (first.ends_with("Log:")) {
              StringRef next = rest.ltrim().split('\n').first.rtrim();
              stream << ' ' << (next.empty() ? "nothing" : next);
            }
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
    bool wantsRowMax = !options.rowMaxPath.empty();
    bool wantsLse = wantsRowMax || !options.lsePath.empty();
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
    if (wantsRowMax)
      stream << ", %x: " << lse;
    for (auto [name, array] : llvm::zip_equal(given, inputs->operands))
      stream << ", %p_" << name << ": " << operandType(array, context);
    bool hasOffsets = !options.offsetsPath.empty();
    if (hasOffsets)
      stream << ", %offsets: " << operandType(inputs->offsets, context);
    bool isPaged = !options.blockTablePath.empty();
    if (isPaged)
      stream << ", %pages: " << operandType(inputs->blockTable, context);
    stream << ") {\n  %offset = arith.constant " << options.offset
           << " : index\n";
    if (options.dropout)
      stream << "  %seed = arith.constant " << options.seed << " : i64\n";
    stream << "  sattn.attention ins(%q, %k, %v : " << query << ", "
           << key << ", " << value << ") outs(%o";
    if (wantsLse)
      stream << ", %l";
    if (wantsRowMax)
      stream << ", %x";
    stream << " : " << out;
    if (wantsLse)
      stream << ", " << lse;
    if (wantsRowMax)
      stream << ", " << lse;
    stream << ")";
    if (isPaged)
      stream << " block_table(%pages : "
             << operandType(inputs->blockTable, context) << ")";
    if (!modifiers->text.empty())
      stream << " modify(" << modifiers->text << ")";
    stream << sink;
    if (options.dropout)
      stream << " dropout(" << llvm::formatv("{0:e9}", *options.dropout) << ", %seed)";
    stream << " pattern(";
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

/// What `sattn-to-nvvm` leaves of kernels.
static StringRef getKernelFormat(const Options &options) {
  if (options.target == Target::Emulator || options.emit == Emit::Header)
    return "none";
  return options.emit == Emit::Cubin ? "bin" : "isa";
}

llvm::Error Program::lower(const Options &options) {
  for (auto function : module->getOps<func::FuncOp>())
    signatures.push_back(
        {function.getName().str(), function.getFunctionType()});
  MLIRContext *context = module->getContext();
  FirstDiagnostic diagnostic(context);
  PassManager pm(context);
  // What the user wrote was verified when it was read. Verifying again what each pass
  // makes of it would be a fifth of the compile time.
  pm.enableVerifier(false);
  if (options.hasKernels()) {
    ToNVVMOptions pipeline;
    pipeline.chip = options.chip;
    pipeline.features = options.chipFeatures;
    pipeline.queryTile = options.queryTile;
    pipeline.keyTile = options.keyTile;
    pipeline.stages = options.stages;
    pipeline.warps = options.warps;
    pipeline.blocks = options.blocks;
    pipeline.allowTF32 = options.allowTF32;
    pipeline.checkOperands = options.checkOperands;
    pipeline.format = getKernelFormat(options).str();
    buildToNVVMPipeline(pm, pipeline);
    // What has no format of its own keeps the launches for the tools.
    if (pipeline.format == "none")
      addGpuHostPasses(pm);
  } else {
    ToLLVMOptions pipeline;
    pipeline.cpu = options.cpu;
    pipeline.features = options.features;
    pipeline.targetSchedule = options.schedule;
    pipeline.threads = options.threads;
    pipeline.queryTile = options.queryTile;
    pipeline.keyTile = options.keyTile;
    pipeline.vectorWidth = options.vectorWidth;
    pipeline.checkOperands = options.checkOperands;
    buildToLLVMPipeline(pm, pipeline);
  }
  if (failed(pm.run(*module)))
    return diagnostic.take("compilation failed");
  return llvm::Error::success();
}

static CodeFormat getCodeFormat(Emit emit) {
  switch (emit) {
  case Emit::LLVMIR:
    return CodeFormat::LLVMIR;
  case Emit::Assembly:
    return CodeFormat::Assembly;
  default:
    return CodeFormat::Object;
  }
}

llvm::Error Program::writeKernels(const Options &options,
                                  llvm::raw_ostream &os) {
  if (options.emit == Emit::Header)
    return writeLaunchHeader(*module, signatures, options.chip, os);
  auto binaries = module->getOps<gpu::BinaryOp>();
  if (binaries.empty())
    return fail("expected kernels to write, but nothing in '{0}' becomes one",
                options.file);
  gpu::BinaryOp binary = *binaries.begin();
  StringRef code = cast<gpu::ObjectAttr>(binary.getObjects()[0]).getObject().getValue();
  if (options.emit == Emit::Cubin && !code.starts_with("\177ELF"))
    return fail("expected ptxas to make a cubin, but it made {0} bytes of "
                "something else",
                code.size());
  os << code;
  return llvm::Error::success();
}

llvm::Error Program::emit(const Options &options) {
  // In memory first: an error leaves no output.
  SmallVector<char, 0> code;
  llvm::raw_svector_ostream stream(code);
  FirstDiagnostic diagnostic(module->getContext());
  if (*options.emit >= Emit::PTX) {
    if (llvm::Error error = writeKernels(options, stream))
      return error;
  } else if (llvm::Error error =
                 emitCode(*module, options.cpu, options.features,
                          getCodeFormat(*options.emit), stream)) {
    return error;
  }
  auto print = [&](llvm::raw_ostream &os) {
    os.write(code.data(), code.size());
  };
  if (!options.emitPath.empty())
    return writeFileAtomically(options.emitPath, print);
  print(llvm::outs());
  return llvm::Error::success();
}

llvm::Error Program::compile(const Options &options,
                             std::unique_ptr<Device> device) {
  this->device = std::move(device);
  FirstDiagnostic diagnostic(module->getContext());
  if (llvm::Error error = this->device->load(*module))
    return error;
  llvm::Expected<CompiledModule> compiled =
      CompiledModule::compile(*module, options.cpu, options.features,
                              this->device->getFunctions());
  if (!compiled)
    return compiled.takeError();
  code = std::make_unique<CompiledModule>(std::move(*compiled));
  return code->prepare(entry);
}

llvm::Error Program::place(Inputs &inputs) {
  for (ShapedType type : destinations) {
    bool isOut = type.getRank() == 4;
    auto buffer =
        NpyArray::create(*elementKind(type.getElementType()),
                         isOut ? inputs.outShape() : inputs.lseShape());
    if (!buffer)
      return buffer.takeError();
    buffers.push_back(std::move(*buffer));
  }
  auto add = [&](NpyArray &array, ArrayRef<int64_t> shape,
                 bool isConstant) -> llvm::Error {
    size_t size = array.getNumBytes();
    llvm::Expected<void *> address =
        isConstant ? device->placeConstant(array.data(), size)
                   : device->place(array.data(), size);
    if (!address)
      return address.takeError();
    arguments.emplace_back(*address, shape);
    argumentAddresses.push_back(reinterpret_cast<int64_t>(*address));
    return llvm::Error::success();
  };
  if (llvm::Error error = add(inputs.query, inputs.queryShape(), true))
    return error;
  if (llvm::Error error = add(inputs.key, inputs.keyShape(), true))
    return error;
  if (llvm::Error error = add(inputs.value, inputs.valueShape(), true))
    return error;
  for (NpyArray &array : scoreArrays)
    if (llvm::Error error = add(array, array.getShape(), true))
      return error;
  size_t nextBuffer = 0;
  for (int64_t operand : operandOfArgument) {
    NpyArray &array =
        operand < 0 ? buffers[nextBuffer++] : *getOperand(inputs, operand);
    if (llvm::Error error = add(array, array.getShape(), operand >= 0))
      return error;
  }
  return llvm::Error::success();
}

SmallVector<void *> Program::prepareCall() {
  freeReturned();
  int64_t words = 0;
  for (ShapedType type : results)
    words += MemRefDescriptor::numWords(type.getRank());
  returned.assign(words, 0);
  SmallVector<void *> pointers;
  if (!results.empty())
    pointers.push_back(returned.data());
  for (MemRefDescriptor &descriptor : arguments)
    pointers.push_back(descriptor.get());
  return pointers;
}

llvm::Error Program::run() {
  SmallVector<void *> pointers = prepareCall();
  return device->call(*code, entry, pointers);
}

llvm::Expected<double> Program::time() {
  SmallVector<void *> pointers = prepareCall();
  return device->time(*code, entry, pointers);
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
    device->free(reinterpret_cast<void *>(address));
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

/// Elements from the first one of an array to its last one.
static int64_t getExtent(ArrayRef<int64_t> shape, ArrayRef<int64_t> strides) {
  int64_t last = 0;
  for (auto [size, stride] : llvm::zip_equal(shape, strides))
    last += (size - 1) * stride;
  return last + 1;
}

llvm::Error Program::collect(const Inputs &inputs) {
  if (results.empty()) {
    for (NpyArray &buffer : buffers)
      if (llvm::Error error = device->fetch(buffer.data()))
        return error;
    out = std::move(buffers[0]);
    if (hasLse)
      lse = std::move(buffers[1]);
    if (hasRowMax)
      rowMax = std::move(buffers[2]);
    return llvm::Error::success();
  }
  ArrayRef<int64_t> words = returned;
  for (auto [index, type] : llvm::enumerate(results)) {
    int64_t rank = type.getRank();
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
    if (array->getNumBytes()) {
      int64_t width = getByteWidth(kind);
      llvm::Expected<const char *> data =
          device->read(reinterpret_cast<const char *>(words[1]) +
                           words[2] * width,
                       getExtent(shape, strides) * width);
      if (!data)
        return data.takeError();
      copyToCOrder(*data, shape, strides, width, array->dataAs<char>());
    }
    if (index == 0)
      out = std::move(*array);
    else if (index == 1 && hasLse)
      lse = std::move(*array);
    else if (index == 2 && hasRowMax)
      rowMax = std::move(*array);
    words = words.drop_front(MemRefDescriptor::numWords(rank));
  }
  return llvm::Error::success();
}
