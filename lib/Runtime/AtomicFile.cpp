// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===- AtomicFile.cpp - Output files that are whole or absent -------------===//
///
/// \file
/// Temporary file, then rename. `llvm::sys::fs::TempFile` is not used because
/// it takes every '%' of the path as a place for a random digit, which would
/// move the temporary file out of a folder whose name contains one.
///
//===----------------------------------------------------------------------===//

#include "SparseAttn/Runtime/AtomicFile.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"

using namespace llvm;
namespace fs = llvm::sys::fs;

/// Returns the message of `ec` in the style of this project: its first letter
/// in lower case.
static Error cannotWrite(StringRef path, std::error_code ec) {
  std::string reason = ec.message();
  if (!reason.empty())
    reason[0] = toLower(reason[0]);
  return createStringError(ec, "cannot write '%s': %s", path.str().c_str(),
                           reason.c_str());
}

/// Prints to `fd`, closes it, and returns the first error of any write.
static std::error_code emitTo(int fd, function_ref<void(raw_ostream &)> emit) {
  raw_fd_ostream os(fd, /*shouldClose=*/true);
  emit(os);
  os.close();
  std::error_code ec = os.error();
  os.clear_error();
  return ec;
}

Error mlir::sattn::writeFileAtomically(StringRef path,
                                       function_ref<void(raw_ostream &)> emit) {
  fs::file_status status;
  // A missing target is the normal case; other errors show up below.
  std::error_code statusError = fs::status(path, status);
  if (!statusError && status.type() == fs::file_type::directory_file)
    return cannotWrite(path, make_error_code(std::errc::is_a_directory));
  if (!statusError && status.type() != fs::file_type::regular_file) {
    int fd;
    if (std::error_code ec =
            fs::openFileForWrite(path, fd, fs::CD_OpenExisting))
      return cannotWrite(path, ec);
    if (std::error_code ec = emitTo(fd, emit))
      return cannotWrite(path, ec);
    return Error::success();
  }

  SmallString<128> target(path);
  if (!statusError) {
    // Follow symbolic links, so that the link stays and its target changes.
    if (std::error_code ec = fs::real_path(path, target))
      return cannotWrite(path, ec);
    // A rename would also replace a file that nobody may write.
    if (std::error_code ec = fs::access(target, fs::AccessMode::Write))
      return cannotWrite(path, ec);
  }

  // A name that no other process uses; the counter steps over leftovers.
  SmallString<128> temporary;
  int fd = -1;
  std::error_code openError;
  for (unsigned attempt = 0; attempt < 1000; ++attempt) {
    temporary = sys::path::parent_path(target);
    sys::path::append(temporary, ".sattn-" +
                                     Twine(sys::Process::getProcessId()) + "-" +
                                     Twine(attempt) + ".tmp");
    openError = fs::openFileForWrite(temporary, fd, fs::CD_CreateNew);
    if (openError != std::errc::file_exists)
      break;
  }
  if (openError)
    return cannotWrite(path, openError);

  sys::RemoveFileOnSignal(temporary);
  scope_exit forget([&] { sys::DontRemoveFileOnSignal(temporary); });
  std::error_code ec = emitTo(fd, emit);
  if (!ec)
    ec = fs::rename(temporary, target);
  if (ec) {
    (void)fs::remove(temporary);
    return cannotWrite(path, ec);
  }
  return Error::success();
}
