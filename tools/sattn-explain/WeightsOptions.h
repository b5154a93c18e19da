// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The command line of `sattn-explain --weights`, checked, with its arrays
/// read.
#ifndef SPARSEATTN_TOOLS_SATTN_EXPLAIN_WEIGHTSOPTIONS_H
#define SPARSEATTN_TOOLS_SATTN_EXPLAIN_WEIGHTSOPTIONS_H

#include "SparseAttn/Dialect/PatternInterface.h"
#include "SparseAttn/Runtime/Npy.h"

#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::sattn::explain {

/// A square of the (query, key) plane, counted in rows and keys.
struct Crop {
  int64_t row = 0, key = 0, size = 0;
};

struct WeightsOptions {
  PatternAttr pattern;
  /// The attention that the model was trained with.
  PatternAttr within;
  /// [batch, query heads, M, D] and [batch, key heads, N, D].
  NpyArray queries, keys;
  int64_t batch = 1, queryHeads = 1, keyHeads = 1;
  int64_t numQueries = 0, numKeys = 0, headSize = 0;
  double scale = 1;
  int64_t offset = 0;
  /// Only this head.
  std::optional<int64_t> head;
  std::optional<Crop> crop;
  /// Empty, or one for each position that a crop may show.
  std::vector<std::string> tokens;
  bool json = false;
  std::string pngPath, svgPath;

  bool isDrawing() const { return !pngPath.empty() || !svgPath.empty(); }
};

/// True if the command line asks for weights, so that `parseWeightsOptions`
/// reads it.
bool asksForWeights(int argc, char **argv);

/// An error is one line.
llvm::Expected<WeightsOptions> parseWeightsOptions(int argc, char **argv,
                                                   MLIRContext *context);

} // namespace mlir::sattn::explain

#endif // SPARSEATTN_TOOLS_SATTN_EXPLAIN_WEIGHTSOPTIONS_H
