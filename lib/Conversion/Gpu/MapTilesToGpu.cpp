// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From loops over tiles to GPU launches, and what memory lies where.
#include "SparseAttn/Conversion/Passes.h"

#include "CombineSoftmax.h"
#include "GpuBuilder.h"
#include "TileChecks.h"
#include "TileKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_MAPTILESTOGPU
#include "SparseAttn/Conversion/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

/// The largest number that an index can be, as the minimum of something and a constant.
static std::optional<int64_t> findUpperBound(Value value) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return constant.getSExtValue();
  auto minimum = value.getDefiningOp<arith::MinSIOp>();
  if (!minimum)
    return std::nullopt;
  std::optional<int64_t> left = findUpperBound(minimum.getLhs());
  std::optional<int64_t> right = findUpperBound(minimum.getRhs());
  return left && right ? std::min(*left, *right) : left ? left : right;
}

namespace {
/// Threads of a block where each has an iteration of its own.
constexpr int64_t plainThreads = 128;

bool isInLaunch(Operation *op) {
  return op->getParentOfType<gpu::LaunchOp>() != nullptr;
}

/// The launch of one scf.forall.
class LaunchBuilder {
public:
  LaunchBuilder(scf::ForallOp loop, const GpuTileOptions &options,
                int64_t maxSharedBytes, int64_t maxBlocks)
      : loop(loop), b(loop.getLoc(), loop), options(options),
        maxSharedBytes(maxSharedBytes), maxBlocks(maxBlocks) {}

