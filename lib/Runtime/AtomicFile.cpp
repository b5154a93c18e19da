// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===- AtomicFile.cpp - Output files that are whole or absent -------------===//
///
/// \file
/// Temporary files, then renames. `llvm::sys::fs::TempFile` is not used because
/// it takes every '%' of the path as a place for a random digit, which would
/// move the temporary file out of a folder whose name contains one.
///
//===----------------------------------------------------------------------===//

#include "SparseAttn/Runtime/AtomicFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"

#include <optional>

using namespace llvm;
using namespace mlir::sattn;
namespace fs = llvm::sys::fs;

std::string mlir::sattn::describeError(std::error_code ec) {
  std::string reason = ec.message();
  if (!reason.empty())
    reason[0] = toLower(reason[0]);
  return reason;
}

static Error cannotWrite(StringRef path, std::error_code ec) {
  return createStringError(ec, "cannot write '%s': %s", path.str().c_str(),
                           describeError(ec).c_str());
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

/// Calls `create` with names beside `target` until one is free; the counter
/// steps over leftovers of other processes.
static std::error_code
createBeside(StringRef target, std::string &name,
             function_ref<std::error_code(const Twine &)> create) {
  std::error_code ec;
  for (unsigned attempt = 0; attempt < 1000; ++attempt) {
    SmallString<128> candidate = sys::path::parent_path(target);
    sys::path::append(candidate, ".sattn-" +
                                     Twine(sys::Process::getProcessId()) + "-" +
                                     Twine(attempt) + ".tmp");
    ec = create(candidate);
    if (!ec)
      name = std::string(candidate);
    if (ec != std::errc::file_exists)
      break;
  }
  return ec;
}

AtomicFiles::~AtomicFiles() {
  for (const File &file : files)
    if (!file.temporary.empty()) {
      (void)fs::remove(file.temporary);
      sys::DontRemoveFileOnSignal(file.temporary);
    }
}

Error AtomicFiles::add(StringRef path,
                       std::function<void(raw_ostream &)> emit) {
  fs::file_status status;
  // A missing target is the normal case; other errors show up below.
  std::error_code statusError = fs::status(path, status);
  if (!statusError && status.type() == fs::file_type::directory_file)
    return cannotWrite(path, make_error_code(std::errc::is_a_directory));
  if (!statusError && status.type() != fs::file_type::regular_file) {
    devices.push_back({path.str(), std::move(emit)});
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

  File file{path.str(), std::string(target), "", ""};
  int fd = -1;
  if (std::error_code ec =
          createBeside(target, file.temporary, [&](const Twine &name) {
            return fs::openFileForWrite(name, fd, fs::CD_CreateNew);
          }))
    return cannotWrite(path, ec);
  files.push_back(file);
  sys::RemoveFileOnSignal(file.temporary);
  if (std::error_code ec = emitTo(fd, emit))
    return cannotWrite(path, ec);
  return Error::success();
}

Error AtomicFiles::commit() {
  for (const Device &device : devices) {
    int fd;
    std::error_code ec =
        fs::openFileForWrite(device.path, fd, fs::CD_OpenExisting);
    if (!ec)
      ec = emitTo(fd, device.emit);
    if (ec)
      return cannotWrite(device.path, ec);
  }

  for (size_t index = 0; index < files.size(); ++index) {
    File &file = files[index];
    // The last rename has nobody after it who could fail. Where there are no
    // hard links, a file that others follow cannot be brought back.
    if (index + 1 < files.size() && fs::exists(file.target))
      (void)createBeside(file.target, file.backup, [&](const Twine &name) {
        return fs::create_hard_link(file.target, name);
      });
    std::error_code ec = fs::rename(file.temporary, file.target);
    if (!ec) {
      sys::DontRemoveFileOnSignal(file.temporary);
      file.temporary.clear();
      continue;
    }
    if (!file.backup.empty())
      (void)fs::remove(file.backup);
    for (const File &done : ArrayRef(files).take_front(index)) {
      if (done.backup.empty())
        (void)fs::remove(done.target);
      else
        (void)fs::rename(done.backup, done.target);
    }
    return cannotWrite(file.path, ec);
  }
  for (const File &file : files)
    if (!file.backup.empty())
      (void)fs::remove(file.backup);
  return Error::success();
}

Error mlir::sattn::writeFileAtomically(
    StringRef path, function_ref<void(raw_ostream &)> emit) {
  AtomicFiles files;
  if (Error error = files.add(path, emit))
    return error;
  return files.commit();
}

Error mlir::sattn::flushStandardOutput() {
  outs().flush();
  std::error_code ec = outs().error();
  if (!ec)
    return Error::success();
  outs().clear_error();
  return createStringError(ec, "cannot write to standard output: %s",
                           describeError(ec).c_str());
}

namespace {
/// What tells files apart: the file itself if it exists, else its place.
struct Identity {
  explicit Identity(StringRef path) {
    fs::file_status status;
    if (!fs::status(path, status)) {
      isDevice = status.type() != fs::file_type::regular_file;
      id = status.getUniqueID();
      return;
    }
    StringRef folder = sys::path::parent_path(path);
    if (fs::real_path(folder.empty() ? "." : folder, place))
      place = folder;
    sys::path::append(place, sys::path::filename(path));
  }
  bool isSame(const Identity &other) const {
    if (isDevice || other.isDevice || id.has_value() != other.id.has_value())
      return false;
    return id ? *id == *other.id : place == other.place;
  }

  bool isDevice = false;
  std::optional<fs::UniqueID> id;
  SmallString<128> place;
};

std::string describePair(StringRef first, StringRef second) {
  if (first == second)
    return formatv("'{0}'", first);
  return formatv("'{0}' and '{1}', which are the same", first, second);
}
} // namespace

Error mlir::sattn::checkDistinctFiles(ArrayRef<NamedFile> outputs,
                                      ArrayRef<NamedFile> inputs) {
  for (auto [index, output] : llvm::enumerate(outputs)) {
    if (output.path.empty())
      continue;
    Identity identity(output.path);
    for (const NamedFile &other : outputs.drop_front(index + 1))
      if (!other.path.empty() && identity.isSame(Identity(other.path)))
        return createStringError(
            formatv("expected {0} and {1} to be two files, but got {2}",
                    output.option, other.option,
                    describePair(output.path, other.path))
                .str());
    for (const NamedFile &input : inputs)
      if (!input.path.empty() && identity.isSame(Identity(input.path)))
        return createStringError(
            formatv("expected {0} and {1} to be two files, but got {2}",
                    output.option, input.option,
                    describePair(output.path, input.path))
                .str());
  }
  return Error::success();
}
