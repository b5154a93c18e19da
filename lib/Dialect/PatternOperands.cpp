// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runtime integers of patterns, as numbers or IR.
#include "SparseAttn/Dialect/PatternOperands.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// PatternOperand
//===----------------------------------------------------------------------===//

/// Strides of an array in C order in which dimensions of size 1 do not move.
static SmallVector<IndexExpr> makeStrides(ArrayRef<IndexExpr> sizes) {
  SmallVector<IndexExpr> strides(sizes.size(), 0);
  IndexExpr stride = 1;
  for (size_t dim = sizes.size(); dim-- > 0;) {
    strides[dim] = select(sizes[dim] == 1, 0, stride);
    stride = stride * sizes[dim];
  }
  return strides;
}

PatternOperand::PatternOperand(const void *data, unsigned byteWidth,
                               ArrayRef<int64_t> shape)
    : sizes(shape.begin(), shape.end()), strides(makeStrides(sizes)),
      data(data), byteWidth(byteWidth) {}

PatternOperand::PatternOperand(std::vector<int64_t> values,
                               ArrayRef<int64_t> shape)
    : sizes(shape.begin(), shape.end()), strides(makeStrides(sizes)),
      owned(std::make_shared<std::vector<int64_t>>(std::move(values))),
      data(owned->data()), byteWidth(sizeof(int64_t)) {}

PatternOperand::PatternOperand(ImplicitLocOpBuilder &b, Value memref)
    : builder(&b) {
  auto type = cast<MemRefType>(memref.getType());
  auto [knownStrides, knownOffset] = type.getStridesAndOffset();
  auto metadata = memref::ExtractStridedMetadataOp::create(b, memref);
  auto known = [&](int64_t number, Value otherwise) {
    return ShapedType::isDynamic(number) ? IndexExpr(otherwise, b)
                                         : IndexExpr(number);
  };
  // One dimension of any length: `at` adds up the strides.
  IndexExpr length = 1;
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    IndexExpr size = known(type.getDimSize(dim), metadata.getSizes()[dim]);
    IndexExpr stride = known(knownStrides[dim], metadata.getStrides()[dim]);
    sizes.push_back(size);
    strides.push_back(select(size == 1, 0, stride));
    length = length + max(size - 1, 0) * stride;
  }
  OpFoldResult offset = metadata.getConstifiedMixedOffset();
  flat = memref::ReinterpretCastOp::create(
      b,
      MemRefType::get({ShapedType::kDynamic}, type.getElementType(),
                      StridedLayoutAttr::get(b.getContext(), knownOffset, {1}),
                      type.getMemorySpace()),
      metadata.getBaseBuffer(), offset,
      ArrayRef<OpFoldResult>{length.materializeIndex(b)},
      ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
}

IndexExpr PatternOperand::getPosition(ArrayRef<IndexExpr> indices) const {
  assert(indices.size() >= sizes.size() && "an index for each dimension");
  indices = indices.take_back(sizes.size());
  IndexExpr position = 0;
  for (auto [index, stride] : llvm::zip_equal(indices, strides))
    position = position + index * stride;
  return position;
}

IndexExpr PatternOperand::at(ArrayRef<IndexExpr> indices) const {
  IndexExpr position = getPosition(indices);
  if (!builder) {
    int64_t index = position.getConstant();
    switch (byteWidth) {
    case 1:
      return static_cast<const uint8_t *>(data)[index] != 0 ? 1 : 0;
    case 4:
      return static_cast<const int32_t *>(data)[index];
    default:
      return static_cast<const int64_t *>(data)[index];
    }
  }
  ImplicitLocOpBuilder &b = *builder;
  Value element = memref::LoadOp::create(
      b, flat, ValueRange{position.materializeIndex(b)});
  Type type = element.getType();
  // Truth values, i1 or i8, are 0 or 1.
  if (type.isInteger(8)) {
    Value zero = arith::ConstantIntOp::create(b, 0, 8);
    element = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, element, zero);
  }
  if (element.getType().isInteger(1))
    element = arith::IndexCastUIOp::create(b, b.getIndexType(), element);
  else if (!type.isIndex())
    element = arith::IndexCastOp::create(b, b.getIndexType(), element);
  return IndexExpr(element, b);
}

//===----------------------------------------------------------------------===//
// IndexProgram
//===----------------------------------------------------------------------===//

static SmallVector<Value> toValues(ImplicitLocOpBuilder &b,
                                   ArrayRef<IndexExpr> expressions) {
  return llvm::map_to_vector(expressions, [&](const IndexExpr &expression) {
    return expression.materializeIndex(b);
  });
}