  LogicalResult run() {
    SmallVector<TileAttentionOp> tiles;
    loop.walk([&](TileAttentionOp op) { tiles.push_back(op); });
    int64_t threads = 0, sharedBytes = 0;
    loop.walk([&](SoftmaxCombineOp op) { threads = combineThreads; });
    for (TileAttentionOp op : tiles) {
      if (failed(checkForGpu(op)))
        return failure();
      GpuTile tile = chooseGpuTile(op, options);
      if (tile.rowGroups > maxRowGroups)
        return op.emitError()
               << "expected at most " << maxRowGroups * 16
               << " query rows for each warp, but " << op.getMaxRows()
               << " have " << tile.warps << " warps";
      if (tile.sharedBytes() > maxSharedBytes)
        return op.emitError()
               << "expected a tile to need at most " << maxSharedBytes
               << " bytes of shared memory, but " << op.getMaxRows()
               << " query rows, key tiles of " << tile.keys << " in "
               << tile.stages << " stages need " << tile.sharedBytes();
      threads = std::max(threads, tile.threads());
      sharedBytes = std::max(sharedBytes, tile.sharedBytes());
    }
    // Else each iteration has a thread.
    bool hasBlocks = threads > 0;
    if (!hasBlocks)
      threads = plainThreads;
    SmallVector<Value> sizes;
    Value total = index(1);
    for (OpFoldResult bound : loop.getMixedUpperBound()) {
      sizes.push_back(getValueOrCreateConstantIndexOp(b, b.getLoc(), bound));
      total = arith::MulIOp::create(b, total, sizes.back());
    }
    Value blocks = total;
    bool isPersistent = hasBlocks && maxBlocks > 0;
    if (!hasBlocks)
      blocks = arith::CeilDivSIOp::create(b, total, index(threads));
    else if (isPersistent)
      blocks = arith::MinSIOp::create(b, total, index(maxBlocks));
    SmallVector<Value> workspaces;
    if (failed(allocateWorkspaces(total, workspaces)))
      return failure();

    // There are no grids without a block.
    Value some = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, blocks,
                                       index(0));
    auto ifSome = scf::IfOp::create(b, some, /*withElseRegion=*/false);
    b.setInsertionPointToStart(ifSome.thenBlock());
    Value one = index(1);
    Value memory = sharedBytes ? i32(sharedBytes) : Value();
    auto launch = gpu::LaunchOp::create(b, blocks, one, one, index(threads), one,
                                        one, memory);
    b.setInsertionPointToStart(&launch.getBody().front());
    Value number = launch.getBlockIds().x;
    if (!hasBlocks)
      number = arith::AddIOp::create(
          b, arith::MulIOp::create(b, number, index(threads)),
          launch.getThreadIds().x);
    Operation *end = gpu::TerminatorOp::create(b);
    b.setInsertionPoint(end);
    if (isPersistent) {
      auto tiles = scf::ForOp::create(b, number, total, launch.getGridSize().x);
      number = tiles.getInductionVar();
      b.setInsertionPointToStart(tiles.getBody());
    } else if (!hasBlocks) {
      Value exists = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, number,
                                           total);
      auto ifExists = scf::IfOp::create(b, exists, /*withElseRegion=*/false);
      b.setInsertionPointToStart(ifExists.thenBlock());
    }
    emitBody(number, /*isNarrow=*/hasBlocks, sizes, workspaces);
    b.setInsertionPointAfter(ifSome);
    for (Value workspace : workspaces)
      gpu::DeallocOp::create(b, Type(), ValueRange(), workspace);
    loop.erase();
    return success();
  }

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  Value i32(int64_t value) {
    return arith::ConstantOp::create(b, b.getI32IntegerAttr(value));
  }

  /// Buffers that an iteration allocates are slices of one on the device, [iterations, rows, ...].
  LogicalResult allocateWorkspaces(Value total,
                                   SmallVectorImpl<Value> &workspaces) {
    for (auto alloc : loop.getOps<memref::AllocOp>()) {
      MemRefType type = alloc.getType();
      SmallVector<int64_t> shape{ShapedType::kDynamic};
      size_t dynamic = 0;
      for (int64_t size : type.getShape()) {
        if (ShapedType::isDynamic(size)) {
          std::optional<int64_t> bound =
              findUpperBound(alloc.getDynamicSizes()[dynamic++]);
          if (!bound)
            return alloc.emitError("expected a buffer of a tile to have a known "
                                   "largest size on a GPU");
          size = *bound;
        }
        shape.push_back(size);
      }
      workspaces.push_back(
          gpu::AllocOp::create(b, MemRefType::get(shape, type.getElementType()),
                               Type(), ValueRange(), ValueRange{total},
                               ValueRange())
              .getMemref());
    }
    return success();
  }

  /// The slice of a workspace that iteration `number` has instead of `alloc`.
  Value sliceWorkspace(Value workspace, memref::AllocOp alloc, Value number,
                       const IRMapping &mapping) {
    auto whole = cast<MemRefType>(workspace.getType());
    MemRefType type = alloc.getType();
    SmallVector<OpFoldResult> offsets(whole.getRank(), b.getIndexAttr(0)),
        sizes{b.getIndexAttr(1)}, strides(whole.getRank(), b.getIndexAttr(1));
    offsets[0] = number;
    size_t dynamic = 0;
    for (int64_t size : type.getShape()) {
      if (ShapedType::isDynamic(size))
        sizes.push_back(mapping.lookupOrDefault(
            alloc.getDynamicSizes()[dynamic++]));
      else
        sizes.push_back(b.getIndexAttr(size));
    }
    auto sliceType = cast<MemRefType>(memref::SubViewOp::inferRankReducedResultType(
        type.getShape(), whole, offsets, sizes, strides));
    return memref::SubViewOp::create(b, sliceType, workspace, offsets, sizes,
                                     strides);
  }

  /// Block numbers fit 32 bits (`isNarrow`), in which a division is short.
  void emitBody(Value number, bool isNarrow, ArrayRef<Value> sizes,
                ArrayRef<Value> workspaces) {
    IRMapping mapping;
    Type type = isNarrow ? b.getI32Type() : Type(b.getIndexType());
    auto cast = [&](Value value, Type to) -> Value {
      return value.getType() == to
                 ? value
                 : arith::IndexCastUIOp::create(b, to, value).getResult();
    };
    // The last dimension is the fastest.
    Value rest = cast(number, type);
    for (int64_t dim = sizes.size() - 1; dim >= 0; --dim) {
      Value at = rest;
      if (dim > 0) {
        Value size = cast(sizes[dim], type);
        at = arith::RemUIOp::create(b, rest, size);
        rest = arith::DivUIOp::create(b, rest, size);
      }
      mapping.map(loop.getInductionVar(dim), cast(at, b.getIndexType()));
    }
    for (Operation &inner : loop.getBody()->without_terminator()) {
      if (auto alloc = dyn_cast<memref::AllocOp>(inner)) {
        mapping.map(alloc.getMemref(),
                    sliceWorkspace(workspaces.front(), alloc, number, mapping));
        workspaces = workspaces.drop_front();
      } else if (!isa<memref::DeallocOp>(inner)) {
        b.clone(inner, mapping);
      }
    }
  }

  scf::ForallOp loop;
  ImplicitLocOpBuilder b;
  GpuTileOptions options;
  int64_t maxSharedBytes, maxBlocks;
};

