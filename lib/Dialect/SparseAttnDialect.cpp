// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Registration of the dialect's attributes and operations.
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "SparseAttn/Dialect/AttentionOps.h"
#include "SparseAttn/Dialect/MergeOp.h"
#include "SparseAttn/Dialect/SelectBlocksOp.h"
#include "SparseAttn/Dialect/TiledOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::sattn;

#include "SparseAttn/Dialect/SparseAttnDialect.cpp.inc"

void SparseAttnDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "SparseAttn/Dialect/AttentionOps.cpp.inc"
      ,
#define GET_OP_LIST
#include "SparseAttn/Dialect/MergeOp.cpp.inc"
      ,
#define GET_OP_LIST
#include "SparseAttn/Dialect/SelectBlocksOp.cpp.inc"
      ,
#define GET_OP_LIST
#include "SparseAttn/Dialect/TiledOps.cpp.inc"
      >();
}
