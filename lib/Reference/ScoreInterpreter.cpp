// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Score and mask regions, evaluated pair by pair.
#include "SparseAttn/Reference/ScoreInterpreter.h"

#include "ScoreInstructions.h"
#include "SparseAttn/Dialect/TiledOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/CastInterfaces.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {

template <typename T> void loadElement(Machine<T> &m, const Instruction &i) {
  int64_t at = 0;
  for (auto [operand, size] : llvm::zip(i.operands, i.array->shape)) {
    int64_t index = m.integer(operand);
    assert(index >= 0 && index < size && "out of bounds");
    at = at * size + index;
  }
  if (!i.array->floats.empty())
    m.real(i.result) = i.array->floats[at];
  else
    m.integer(i.result) = llvm::SignExtend64(i.array->integers[at], i.width);
}
} // namespace

struct ScoreInterpreter::Program {
  SmallVector<Instruction> instructions;
  /// Constants and arguments have their places, too.
  Machine<float> initialFloat;
  Machine<double> initialDouble;
  unsigned arguments[5] = {}; // Of a mask region, the last four.
  unsigned result = 0;
};

namespace {
using llvm::Error;

/// Translates operations, those of the region and those outside that it needs.
template <typename Program> class Translator {
public:
  Translator(Program &program, StringRef name, const ScoreArrays &arrays)
      : program(program), name(name), arrays(arrays) {}

  Error run(Block &block) {
    size_t first = std::size(program.arguments) - block.getNumArguments();
    program.arguments[0] = place(Value());
    for (auto [index, argument] : llvm::enumerate(block.getArguments()))
      program.arguments[first + index] = place(argument);
    for (Operation &inner : block.without_terminator())
      if (Error error = translate(&inner))
        return error;
    llvm::Expected<unsigned> result =
        find(cast<YieldOp>(block.getTerminator()).getValue());
    if (!result)
      return result.takeError();
    program.result = *result;
    return Error::success();
  }

private:
  Error fail(const char *format, Operation *what) {
    return llvm::createStringError(
        llvm::formatv(format, what->getName().getStringRef(), name).str());
  }

  unsigned place(Value value) {
    unsigned index = program.initialFloat.numbers.size();
    program.initialFloat.numbers.emplace_back();
    program.initialDouble.numbers.emplace_back();
    places[value] = index;
    return index;
  }

  void setConstant(unsigned at, double real, int64_t integer) {
    program.initialFloat.numbers[at] = {static_cast<float>(real), integer};
    program.initialDouble.numbers[at] = {real, integer};
  }

  llvm::Expected<unsigned> find(Value value) {
    if (auto known = places.find(value); known != places.end())
      return known->second;
    Operation *source = value.getDefiningOp();
    if (!source)
      return llvm::createStringError(
          llvm::formatv("expected the {0} of sattn.attention to depend on "
                        "constants and arrays, to verify",
                        name)
              .str());
    // What is outside is evaluated with every pair: it is only a few operations.
    if (Error error = translate(source))
      return std::move(error);
    return places.find(value)->second;
  }

  const ScoreArray *findArray(Value value) {
    while (true) {
      if (const ScoreArray *array = arrays(value))
        return array;
      Operation *source = value.getDefiningOp();
      if (!source || !isa<CastOpInterface>(source) ||
          source->getNumOperands() != 1)
        return nullptr;
      value = source->getOperand(0);
    }
  }

  Error translate(Operation *inner) {
    if (inner->getNumResults() != 1)
      return fail("expected operations of one result in '{1}', to verify, but "
                  "got {0}",
                  inner);
    Value result = inner->getResult(0);
    if (auto constant = dyn_cast<arith::ConstantOp>(inner)) {
      if (auto real = dyn_cast<FloatAttr>(constant.getValue()))
        setConstant(place(result), real.getValueAsDouble(), 0);
      else if (auto integer = dyn_cast<IntegerAttr>(constant.getValue()))
        setConstant(place(result), 0, integer.getValue().getSExtValue());
      else
        return fail("expected numbers in '{1}', to verify, but got {0}", inner);
      return Error::success();
    }
    if (auto dim = dyn_cast<ShapedDimOpInterface>(inner)) {
      const ScoreArray *array = findArray(dim.getShapedValue());
      std::optional<int64_t> index = getConstantIntValue(dim.getDimension());
      if (!array || !index)
        return fail("expected {0} of an array of the function, to verify", inner);
      setConstant(place(result), 0, array->shape[*index]);
      return Error::success();
    }
    Instruction instruction;
    Value buffer;
    ValueRange operands = inner->getOperands();
    if (isa<memref::LoadOp, tensor::ExtractOp>(inner)) {
      buffer = operands.front();
      operands = operands.drop_front();
      instruction.array = findArray(buffer);
      if (!instruction.array)
        return fail("expected {0} in '{1}' to read an array of the function, "
                    "to verify",
                    inner);
      instruction.width = result.getType().isIndex()
                              ? 64
                              : result.getType().getIntOrFloatBitWidth();
      set(instruction,
          [](auto &m, const Instruction &i) { loadElement(m, i); });
    } else if (!chooseInstruction(inner, instruction)) {
      return fail("expected operations that the oracle knows in '{1}', to "
                  "verify, but got {0}",
                  inner);
    }
    for (Value operand : operands) {
      llvm::Expected<unsigned> at = find(operand);
      if (!at)
        return at.takeError();
      instruction.operands.push_back(*at);
    }
    instruction.result = place(result);
    program.instructions.push_back(std::move(instruction));
    return Error::success();
  }

  Program &program;
  /// Of the region, for messages.
  StringRef name;
  const ScoreArrays &arrays;
  llvm::DenseMap<Value, unsigned> places;
};
} // namespace

