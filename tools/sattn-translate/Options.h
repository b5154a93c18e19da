// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The command line of sattn-translate, checked.
#ifndef SPARSEATTN_TOOLS_SATTN_TRANSLATE_OPTIONS_H
#define SPARSEATTN_TOOLS_SATTN_TRANSLATE_OPTIONS_H

#include "SparseAttn/Import/MaskArrays.h"

#include "llvm/Support/Error.h"

#include <optional>
#include <string>

namespace mlir::sattn::translate {

enum class Source { HuggingFace, DeepSpeed, FlashMask, Mask };

struct Options {
  std::string path;
  /// Nothing: by what the file is.
  std::optional<Source> source;
  MaskImportOptions mask;
  /// A layer's number or a part's name; empty: all.
  std::string layer;
  /// Folder of the arrays that the pattern reads.
  std::string operandsPath;
  bool exact = false, onlyPattern = false;
  /// Names of options of masks that were given, to refuse them elsewhere.
  bool hasShape = false, hasElementSize = false;
};

/// Parses and checks everything; an error is one line. Nothing if `--help` or
/// `--version` was asked for and printed.
llvm::Expected<std::optional<Options>> parseOptions(int argc, char **argv);

} // namespace mlir::sattn::translate

#endif // SPARSEATTN_TOOLS_SATTN_TRANSLATE_OPTIONS_H
