// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The lowering of `sattn.softmax_update`: the inner loops of a kernel.
#ifndef SPARSEATTN_LIB_CONVERSION_SOFTMAXUPDATELOWERING_H
#define SPARSEATTN_LIB_CONVERSION_SOFTMAXUPDATELOWERING_H

#include "SparseAttn/Dialect/TiledOps.h"
#include "TileEmitter.h"

namespace mlir::sattn {

/// Scratch buffers, one of each name and shape for all updates of a tile.
class ScratchBuffers {
public:
  /// Buffers up to this size live on the stack of the tile.
  static constexpr int64_t maxStackBytes = 64 * 1024;

  Value get(Operation *user, StringRef name, ArrayRef<int64_t> shape,
            Type element = nullptr) {
    auto scope = user->getParentOfType<memref::AllocaScopeOp>();
    Block *block = scope ? &scope.getBodyRegion().front() : user->getBlock();
    Value &buffer = buffers[{block, name.str(), llvm::to_vector(shape)}];
    if (buffer)
      return buffer;
    ImplicitLocOpBuilder b(user->getLoc(), user->getContext());
    b.setInsertionPointToStart(block);
    auto type = MemRefType::get(shape, element ? element : b.getF32Type());
    auto alignment = b.getI64IntegerAttr(64);
    if (type.getNumElements() * 4 <= maxStackBytes) {
      buffer = memref::AllocaOp::create(b, type, ValueRange(), alignment);
    } else {
      buffer = memref::AllocOp::create(b, type, ValueRange(), alignment);
      b.setInsertionPoint(block->getTerminator());
      memref::DeallocOp::create(b, buffer);
    }
    return buffer;
  }

private:
  std::map<std::tuple<Block *, std::string, SmallVector<int64_t>>, Value>
      buffers;
};

/// Emits the code of `op` before it; `op` itself stays.
void lowerSoftmaxUpdate(SoftmaxUpdateOp op, const RegisterTile &tile,
                        ScratchBuffers &scratch);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_CONVERSION_SOFTMAXUPDATELOWERING_H
