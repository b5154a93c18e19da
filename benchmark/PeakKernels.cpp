// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Compiled once for each instruction set, with PEAK_VECTOR_BYTES and PEAK_NAMESPACE.
/// Vectors are the compiler's own, so that one text serves x86 and AArch64; with
/// -ffp-contract=fast `a * b + c` is one instruction wherever there is one.
#include "PeakKernels.h"

#include <cstring>
#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

namespace peak::PEAK_NAMESPACE {
namespace {
constexpr int64_t vectorBytes = PEAK_VECTOR_BYTES;
constexpr int64_t lanes = vectorBytes / 4;
typedef float Floats __attribute__((vector_size(PEAK_VECTOR_BYTES)));
typedef int32_t Ints __attribute__((vector_size(PEAK_VECTOR_BYTES)));

/// More than latency times units of any processor, fewer than its registers.
#if defined(__x86_64__) && PEAK_VECTOR_BYTES < 64
constexpr int numAccumulators = 12;
#else
constexpr int numAccumulators = 24;
#endif
constexpr int64_t stepsPerRound = 16;

Floats splat(float value) { return Floats{} + value; }

Floats load(const float *data) {
  Floats result;
  std::memcpy(&result, data, sizeof result);
  return result;
}

float sum(Floats values) {
  float total = 0;
  for (int64_t lane = 0; lane < lanes; ++lane)
    total += values[lane];
  return total;
}

float fma(int64_t rounds) {
  // Near 1 and near 0: the accumulators stay finite, and are no denormals.
  volatile float one = 0.9999999f, little = 1e-7f;
  Floats factor = splat(one), addend = splat(little);
  Floats acc[numAccumulators];
  for (int i = 0; i < numAccumulators; ++i)
    acc[i] = splat(1.0f + i);
  for (int64_t round = 0; round < rounds; ++round)
    for (int64_t step = 0; step < stepsPerRound; ++step)
      for (int i = 0; i < numAccumulators; ++i)
        acc[i] = acc[i] * factor + addend;
  Floats total = {};
  for (int i = 0; i < numAccumulators; ++i)
    total += acc[i];
  return sum(total);
}

#ifdef __AVX512BF16__
float bf16Dot(int64_t rounds) {
  volatile float one = 1.0f;
  __m512bh a = _mm512_cvtne2ps_pbh(_mm512_set1_ps(one), _mm512_set1_ps(one));
  __m512 acc[numAccumulators];
  for (int i = 0; i < numAccumulators; ++i)
    acc[i] = _mm512_set1_ps(i);
  for (int64_t round = 0; round < rounds; ++round)
    for (int64_t step = 0; step < stepsPerRound; ++step)
      for (int i = 0; i < numAccumulators; ++i)
        acc[i] = _mm512_dpbf16_ps(acc[i], a, a);
  __m512 total = _mm512_setzero_ps();
  for (int i = 0; i < numAccumulators; ++i)
    total = _mm512_add_ps(total, acc[i]);
  return _mm512_reduce_add_ps(total);
}
constexpr auto bf16DotKernel = &bf16Dot;
#else
constexpr float (*bf16DotKernel)(int64_t) = nullptr;
#endif

float read(const float *data, int64_t count) {
  constexpr int64_t streams = 8;
  Floats acc[streams] = {};
  for (int64_t i = 0; i < count; i += streams * lanes)
    for (int64_t s = 0; s < streams; ++s)
      acc[s] += load(data + i + s * lanes);
  Floats total = {};
  for (Floats value : acc)
    total += value;
  return sum(total);
}

/// 2^x for |x| < 126: x is split into a whole number, which goes into the exponent, and
/// the rest in [-1/2, 1/2], for which a polynomial of degree 6 has f32's precision.
Floats exp2(Floats x) {
  const Floats shift = splat(12582912.0f); // 1.5 * 2^23 rounds to whole numbers
  Floats shifted = x + shift;
  Floats rest = x - (shifted - shift);
  Floats y = splat(1.5403530e-4f);
  const float coefficients[] = {1.3333558e-3f, 9.6181291e-3f, 5.5504109e-2f,
                                2.4022651e-1f, 6.9314718e-1f, 1.0f};
  for (float coefficient : coefficients)
    y = y * rest + coefficient;
  Ints bits, exponent;
  std::memcpy(&bits, &y, sizeof bits);
  std::memcpy(&exponent, &shifted, sizeof exponent);
  bits += exponent << 23;
  std::memcpy(&y, &bits, sizeof y);
  return y;
}

float exp(const float *data, int64_t count) {
  constexpr int64_t streams = 4;
  Floats acc[streams] = {};
  for (int64_t i = 0; i < count; i += streams * lanes)
    for (int64_t s = 0; s < streams; ++s)
      acc[s] += exp2(load(data + i + s * lanes));
  Floats total = {};
  for (Floats value : acc)
    total += value;
  return sum(total);
}

#define PEAK_STRINGIFY(name) #name
#define PEAK_NAME(name) PEAK_STRINGIFY(name)
} // namespace

extern const Kernels kernels = {
    PEAK_NAME(PEAK_NAMESPACE),
    vectorBytes,
    fma,
    2 * lanes * numAccumulators * stepsPerRound,
    bf16DotKernel,
    4 * lanes * numAccumulators * stepsPerRound,
    read,
    exp,
};
} // namespace peak::PEAK_NAMESPACE
