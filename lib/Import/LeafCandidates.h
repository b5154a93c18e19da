// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The leaves that are worth a try for a mask, with parameters read off it.
#ifndef SPARSEATTN_LIB_IMPORT_LEAFCANDIDATES_H
#define SPARSEATTN_LIB_IMPORT_LEAFCANDIDATES_H

#include "MaskLeaf.h"

#include "llvm/ADT/SmallVector.h"

namespace mlir::sattn {

/// Appends, of each family of leaves, the smallest that hold all of `inside`,
/// and the largest that hold none of `outside`. Pairs that are neither do not
/// matter. Whether a leaf keeps that promise is for the caller to see.
void collectLeafCandidates(const PairMatrix &inside, const PairMatrix &outside,
                           const MaskPlacement &placement,
                           llvm::SmallVectorImpl<MaskLeaf> &leaves);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_IMPORT_LEAFCANDIDATES_H
