// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "PairBits.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sattn;

PairBits::PairBits(GpuBuilder &b, Region &mask, int64_t step)
    : PairRegion(b, mask), step(step) {
  supported = isNarrow && llvm::isPowerOf2_64(step);
  ofPosition.insert(block.getArgument(0));
  ofKey.insert(block.getArgument(1));
  for (Operation &op : block.without_terminator()) {
    llvm::SetVector<Value> used = getUsedValues(op);
    auto depends = [&](const llvm::DenseSet<Value> &on) {
      return llvm::any_of(used, [&](Value value) { return on.contains(value); });
    };
    if (depends(ofPosition))
      ofPosition.insert(op.result_begin(), op.result_end());
    if (!depends(ofKey))
      continue;
    supported &= mayEmit(op);
    ofKey.insert(op.result_begin(), op.result_end());
  }
  if (supported)
    findDistances();
}

void PairBits::findDistances() {
  // How often the position is in an index, and the key; truths are of the distance or unknown.
  struct Factors {
    int64_t position, key;
  };
  llvm::DenseMap<Value, Factors> known;
  known[block.getArgument(0)] = {1, 0};
  known[block.getArgument(1)] = {0, 1};
  auto find = [&](Value value) -> std::optional<Factors> {
    if (value.getParentBlock() != &block)
      return Factors{0, 0};
    auto found = known.find(value);
    return found == known.end() ? std::nullopt
                                : std::optional<Factors>(found->second);
  };
  for (Operation &op : block.without_terminator()) {
    SmallVector<Factors> operands;
    for (Value operand : op.getOperands())
      if (std::optional<Factors> factors = find(operand))
        operands.push_back(*factors);
    if (op.getNumResults() != 1 || operands.size() != op.getNumOperands())
      continue;
    bool isConstant = llvm::all_of(operands, [](const Factors &factors) {
      return factors.position == 0 && factors.key == 0;
    });
    Factors result{0, 0};
    if (isa<arith::AddIOp, arith::SubIOp, arith::CmpIOp>(op)) {
      int64_t sign = isa<arith::AddIOp>(op) ? 1 : -1;
      result = {operands[0].position + sign * operands[1].position,
                operands[0].key + sign * operands[1].key};
      if (isa<arith::CmpIOp>(op)) {
        if (result.position + result.key)
          continue;
        result = {0, 0};
      }
    } else if (!isConstant || op.getNumRegions()) {
      continue;
    }
    known[op.getResult(0)] = result;
    if (op.getResult(0).getType().isInteger(1))
      distances.insert(op.getResult(0));
  }
}

bool PairBits::hasDistances() const {
  return llvm::any_of(distances, [&](Value truth) { return isDistance(truth); });
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
                                const Offset &first, int64_t step) {
  Value zero = b.i32(0), all = b.i32(-1);
  // No more keys than bits are below the bound: then the shift alone makes 0 of all that are beyond.
  constexpr int64_t bits = 32;
  int64_t most = bound.plus - first.plus + 1;
  if (step == 1 && !bound.base && most <= bits)
    return b.shiftRight(all, b.add(first.base ? first.base : zero, bits - most));
  Value base = bound.base ? bound.base : zero;
  if (first.base)
    base = b.sub(base, first.base);
  Value number = b.add(base, bound.plus - first.plus + step);
  if (step > 1)
    number = arith::ShRSIOp::create(b, number, b.i32(llvm::Log2_64(step)));
  return b.invert(b.bitField(arith::MaxSIOp::create(b, number, zero), b.i32(bits)));
}

Value PairBits::emitUpTo(const Offset &bound) {
  Value upTo = emitBitsUpTo(b, bound, firstKey, step);
  if (Value above = GpuBuilder::findInverted(upTo))
    if (auto field = above.getDefiningOp<LLVM::InlineAsmOp>(); field && bound.base)
      edges[above] = {field.getOperand(0), bound};
  return upTo;
}

Value PairBits::emitBoth(Value left, Value right) {
  Edge lower = edges.lookup(left), upper = edges.lookup(GpuBuilder::findInverted(right));
  if (!lower.from || !upper.from) {
    lower = edges.lookup(right);
    upper = edges.lookup(GpuBuilder::findInverted(left));
  }
  constexpr int64_t bits = 32;
  bool isWide = lower.from && upper.from && lower.bound.base == upper.bound.base &&
                upper.bound.plus - lower.bound.plus >= bits * step;
  // Of a word with the lower bound the upper one is beyond the word, and as a number of bits more than there are.
  return isWide ? b.bitField(lower.from, upper.from) : b.both(left, right);
}

