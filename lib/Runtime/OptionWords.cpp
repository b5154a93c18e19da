// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Options by name; what they mean is for the tool to see.
#include "SparseAttn/Runtime/OptionWords.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::sattn;
using llvm::StringRef;

template <typename... Args>
static llvm::Error fail(const char *format, Args &&...args) {
  return llvm::createStringError(
      llvm::formatv(format, std::forward<Args>(args)...).str());
}

bool OptionWords::answer(StringRef tool, StringRef helpText) const {
  if (flags.contains("help") || flags.contains("h"))
    llvm::outs() << helpText;
  else if (flags.contains("version"))
    llvm::outs() << tool << " 0.1.0\n";
  else
    return false;
  return true;
}

llvm::Expected<OptionWords> OptionWords::parse(
    int argc, char **argv, const llvm::StringSet<> &valued,
    const llvm::StringSet<> &flags,
    llvm::function_ref<llvm::Error(StringRef, StringRef)> unknown) {
  OptionWords words;
  for (int i = 1; i < argc; ++i) {
    StringRef argument = argv[i];
    if (!argument.starts_with("-") || argument == "-" || argument == "--")
      return fail("expected options only, but got '{0}'", argument);
    auto [name, value] = argument.ltrim('-').split('=');
    if (flags.contains(name)) {
      if (argument.contains('='))
        return fail("expected no value for --{0}", name);
      words.flags.insert(name);
      continue;
    }
    if (!valued.contains(name)) {
      if (unknown)
        return unknown(argument, name);
      return fail("unknown option '{0}'; --help lists all", argument);
    }
    if (words.values.contains(name))
      return fail("expected --{0} once, but got it twice", name);
    if (!argument.contains('=')) {
      if (i + 1 == argc)
        return fail("expected a value after --{0}", name);
      value = argv[++i];
    }
    if (value.empty())
      return fail("expected a value for --{0}, but got none", name);
    words.values[name] = value.str();
  }
  return words;
}
