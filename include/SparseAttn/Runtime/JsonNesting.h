// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A guard before LLVM's parser of JSON.
#ifndef SPARSEATTN_RUNTIME_JSONNESTING_H
#define SPARSEATTN_RUNTIME_JSONNESTING_H

#include "llvm/ADT/StringRef.h"

namespace mlir::sattn {

/// Whether `text` opens more brackets within brackets than LLVM's parser, which
/// recurses, surely has stack for.
bool isNestedDeeply(llvm::StringRef text);

} // namespace mlir::sattn

#endif // SPARSEATTN_RUNTIME_JSONNESTING_H
