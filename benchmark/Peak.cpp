// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// sattn-peak [--threads N]: what this machine can do at most, as one JSON object on
/// standard output, for one thread and for N (all): f32 multiply-adds, dot products of
/// bf16 pairs, exp2, and reads of arrays of several sizes. Each figure is the best of
/// several trials, since other work on the machine only ever lowers it.
#include "PeakKernels.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

using namespace peak;
using Clock = std::chrono::steady_clock;

namespace {
std::atomic<float> sink;

const Kernels &chooseKernels() {
#ifdef __x86_64__
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw"))
    return avx512bf16::kernels;
  if (__builtin_cpu_supports("avx512f"))
    return avx512::kernels;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return avx2::kernels;
#endif
  return baseline::kernels;
}

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Units of work a second of `threads` threads that each call `work(thread)`, which does
/// `unitsPerCall`, for about `seconds`: all begin together, and time runs until the last
/// is done.
double rate(int threads, double unitsPerCall, double seconds,
            const std::function<float(int)> &work) {
  sink = work(0);
  Clock::time_point before = Clock::now();
  sink = work(0);
  auto calls = static_cast<int64_t>(seconds / (secondsSince(before) + 1e-9)) + 1;

  std::atomic<int> ready{0};
  std::atomic<bool> go{false};
  std::vector<std::thread> team;
  for (int thread = 0; thread < threads; ++thread)
    team.emplace_back([&, thread] {
      sink = work(thread);
      ++ready;
      while (!go)
        std::this_thread::yield();
      for (int64_t call = 0; call < calls; ++call)
        sink = work(thread);
    });
  while (ready < threads)
    std::this_thread::yield();
  Clock::time_point start = Clock::now();
  go = true;
  for (std::thread &member : team)
    member.join();
  return unitsPerCall * calls * threads / secondsSince(start);
}

double best(int trials, const std::function<double()> &trial) {
  double result = 0;
  for (int i = 0; i < trials; ++i)
    result = std::max(result, trial());
  return result;
}

void measure(const Kernels &kernels, int threads) {
  constexpr int trials = 7;
  constexpr double seconds = 0.03;
  double fma = best(trials, [&] {
    return rate(threads, kernels.fmaFlops * 1000.0, seconds,
                [&](int) { return kernels.fma(1000); });
  });
  std::printf("\"fma_gflops\":%.1f", fma * 1e-9);
  if (kernels.bf16Dot) {
    double dot = best(trials, [&] {
      return rate(threads, kernels.bf16DotFlops * 1000.0, seconds,
                  [&](int) { return kernels.bf16Dot(1000); });
    });
    std::printf(",\"bf16_dot_gflops\":%.1f", dot * 1e-9);
  }

  std::vector<float> small(1024);
  for (size_t i = 0; i < small.size(); ++i)
    small[i] = -20.0f * i / small.size();
  double exps = best(trials, [&] {
    return rate(threads, 1024 * 64, seconds, [&](int) {
      float total = 0;
      for (int i = 0; i < 64; ++i)
        total += kernels.exp(small.data(), 1024);
      return total;
    });
  });
  std::printf(",\"gexp\":%.3f", exps * 1e-9);

  // All threads together read `mib` MiB, each its own part.
  std::printf(",\"read_gb\":{");
  const char *separator = "";
  const int64_t sizes[] = {1, 4, 16, 64, 512};
  for (int64_t mib : sizes) {
    int64_t share = mib * 262144 / threads / 1024 * 1024;
    std::vector<float> data(share * threads, 1.0f);
    double bytes = best(mib > 64 ? 5 : trials, [&] {
      return rate(threads, share * 4.0, seconds, [&](int thread) {
        return kernels.read(data.data() + thread * share, share);
      });
    });
    std::printf("%s\"%lld\":%.2f", separator, static_cast<long long>(mib), bytes * 1e-9);
    separator = ",";
  }
  std::printf("}");
}
} // namespace

int main(int argc, char **argv) {
  int threads = static_cast<int>(std::thread::hardware_concurrency());
  if (argc == 3 && !std::strcmp(argv[1], "--threads")) {
    threads = std::atoi(argv[2]);
  } else if (argc != 1) {
    std::fprintf(stderr, "usage: sattn-peak [--threads N]\n");
    return 1;
  }
  if (threads < 1 || threads > 4096) {
    std::fprintf(stderr, "sattn-peak: error: expected --threads from 1 to 4096\n");
    return 1;
  }
  const Kernels &kernels = chooseKernels();
  std::printf("{\"isa\":\"%s\",\"vector_bytes\":%lld,\"threads\":%d,\"one\":{", kernels.name,
              static_cast<long long>(kernels.vectorBytes), threads);
  measure(kernels, 1);
  std::printf("},\"all\":{");
  measure(kernels, threads);
  std::printf("}}\n");
  return 0;
}
