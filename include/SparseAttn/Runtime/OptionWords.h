// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A command line of options, taken apart. LLVM's own parser ends the program and says several
/// lines; the tools answer every mistake with one.
#ifndef SPARSEATTN_RUNTIME_OPTIONWORDS_H
#define SPARSEATTN_RUNTIME_OPTIONWORDS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::sattn {

/// `--name value`, `--name=value` and `--flag`, each of the first two once; one dash will do.
struct OptionWords {
  llvm::StringMap<std::string> values;
  llvm::StringSet<> flags;

  /// Answers `--help` (`-h`) and `--version`, if one of them is there.
  bool answer(llvm::StringRef tool, llvm::StringRef helpText) const;

  /// `unknown` says what is wrong with the name of an option that is in neither set.
  static llvm::Expected<OptionWords>
  parse(int argc, char **argv, const llvm::StringSet<> &valued,
        const llvm::StringSet<> &flags,
        llvm::function_ref<llvm::Error(llvm::StringRef argument,
                                       llvm::StringRef name)>
            unknown = nullptr);
};

} // namespace mlir::sattn

#endif // SPARSEATTN_RUNTIME_OPTIONWORDS_H
