// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Vector clocks of a block's threads.
#include "HappensBefore.h"

#include <algorithm>

using namespace mlir::sattn::emulator;

void HappensBefore::reset(uint32_t threadCount) {
  clocks.assign(threadCount, 1);
  floor = 0;
  seen.clear();
}

void HappensBefore::release(uint32_t thread, Clocks &handed) {
  size_t count = clocks.size();
  handed.resize(count, 0);
  if (!seen.empty()) {
    const uint32_t *row = &seen[thread * count];
    for (size_t other = 0; other < count; ++other)
      handed[other] = std::max(handed[other], row[other]);
  }
  handed[thread] = std::max(handed[thread], clocks[thread]);
  ++clocks[thread];
}

void HappensBefore::acquire(uint32_t thread, const Clocks &handed) {
  if (handed.empty())
    return;
  size_t count = clocks.size();
  if (seen.empty())
    seen.assign(count * count, 0);
  uint32_t *row = &seen[thread * count];
  for (size_t other = 0; other < count; ++other)
    row[other] = std::max(row[other], handed[other]);
}

void HappensBefore::synchronizeAll() {
  floor = *std::max_element(clocks.begin(), clocks.end());
  std::fill(clocks.begin(), clocks.end(), floor + 1);
}
