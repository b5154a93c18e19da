// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The scale of a heatmap.
#include "ColorScale.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cmath>

using namespace llvm;
using namespace mlir::sattn;

double ColorScale::normalize(double value) const {
  if (high <= low)
    return value >= high ? 1 : 0;
  if (!isLog)
    return std::clamp((value - low) / (high - low), 0.0, 1.0);
  if (value <= low)
    return 0;
  return std::clamp(std::log(value / low) / std::log(high / low), 0.0, 1.0);
}

SmallVector<double> ColorScale::getTicks() const {
  SmallVector<double> ticks;
  if (high <= low)
    return {high};
  if (isLog) {
    for (double tick = std::pow(10, std::ceil(std::log10(low) - 1e-9));
         tick <= high * (1 + 1e-9); tick *= 10)
      ticks.push_back(tick);
    return ticks;
  }
  // A step of 1, 2 or 5 times a power of ten, with at most six ticks.
  double range = high - low;
  double step = std::pow(10, std::floor(std::log10(range / 5)));
  for (double factor : {1.0, 2.0, 5.0, 10.0})
    if (range / (step * factor) <= 6) {
      step *= factor;
      break;
    }
  int64_t first = std::ceil(low / step - 1e-9);
  int64_t last = std::floor(high / step + 1e-9);
  for (int64_t i = first; i <= last; ++i)
    ticks.push_back(i * step);
  return ticks;
}

std::string ColorScale::format(double value) const {
  std::string text;
  raw_string_ostream os(text);
  if (isLog && value < 0.009)
    os << "1e" << std::lround(std::log10(value));
  else
    os << llvm::format("%.3g", value);
  return text;
}
