// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Typed access to a JSON object. The first value that is not what it should be
/// is kept as an error; from then on answers are defaults.
#ifndef SPARSEATTN_LIB_IMPORT_CONFIGREADER_H
#define SPARSEATTN_LIB_IMPORT_CONFIGREADER_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <optional>

namespace mlir::sattn {

class ConfigReader {
public:
  explicit ConfigReader(const llvm::json::Object &object) : object(object) {}

  /// Numbers that a configuration plausibly has.
  static constexpr int64_t maxNumber = int64_t(1) << 30;

  bool has(llvm::StringRef name) const { return object.get(name); }
  bool isNull(llvm::StringRef name) const {
    return has(name) && object.get(name)->getAsNull();
  }
  int64_t getInteger(llvm::StringRef name, int64_t otherwise, int64_t least = 1,
                     int64_t most = maxNumber);
  /// Nothing if the value is null.
  std::optional<int64_t> getOptionalInteger(llvm::StringRef name,
                                            std::optional<int64_t> otherwise,
                                            int64_t least = 1);
  std::optional<double> getOptionalNumber(llvm::StringRef name,
                                          std::optional<double> otherwise);
  bool getBool(llvm::StringRef name, bool otherwise);
  std::string getString(llvm::StringRef name, llvm::StringRef otherwise);
  /// Nothing if the value is null or absent.
  std::optional<llvm::SmallVector<int64_t>>
  getIntegers(llvm::StringRef name, int64_t least, int64_t most = maxNumber);
  std::optional<llvm::SmallVector<std::string>>
  getStrings(llvm::StringRef name);

  template <typename... Args> void fail(const char *format, Args &&...args) {
    if (error.empty())
      error = llvm::formatv(format, std::forward<Args>(args)...).str();
  }
  bool hasFailed() const { return !error.empty(); }
  llvm::Error takeError() const {
    return error.empty() ? llvm::Error::success()
                         : llvm::createStringError(error);
  }

  const llvm::json::Object &object;

private:
  std::string error;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_IMPORT_CONFIGREADER_H
