// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What sattn-explain draws and writes: pictures and masks.
#ifndef SPARSEATTN_TOOLS_SATTN_EXPLAIN_OUTPUT_H
#define SPARSEATTN_TOOLS_SATTN_EXPLAIN_OUTPUT_H

#include "Options.h"

#include "SparseAttn/Analysis/HeadGroups.h"
#include "SparseAttn/Runtime/Npy.h"

namespace mlir::sattn::explain {

/// Adds the files of --png, --svg and --mask to those that are written together. The
/// mask is made with the predicate that kernels use, and kept in `mask`.
llvm::Error writeFiles(const Options &options, AtomicFiles &files,
                       NpyArray &mask);

/// The pattern as lines of text; with several heads the first one of each kind.
std::string drawInTerminal(const Options &options);

} // namespace mlir::sattn::explain

#endif // SPARSEATTN_TOOLS_SATTN_EXPLAIN_OUTPUT_H
