// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Numbers and lines as people read them.
#ifndef SPARSEATTN_TOOLS_SATTN_EXPLAIN_TEXTLAYOUT_H
#define SPARSEATTN_TOOLS_SATTN_EXPLAIN_TEXTLAYOUT_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include <string>

namespace mlir::sattn::explain {

/// 0 of nothing.
double ratio(double part, double whole);

/// 1,234,567.
std::string grouped(int64_t number);

/// 12.34 %.
std::string percent(double part, double whole);

/// Three significant digits with a decimal prefix: 805 MB, 50.3 MB.
std::string scaled(double value, StringRef unit);

/// Lines of "label   value", in sections.
class TextLayout {
public:
  explicit TextLayout(raw_ostream &os) : os(os) {}

  void section(StringRef title);
  void line(StringRef label, const Twine &value);

private:
  raw_ostream &os;
};

} // namespace mlir::sattn::explain

#endif // SPARSEATTN_TOOLS_SATTN_EXPLAIN_TEXTLAYOUT_H
