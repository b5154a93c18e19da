// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What patterns that are lists of blocks share. In numbers they are evaluated
/// from their definition; in kernels from tables with one entry per block.
#ifndef SPARSEATTN_LIB_DIALECT_LISTEDPATTERNS_H
#define SPARSEATTN_LIB_DIALECT_LISTEDPATTERNS_H

#include "PatternAttrsDetail.h"
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/SymbolTable.h"

namespace mlir::sattn::detail {

/// Calls `visit(block)` with an scf.for over [lo, hi], threading two truth
/// values and a number: the union, the intersection and the least next key.
struct BlockSweep {
  Value any, all, next;
};

template <typename Visit>
BlockSweep emitBlockSweep(ImplicitLocOpBuilder &b, Value lo, Value hi,
                          Value nextInit, Visit visit) {
  Value one = arith::ConstantIndexOp::create(b, 1);
  Value end = arith::AddIOp::create(b, hi, one);
  Value no = arith::ConstantIntOp::create(b, 0, 1);
  Value yes = arith::ConstantIntOp::create(b, 1, 1);
  auto loop =
      scf::ForOp::create(b, lo, end, one, ValueRange{no, yes, nextInit});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  auto [live, next] = visit(loop.getInductionVar());
  Value any = arith::OrIOp::create(b, loop.getRegionIterArg(0), live);
  Value all = arith::AndIOp::create(b, loop.getRegionIterArg(1), live);
  Value least = arith::MinSIOp::create(b, loop.getRegionIterArg(2), next);
  scf::YieldOp::create(b, ValueRange{any, all, least});
  return {loop.getResult(0), loop.getResult(1), loop.getResult(2)};
}

/// A private constant of the module, as a flat memref.
template <typename T>
Value emitConstantTable(ImplicitLocOpBuilder &b, StringRef name,
                        ArrayRef<T> entries) {
  int64_t shape[] = {static_cast<int64_t>(entries.size())};
  Type element = b.getIntegerType(8 * sizeof(T));
  auto type = MemRefType::get(shape, element);
  auto values = DenseIntElementsAttr::get(
      RankedTensorType::get(shape, element), entries);
  Operation *module = b.getInsertionBlock()->getParentOp();
  while (module && !module->hasTrait<OpTrait::SymbolTable>())
    module = module->getParentOp();
  SymbolTable symbols(module);
  OpBuilder atModule = OpBuilder::atBlockBegin(&module->getRegion(0).front());
  auto global = memref::GlobalOp::create(
      atModule, b.getLoc(), name,
      /*sym_visibility=*/atModule.getStringAttr("private"), type, values,
      /*constant=*/true, /*alignment=*/atModule.getI64IntegerAttr(64));
  symbols.insert(global);
  return memref::GetGlobalOp::create(b, type, global.getSymName());
}

inline Value asIndex(ImplicitLocOpBuilder &b, Value number) {
  return arith::IndexCastOp::create(b, b.getIndexType(), number);
}

/// `table` for the current attribute; the compiler provides it whenever it
/// emits IR.
inline ArrayRef<Value> tablesOf(const PatternScope &scope, Attribute attr) {
  assert(scope.tables && scope.tables->contains(attr) &&
         "tables of a listed pattern must be built before its code");
  return scope.tables->find(attr)->second;
}
} // namespace mlir::sattn::detail

#endif // SPARSEATTN_LIB_DIALECT_LISTEDPATTERNS_H
