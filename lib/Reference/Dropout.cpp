// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Dropout of attention weights, pair by pair.
#include "SparseAttn/Reference/Dropout.h"

#include <cmath>

using namespace mlir::sattn;

std::array<uint32_t, 4> mlir::sattn::philox(std::array<uint32_t, 4> counter,
                                            std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    if (round) {
      key[0] += 0x9e3779b9;
      key[1] += 0xbb67ae85;
    }
    uint64_t first = uint64_t(counter[0]) * 0xd2511f53;
    uint64_t second = uint64_t(counter[2]) * 0xcd9e8d57;
    counter = {uint32_t(second >> 32) ^ counter[1] ^ key[0], uint32_t(second),
               uint32_t(first >> 32) ^ counter[3] ^ key[1], uint32_t(first)};
  }
  return counter;
}

float Dropout::factor(int64_t batch, int64_t head, int64_t position,
                      int64_t key) const {
  auto words = philox({uint32_t(position), uint32_t(key / 4), uint32_t(head),
                       uint32_t(batch)},
                      {uint32_t(seed), uint32_t(seed >> 32)});
  double threshold = std::nearbyint(std::ldexp(double(rate), 32));
  return words[key % 4] < threshold ? 0.0f : float(1 / (1 - double(rate)));
}
