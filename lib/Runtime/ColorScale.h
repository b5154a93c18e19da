// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The scale of a heatmap.
#ifndef SPARSEATTN_LIB_RUNTIME_COLORSCALE_H
#define SPARSEATTN_LIB_RUNTIME_COLORSCALE_H

#include "llvm/ADT/SmallVector.h"
#include <string>

namespace mlir::sattn {

/// What a heatmap's colour scale shows.
struct ColorScale {
  double low = 0, high = 1;
  bool isLog = false;

  /// Returns where a value lies, from 0 (low or less) to 1 (high or more).
  double normalize(double value) const;

  /// Returns values to print beside the scale, all within its range.
  llvm::SmallVector<double> getTicks() const;

  /// Returns a value of the scale as text.
  std::string format(double value) const;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_RUNTIME_COLORSCALE_H
