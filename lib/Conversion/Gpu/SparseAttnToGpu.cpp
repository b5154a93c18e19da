// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// GPU code for the query tiles in kernels.
#include "SparseAttn/Conversion/Passes.h"

#include "../ScoreEmitter.h"
#include "CombineSoftmax.h"
#include "GpuBuilder.h"
#include "PairBits.h"
#include "TileChecks.h"
#include "TileKernel.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_CONVERTSPARSEATTNTOGPU
#include "SparseAttn/Conversion/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

/// Dynamic shared memory of all kernels: tiles begin at multiples of 128 bytes.
static LLVM::GlobalOp createSharedMemory(gpu::GPUModuleOp module) {
  OpBuilder b = OpBuilder::atBlockBegin(module.getBody());
  constexpr int64_t alignment = 128;
  auto type = LLVM::LLVMArrayType::get(b.getI8Type(), 0);
  return LLVM::GlobalOp::create(
      b, module.getLoc(), type, /*isConstant=*/false, LLVM::Linkage::External,
      "sattn_shared_memory", Attribute(), alignment,
      static_cast<unsigned>(NVVM::NVVMMemorySpace::Shared));
}

static bool readsMemory(Region &region) {
  return region
      .walk([](Operation *op) {
        return isa<memref::LoadOp>(op) ? WalkResult::interrupt()
                                       : WalkResult::advance();
      })
      .wasInterrupted();
}

/// Whether the keys of a row are between two bounds that are as far from its position as any row's: then a thread keeps
/// one number for them.
static bool isBand(GpuBuilder &b, TileAttentionOp op) {
  auto comparisons = op.getMask().getOps<arith::CmpIOp>();
  return std::distance(comparisons.begin(), comparisons.end()) <= 2 &&
         PairBits(b, op.getMask(), op.getStep()).isOfDistance();
}

/// Fewer registers let more blocks run at a time. What a tile computes besides may take more of them, and so do a softmax
/// that is read or left in memory and a loop over tiles.
static void setMostRegisters(GpuBuilder &b, TileAttentionOp op, const GpuTile &tile,
                             bool limited) {
  auto kernel = op->getParentOfType<gpu::GPUFuncOp>();
  StringRef name = NVVM::NVVMDialect::getMaxnregAttrName();
  bool isPlain = op.getScore().empty() && op.getAsked().empty() &&
                 !op.getDropoutSeed() && !op.getPageTable() &&
                 !op.hasRowMax() && op.getResume().empty() &&
                 op.getSave().empty() && !readsMemory(op.getSegments()) &&
                 !readsMemory(op.getMask()) &&
                 !op->getParentOfType<LoopLikeOpInterface>();
  if (isPlain && !limited)
    return;
  constexpr int64_t all = 255;
  // Of a tile without masks ptxas keeps more than of others.
  bool hasMask = !matchPattern(op.getMask().front().getTerminator()->getOperand(0), m_One());
  int64_t most = isPlain ? tile.maxRegisters(hasMask && isBand(b, op)) : 0;
  kernel->setAttr(name, OpBuilder(op).getI32IntegerAttr(most ? most : all));
}

/// Loops of many iterations stay loops: otherwise LLVM makes one sequence of each, and ptxas keeps all that it loads, for
/// which there are no registers. Of drawn keys that may be 64 numbers of each row.
static void keepLongLoops(TileAttentionOp op) {
  constexpr int64_t most = 8;
  constexpr int32_t unrolled = 4;
  for (Region &region : op->getRegions())
    region.walk([](scf::ForOp loop) {
      std::optional<APInt> count = loop.getStaticTripCount();
      if (count && count->sgt(most))
        GpuBuilder::keepLoop(loop, unrolled);
    });
}

/// Functions of score regions: transcendental ones become polynomials, others instructions. There is
/// no library of mathematical functions.
static void expandMath(gpu::GPUModuleOp module) {
  expandScoreMath(module, /*powerTable=*/0);
  module.walk([](Operation *op) {
    StringRef name =
        llvm::TypeSwitch<Operation *, StringRef>(op)
            .Case([](arith::MaxNumFOp) { return "llvm.maxnum"; })
            .Case([](arith::MaximumFOp) { return "llvm.maximum"; })
            .Case([](arith::MinNumFOp) { return "llvm.minnum"; })
            .Case([](arith::MinimumFOp) { return "llvm.minimum"; })
            .Case([](math::AbsFOp) { return "llvm.fabs"; })
            .Case([](math::CeilOp) { return "llvm.ceil"; })
            .Case([](math::CopySignOp) { return "llvm.copysign"; })
            .Case([](math::FloorOp) { return "llvm.floor"; })
            .Case([](math::RoundOp) { return "llvm.round"; })
            .Case([](math::RoundEvenOp) { return "llvm.roundeven"; })
            .Case([](math::SqrtOp) { return "llvm.sqrt"; })
            .Case([](math::TruncOp) { return "llvm.trunc"; })
            .Default([](Operation *) { return ""; });
    if (name.empty())
      return;
    GpuBuilder b(op->getLoc(), op);
    op->getResult(0).replaceAllUsesWith(b.intrinsic(name, op->getOperands()));
    op->erase();
  });
}

namespace {
struct ConvertSparseAttnToGpu
    : sattn::impl::ConvertSparseAttnToGpuBase<ConvertSparseAttnToGpu> {
  using ConvertSparseAttnToGpuBase::ConvertSparseAttnToGpuBase;

  void runOnOperation() override {
    GpuTileOptions options{warps, keyTile, stages, allowTF32};
    if (std::string error = options.findError(); !error.empty()) {
      mlir::emitError(getOperation().getLoc(), error);
      return signalPassFailure();
    }
    SmallVector<TileAttentionOp> tiles;
    getOperation().walk([&](TileAttentionOp op) { tiles.push_back(op); });
    for (TileAttentionOp op : tiles)
      if (failed(checkForGpu(op)))
        return signalPassFailure();
    LLVM::GlobalOp memory;
    if (!tiles.empty())
      memory = createSharedMemory(getOperation());
    for (TileAttentionOp op : tiles) {
      GpuTile tile = chooseGpuTile(op, options);
      GpuBuilder b(op.getLoc(), op);
      setMostRegisters(b, op, tile, limitRegisters);
      keepLongLoops(op);
      lowerTileForGpu(op, tile, LLVM::AddressOfOp::create(b, memory));
    }
    SmallVector<SoftmaxCombineOp> combined;
    getOperation().walk([&](SoftmaxCombineOp op) { combined.push_back(op); });
    for (SoftmaxCombineOp op : combined)
      lowerCombineForGpu(op);
    expandMath(getOperation());
  }
};
} // namespace