ScoreInterpreter::ScoreInterpreter(std::unique_ptr<Program> program)
    : program(std::move(program)) {}
ScoreInterpreter::~ScoreInterpreter() = default;

llvm::Expected<std::unique_ptr<ScoreInterpreter>>
ScoreInterpreter::translate(Region &region, StringRef name,
                            const ScoreArrays &arrays) {
  auto program = std::make_unique<Program>();
  if (llvm::Error error =
          Translator<Program>(*program, name, arrays).run(region.front()))
    return std::move(error);
  return std::unique_ptr<ScoreInterpreter>(
      new ScoreInterpreter(std::move(program)));
}

llvm::Expected<std::unique_ptr<ScoreInterpreter>>
ScoreInterpreter::create(AttentionOp op, const ScoreArrays &arrays) {
  assert(op.getScoreModifiers().empty() && "modifiers are not expanded");
  return translate(*op.getScore(), "score", arrays);
}

llvm::Expected<std::unique_ptr<ScoreInterpreter>>
ScoreInterpreter::createMask(AttentionOp op, const ScoreArrays &arrays) {
  return translate(*op.getMask(), "mask", arrays);
}

template <typename T>
void ScoreInterpreter::run(T score, const ScorePlace &place, int nudge, T &real,
                           int64_t &integer) const {
  Machine<T> machine;
  if constexpr (std::is_same_v<T, float>)
    machine = program->initialFloat;
  else
    machine = program->initialDouble;
  machine.nudge = nudge;
  machine.real(program->arguments[0]) = score;
  const int64_t places[] = {place.batch, place.head, place.position, place.key};
  for (auto [argument, number] :
       llvm::zip(ArrayRef(program->arguments).drop_front(), places))
    machine.integer(argument) = number;
  for (const Instruction &instruction : program->instructions) {
    if constexpr (std::is_same_v<T, float>)
      instruction.inFloat(instruction, machine);
    else
      instruction.inDouble(instruction, machine);
  }
  real = machine.real(program->result);
  integer = machine.integer(program->result);
}

template <typename T>
T ScoreInterpreter::evaluate(T score, const ScorePlace &place,
                             int nudge) const {
  T real;
  int64_t integer;
  run(score, place, nudge, real, integer);
  return real;
}

bool ScoreInterpreter::says(const ScorePlace &place) const {
  float real;
  int64_t integer;
  run(0.0f, place, /*nudge=*/0, real, integer);
  return integer;
}

template float ScoreInterpreter::evaluate<float>(float, const ScorePlace &,
                                                 int) const;
template double ScoreInterpreter::evaluate<double>(double, const ScorePlace &,
                                                   int) const;
