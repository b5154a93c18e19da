// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "EmptyRows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

#include <limits>

using namespace mlir;
using namespace mlir::sattn;

void mlir::sattn::emitEmptyRows(ImplicitLocOpBuilder &b, AttentionOp op,
                                const AttentionSizes &sizes) {
  SmallVector<OpFoldResult> bounds =
      getAsOpFoldResult(ValueRange{sizes.batch, sizes.heads, sizes.queries});
  auto forall = scf::ForallOp::create(b, bounds, ValueRange(), std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(forall.getTerminator());
  SmallVector<Value> at = llvm::to_vector(forall.getInductionVars());
  Value lowest = arith::ConstantOp::create(
      b, b.getF32FloatAttr(-std::numeric_limits<float>::infinity()));
  if (op.getRowMax())
    memref::StoreOp::create(b, lowest, op.getRowMax(), at);
  if (op.getLse()) {
    Value lse = lowest;
    if (op.getSink()) {
      lse = memref::LoadOp::create(b, op.getSink(), at[1]);
      if (!lse.getType().isF32())
        lse = arith::ExtFOp::create(b, b.getF32Type(), lse);
    }
    memref::StoreOp::create(b, lse, op.getLse(), at);
  }
  Value zero = arith::ConstantOp::create(
      b, b.getZeroAttr(op.getOutType().getElementType()));
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, value);
  };
  auto columns = scf::ForOp::create(
      b, index(0), index(op.getOutType().getDimSize(3)), index(1));
  b.setInsertionPointToStart(columns.getBody());
  at.push_back(columns.getInductionVar());
  memref::StoreOp::create(b, zero, op.getOut(), at);
}
