// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Barriers of a block, named ones too.
#include "BlockBarriers.h"

#include "Machine.h"

using namespace mlir;
using namespace mlir::sattn::emulator;

void BlockBarriers::reset() {
  states = {};
  results.assign(machine.scheduler.getThreads().size(), 0);
}

uint32_t BlockBarriers::getExpected(const State &state) const {
  return state.threadCount ? state.threadCount
                           : machine.scheduler.getThreads().size() -
                                 machine.scheduler.countExited();
}

bool BlockBarriers::isComplete(const State &state) const {
  return state.arrived && state.arrived == getExpected(state);
}

std::string BlockBarriers::describe(unsigned barrier) const {
  return llvm::formatv("barrier {0}, which has {1} of {2} threads", barrier,
                       states[barrier].arrived, getExpected(states[barrier]));
}

BlockBarriers::State &BlockBarriers::join(const Site &site,
                                          const BarrierArrival &arrival) {
  if (arrival.barrier >= barrierCount)
    machine.fail(site,
                 llvm::formatv("expected a barrier from 0 to 15, but got {0}",
                               arrival.barrier));
  if (arrival.threadCount % warpSize)
    machine.fail(site, llvm::formatv("expected a number of threads that is a "
                                     "multiple of 32, but got {0}",
                                     arrival.threadCount));
  if (arrival.threadCount > machine.scheduler.getThreads().size())
    machine.fail(site,
                 llvm::formatv("barrier {0} of {1} threads in a block of {2}",
                               arrival.barrier, arrival.threadCount,
                               machine.scheduler.getThreads().size()));
  State &state = states[arrival.barrier];
  if (!state.arrived) {
    state.threadCount = arrival.threadCount;
    state.reduction = arrival.reduction;
  }
  if (state.threadCount != arrival.threadCount ||
      state.reduction != arrival.reduction)
    machine.fail(site,
                 llvm::formatv("barrier {0} is in use with another number of "
                               "threads or another reduction",
                               arrival.barrier));
  ++state.arrived;
  state.trueCount += arrival.predicate;
  if (state.threadCount && state.arrived > state.threadCount)
    machine.fail(site,
                 llvm::formatv("more than {0} threads arrive at barrier {1}",
                               state.threadCount, arrival.barrier));
  return state;
}

uint32_t BlockBarriers::synchronize(const Site &site,
                                    const BarrierArrival &arrival) {
  Scheduler &scheduler = machine.scheduler;
  Thread &self = scheduler.getCurrent();
  Warp &warp = scheduler.getWarps()[self.warp()];
  // These barriers are aligned: a warp arrives as one.
  LaneMask bit = LaneMask(1) << self.lane();
  for (const PendingCollective &pending : warp.pending)
    if (pending.lanes & bit)
      machine.fail(
          site, llvm::formatv("divergent barrier: lanes {0} wait for this "
                              "thread at {1}: '{2}'",
                              LaneList{pending.arrived}, pending.site->location,
                              pending.site->operation));
  forEachLane(warp.lanes & ~warp.exited & ~bit, [&](unsigned lane) {
    const Thread &other = machine.threadOfLane(self.warp(), lane);
    if (other.waitsForBarrier >= 0 && other.waitsAt != &site)
      machine.fail(site,
                   llvm::formatv("divergent barrier: lane {0} of the same warp "
                                 "waits at {1}: '{2}'",
                                 lane, other.waitsAt->location,
                                 other.waitsAt->operation));
  });

  State &state = join(site, arrival);
  state.waiting.push_back(self.index);
  if (isComplete(state))
    return complete(state, self.index);
  self.waitsForBarrier = static_cast<int>(arrival.barrier);
  scheduler.wait(site);
  return results[self.index];
}

void BlockBarriers::arrive(const Site &site, const BarrierArrival &arrival) {
  uint32_t self = machine.scheduler.getCurrent().index;
  State &state = join(site, arrival);
  machine.order.release(self, state.handed);
  if (isComplete(state))
    complete(state, self);
}

uint32_t BlockBarriers::complete(State &state, uint32_t last) {
  State done = std::move(state);
  state = {};
  HappensBefore &order = machine.order;
  size_t threadCount = machine.scheduler.getThreads().size();
  // Of a barrier of all threads those that have ended have arrived, too.
  size_t arrived = done.waiting.size();
  if (!done.threadCount)
    arrived += machine.scheduler.countExited();
  if (arrived == threadCount) {
    order.synchronizeAll();
  } else {
    for (uint32_t thread : done.waiting)
      order.release(thread, done.handed);
    for (uint32_t thread : done.waiting)
      order.acquire(thread, done.handed);
  }

  uint32_t result = 0;
  if (done.reduction == BarrierReduction::Count)
    result = done.trueCount;
  else if (done.reduction == BarrierReduction::And)
    result = done.trueCount == done.arrived;
  else if (done.reduction == BarrierReduction::Or)
    result = done.trueCount != 0;
  for (uint32_t index : done.waiting) {
    Thread &thread = machine.scheduler.getThreads()[index];
    machine.banks.converge(thread.warp());
    results[index] = result;
    if (index != last)
      machine.scheduler.wake(thread);
  }
  return result;
}

void BlockBarriers::threadExited() {
  for (State &state : states)
    if (!state.threadCount && isComplete(state))
      complete(state, machine.scheduler.getCurrent().index);
}
