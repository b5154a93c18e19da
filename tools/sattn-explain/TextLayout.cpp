// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Numbers with separators or prefixes, and lines with labels.
#include "TextLayout.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::sattn::explain;
using llvm::formatv;

double mlir::sattn::explain::ratio(double part, double whole) {
  return whole ? part / whole : 0;
}

std::string mlir::sattn::explain::grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (int64_t at = static_cast<int64_t>(digits.size()) - 3;
       at > (number < 0 ? 1 : 0); at -= 3)
    digits.insert(at, ",");
  return digits;
}

std::string mlir::sattn::explain::percent(double part, double whole) {
  double value = 100 * ratio(part, whole);
  if (value > 0 && value < 0.01)
    return formatv("{0:e2} %", value).str();
  return formatv("{0:f2} %", value).str();
}

std::string mlir::sattn::explain::scaled(double value, StringRef unit) {
  static const char *const prefixes[] = {"", "k", "M", "G", "T", "P", "E"};
  int prefix = 0;
  while (value >= 999.5 && prefix < 6) {
    value /= 1000;
    ++prefix;
  }
  int digits = prefix == 0 ? 0 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  std::string number;
  llvm::raw_string_ostream(number) << llvm::format("%.*f", digits, value);
  return number + " " + prefixes[prefix] + unit.str();
}

void TextLayout::section(StringRef title) { os << "\n" << title << "\n"; }

void TextLayout::line(StringRef label, const Twine &value) {
  os << "  " << llvm::left_justify(label, 20) << value << "\n";
}
