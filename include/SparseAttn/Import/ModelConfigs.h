// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Patterns from configurations in JSON.
#ifndef SPARSEATTN_IMPORT_MODELCONFIGS_H
#define SPARSEATTN_IMPORT_MODELCONFIGS_H

#include "SparseAttn/Import/ImportedPattern.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

namespace mlir::sattn {

/// Reads a file of JSON whose outermost value is an object. An error is one
/// line.
llvm::Expected<llvm::json::Object> readJsonObject(llvm::StringRef path);

/// A Hugging Face config.json, by `model_type`. What a file leaves out has the
/// value that the configuration class of transformers gives it.
llvm::Expected<ImportedPattern>
importHuggingFaceConfig(const llvm::json::Object &config);

/// The `sparse_attention` object of a DeepSpeed configuration, or the
/// configuration around it. Where windows end depends on the number of keys:
/// `sizes` are needed for some.
llvm::Expected<ImportedPattern>
importDeepSpeedConfig(const llvm::json::Object &config,
                      const ImportSizes &sizes);

} // namespace mlir::sattn

#endif // SPARSEATTN_IMPORT_MODELCONFIGS_H
