// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Counts how a warp's accesses of shared memory meet the 32 banks of 4 bytes.
///
/// A request of a warp is served in phases of at most 128 bytes: all lanes for
/// accesses of up to 4 bytes, half a warp for 8 bytes, a quarter for 16, and
/// for `ldmatrix` and `stmatrix` the 8 rows of a matrix. In a phase each bank
/// hands out one word per wavefront; lanes that ask for the same word share it.
///
/// Fibers arrive one by one, so accesses are put together again: the n-th
/// access of each lane at an operation, counted from the last point where all
/// lanes of the warp met, is one access of the warp.
#ifndef SPARSEATTN_LIB_GPUEMULATOR_BANKCOUNTER_H
#define SPARSEATTN_LIB_GPUEMULATOR_BANKCOUNTER_H

#include "Site.h"

#include <deque>
#include <vector>

namespace mlir::sattn::emulator {

struct BankCount {
  uint64_t accesses = 0;
  uint64_t wavefronts = 0;
  uint64_t idealWavefronts = 0;
};

/// Wavefronts that one phase takes: addresses are offsets of accesses of `size`
/// bytes.
unsigned countWavefronts(const uint32_t *offsets, unsigned count,
                         unsigned size);

class BankCounter {
public:
  /// Starts a launch.
  void reset(size_t siteCount, size_t warpCount);

  /// One lane's access. Returns false if so many accesses await the other lanes
  /// that those should run first.
  bool record(const Site &site, unsigned warp, unsigned lane, uint32_t offset,
              uint32_t size);
  /// An access of the warp that is known as a whole: `offsets` are those of
  /// rows of 16 bytes, 8 to a phase.
  void recordRows(const Site &site, ArrayRef<uint32_t> offsets);
  /// All lanes of `warp` met: what was recorded belongs to no later access.
  void converge(unsigned warp);

  const BankCount &get(size_t site) const { return counts[site]; }

private:
  struct Group {
    LaneMask lanes = 0;
    std::array<uint32_t, warpSize> offsets;
  };
  /// Accesses of one warp at one operation that may still get lanes.
  struct Open {
    const Site *site = nullptr;
    uint32_t size = 0;
    std::deque<Group> groups;
    /// How many groups came before the first in `groups`.
    uint64_t closed = 0;
    std::array<uint64_t, warpSize> instances = {};
  };

  void close(const Open &open, const Group &group);
  void closeAll(Open &open);

  struct WarpAccesses {
    std::vector<Open> opens;
    /// By site: its place in `opens` plus one, or 0.
    std::vector<uint32_t> places;
    /// Places of those that have groups.
    std::vector<uint32_t> dirty;
  };

  std::vector<BankCount> counts;
  std::vector<WarpAccesses> warps;
};

} // namespace mlir::sattn::emulator

#endif // SPARSEATTN_LIB_GPUEMULATOR_BANKCOUNTER_H
