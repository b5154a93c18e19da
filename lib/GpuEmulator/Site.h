// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the emulator knows of each operation that calls it, and of each
/// instruction.
///
/// To add an instruction, write one function (`Execute`) and one row in the
/// table of its file; see InstructionTable.h. Operands and results lie in a
/// frame on the calling fiber's stack, each as the host's code stores a value
/// of its LLVM type; a structure of results lies there as one.
#ifndef SPARSEATTN_LIB_GPUEMULATOR_SITE_H
#define SPARSEATTN_LIB_GPUEMULATOR_SITE_H

#include "mlir/IR/Operation.h"

#include <array>
#include <cstring>
#include <string>

namespace mlir::sattn::emulator {

class Machine;
struct Site;

/// Lanes of a warp, lane i in bit i.
using LaneMask = uint32_t;
constexpr unsigned warpSize = 32;
constexpr LaneMask allLanes = ~LaneMask(0);

/// Calls `function` with each lane of `lanes`, in order.
template <typename Function>
void forEachLane(LaneMask lanes, Function function) {
  for (; lanes; lanes &= lanes - 1)
    function(static_cast<unsigned>(__builtin_ctz(lanes)));
}

/// One execution of an instruction: by one thread, or by all lanes of a
/// collective together.
class Call {
public:
  Call(Machine &machine, const Site &site, unsigned warp, LaneMask lanes,
       char *const *frames)
      : machine(machine), site(site), warp(warp), lanes(lanes), frames(frames) {
  }

  Machine &machine;
  const Site &site;
  const unsigned warp;
  /// Who takes part.
  const LaneMask lanes;

  /// The lane, for instructions of one thread.
  unsigned lane() const { return static_cast<unsigned>(__builtin_ctz(lanes)); }

  template <typename T> T operand(unsigned lane, unsigned index) const;
  template <typename T> T operand(unsigned index) const {
    return operand<T>(lane(), index);
  }
  /// Writes `value` at `byte` of the result.
  template <typename T>
  void setResult(unsigned lane, T value, unsigned byte = 0) const;
  template <typename T> void setResult(T value) const {
    setResult<T>(lane(), value);
  }

private:
  char *const *frames;
};

/// Who executes an instruction at once.
enum class Scope : uint8_t {
  Thread,
  /// All lanes of the warp.
  Warp,
  /// The lanes that the first operand names; all of them if there is no
  /// operand.
  WarpMaskedByFirst,
  /// The lanes that the second operand names.
  WarpMaskedBySecond,
};

/// Numbers that an instruction makes of its attributes.
using Attributes = std::array<uint32_t, 6>;

/// A row of the table of instructions.
struct Instruction {
  /// The operation's name, the name of the intrinsic of a
  /// `llvm.call_intrinsic`, or the text of inline assembly.
  const char *name;
  Scope scope;
  /// Does the work.
  void (*execute)(Call &call);
  /// Reads the attributes; returns why this form is not emulated, or an empty
  /// string.
  std::string (*decode)(Operation *op, Attributes &attributes) = nullptr;
};

enum class AccessKind : uint8_t { Read, Write, Atomic };
enum class Space : uint8_t { Generic, Global, Shared };

/// An operation that calls the emulator.
struct Site {
  Machine *machine = nullptr;
  /// Position among all sites of the module.
  uint32_t index = 0;
  std::string operation;
  /// File, line and column, or the operation's text.
  std::string location;

  /// Of an access of memory that is no instruction of the table.
  AccessKind kind = AccessKind::Read;
  Space space = Space::Generic;
  uint32_t size = 0;
  uint32_t alignment = 1;

  /// Null for accesses.
  const Instruction *instruction = nullptr;
  Attributes attributes = {};
  /// Where the frame holds each operand, and the result.
  SmallVector<uint32_t, 10> operandOffsets;
  uint32_t resultOffset = 0;
};

template <typename T> T Call::operand(unsigned lane, unsigned index) const {
  T value;
  std::memcpy(&value, frames[lane] + site.operandOffsets[index], sizeof(T));
  return value;
}

template <typename T>
void Call::setResult(unsigned lane, T value, unsigned byte) const {
  std::memcpy(frames[lane] + site.resultOffset + byte, &value, sizeof(T));
}

} // namespace mlir::sattn::emulator

#endif // SPARSEATTN_LIB_GPUEMULATOR_SITE_H
