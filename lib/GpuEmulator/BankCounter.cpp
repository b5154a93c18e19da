// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Bank conflicts.
#include "BankCounter.h"

using namespace mlir::sattn::emulator;

namespace {
constexpr unsigned bankCount = 32;
constexpr unsigned bankWidth = 4;
/// Accesses of a warp at one operation that may await lanes.
constexpr size_t maxOpenGroups = 4096;
} // namespace

unsigned mlir::sattn::emulator::countWavefronts(const uint32_t *offsets,
                                                unsigned count, unsigned size) {
  // Words already asked for, by bank: at most one per lane and word.
  std::array<std::array<uint32_t, warpSize>, bankCount> words;
  std::array<uint8_t, bankCount> used = {};
  unsigned most = 0;
  for (unsigned i = 0; i < count; ++i) {
    uint32_t first = offsets[i] / bankWidth;
    uint32_t last = (offsets[i] + size - 1) / bankWidth;
    for (uint32_t word = first; word <= last; ++word) {
      unsigned bank = word % bankCount;
      auto *begin = words[bank].begin(), *end = begin + used[bank];
      if (std::find(begin, end, word) != end || used[bank] == warpSize)
        continue;
      words[bank][used[bank]++] = word;
      most = std::max<unsigned>(most, used[bank]);
    }
  }
  return most;
}

void BankCounter::reset(size_t siteCount, size_t warpCount) {
  counts.assign(siteCount, {});
  warps.clear();
  warps.resize(warpCount);
  for (WarpAccesses &accesses : warps)
    accesses.places.resize(siteCount);
}

void BankCounter::close(const Open &open, const Group &group) {
  unsigned lanesPerPhase = open.size <= 4   ? warpSize
                           : open.size <= 8 ? warpSize / 2
                                            : warpSize / 4;
  BankCount &count = counts[open.site->index];
  ++count.accesses;
  for (unsigned first = 0; first < warpSize; first += lanesPerPhase) {
    std::array<uint32_t, warpSize> offsets;
    unsigned active = 0;
    for (unsigned lane = first; lane < first + lanesPerPhase; ++lane)
      if (group.lanes >> lane & 1)
        offsets[active++] = group.offsets[lane];
    if (!active)
      continue;
    count.wavefronts += countWavefronts(offsets.data(), active, open.size);
    ++count.idealWavefronts;
  }
}

void BankCounter::closeAll(Open &open) {
  for (const Group &group : open.groups)
    close(open, group);
  open.groups.clear();
  open.closed = 0;
  open.instances = {};
}

bool BankCounter::record(const Site &site, unsigned warp, unsigned lane,
                         uint32_t offset, uint32_t size) {
  WarpAccesses &accesses = warps[warp];
  uint32_t &place = accesses.places[site.index];
  if (!place) {
    accesses.opens.emplace_back();
    place = accesses.opens.size();
    accesses.opens.back().site = &site;
    accesses.opens.back().size = size;
  }
  Open &open = accesses.opens[place - 1];
  if (open.groups.empty() && !open.closed)
    accesses.dirty.push_back(place - 1);
  // Others left this group behind when too many were open.
  uint64_t instance = std::max(open.instances[lane], open.closed);
  open.instances[lane] = instance + 1;
  uint64_t position = instance - open.closed;
  if (position >= open.groups.size())
    open.groups.resize(position + 1);
  Group &group = open.groups[position];
  group.lanes |= LaneMask(1) << lane;
  group.offsets[lane] = offset;
  while (!open.groups.empty() && open.groups.front().lanes == allLanes) {
    close(open, open.groups.front());
    open.groups.pop_front();
    ++open.closed;
  }
  if (open.groups.size() < maxOpenGroups)
    return true;
  if (open.groups.size() == maxOpenGroups)
    return false;
  close(open, open.groups.front());
  open.groups.pop_front();
  ++open.closed;
  return true;
}

void BankCounter::recordRows(const Site &site, ArrayRef<uint32_t> offsets) {
  constexpr unsigned rows = 8, rowSize = 16;
  BankCount &count = counts[site.index];
  ++count.accesses;
  for (size_t first = 0; first < offsets.size(); first += rows) {
    count.wavefronts += countWavefronts(&offsets[first], rows, rowSize);
    ++count.idealWavefronts;
  }
}

void BankCounter::converge(unsigned warp) {
  WarpAccesses &accesses = warps[warp];
  for (uint32_t place : accesses.dirty)
    closeAll(accesses.opens[place]);
  accesses.dirty.clear();
}
