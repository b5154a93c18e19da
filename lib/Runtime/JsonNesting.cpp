// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Counts brackets outside of strings.
#include "SparseAttn/Runtime/JsonNesting.h"

#include <cstdint>

bool mlir::sattn::isNestedDeeply(llvm::StringRef text) {
  constexpr int64_t most = 64;
  int64_t depth = 0;
  bool inString = false;
  for (size_t at = 0; at < text.size(); ++at) {
    char character = text[at];
    if (inString) {
      if (character == '\\')
        ++at;
      else if (character == '"')
        inString = false;
    } else if (character == '"') {
      inString = true;
    } else if (character == '[' || character == '{') {
      if (++depth > most)
        return true;
    } else if (character == ']' || character == '}') {
      --depth;
    }
  }
  return false;
}
