// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The loops that sattn-peak times, once for each instruction set. Each returns a value
/// that depends on all of its work, so that none of it can be left out.
#ifndef SPARSEATTN_BENCHMARK_PEAKKERNELS_H
#define SPARSEATTN_BENCHMARK_PEAKKERNELS_H

#include <cstdint>

namespace peak {
struct Kernels {
  const char *name;
  int64_t vectorBytes;

  /// `rounds` rounds of independent multiply-adds, `fmaFlops` operations each.
  float (*fma)(int64_t rounds);
  int64_t fmaFlops;

  /// The same with products of bf16 pairs summed in f32; null without such an
  /// instruction.
  float (*bf16Dot)(int64_t rounds);
  int64_t bf16DotFlops;

  /// Reads `count` floats, a multiple of 1024.
  float (*read)(const float *data, int64_t count);

  /// exp2 of `count` floats, a multiple of 1024, by a polynomial as good as f32.
  float (*exp)(const float *data, int64_t count);
};

namespace baseline {
extern const Kernels kernels;
}
namespace avx2 {
extern const Kernels kernels;
}
namespace avx512 {
extern const Kernels kernels;
}
namespace avx512bf16 {
extern const Kernels kernels;
}
} // namespace peak

#endif // SPARSEATTN_BENCHMARK_PEAKKERNELS_H
