// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "PairBits.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn;

PairBits::PairBits(GpuBuilder &b, Region &mask, int64_t step)
    : PairRegion(b, mask), step(step) {
  supported = isNarrow && llvm::isPowerOf2_64(step);
  ofKey.insert(block.getArgument(1));
  for (Operation &op : block.without_terminator()) {
    if (llvm::none_of(op.getOperands(),
                      [&](Value operand) { return ofKey.contains(operand); })) {
      // What a region inside uses is not looked for.
      supported &= op.getNumRegions() == 0;
      continue;
    }
    supported &= mayEmit(op);
    ofKey.insert(op.result_begin(), op.result_end());
  }
}

bool PairBits::mayEmit(Operation &op) {
  auto isOfKey = [&](Value value) { return ofKey.contains(value); };
  if (op.getNumResults() != 1)
    return false;
  bool isOnly = llvm::count_if(op.getOperands(), isOfKey) == 1;
  if (isa<arith::AddIOp, arith::SubIOp>(op))
    return op.getResult(0).getType().isIndex() && isOnly;
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    return compare.getLhs().getType().isIndex() && isOnly &&
           compare.getPredicate() <= arith::CmpIPredicate::sge;
  return isa<arith::AndIOp, arith::OrIOp, arith::XOrIOp>(op) &&
         op.getResult(0).getType().isInteger(1);
}

Offset PairBits::boundOf(Value value) {
  if (const Offset *offset = findOffset(value))
    return *offset;
  return narrow(lookup(value));
}

Value PairBits::bitsOf(Value truth) {
  if (Value found = bits.lookup(truth))
    return found;
  return arith::ExtSIOp::create(b, b.getI32Type(), lookup(truth));
}

Value mlir::sattn::emitBitsUpTo(GpuBuilder &b, const Offset &bound,
                                Value first, int64_t step, int64_t count) {
  // Rows that are 8 apart have the first steps in common.
  int64_t perMatrix = 8 * step;
  int64_t matrices = llvm::divideFloorSigned(bound.plus, perMatrix);
  Value base = b.sub(bound.base ? bound.base : b.i32(0), first);
  Value places = b.add(base, bound.plus - matrices * perMatrix);
  auto shift = [&](Value value, int64_t bits) -> Value {
    return bits ? arith::ShRSIOp::create(b, value, b.i32(bits)).getResult()
                : value;
  };
  places = shift(places, llvm::Log2_64(step));
  // Two of the 8 keys of a matrix belong to the lane: the first ones.
  Value rest = b.min(b.both(places, b.i32(7)), b.i32(1));
  Value number = b.add(b.add(b.mul(shift(places, 3), 2), rest),
                       2 * matrices + 1);
  number = arith::MaxSIOp::create(b, b.min(number, b.i32(count)), b.i32(0));
  return b.add(arith::ShLIOp::create(b, b.i32(1), number), -1);
}

Value PairBits::emitCompare(arith::CmpIOp op) {
  Value left = op.getLhs(), right = op.getRhs();
  arith::CmpIPredicate predicate = op.getPredicate();
  if (!keyNumbers.contains(left)) {
    std::swap(left, right);
    predicate = exchangeSides(predicate);
  }
  // sign key + offset, compared with a limit: key, compared with a bound.
  KeyNumber key = keyNumbers.lookup(left);
  Offset limit = boundOf(right), bound;
  if (key.sign < 0) {
    std::swap(limit, key.offset);
    predicate = exchangeSides(predicate);
  }
  bound.plus = limit.plus - key.offset.plus;
  bound.base = limit.base;
  if (key.offset.base)
    bound.base = b.sub(limit.base ? limit.base : b.i32(0), key.offset.base);
  Offset before{bound.base, bound.plus - 1};
  auto invert = [&](Value bits) { return b.differ(bits, b.i32(-1)); };
  switch (predicate) {
  case arith::CmpIPredicate::sle:
    return emitUpTo(bound);
  case arith::CmpIPredicate::slt:
    return emitUpTo(before);
  case arith::CmpIPredicate::sgt:
    return invert(emitUpTo(bound));
  case arith::CmpIPredicate::sge:
    return invert(emitUpTo(before));
  case arith::CmpIPredicate::eq:
    return b.differ(emitUpTo(bound), emitUpTo(before));
  case arith::CmpIPredicate::ne:
    return invert(b.differ(emitUpTo(bound), emitUpTo(before)));
  default:
    llvm_unreachable("an unsigned comparison is not supported");
  }
}

void PairBits::emitOfKey(Operation &op) {
  Value result = op.getResult(0);
  if (auto compare = dyn_cast<arith::CmpIOp>(op)) {
    bits[result] = emitCompare(compare);
    return;
  }
  Value left = op.getOperand(0), right = op.getOperand(1);
  if (isa<arith::AddIOp, arith::SubIOp>(op)) {
    bool isLeft = keyNumbers.contains(left), isSum = isa<arith::AddIOp>(op);
    KeyNumber key = keyNumbers.lookup(isLeft ? left : right);
    Offset other = boundOf(isLeft ? right : left), own = key.offset;
    auto negate = [&](Offset &offset) {
      if (offset.base)
        offset.base = b.sub(b.i32(0), offset.base);
      offset.plus = -offset.plus;
    };
    if (!isSum && isLeft)
      negate(other);
    if (!isSum && !isLeft) {
      negate(own);
      key.sign = -key.sign;
    }
    Value base = own.base && other.base ? b.add(own.base, other.base)
                 : own.base             ? own.base
                                        : other.base;
    keyNumbers[result] = {key.sign, {base, own.plus + other.plus}};
    return;
  }
  OperationState state(b.getLoc(), op.getName(),
                       {bitsOf(left), bitsOf(right)}, {b.getI32Type()});
  bits[result] = b.create(state)->getResult(0);
}

Value PairBits::emit(const Offset &position, Value first, int64_t count) {
  numbers.clear();
  bits.clear();
  keyNumbers.clear();
  firstKey = first;
  numKeys = count;
  numbers[block.getArgument(0)].offset = position;
  keyNumbers[block.getArgument(1)] = {1, {}};
  for (Operation &op : block.without_terminator())
    if (ofKey.contains(op.getResult(0)))
      emitOfKey(op);
    else
      emitOperation(op);
  return bitsOf(block.getTerminator()->getOperand(0));
}
