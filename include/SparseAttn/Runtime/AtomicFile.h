// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===- AtomicFile.h - Output files that are whole or absent -----*- C++ -*-===//
///
/// \file
/// Every file that a SparseAttn tool writes goes through this file, so that a
/// reader never meets half a file, nor one of two results without the other:
/// the bytes go to temporary files in the same folders, which are renamed onto
/// their targets only after the last byte of the last one was written without
/// an error.
///
//===----------------------------------------------------------------------===//

#ifndef SPARSEATTN_RUNTIME_ATOMICFILE_H
#define SPARSEATTN_RUNTIME_ATOMICFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <functional>
#include <string>
#include <utility>

namespace mlir::sattn {

/// The message of `ec` in the style of this project: its first letter in lower
/// case.
std::string describeError(std::error_code ec);

/// Files that replace what stood at their paths all together, or not at all.
///
/// On failure (missing folder, no permission, full disk, a path is a directory)
/// the result is one line, `cannot write 'path': reason`; the files that stood
/// at the paths before are untouched and no temporary file is left. A symbolic
/// link is followed; a device or pipe, which cannot be replaced, is written
/// directly, before the first file is.
class AtomicFiles {
public:
  AtomicFiles() = default;
  AtomicFiles(const AtomicFiles &) = delete;
  AtomicFiles &operator=(const AtomicFiles &) = delete;
  /// Drops what was not committed.
  ~AtomicFiles();

  /// Writes what `emit` prints to a temporary file. What `emit` refers to must
  /// live until `commit`.
  llvm::Error add(llvm::StringRef path,
                  std::function<void(llvm::raw_ostream &)> emit);

  /// Puts all files in place.
  llvm::Error commit();

private:
  struct File {
    /// As the user wrote it, and with symbolic links resolved.
    std::string path, target;
    std::string temporary;
    /// Another name of the file that stood at `target`, while it is replaced.
    std::string backup;
  };
  struct Device {
    std::string path;
    std::function<void(llvm::raw_ostream &)> emit;
  };
  llvm::SmallVector<File, 2> files;
  llvm::SmallVector<Device, 2> devices;
};

/// One file alone.
llvm::Error
writeFileAtomically(llvm::StringRef path,
                    llvm::function_ref<void(llvm::raw_ostream &)> emit);

/// Fails with one line, `cannot write to standard output: reason`, if what was
/// printed to `llvm::outs()` did not all arrive.
llvm::Error flushStandardOutput();

/// A file of a command line: the option that names it, and its path.
struct NamedFile {
  std::string option, path;
};

/// Fails with one line if two outputs are the same file, or an output is an
/// input, also by other spellings, symbolic or hard links. Devices and empty
/// paths are exempt.
llvm::Error checkDistinctFiles(llvm::ArrayRef<NamedFile> outputs,
                               llvm::ArrayRef<NamedFile> inputs);

} // namespace mlir::sattn

#endif // SPARSEATTN_RUNTIME_ATOMICFILE_H
