// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Errors of one line.
#ifndef SPARSEATTN_TOOLS_SATTN_RUN_FAIL_H
#define SPARSEATTN_TOOLS_SATTN_RUN_FAIL_H

#include "llvm/Support/Error.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::sattn::run {

/// An error with the text that llvm::formatv makes of the arguments.
template <typename... Args>
llvm::Error fail(const char *format, Args &&...args) {
  return llvm::createStringError(
      llvm::formatv(format, std::forward<Args>(args)...).str());
}

} // namespace mlir::sattn::run

#endif // SPARSEATTN_TOOLS_SATTN_RUN_FAIL_H
