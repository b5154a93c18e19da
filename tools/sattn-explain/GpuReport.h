// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What sattn-explain says about time on a GPU.
#ifndef SPARSEATTN_TOOLS_SATTN_EXPLAIN_GPUREPORT_H
#define SPARSEATTN_TOOLS_SATTN_EXPLAIN_GPUREPORT_H

#include "Report.h"
#include "TextLayout.h"

namespace mlir::sattn::explain {

/// From the other figures of `report`; `options.gpu` is set.
GpuPrediction predictTime(const Options &options, const Report &report);

llvm::json::Object toJson(const Options &options,
                          const GpuPrediction &prediction);
void printPrediction(const Options &options, const GpuPrediction &prediction,
                     TextLayout &out);

} // namespace mlir::sattn::explain

#endif // SPARSEATTN_TOOLS_SATTN_EXPLAIN_GPUREPORT_H
