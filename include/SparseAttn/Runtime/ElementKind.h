// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===- ElementKind.h - Element types of arrays ------------------*- C++ -*-===//
///
/// \file
/// The element types of arrays that the tools read, compute with and write, and
/// exact conversions between them. The 16-bit floats are handled as their bits:
/// C++17 has no type for them.
///
//===----------------------------------------------------------------------===//

#ifndef SPARSEATTN_RUNTIME_ELEMENTKIND_H
#define SPARSEATTN_RUNTIME_ELEMENTKIND_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace mlir::sattn {

/// The element types of arrays in files. The first three are what attention
/// computes with; the others serve masks, index tables and references.
enum class ElementKind { F32, F16, BF16, F64, I1, I8, U8, I32, I64 };

/// Returns the size of one element in bytes. A boolean takes one byte.
int64_t getByteWidth(ElementKind kind);

/// Returns the name that MLIR gives the type: `f32`, `bf16`, `i1`, `ui8`, ...
llvm::StringRef getElementKindName(ElementKind kind);

/// True for f32, f16, bf16 and f64.
bool isFloat(ElementKind kind);

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

/// Widen the bits of a 16-bit float; exact for every value.
float halfToFloat(uint16_t bits);
float bfloat16ToFloat(uint16_t bits);

/// Round to a 16-bit float in one step, to nearest with ties to even. Values
/// beyond the largest finite number become infinities, NaN stays a (quiet) NaN,
/// and subnormal results are kept. Float arguments convert to double exactly.
uint16_t doubleToHalf(double value);
uint16_t doubleToBfloat16(double value);

/// Converts elements of any kind to f32. `values.size()` elements are read from
/// `data`. Exact for f32, f16, bf16, i1, i8 and ui8; f64, i32 and i64 round to
/// nearest.
void loadFloats(ElementKind kind, const void *data,
                llvm::MutableArrayRef<float> values);

/// Converts f32 to elements of a float `kind` at `data`, rounding to nearest
/// with ties to even.
void storeFloats(ElementKind kind, llvm::ArrayRef<float> values, void *data);

} // namespace mlir::sattn

#endif // SPARSEATTN_RUNTIME_ELEMENTKIND_H
