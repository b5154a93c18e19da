// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Vector building blocks of the CPU lowering: exp2, transposes, lane-wise
/// predicates.
#ifndef SPARSEATTN_LIB_CONVERSION_VECTORMATH_H
#define SPARSEATTN_LIB_CONVERSION_VECTORMATH_H

#include "mlir/IR/Block.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::sattn {

/// What exponents are: the values themselves, or value * factor - reference with a reference that
/// is a whole number below `mostReference`, and `offset` from `emitExponentOffset`. The product is
/// not rounded.
struct Exponents {
  Value factor = {}, offset = {};
};

/// References from here on leave too few bits for fractions of exponents.
constexpr double mostReference(int64_t powerTable) {
  return powerTable ? 0x1p17 : 0x1p20;
}

/// The offset that means a reference.
Value emitExponentOffset(ImplicitLocOpBuilder &b, Value reference,
                         int64_t powerTable);

/// Replaces each value by 2^(x - shift), for f32 lanes with exponents x < 128. Relative error below
/// 1.2e-7, or 1.7e-7 if `isFast`, which takes a multiply-add less with a table of 32; exact for
/// whole x, and exactly 0 where the result would be a denormal, which some processors
/// are slow with (with a table, from the least normal number on). NaN stays NaN. The shift
/// costs nothing, and x is as exact as it was. `powerTable` as in TargetInfo: 8 entries for vectors
/// of 8 lanes and AVX2, or 32 for 16 and AVX-512.
void emitExp2(ImplicitLocOpBuilder &b, MutableArrayRef<Value> values,
              int64_t powerTable, int64_t shift = 0, Exponents exponents = {},
              bool isFast = false);

/// a < b ? b : a, which is one instruction; NaN in `b` wins.
Value emitMax(ImplicitLocOpBuilder &b, Value a, Value c);

/// a < b ? a : b, which is one instruction; NaN in `b` wins.
Value emitMin(ImplicitLocOpBuilder &b, Value a, Value c);

/// In-place transpose of n vectors of n lanes, n a power of 2.
void emitTranspose(ImplicitLocOpBuilder &b, SmallVectorImpl<Value> &rows);

/// Evaluates a region (query position, key) -> i1 for lanes of query positions
/// (vector<Lxindex>) and one key: a vector<Lxi1>. Elementwise operations, loops
/// with bounds common to all lanes and loads from 1-D buffers are widened; a
/// region with others that depend on the query is evaluated lane by lane. A third argument of the
/// region, an i1, is `answer` in all lanes.
Value emitLanePredicate(ImplicitLocOpBuilder &b, Block &predicate,
                        Value queryLanes, Value key, Value answer = Value());

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_VECTORMATH_H
