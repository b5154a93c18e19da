// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The pass around `expandScoreModifiers`.
#include "SparseAttn/Transforms/Passes.h"

#include "SparseAttn/Dialect/AttentionOps.h"
#include "SparseAttn/Dialect/ScoreExpansion.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_EXPANDMODIFIERS
#include "SparseAttn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {
struct ExpandModifiers : sattn::impl::ExpandModifiersBase<ExpandModifiers> {
  void runOnOperation() override {
    SmallVector<AttentionOp> attentions;
    getOperation()->walk([&](AttentionOp op) { attentions.push_back(op); });
    for (AttentionOp op : attentions)
      expandScoreModifiers(op);
  }
};
} // namespace
