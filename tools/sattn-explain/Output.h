// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What sattn-explain draws and writes: pictures and masks.
#ifndef SPARSEATTN_TOOLS_SATTN_EXPLAIN_OUTPUT_H
#define SPARSEATTN_TOOLS_SATTN_EXPLAIN_OUTPUT_H

#include "Options.h"

#include "SparseAttn/Analysis/HeadGroups.h"

namespace mlir::sattn::explain {

/// Writes the files of --png, --svg and --mask. The mask is made with the predicate
/// that kernels use.
llvm::Error writeFiles(const Options &options);

/// The pattern as lines of text; with several heads the first one of each kind.
std::string drawInTerminal(const Options &options);

} // namespace mlir::sattn::explain

#endif // SPARSEATTN_TOOLS_SATTN_EXPLAIN_OUTPUT_H