/// Sees to it that the host and the device each have the memory that they touch.
class MemoryPlacer {
public:
  explicit MemoryPlacer(func::FuncOp function) : function(function) {}

  LogicalResult run() {
    SmallVector<gpu::LaunchOp> launches;
    function.walk([&](gpu::LaunchOp launch) { launches.push_back(launch); });
    for (gpu::LaunchOp launch : launches) {
      moveViewsInto(launch);
      llvm::SetVector<Value> used;
      getUsedValuesDefinedAbove(launch.getBody(), used);
      for (Value value : used)
        if (isa<MemRefType>(value.getType()))
          moveToDevice(launch, value);
    }
    for (BlockArgument argument : function.getArguments())
      if (isa<MemRefType>(argument.getType()) &&
          failed(copyToHost(argument)))
        return failure();
    return success();
  }

private:
  void copy(ImplicitLocOpBuilder &b, Value to, Value from) {
    gpu::MemcpyOp::create(b, Type(), ValueRange(), to, from);
  }

  static bool isView(Operation *op) {
    return op && isa<ViewLikeOpInterface, memref::ExtractStridedMetadataOp>(op);
  }

  /// Views of memory that are made before a launch are made in it, so that the memory itself is
  /// what it is given.
  static void moveViewsInto(gpu::LaunchOp launch) {
    Block &body = launch.getBody().front();
    for (bool changed = true; changed;) {
      changed = false;
      llvm::SetVector<Value> used;
      getUsedValuesDefinedAbove(launch.getBody(), used);
      for (Value value : used) {
        if (!isa<MemRefType>(value.getType()) || !isView(value.getDefiningOp()))
          continue;
        OpBuilder b = OpBuilder::atBlockBegin(&body);
        Operation *copy = b.clone(*value.getDefiningOp());
        unsigned number = cast<OpResult>(value).getResultNumber();
        value.replaceUsesWithIf(copy->getResult(number), [&](OpOperand &use) {
          return launch->isProperAncestor(use.getOwner());
        });
        changed = true;
      }
    }
  }

  /// Whether kernels alone touch what is allocated: it carries the results of one to another, or to
  /// the caller.
  static bool isForDeviceOnly(memref::AllocOp alloc) {
    return llvm::all_of(alloc->getUsers(), [](Operation *user) {
      return isInLaunch(user) ||
             isa<memref::DeallocOp, memref::DimOp, func::ReturnOp>(user);
    });
  }
  static void allocateOnDevice(memref::AllocOp alloc) {
    ImplicitLocOpBuilder b(alloc.getLoc(), alloc);
    Value onDevice = gpu::AllocOp::create(b, alloc.getType(), Type(),
                                          ValueRange(), alloc.getDynamicSizes(),
                                          ValueRange())
                         .getMemref();
    for (Operation *user : llvm::make_early_inc_range(alloc->getUsers()))
      if (isa<memref::DeallocOp>(user)) {
        b.setInsertionPoint(user);
        gpu::DeallocOp::create(b, Type(), ValueRange(), onDevice);
        user->erase();
      }
    alloc.getMemref().replaceAllUsesWith(onDevice);
    alloc.erase();
  }

  /// Whether a launch may write memory through one of these uses.
  static bool isWrittenInLaunch(Value memory) {
    return llvm::any_of(memory.getUses(), [](OpOperand &use) {
      Operation *user = use.getOwner();
      if (!isInLaunch(user))
        return false;
      if (isView(user))
        return llvm::any_of(user->getResults(), [](Value result) {
          return isa<MemRefType>(result.getType()) && isWrittenInLaunch(result);
        });
      if (auto tile = dyn_cast<TileAttentionOp>(user))
        return llvm::is_contained(tile.getOuts(), use.get()) ||
               llvm::is_contained(tile.getSave(), use.get());
      auto effects = dyn_cast<MemoryEffectOpInterface>(user);
      return !effects ||
             effects.getEffectOnValue<MemoryEffects::Write>(use.get());
    });
  }

