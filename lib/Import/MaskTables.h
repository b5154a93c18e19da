// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The last resorts for a mask: spans of rows and keys, or a table of blocks.
#ifndef SPARSEATTN_LIB_IMPORT_MASKTABLES_H
#define SPARSEATTN_LIB_IMPORT_MASKTABLES_H

#include "MaskLeaf.h"

namespace mlir::sattn {

/// Rows and keys of a mask come in blocks of this many equal ones, from 0 on.
struct EqualBlocks {
  int64_t rows = 1, keys = 1;
};
EqualBlocks findEqualBlocks(const PairMatrix &mask);

struct ListedMask {
  PatternText text;
  /// Pairs that the mask does not have.
  int64_t extraPairs = 0;
};

/// Rectangles or a `block_mask` of the largest blocks, whichever is shorter. If
/// a table would have more than `maxTableElements`, larger blocks that enclose
/// the mask. `base` has the scale of the mask's own elements, and offset 0.
ListedMask listMask(const PairMatrix &mask, const EqualBlocks &blocks,
                    const MaskPlacement &base, int64_t maxTableElements,
                    MLIRContext *context);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_IMPORT_MASKTABLES_H
