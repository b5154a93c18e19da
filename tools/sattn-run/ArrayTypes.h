// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Types that code has for arrays.
#ifndef SPARSEATTN_TOOLS_SATTN_RUN_ARRAYTYPES_H
#define SPARSEATTN_TOOLS_SATTN_RUN_ARRAYTYPES_H

#include "SparseAttn/Runtime/Npy.h"

#include "mlir/IR/BuiltinTypes.h"

namespace mlir::sattn::run {

/// The type of elements of a kind that arrays of floating-point numbers have.
inline Type elementType(ElementKind kind, MLIRContext *context) {
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
inline MemRefType operandType(const NpyArray &array, MLIRContext *context) {
  unsigned width = getByteWidth(array.getKind()) * 8;
  return MemRefType::get(array.getShape(), IntegerType::get(context, width));
}

/// The kind of a floating-point type; none for others.
inline std::optional<ElementKind> elementKind(Type type) {
  if (type.isF32())
    return ElementKind::F32;
  if (type.isF16())
    return ElementKind::F16;
  if (type.isBF16())
    return ElementKind::BF16;
  return std::nullopt;
}

} // namespace mlir::sattn::run

#endif // SPARSEATTN_TOOLS_SATTN_RUN_ARRAYTYPES_H
