// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "JitLevel.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

namespace {
struct SetJitLevel : PassWrapper<SetJitLevel, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SetJitLevel)
  explicit SetJitLevel(int level) : level(level) {}
  StringRef getArgument() const override { return "sattn-set-jit-level"; }

  void runOnOperation() override {
    Builder b(&getContext());
    for (auto binary : getOperation().getOps<gpu::BinaryOp>()) {
      SmallVector<Attribute> objects;
      for (auto object : binary.getObjects().getAsRange<gpu::ObjectAttr>()) {
        auto target = cast<NVVM::NVVMTargetAttr>(object.getTarget());
        NamedAttrList properties(object.getProperties());
        properties.set("O", b.getI32IntegerAttr(level));
        objects.push_back(gpu::ObjectAttr::get(
            &getContext(),
            NVVM::NVVMTargetAttr::get(&getContext(), level, target.getTriple(),
                                      target.getChip(), target.getFeatures(),
                                      target.getFlags(), target.getLink()),
            object.getFormat(), object.getObject(),
            properties.getDictionary(&getContext()), object.getKernels()));
      }
      binary.setObjectsAttr(b.getArrayAttr(objects));
    }
  }

  int level;
};
} // namespace

std::unique_ptr<Pass> mlir::sattn::createSetJitLevel(int level) {
  return std::make_unique<SetJitLevel>(level);
}
