// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Everything that a tool must register: the dialect with its interface models, the
/// passes and the pipelines. The only header that a tool needs in order to embed this
/// compiler; see examples/consumer for one that does.
#ifndef SPARSEATTN_INITALL_H
#define SPARSEATTN_INITALL_H

#include "SparseAttn/Conversion/Passes.h"
#include "SparseAttn/Dialect/AttentionOps.h"
#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"
#include "SparseAttn/Dialect/TiledOps.h"
#include "SparseAttn/Pipelines/Pipelines.h"
#include "SparseAttn/Transforms/Passes.h"

#include "mlir/IR/DialectRegistry.h"

namespace mlir::sattn {

/// Adds the `sattn` dialect and the external models of its operations.
inline void registerAllDialects(DialectRegistry &registry) {
  registry.insert<SparseAttnDialect>();
  registerBufferizableOpInterfaceExternalModels(registry);
}

/// Registers every `sattn-*` and `convert-sattn-*` pass by its flag.
inline void registerAllPasses() {
  registerSparseAttnTransformsPasses();
  registerSparseAttnConversionPasses();
}

/// Registers the pipelines: `sattn-to-llvm`, `sattn-to-nvvm`, `sattn-to-reference`.
inline void registerAllPipelines() { registerPipelines(); }

} // namespace mlir::sattn

#endif // SPARSEATTN_INITALL_H
