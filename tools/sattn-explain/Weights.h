// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `sattn-explain --weights q.npy k.npy`: how much of a model's attention a
/// pattern keeps on its own queries and keys.
#ifndef SPARSEATTN_TOOLS_SATTN_EXPLAIN_WEIGHTS_H
#define SPARSEATTN_TOOLS_SATTN_EXPLAIN_WEIGHTS_H

#include "WeightsOptions.h"

namespace mlir::sattn::explain {

/// Computes, adds the pictures asked for to those that are written together, and prints
/// the figures.
llvm::Error explainWeights(const WeightsOptions &options, AtomicFiles &files,
                           llvm::raw_ostream &os);

} // namespace mlir::sattn::explain

#endif // SPARSEATTN_TOOLS_SATTN_EXPLAIN_WEIGHTS_H