  /// What the host has computed or will read, and constants.
  void moveToDevice(gpu::LaunchOp launch, Value value) {
    Operation *source = value.getDefiningOp();
    auto isInside = [&](OpOperand &use) {
      return launch->isProperAncestor(use.getOwner());
    };
    ImplicitLocOpBuilder b(launch.getLoc(), launch);
    if (isa_and_present<memref::GetGlobalOp>(source)) {
      b.setInsertionPointToStart(&launch.getBody().front());
      value.replaceUsesWithIf(b.clone(*source)->getResult(0), isInside);
      return;
    }
    auto alloc = dyn_cast_or_null<memref::AllocOp>(source);
    if (!alloc)
      return;
    if (isForDeviceOnly(alloc))
      return allocateOnDevice(alloc);
    Value onDevice = gpu::AllocOp::create(b, alloc.getType(), Type(),
                                          ValueRange(), alloc.getDynamicSizes(),
                                          ValueRange())
                         .getMemref();
    copy(b, onDevice, value);
    value.replaceUsesWithIf(onDevice, isInside);
    b.setInsertionPointAfter(launch);
    if (isWrittenInLaunch(onDevice))
      copy(b, value, onDevice);
    gpu::DeallocOp::create(b, Type(), ValueRange(), onDevice);
  }

  /// Whether the host reads memory of the device through one of these uses; fails where it does
  /// more than that.
  static FailureOr<bool> isReadOnHost(Value memory) {
    bool isRead = false;
    for (Operation *user : memory.getUsers()) {
      if (isInLaunch(user) ||
          isa<gpu::LaunchOp, memref::DimOp, func::ReturnOp>(user))
        continue;
      if (isa<memref::LoadOp>(user)) {
        isRead = true;
        continue;
      }
      if (!isView(user))
        return user->emitError() << "'" << user->getName()
                                 << "' outside of attention cannot access memory "
                                    "of a GPU";
      for (Value result : user->getResults()) {
        if (!isa<MemRefType>(result.getType()))
          continue;
        FailureOr<bool> isViewRead = isReadOnHost(result);
        if (failed(isViewRead))
          return failure();
        isRead |= *isViewRead;
      }
    }
    return isRead;
  }

  /// An argument that the host reads.
  LogicalResult copyToHost(BlockArgument argument) {
    FailureOr<bool> isRead = isReadOnHost(argument);
    if (failed(isRead) || !*isRead)
      return isRead;
    auto type = cast<MemRefType>(argument.getType());
    if (!type.getLayout().isIdentity())
      return function.emitError() << "expected argument #"
                                  << argument.getArgNumber()
                                  << " to be contiguous, as the host reads it, "
                                     "but got "
                                  << type;
    auto b = ImplicitLocOpBuilder::atBlockBegin(argument.getLoc(),
                                                &function.getBody().front());
    SmallVector<Value> sizes;
    llvm::DenseSet<Operation *> own;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (type.isDynamicDim(dim)) {
        auto size = memref::DimOp::create(b, argument, dim);
        own.insert(size);
        sizes.push_back(size);
      }
    Value onHost = memref::AllocOp::create(b, type, sizes);
    auto copied =
        gpu::MemcpyOp::create(b, Type(), ValueRange(), onHost, argument);
    own.insert(copied);
    argument.replaceUsesWithIf(onHost, [&](OpOperand &use) {
      return !isInLaunch(use.getOwner()) && !own.contains(use.getOwner()) &&
             !isa<func::ReturnOp>(use.getOwner());
    });
    function.walk([&](func::ReturnOp end) {
      ImplicitLocOpBuilder atEnd(end.getLoc(), end);
      memref::DeallocOp::create(atEnd, onHost);
    });
    return success();
  }

  func::FuncOp function;
};

struct MapTilesToGpu : sattn::impl::MapTilesToGpuBase<MapTilesToGpu> {
  using MapTilesToGpuBase::MapTilesToGpuBase;

  void runOnOperation() override {
    GpuTileOptions options{warps, keyTile, stages, allowTF32};
    std::string error = options.findError();
    if (error.empty() && blocks < 0)
      error = "expected 'blocks' to be at least 0, but got " + std::to_string(blocks);
    if (!error.empty()) {
      mlir::emitError(getOperation().getLoc(), error);
      return signalPassFailure();
    }
    SmallVector<scf::ForallOp> loops;
    getOperation().walk([&](scf::ForallOp loop) { loops.push_back(loop); });
    for (scf::ForallOp loop : loops)
      if (failed(LaunchBuilder(loop, options, maxSharedMemory, blocks).run()))
        return signalPassFailure();
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isDeclaration() && failed(MemoryPlacer(function).run()))
        return signalPassFailure();
  }
};
} // namespace
