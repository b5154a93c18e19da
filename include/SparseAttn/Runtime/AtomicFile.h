// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===- AtomicFile.h - Output files that are whole or absent -----*- C++ -*-===//
///
/// \file
/// Every file that a SparseAttn tool writes goes through this function, so that
/// a reader never meets half a file: the bytes go to a temporary file in the
/// same folder, which is renamed onto the target only after the last byte was
/// written without an error.
///
//===----------------------------------------------------------------------===//

#ifndef SPARSEATTN_RUNTIME_ATOMICFILE_H
#define SPARSEATTN_RUNTIME_ATOMICFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::sattn {

/// Writes what `emit` prints to the file `path`, replacing an existing file.
///
/// On failure (missing folder, no permission, full disk, `path` is a directory)
/// the result is one line, `cannot write 'path': reason`; a file that stood at
/// `path` before is untouched and no temporary file is left. A symbolic link is
/// followed; a device or pipe, which cannot be replaced, is written directly.
llvm::Error
writeFileAtomically(llvm::StringRef path,
                    llvm::function_ref<void(llvm::raw_ostream &)> emit);

} // namespace mlir::sattn

#endif // SPARSEATTN_RUNTIME_ATOMICFILE_H
