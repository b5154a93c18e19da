// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The instructions of the oracle's interpreter of regions.
#ifndef SPARSEATTN_LIB_REFERENCE_SCOREINSTRUCTIONS_H
#define SPARSEATTN_LIB_REFERENCE_SCOREINSTRUCTIONS_H

#include "SparseAttn/Reference/ScoreInterpreter.h"

namespace mlir::sattn {

/// A number of the program: `real` for floating-point values, else `integer`, which
/// is sign-extended from the width of its type.
template <typename T> struct Number {
  T real = 0;
  int64_t integer = 0;
};

template <typename T> struct Machine;

/// One operation. Its functions take their operands from the machine's numbers.
struct Instruction {
  SmallVector<unsigned> operands;
  unsigned result;
  std::function<void(const Instruction &, Machine<float> &)> inFloat;
  std::function<void(const Instruction &, Machine<double> &)> inDouble;
  /// Of loads: the array, and bits of an element.
  const ScoreArray *array = nullptr;
  unsigned width = 64;
};

template <typename T> struct Machine {
  SmallVector<Number<T>, 32> numbers;
  /// In f32, the direction in which results of functions are off.
  int nudge = 0;

  T &real(unsigned index) { return numbers[index].real; }
  int64_t &integer(unsigned index) { return numbers[index].integer; }
};

/// `f(machine, instruction)` for both kinds of machine.
template <typename F> void set(Instruction &instruction, F f) {
  instruction.inFloat = [f](const Instruction &i, Machine<float> &m) { f(m, i); };
  instruction.inDouble = [f](const Instruction &i, Machine<double> &m) {
    f(m, i);
  };
}
/// Chooses the functions of `op`, an operation on numbers; false if it is not known.
bool chooseInstruction(Operation *op, Instruction &instruction);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_REFERENCE_SCOREINSTRUCTIONS_H
