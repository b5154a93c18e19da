// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A recognized mask as what is reported of an import.
#ifndef SPARSEATTN_LIB_IMPORT_RECOGNIZEDPATTERN_H
#define SPARSEATTN_LIB_IMPORT_RECOGNIZEDPATTERN_H

#include "SparseAttn/Import/ImportedPattern.h"
#include "SparseAttn/Import/MaskRecognizer.h"

namespace mlir::sattn {

/// Most pairs of a mask, of all heads.
constexpr int64_t maxMaskPairs = int64_t(1) << 28;

/// An error if there are no pairs or too many.
llvm::Error checkMaskSizes(int64_t numHeads, int64_t numQueries,
                           int64_t numKeys);

ImportedPattern toImport(const RecognizedMask &mask, int64_t numHeads,
                         int64_t numQueries, int64_t numKeys);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_IMPORT_RECOGNIZEDPATTERN_H
