// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What was read from somebody else's description of an attention.
#ifndef SPARSEATTN_IMPORT_IMPORTEDPATTERN_H
#define SPARSEATTN_IMPORT_IMPORTEDPATTERN_H

#include "SparseAttn/Runtime/Npy.h"

#include <string>
#include <vector>

namespace mlir::sattn {

/// One kind of attention of a model.
struct ImportedPart {
  /// `encoder`, ... where a model has several stacks.
  std::string name;
  /// The layers that have it, where layers differ.
  std::vector<int64_t> layers;
  /// As `sattn-run --pattern` takes it.
  std::string pattern;
  /// What else `sattn-run` has to be told, option by option.
  std::vector<std::string> options;
};

/// An array that a pattern reads, `%name` in its text.
struct ImportedOperand {
  std::string name;
  NpyArray array;
};

struct ImportedPattern {
  /// At least one.
  std::vector<ImportedPart> parts;
  /// How many layers there are; 0 if the source does not know layers.
  int64_t numLayers = 0;
  /// Whether the pattern is all of the source: one line, or empty if that goes
  /// without saying.
  std::string exactness;
  bool isExact = true;
  /// What the source leaves open, or says and no pattern can: a line each.
  std::vector<std::string> notes;
  std::vector<ImportedOperand> operands;
};

/// Sizes that a source may need and does not have; 0 where they were not given.
struct ImportSizes {
  int64_t numQueries = 0, numKeys = 0, numHeads = 0;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_IMPORT_IMPORTEDPATTERN_H
