// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Values that lanes of a warp exchange: shfl, vote, match, redux, elect.
#include "InstructionTable.h"
#include "Machine.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::emulator;

namespace {
enum ShuffleAttribute { Kind, HasPredicate };

std::string decodeShuffle(Operation *op, Attributes &attributes) {
  auto shuffle = cast<NVVM::ShflOp>(op);
  attributes[Kind] = static_cast<uint32_t>(shuffle.getKind());
  attributes[HasPredicate] = shuffle.getReturnValueAndIsValid().value_or(false);
  return {};
}

/// As PTX's pseudocode of `shfl.sync` has it.
void shuffle(Call &call) {
  // Results must not overwrite what other lanes have yet to read; they lie
  // apart from operands.
  forEachLane(call.lanes, [&](unsigned lane) {
    auto offset = static_cast<int>(call.operand<uint32_t>(lane, 2) & 31);
    auto packed = call.operand<uint32_t>(lane, 3);
    auto clamp = static_cast<int>(packed & 31);
    auto segment = static_cast<int>(packed >> 8 & 31);
    auto self = static_cast<int>(lane);
    int last = (self & segment) | (clamp & ~segment);
    int first = self & segment;
    int source = 0;
    bool valid = false;
    switch (static_cast<NVVM::ShflKind>(call.site.attributes[Kind])) {
    case NVVM::ShflKind::up:
      source = self - offset;
      valid = source >= last;
      break;
    case NVVM::ShflKind::down:
      source = self + offset;
      valid = source <= last;
      break;
    case NVVM::ShflKind::bfly:
      source = self ^ offset;
      valid = source <= last;
      break;
    case NVVM::ShflKind::idx:
      source = first | (offset & ~segment);
      valid = source <= last;
      break;
    }
    if (!valid)
      source = self;
    if (!(call.lanes >> source & 1))
      call.machine.fail(
          call.site,
          llvm::formatv("reads lane {0}, which is not in its mask {1:x8}",
                        source, call.lanes),
          &call.machine.threadOfLane(call.warp, lane));
    call.setResult(lane,
                   call.operand<uint32_t>(static_cast<unsigned>(source), 1));
    if (call.site.attributes[HasPredicate])
      call.setResult<uint8_t>(lane, valid, /*byte=*/4);
  });
}

std::string decodeVote(Operation *op, Attributes &attributes) {
  attributes[Kind] =
      static_cast<uint32_t>(cast<NVVM::VoteSyncOp>(op).getKind());
  return {};
}

void vote(Call &call) {
  LaneMask ballot = 0;
  forEachLane(call.lanes, [&](unsigned lane) {
    ballot |= LaneMask(call.operand<uint8_t>(lane, 1) & 1) << lane;
  });
  auto kind = static_cast<NVVM::VoteSyncKind>(call.site.attributes[Kind]);
  bool all = ballot == call.lanes;
  forEachLane(call.lanes, [&](unsigned lane) {
    switch (kind) {
    case NVVM::VoteSyncKind::ballot:
      call.setResult<uint32_t>(lane, ballot);
      break;
    case NVVM::VoteSyncKind::any:
      call.setResult<uint8_t>(lane, ballot != 0);
      break;
    case NVVM::VoteSyncKind::all:
      call.setResult<uint8_t>(lane, all);
      break;
    case NVVM::VoteSyncKind::uni:
      call.setResult<uint8_t>(lane, all || !ballot);
      break;
    }
  });
}

enum MatchAttribute { MatchAll, MatchWide };

std::string decodeMatch(Operation *op, Attributes &attributes) {
  auto match = cast<NVVM::MatchSyncOp>(op);
  attributes[MatchAll] = match.getKind() == NVVM::MatchSyncKind::all;
  attributes[MatchWide] = match.getVal().getType().isInteger(64);
  return {};
}

void match(Call &call) {
  auto value = [&](unsigned lane) -> uint64_t {
    return call.site.attributes[MatchWide] ? call.operand<uint64_t>(lane, 1)
                                           : call.operand<uint32_t>(lane, 1);
  };
  forEachLane(call.lanes, [&](unsigned lane) {
    LaneMask same = 0;
    forEachLane(call.lanes, [&](unsigned other) {
      same |= LaneMask(value(other) == value(lane)) << other;
    });
    if (!call.site.attributes[MatchAll]) {
      call.setResult<uint32_t>(lane, same);
      return;
    }
    bool all = same == call.lanes;
    call.setResult<uint32_t>(lane, all ? same : 0);
    call.setResult<uint8_t>(lane, all, /*byte=*/4);
  });
}

std::string decodeReduction(Operation *op, Attributes &attributes) {
  auto redux = cast<NVVM::ReduxOp>(op);
  if (!redux.getVal().getType().isInteger(32))
    return "only reductions of i32 are emulated";
  attributes[Kind] = static_cast<uint32_t>(redux.getKind());
  return {};
}

uint32_t combine(NVVM::ReduxKind kind, uint32_t a, uint32_t b) {
  auto isLess = static_cast<int32_t>(a) < static_cast<int32_t>(b);
  switch (kind) {
  case NVVM::ReduxKind::ADD:
    return a + b;
  case NVVM::ReduxKind::AND:
    return a & b;
  case NVVM::ReduxKind::OR:
    return a | b;
  case NVVM::ReduxKind::XOR:
    return a ^ b;
  case NVVM::ReduxKind::MIN:
    return isLess ? a : b;
  case NVVM::ReduxKind::MAX:
    return isLess ? b : a;
  case NVVM::ReduxKind::UMIN:
    return std::min(a, b);
  case NVVM::ReduxKind::UMAX:
    return std::max(a, b);
  default:
    llvm_unreachable("not a reduction of i32");
  }
}

void reduce(Call &call) {
  auto kind = static_cast<NVVM::ReduxKind>(call.site.attributes[Kind]);
  auto result = call.operand<uint32_t>(call.lane(), 0);
  forEachLane(call.lanes & (call.lanes - 1), [&](unsigned lane) {
    result = combine(kind, result, call.operand<uint32_t>(lane, 0));
  });
  forEachLane(call.lanes, [&](unsigned lane) { call.setResult(lane, result); });
}

/// The leader is the lowest lane.
void elect(Call &call) {
  forEachLane(call.lanes, [&](unsigned lane) {
    call.setResult<uint8_t>(lane, lane == call.lane());
  });
}

const Instruction rows[] = {
    {"nvvm.shfl.sync", Scope::WarpMaskedByFirst, shuffle, decodeShuffle},
    {"nvvm.vote.sync", Scope::WarpMaskedByFirst, vote, decodeVote},
    {"nvvm.match.sync", Scope::WarpMaskedByFirst, match, decodeMatch},
    {"nvvm.redux.sync", Scope::WarpMaskedBySecond, reduce, decodeReduction},
    {"nvvm.elect.sync", Scope::WarpMaskedByFirst, elect},
};
} // namespace

ArrayRef<Instruction> emulator::getWarpExchange() { return rows; }
