// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Equal parts of a length that need not be a multiple of their number.
#ifndef SPARSEATTN_LIB_RUNTIME_SPLITEVENLY_H
#define SPARSEATTN_LIB_RUNTIME_SPLITEVENLY_H

#include <cstdint>

namespace mlir::sattn {

/// Returns `index * length / count`, rounded down, without overflow.
inline int64_t splitEvenly(int64_t length, int64_t count, int64_t index) {
  return length / count * index + length % count * index / count;
}

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_RUNTIME_SPLITEVENLY_H