static SmallVector<IndexExpr> toExpressions(ImplicitLocOpBuilder &b,
                                            ValueRange values) {
  return llvm::map_to_vector(values,
                             [&](Value value) { return IndexExpr(value, b); });
}

SmallVector<IndexExpr> IndexProgram::loopWhile(
    ArrayRef<IndexExpr> carried,
    llvm::function_ref<IndexExpr(ArrayRef<IndexExpr>)> condition,
    llvm::function_ref<SmallVector<IndexExpr>(ArrayRef<IndexExpr>)> body) {
  SmallVector<IndexExpr> state(carried);
  if (!builder) {
    while (condition(state).isTrue())
      state = body(state);
    return state;
  }
  ImplicitLocOpBuilder &b = *builder;
  SmallVector<Type> types(state.size(), b.getIndexType());
  SmallVector<Location> locs(state.size(), b.getLoc());
  auto loop = scf::WhileOp::create(b, types, toValues(b, state));
  OpBuilder::InsertionGuard guard(b);
  Block *before = b.createBlock(&loop.getBefore(), {}, types, locs);
  IndexExpr goesOn = condition(toExpressions(b, before->getArguments()));
  scf::ConditionOp::create(b, goesOn.materializeBool(b), before->getArguments());
  Block *after = b.createBlock(&loop.getAfter(), {}, types, locs);
  SmallVector<IndexExpr> next = body(toExpressions(b, after->getArguments()));
  scf::YieldOp::create(b, toValues(b, next));
  return toExpressions(b, loop.getResults());
}

SmallVector<IndexExpr> IndexProgram::loop(const IndexExpr &begin,
                                          const IndexExpr &end,
                                          ArrayRef<IndexExpr> carried,
                                          Body body) {
  SmallVector<IndexExpr> state(carried);
  if (!builder) {
    for (int64_t i = begin.getConstant(); i < end.getConstant(); ++i)
      state = body(i, state);
    return state;
  }
  ImplicitLocOpBuilder &b = *builder;
  auto loop = scf::ForOp::create(
      b, begin.materializeIndex(b), end.materializeIndex(b),
      arith::ConstantIndexOp::create(b, 1), toValues(b, state));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<IndexExpr> next =
      body(IndexExpr(loop.getInductionVar(), b),
           toExpressions(b, loop.getRegionIterArgs()));
  if (!state.empty())
    scf::YieldOp::create(b, toValues(b, next));
  return toExpressions(b, loop.getResults());
}

SmallVector<IndexExpr> IndexProgram::loopDown(const IndexExpr &begin,
                                              const IndexExpr &end,
                                              ArrayRef<IndexExpr> carried,
                                              Body body) {
  IndexExpr sum = begin + end - 1;
  return loop(begin, end, carried,
              [&](const IndexExpr &i, ArrayRef<IndexExpr> state) {
                return body(sum - i, state);
              });
}

void IndexProgram::forEach(const IndexExpr &end,
                           llvm::function_ref<void(const IndexExpr &)> body) {
  loop(0, end, {}, [&](const IndexExpr &i, ArrayRef<IndexExpr>) {
    body(i);
    return SmallVector<IndexExpr>();
  });
}

PatternOperand IndexProgram::allocate(ArrayRef<IndexExpr> sizes) {
  if (!builder) {
    SmallVector<int64_t> shape;
    int64_t count = 1;
    for (const IndexExpr &size : sizes) {
      shape.push_back(size.getConstant());
      count *= shape.back();
    }
    return PatternOperand(std::vector<int64_t>(count), shape);
  }
  ImplicitLocOpBuilder &b = *builder;
  PatternOperand table;
  table.builder = builder;
  table.sizes.assign(sizes.begin(), sizes.end());
  // Computed once, outside of the loops that use them.
  IndexExpr count = 1;
  for (const IndexExpr &size : sizes)
    count = count * size;
  table.strides = makeStrides(table.sizes);
  table.flat = memref::AllocOp::create(
      b, MemRefType::get({ShapedType::kDynamic}, b.getI32Type()),
      ValueRange{count.materializeIndex(b)});
  return table;
}

void IndexProgram::store(const PatternOperand &table,
                         ArrayRef<IndexExpr> indices, const IndexExpr &value) {
  IndexExpr position = table.getPosition(indices);
  if (!builder) {
    (*table.owned)[position.getConstant()] = value.getConstant();
    return;
  }
  ImplicitLocOpBuilder &b = *builder;
  Value element = arith::IndexCastOp::create(b, b.getI32Type(),
                                             value.materializeIndex(b));
  memref::StoreOp::create(b, element, table.flat,
                          ValueRange{position.materializeIndex(b)});
}

void IndexProgram::release(const PatternOperand &table) {
  if (builder)
    memref::DeallocOp::create(*builder, table.flat);
}
