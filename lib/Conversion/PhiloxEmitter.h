// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The random numbers of dropout, as IR: Philox-4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel
/// random numbers: as easy as 1, 2, 3", SC 2011). Each pair has a number of its own, whatever is
/// computed before it or at the same time.
#ifndef SPARSEATTN_LIB_CONVERSION_PHILOXEMITTER_H
#define SPARSEATTN_LIB_CONVERSION_PHILOXEMITTER_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <array>

namespace mlir::sattn {

/// Pairs of some rows and one key: each part is an i64, or a vector of i64 with a lane for each
/// row.
struct DropoutPairs {
  Value batch, head, position;
};

/// Keys that share one call of the generator: those with the same key / 4.
constexpr int64_t keysPerCall = 4;

/// For the keys 4 g to 4 g + 3, where `group` g is an i64: whether dropout keeps them, i1 or
/// vectors of it.
std::array<Value, keysPerCall> emitKept(ImplicitLocOpBuilder &b, float rate,
                                        Value seed, const DropoutPairs &pairs,
                                        Value group);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_PHILOXEMITTER_H
