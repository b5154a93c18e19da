// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Vector building blocks of the CPU lowering: exp2, transposes, lane-wise
/// predicates.
#ifndef SPARSEATTN_LIB_CONVERSION_VECTORMATH_H
#define SPARSEATTN_LIB_CONVERSION_VECTORMATH_H

#include "mlir/IR/Block.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::sattn {

/// The value with that number minus a vector of whole numbers near it, where it is known more
/// exactly than f32 can say.
using FractionOf = llvm::function_ref<Value(size_t, Value)>;

/// Replaces each x by 2^(x - shift), for f32 lanes with x < 128. Relative error below
/// 2e-7; exact at 0, and exactly 0 where the result would be a denormal, which some processors are
/// slow with. NaN stays NaN. The shift
/// costs nothing, and x is as exact as it was. With `avx512`, vectors have 16 lanes and the
/// target AVX-512's F and DQ.
void emitExp2(ImplicitLocOpBuilder &b, MutableArrayRef<Value> values,
              bool avx512, int64_t shift = 0,
              FractionOf fractionOf = nullptr);

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
