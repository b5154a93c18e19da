// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "PairRegion.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace mlir::sattn;

PairRegion::PairRegion(GpuBuilder &b, Region &region)
    : b(b), block(region.front()) {
  auto check = [&](Operation *op) {
    IntegerAttr constant;
    if (op && matchPattern(op, m_Constant(&constant)) &&
        constant.getType().isIndex() &&
        std::abs(constant.getInt()) >= maxNarrow)
      isNarrow = false;
  };
  region.walk([&](Operation *op) {
    check(op);
    // Constants may be defined outside.
    for (Value operand : op->getOperands())
      check(operand.getDefiningOp());
    if (op->hasTrait<OpTrait::IsTerminator>() || isMemoryEffectFree(op))
      return;
    readsMemory = true;
    // Places in memory may need all bits.
    markWide(block.findAncestorOpInBlock(*op));
  });
}

llvm::SetVector<Value> PairRegion::getUsedValues(Operation &op) {
  llvm::SetVector<Value> used(op.operand_begin(), op.operand_end());
  for (Region &region : op.getRegions())
    getUsedValuesDefinedAbove(region, used);
  return used;
}

void PairRegion::markWide(Operation *op) {
  if (!wide.insert(op).second)
    return;
  for (Value value : getUsedValues(*op))
    if (Operation *source = value.getDefiningOp();
        source && source->getBlock() == &block)
      markWide(source);
}

Offset PairRegion::narrow(Value value) {
  IntegerAttr constant;
  if (matchPattern(value, m_Constant(&constant)))
    return {Value(), constant.getInt()};
  Value least = b.index(-maxNarrow), most = b.index(maxNarrow);
  value = b.createOrFold<arith::MaxSIOp>(b.min(value, most), least);
  return {b.toI32(value), 0};
}

const Offset *PairRegion::findOffset(Value value) const {
  auto found = numbers.find(value);
  return found != numbers.end() && !found->second.value ? &found->second.offset
                                                        : nullptr;
}

Value PairRegion::lookup(Value value) {
  auto found = numbers.find(value);
  if (found == numbers.end())
    return value;
  if (found->second.value)
    return found->second.value;
  const Offset &offset = found->second.offset;
  return offset.base ? b.toIndex(materialize(offset)) : b.index(offset.plus);
}

arith::CmpIPredicate
PairRegion::exchangeSides(arith::CmpIPredicate predicate) {
  switch (predicate) {
  case arith::CmpIPredicate::slt:
    return arith::CmpIPredicate::sgt;
  case arith::CmpIPredicate::sle:
    return arith::CmpIPredicate::sge;
  case arith::CmpIPredicate::sgt:
    return arith::CmpIPredicate::slt;
  case arith::CmpIPredicate::sge:
    return arith::CmpIPredicate::sle;
  default:
    return predicate;
  }
}

/// Whether the predicate holds for numbers that are known.
static bool compareNumbers(arith::CmpIPredicate predicate, int64_t x,
                           int64_t y) {
  return arith::applyCmpPredicate(predicate, APInt(64, x, true),
                                  APInt(64, y, true));
}

bool PairRegion::emitNarrow(Operation &op) {
  if (!isNarrow || op.getNumResults() != 1 || wide.contains(&op))
    return false;
  Value result = op.getResult(0);
  auto keep = [&](Offset offset) {
    numbers[result] = {offset, Value()};
    return true;
  };
  IntegerAttr constant;
  if (result.getType().isIndex() && matchPattern(&op, m_Constant(&constant)))
    return keep({Value(), constant.getInt()});

  SmallVector<Offset, 3> operands;
  for (Value operand : op.getOperands()) {
    if (!operand.getType().isIndex())
      continue;
    // Values from outside of the region, sizes and bounds.
    if (const Offset *offset = findOffset(operand))
      operands.push_back(*offset);
    else if (operand.getParentBlock() != &block)
      operands.push_back(narrow(operand));
    else
      return false;
  }
  if (operands.size() < 2)
    return false;
  Offset x = operands[0], y = operands[1];
  bool isSum = isa<arith::AddIOp>(op), isDifference = isa<arith::SubIOp>(op);
  if (isSum || (isDifference && !y.base)) {
    if (x.base && y.base)
      return keep({b.add(x.base, y.base), x.plus + y.plus});
    return keep({x.base ? x.base : y.base,
                 isSum ? x.plus + y.plus : x.plus - y.plus});
  }
  if (isDifference) {
    if (x.base == y.base)
      return keep({Value(), x.plus - y.plus});
    Value base = x.base ? x.base : b.i32(0);
    return keep({b.sub(base, y.base), x.plus - y.plus});
  }
  if (auto compare = dyn_cast<arith::CmpIOp>(op)) {
    arith::CmpIPredicate predicate = compare.getPredicate();
    if (x.base == y.base) {
      numbers[result].value =
          b.truth(compareNumbers(predicate, x.plus, y.plus));
      return true;
    }
    if (predicate > arith::CmpIPredicate::sge)
      return false; // Unsigned: differences are not.
    if (!x.base) {
      std::swap(x, y);
      predicate = exchangeSides(predicate);
    }
    Value left = y.base ? b.sub(x.base, y.base) : x.base;
    numbers[result].value = arith::CmpIOp::create(b, predicate, left,
                                                  b.i32(y.plus - x.plus));
    return true;
  }
  bool isRight = isa<arith::MinSIOp, arith::MaxSIOp>(op) ||
                 (isa<arith::ShRSIOp, arith::AndIOp, arith::FloorDivSIOp,
                      arith::RemSIOp, arith::DivSIOp>(op) &&
                  !y.base && y.plus > 0);
  if (isRight) {
    OperationState state(b.getLoc(), op.getName(),
                         {materialize(x), materialize(y)}, {b.getI32Type()});
    return keep({b.create(state)->getResult(0), 0});
  }
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return keep({b.select(lookup(select.getCondition()), materialize(x),
                          materialize(y)),
                 0});
  return false;
}

void PairRegion::emitOperation(Operation &op) {
  if (emitNarrow(op))
    return;
  IRMapping mapping;
  for (Value value : getUsedValues(op))
    if (numbers.contains(value))
      mapping.map(value, lookup(value));
  Operation *copy = b.clone(op, mapping);
  for (auto [from, to] : llvm::zip_equal(op.getResults(), copy->getResults()))
    numbers[from].value = to;
}

Value PairRegion::emit(ArrayRef<Offset> offsets, ArrayRef<Value> values) {
  numbers.clear();
  for (BlockArgument argument : block.getArguments()) {
    if (!argument.getType().isIndex()) {
      numbers[argument].value = values.front();
      values = values.drop_front();
      continue;
    }
    if (isNarrow)
      numbers[argument].offset = offsets.front();
    else
      numbers[argument].value = b.toIndex(materialize(offsets.front()));
    offsets = offsets.drop_front();
  }
  for (Operation &op : block.without_terminator())
    emitOperation(op);
  return lookup(block.getTerminator()->getOperand(0));
}
