// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which function is run, and whether the arrays fit its arguments and results.
#include "Program.h"

#include "ArrayTypes.h"
#include "Fail.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::run;

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
  return checkEntry(chosen, inputs,
                    inputs.operands.size() + !options.offsetsPath.empty() +
                        !options.blockTablePath.empty());
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
                                size_t numIntegers) {
  entry = function.getName().str();
  auto inputTypes = function.getArgumentTypes();
  if (inputTypes.size() < 3)
    return fail("expected function '{0}' to take query, key and value, but its number "
                "of arguments is {1}",
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
                "value, but its number of arguments is {2}",
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
  for (auto [index, type] : llvm::enumerate(inputTypes.drop_front(numInputs))) {
    auto shaped = dyn_cast<ShapedType>(type);
    if (shaped && shaped.hasRank() && shaped.getElementType().isInteger()) {
      if (numOperands == numIntegers)
        return fail("expected --operand FILE.npy for argument {0} of '{1}', {2}",
                    index + numInputs + 1, entry, describe(type));
      const NpyArray &array = *getOperand(inputs, numOperands);
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
  if (numOperands < numIntegers)
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
  hasRowMax = hasLse && places.size() > 2 && places[2].getRank() == 3;
  return llvm::Error::success();
}
