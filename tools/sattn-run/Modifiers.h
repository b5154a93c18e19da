// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Score modifiers as --modify has them, with arrays as operands.
#ifndef SPARSEATTN_TOOLS_SATTN_RUN_MODIFIERS_H
#define SPARSEATTN_TOOLS_SATTN_RUN_MODIFIERS_H

#include "SparseAttn/Runtime/Npy.h"

#include <string>
#include <vector>

namespace mlir::sattn::run {

/// What stands in `modify(...)` of sattn.attention, and the arrays it reads.
struct Modifiers {
  /// %m0, %m1, ... in the place of the arrays' files, with their types.
  std::string text;
  std::vector<NpyArray> arrays;

  /// From `alibi, bias(b.npy)`: reads the arrays.
  static llvm::Expected<Modifiers> read(llvm::StringRef text);

  /// The files that stand in `text`.
  static llvm::SmallVector<std::string> paths(llvm::StringRef text);

  /// Reads an array of f32, f16 or bf16.
  static llvm::Expected<NpyArray> readArray(llvm::StringRef path);
};

/// memref<2x3xf32>
std::string memrefText(const NpyArray &array);

} // namespace mlir::sattn::run

#endif // SPARSEATTN_TOOLS_SATTN_RUN_MODIFIERS_H
