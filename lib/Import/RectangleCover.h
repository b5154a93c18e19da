// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Rectangles of rows and keys, for masks made of documents or spans.
#ifndef SPARSEATTN_LIB_IMPORT_RECTANGLECOVER_H
#define SPARSEATTN_LIB_IMPORT_RECTANGLECOVER_H

#include "PatternText.h"

#include "SparseAttn/Import/PairMatrix.h"

#include <optional>

namespace mlir::sattn {

struct MaskPlacement;

/// Rectangles that hold all of `inside` and nothing of `outside`, as one
/// pattern; nothing if that takes more than `maxRectangles`. Of offset 0.
std::optional<PatternText> coverByRectangles(const PairMatrix &inside,
                                             const PairMatrix &outside,
                                             const MaskPlacement &placement,
                                             size_t maxRectangles);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_IMPORT_RECTANGLECOVER_H
