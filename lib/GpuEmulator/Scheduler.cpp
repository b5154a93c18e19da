// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Fibers of a block, collectives of a warp, and what threads wait for.
#include "Scheduler.h"

#include "Machine.h"

using namespace mlir;
using namespace mlir::sattn::emulator;

bool Scheduler::reserve(uint32_t threadCount) {
  if (!stacks.reserve(threadCount))
    return false;
  threads.assign(threadCount, {});
  warps.assign((threadCount + warpSize - 1) / warpSize, {});
  return true;
}

void Scheduler::runBlock(void (*run)(void *), void *argument) {
  this->run = run;
  runArgument = argument;
  exitedCount = 0;
  for (Warp &warp : warps)
    warp = {};
  for (uint32_t index = 0; index < threads.size(); ++index) {
    Thread &thread = threads[index];
    thread = {};
    thread.index = index;
    thread.fiber.stack = stacks.get(index);
    prepareFiber(thread.fiber, runThread, this);
    warps[thread.warp()].lanes |= LaneMask(1) << thread.lane();
  }
  for (Warp &warp : warps)
    warp.ready = warp.lanes;
  current = &threads.front();
  warps.front().ready &= ~LaneMask(1);
  switchFiber(host, current->fiber);
  current = nullptr;
}

void Scheduler::runThread(void *scheduler) {
  auto *self = static_cast<Scheduler *>(scheduler);
  self->run(self->runArgument);
  self->exit();
}

/// The next lane of the same warp that can go on, else one of the next warp.
Thread *Scheduler::pickNext() {
  unsigned warpIndex = current->warp();
  unsigned after = current->lane() + 1;
  for (size_t i = 0; i < warps.size(); ++i) {
    Warp &warp = warps[warpIndex];
    if (warp.ready) {
      LaneMask later = after < warpSize ? warp.ready & (allLanes << after) : 0;
      auto lane =
          static_cast<unsigned>(__builtin_ctz(later ? later : warp.ready));
      warp.ready &= ~(LaneMask(1) << lane);
      return &threads[warpIndex * warpSize + lane];
    }
    if (++warpIndex == warps.size())
      warpIndex = 0;
    after = 0;
  }
  return nullptr;
}

void Scheduler::switchToNext() {
  Thread *self = current;
  Thread *next = pickNext();
  if (next == self)
    return;
  current = next ? next : self;
  switchFiber(self->fiber, next ? next->fiber : host);
}

void Scheduler::wait(const Site &site) {
  current->waitsAt = &site;
  switchToNext();
}

void Scheduler::wake(Thread &thread) {
  thread.waitsAt = nullptr;
  thread.waitsFor = 0;
  thread.waitsForBarrier = -1;
  warps[thread.warp()].ready |= LaneMask(1) << thread.lane();
}

void Scheduler::yield() {
  wake(*current);
  switchToNext();
}

void Scheduler::exit() {
  Thread &self = *current;
  Warp &warp = warps[self.warp()];
  LaneMask bit = LaneMask(1) << self.lane();
  for (const PendingCollective &pending : warp.pending)
    if (pending.lanes & bit)
      machine.fail(*pending.site,
                   llvm::formatv("divergent collective: lane {0} has exited, "
                                 "and lanes {1} wait for it",
                                 self.lane(), LaneList{pending.arrived}));
  self.exited = true;
  warp.exited |= bit;
  ++exitedCount;
  machine.threadExited();
  if (warp.exited == warp.lanes)
    machine.banks.converge(self.warp());
  Thread *next = pickNext();
  current = next ? next : &self;
  endFiber(self.fiber, next ? next->fiber : host);
}

void Scheduler::abandon() {
  switchFiber(current->fiber, host);
  __builtin_unreachable();
}

/// A lane that waits elsewhere will never come.
void Scheduler::checkNoOtherWaits(const Site &site, LaneMask lanes,
                                  const Warp &warp) {
  if (LaneMask gone = lanes & ~(warp.lanes & ~warp.exited))
    machine.fail(site, llvm::formatv("divergent collective: lanes {0} of its "
                                     "mask {1:x8} have exited or do not exist",
                                     LaneList{gone}, lanes));
  forEachLane(lanes, [&](unsigned lane) {
    const Thread &other = threads[current->warp() * warpSize + lane];
    if (other.waitsAt)
      machine.fail(
          site,
          llvm::formatv("divergent collective: lane {0} waits at "
                        "{1}: '{2}'{3}",
                        lane, other.waitsAt->location, other.waitsAt->operation,
                        other.waitsAt == &site ? " for another mask" : ""));
  });
}

void Scheduler::arrive(const Site &site, char *frame, LaneMask lanes) {
  Thread &self = *current;
  Warp &warp = warps[self.warp()];
  LaneMask bit = LaneMask(1) << self.lane();
  warp.frames[self.lane()] = frame;
  if (!(lanes & bit))
    machine.fail(site, llvm::formatv("divergent collective: lane {0} is not in "
                                     "its mask {1:x8}",
                                     self.lane(), lanes));

  PendingCollective *joined = nullptr;
  for (PendingCollective &pending : warp.pending) {
    if (pending.site == &site && pending.lanes == lanes)
      joined = &pending;
    else if (pending.lanes & bit)
      machine.fail(
          site,
          llvm::formatv("divergent collective: lanes {0} wait for "
                        "this thread at {1}: '{2}'{3}",
                        LaneList{pending.arrived}, pending.site->location,
                        pending.site->operation,
                        pending.site == &site ? " with another mask" : ""));
  }
  if (!joined) {
    checkNoOtherWaits(site, lanes, warp);
    warp.pending.push_back({&site, lanes, 0});
    joined = &warp.pending.back();
  }
  joined->arrived |= bit;
  if (joined->arrived != lanes) {
    self.waitsFor = lanes;
    wait(site);
    return;
  }

  warp.pending.erase(joined);
  if (lanes == (warp.lanes & ~warp.exited))
    machine.banks.converge(self.warp());
  Call call(machine, site, self.warp(), lanes, warp.frames.data());
  site.instruction->execute(call);
  forEachLane(lanes & ~bit, [&](unsigned lane) {
    wake(threads[self.warp() * warpSize + lane]);
  });
}

std::string Scheduler::describeDeadlock() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (uint32_t first = 0; first < threads.size();) {
    const Thread &thread = threads[first];
    uint32_t last = first + 1;
    while (last < threads.size() && threads[last].waitsAt == thread.waitsAt &&
           threads[last].waitsForBarrier == thread.waitsForBarrier &&
           threads[last].exited == thread.exited)
      ++last;
    if (thread.waitsAt) {
      os << (text.empty() ? "" : "; ");
      if (last == first + 1)
        os << "thread " << first << " waits";
      else
        os << "threads " << first << " to " << last - 1 << " wait";
      os << " at " << thread.waitsAt->location << ": '"
         << thread.waitsAt->operation << "'";
      if (thread.waitsForBarrier >= 0)
        os << " for " << machine.barriers.describe(thread.waitsForBarrier);
      else if (thread.waitsFor)
        os << " for other lanes of its mask";
    }
    first = last;
  }
  return text;
}