Value PairBits::negate(Value number) {
  if (Value found = negatives.lookup(number))
    return found;
  Value result = b.sub(b.i32(0), number);
  negatives[number] = result;
  negatives[result] = number;
  return result;
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
    bound.base = limit.base ? b.sub(limit.base, key.offset.base) : negate(key.offset.base);
  Offset before{bound.base, bound.plus - 1};
  switch (predicate) {
  case arith::CmpIPredicate::sle:
    return emitUpTo(bound);
  case arith::CmpIPredicate::slt:
    return emitUpTo(before);
  case arith::CmpIPredicate::sgt:
    return b.invert(emitUpTo(bound));
  case arith::CmpIPredicate::sge:
    return b.invert(emitUpTo(before));
  case arith::CmpIPredicate::eq:
    return b.differ(emitUpTo(bound), emitUpTo(before));
  case arith::CmpIPredicate::ne:
    return b.invert(b.differ(emitUpTo(bound), emitUpTo(before)));
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
    auto negated = [&](const Offset &offset) -> Offset {
      return {offset.base ? negate(offset.base) : Value(), -offset.plus};
    };
    if (!isSum && isLeft)
      other = negated(other);
    if (!isSum && !isLeft) {
      own = negated(own);
      key.sign = -key.sign;
    }
    Value base = own.base && other.base ? b.add(own.base, other.base)
                 : own.base             ? own.base
                                        : other.base;
    keyNumbers[result] = {key.sign, {base, own.plus + other.plus}};
    return;
  }
  left = bitsOf(left);
  right = bitsOf(right);
  bits[result] = isa<arith::AndIOp>(op)  ? emitBoth(left, right)
                 : isa<arith::OrIOp>(op) ? b.either(left, right)
                                         : b.differ(left, right);
}

Value PairBits::emit(const Offset &position, const Offset &first, Value truth) {
  numbers.clear();
  bits.clear();
  edges.clear();
  negatives.clear();
  keyNumbers.clear();
  firstKey = first;
  numbers[block.getArgument(0)].offset = position;
  keyNumbers[block.getArgument(1)] = {1, {}};
  llvm::DenseSet<Value> needed{truth};
  SmallVector<Operation *> operations;
  for (Operation &op : llvm::reverse(block.without_terminator()))
    if (llvm::any_of(op.getResults(), [&](Value result) { return needed.contains(result); })) {
      operations.push_back(&op);
      needed.insert_range(getUsedValues(op));
    }
  for (Operation *op : llvm::reverse(operations))
    if (ofKey.contains(op->getResult(0)))
      emitOfKey(*op);
    else
      emitOperation(*op);
  return bitsOf(truth);
}

Value PairBits::emitOverlaid(const RowPair &rows, Value truth) {
  Offset key = rows.distance->key;
  key.plus -= RowPair::apart * step;
  return emit(rows.distance->position, key, truth);
}

Value PairBits::permute(Value first, Value second, int64_t bytes) {
  // An inversion that comes last becomes part of the logic of the joined bits.
  Value notFirst = GpuBuilder::findInverted(first), notSecond = GpuBuilder::findInverted(second);
  return notFirst && notSecond ? b.invert(b.permute(notFirst, notSecond, bytes))
                               : b.permute(first, second, bytes);
}

void PairBits::collectJoined(Value truth, const RowPair &rows, SmallVectorImpl<Value> &parts) {
  auto either = truth.getDefiningOp<arith::OrIOp>();
  bool isWhole = !either || either->getBlock() != &block || !ofKey.contains(truth) ||
                 !ofPosition.contains(truth) || (rows.distance && isDistance(truth));
  if (isWhole)
    return parts.push_back(emitJoined(truth, rows));
  for (Value operand : either->getOperands())
    collectJoined(operand, rows, parts);
}

Value PairBits::emitJoined(Value truth, const RowPair &rows) {
  if (Value found = joined.lookup(truth))
    return found;
  bool isOfKey = ofKey.contains(truth), isOfPosition = ofPosition.contains(truth);
  Operation *op = truth.getDefiningOp();
  Value result;
  if (rows.distance && isDistance(truth)) {
    Value found = emitOverlaid(rows, truth);
    result = permute(found, found, 0x1021);
  } else if (isOfKey && isOfPosition && isa<arith::OrIOp>(op)) {
    SmallVector<Value> parts;
    for (Value operand : op->getOperands())
      collectJoined(operand, rows, parts);
    result = parts.front();
    for (ArrayRef<Value> rest = ArrayRef(parts).drop_front(); !rest.empty();) {
      result = rest.size() > 1 ? b.eitherOf(result, rest[0], rest[1]) : b.either(result, rest[0]);
      rest = rest.drop_front(std::min<size_t>(rest.size(), 2));
    }
  } else if (isOfKey && isOfPosition && isa<arith::AndIOp, arith::XOrIOp>(op)) {
    Value left = emitJoined(op->getOperand(0), rows), right = emitJoined(op->getOperand(1), rows);
    result = isa<arith::AndIOp>(op) ? b.both(left, right) : b.differ(left, right);
  } else {
    Value first = emit(rows.positions[0], rows.first, truth);
    Value second = isOfPosition ? emit(rows.positions[1], rows.first, truth) : first;
    result = permute(first, second, lowHalves);
  }
  return joined[truth] = result;
}

Value PairBits::emitRows(const RowPair &rows) {
  joined.clear();
  return emitJoined(root(), rows);
}
