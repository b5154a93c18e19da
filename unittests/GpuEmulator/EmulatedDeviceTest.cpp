// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Host functions with kernels, compiled by upstream's passes alone: what they
/// launch, allocate and copy goes to the emulator, and its errors come back.
#include "SparseAttn/GpuEmulator/EmulatedDevice.h"
#include "SparseAttn/Runtime/Jit.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {

class EmulatedDeviceTest : public ::testing::Test {
protected:
  EmulatedDeviceTest() {
    DialectRegistry registry;
    registerAllExtensions(registry);
    registerJitDialects(registry);
    registry.insert<arith::ArithDialect, func::FuncDialect, gpu::GPUDialect,
                    LLVM::LLVMDialect, memref::MemRefDialect,
                    NVVM::NVVMDialect, scf::SCFDialect>();
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  /// Compiles functions with `gpu.launch` for the emulator and the host.
  void compile(StringRef text) {
    module = parseSourceString<ModuleOp>(text, ParserConfig(&context, false),
                                         "host.mlir");
    ASSERT_TRUE(module);
    PassManager pm(&context);
    pm.addNestedPass<func::FuncOp>(LLVM::createLLVMRequestCWrappersPass());
    pm.addPass(createGpuKernelOutliningPass());
    pm.addPass(createSCFToControlFlowPass());
    pm.addNestedPass<gpu::GPUModuleOp>(createConvertGpuOpsToNVVMOps());
    pm.addPass(createGpuToLLVMConversionPass());
    pm.addPass(createReconcileUnrealizedCastsPass());
    ASSERT_TRUE(succeeded(pm.run(*module)));
    auto created = EmulatedDevice::create(*module);
    ASSERT_TRUE(bool(created)) << llvm::toString(created.takeError());
    device = std::move(*created);
    auto compiled = CompiledModule::compile(*module, "native", "",
                                            EmulatedDevice::getHostFunctions());
    ASSERT_TRUE(bool(compiled)) << llvm::toString(compiled.takeError());
    code = std::make_unique<CompiledModule>(std::move(*compiled));
  }

  /// Calls `name`; gives the device's error, or "".
  std::string call(StringRef name, ArrayRef<MemRefDescriptor> memrefs) {
    SmallVector<MemRefDescriptor> copies(memrefs);
    SmallVector<void *> arguments;
    for (MemRefDescriptor &memref : copies)
      arguments.push_back(memref.get());
    EmulatedDevice::Use use(*device);
    if (llvm::Error error = code->call(name, arguments))
      return llvm::toString(std::move(error));
    llvm::Error error = device->takeError();
    return error ? llvm::toString(std::move(error)) : "";
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::unique_ptr<EmulatedDevice> device;
  std::unique_ptr<CompiledModule> code;
};

constexpr StringLiteral doubled = R"mlir(
func.func @doubled(%in: memref<?xf32>, %out: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %n = memref.dim %in, %c0 : memref<?xf32>
  %blocks = arith.divui %n, %c32 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %blocks, %gy = %c1, %gz = %c1)
      threads(%tx, %ty, %tz) in (%sx = %c32, %sy = %c1, %sz = %c1) {
    %first = arith.muli %bx, %c32 : index
    %i = arith.addi %first, %tx : index
    %x = memref.load %in[%i] : memref<?xf32>
    %y = arith.addf %x, %x : f32
    memref.store %y, %out[%i] : memref<?xf32>
    gpu.terminator
  }
  return
})mlir";

TEST_F(EmulatedDeviceTest, HostCodeLaunchesOnItsArguments) {
  compile(doubled);
  std::vector<float> in(64), out(64);
  for (int i = 0; i < 64; ++i)
    in[i] = i;
  device->addConstantBuffer(in.data(), 256);
  device->addBuffer(out.data(), 256);
  EXPECT_EQ(call("doubled", {{in.data(), {64}}, {out.data(), {64}}}), "");
  for (int i = 0; i < 64; ++i)
    EXPECT_EQ(out[i], 2 * i);
  ASSERT_EQ(device->getLaunches().size(), 1u);
  const EmulatedLaunch &launch = device->getLaunches().front();
  EXPECT_EQ(launch.kernel, "doubled_kernel");
  EXPECT_EQ(launch.grid.x, 2u);
  EXPECT_EQ(launch.block.x, 32u);
  EXPECT_EQ(launch.result.instructionCounts.at("llvm.fadd"), 64u);
  device->clearLaunches();
  EXPECT_TRUE(device->getLaunches().empty());
}

TEST_F(EmulatedDeviceTest, KernelsReachOnlyMemoryOfTheDevice) {
  compile(doubled);
  std::vector<float> in(32), out(32);
  std::vector<MemRefDescriptor> arguments = {{in.data(), {32}},
                                             {out.data(), {32}}};
  device->addBuffer(out.data(), 128);
  std::string error = call("doubled", arguments);
  EXPECT_EQ(error.find("launching 'doubled_kernel': host.mlir:"), 0u) << error;
  EXPECT_NE(error.find("out of bounds: read of 4 bytes"), std::string::npos)
      << error;
  device->addConstantBuffer(in.data(), 128);
  EXPECT_EQ(call("doubled", arguments), "");
  device->removeBuffer(out.data());
  device->addConstantBuffer(out.data(), 128);
  EXPECT_NE(call("doubled", arguments).find("read-only"), std::string::npos);
}

TEST_F(EmulatedDeviceTest, EmptyGridsLaunchNothing) {
  compile(doubled);
  EXPECT_EQ(call("doubled", {{nullptr, {0}}, {nullptr, {0}}}), "");
  EXPECT_TRUE(device->getLaunches().empty());
}

TEST_F(EmulatedDeviceTest, AfterAnErrorNothingIsLaunchedUntilItIsTaken) {
  compile(R"mlir(
func.func @twice(%out: memref<?xf32>) {
  %c1 = arith.constant 1 : index
  %c2000 = arith.constant 2000 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
      threads(%tx, %ty, %tz) in (%sx = %c2000, %sy = %c1, %sz = %c1) {
    gpu.terminator
  }
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
      threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    gpu.terminator
  }
  return
})mlir");
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(call("twice", {{nullptr, {0}}}),
              "launching 'twice_kernel': expected 1 to 1024 threads in a "
              "block, but got (2000, 1, 1)");
  EXPECT_EQ(device->getLaunches().size(), 2u);
}

TEST_F(EmulatedDeviceTest, ScratchMemoryOfHostCode) {
  compile(R"mlir(
func.func @scratch(%in: memref<?xf32>, %out: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %three = arith.constant 3.0 : f32
  %n = memref.dim %in, %c0 : memref<?xf32>
  %t0 = gpu.wait async
  %a, %t1 = gpu.alloc async [%t0] (%n) : memref<?xf32>
  %t2 = gpu.memcpy async [%t1] %a, %in : memref<?xf32>, memref<?xf32>
  %b, %t3 = gpu.alloc async [%t2] (%n) : memref<?xf32>
  %t4 = gpu.memset async [%t3] %b, %three : memref<?xf32>, f32
  %t5 = gpu.launch async [%t4] blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
      threads(%tx, %ty, %tz) in (%sx = %n, %sy = %c1, %sz = %c1) {
    %x = memref.load %a[%tx] : memref<?xf32>
    %y = memref.load %b[%tx] : memref<?xf32>
    %z = arith.addf %x, %y : f32
    memref.store %z, %out[%tx] : memref<?xf32>
    gpu.terminator
  }
  %t6 = gpu.dealloc async [%t5] %a : memref<?xf32>
  %t7 = gpu.dealloc async [%t6] %b : memref<?xf32>
  gpu.wait [%t7]
  return
}
func.func @leak(%n: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %size = memref.dim %n, %c0 : memref<?xf32>
  %t0 = gpu.wait async
  %a, %t1 = gpu.alloc async [%t0] (%size) : memref<?xf32>
  gpu.wait [%t1]
  return
})mlir");
  std::vector<float> in = {1, 2, 3, 4}, out(4);
  device->addBuffer(out.data(), 16);
  EXPECT_EQ(call("scratch", {{in.data(), {4}}, {out.data(), {4}}}), "");
  EXPECT_EQ(out, (std::vector<float>{4, 5, 6, 7}));
  EXPECT_EQ(device->getAllocatedSize(), 0u);
  EXPECT_EQ(call("leak", {{nullptr, {5}}}), "");
  EXPECT_EQ(device->getAllocatedSize(), 20u);
}

TEST_F(EmulatedDeviceTest, MemoryIsNotInitialized) {
  compile(R"mlir(
func.func @fresh(%out: memref<1xf32>) {
  %c1 = arith.constant 1 : index
  %t0 = gpu.wait async
  %a, %t1 = gpu.alloc async [%t0] () : memref<1xf32>
  %t2 = gpu.memcpy async [%t1] %out, %a : memref<1xf32>, memref<1xf32>
  %t3 = gpu.dealloc async [%t2] %a : memref<1xf32>
  gpu.wait [%t3]
  return
})mlir");
  float out = 0;
  EXPECT_EQ(call("fresh", {{&out, {1}}}), "");
  EXPECT_NE(out, out);
}

TEST_F(EmulatedDeviceTest, CopiesThatMissTheirMemory) {
  compile(R"mlir(
func.func @long(%in: memref<?xf32>) {
  %c2 = arith.constant 2 : index
  %t0 = gpu.wait async
  %a, %t1 = gpu.alloc async [%t0] (%c2) : memref<?xf32>
  %t2 = gpu.memcpy async [%t1] %a, %in : memref<?xf32>, memref<?xf32>
  %t3 = gpu.dealloc async [%t2] %a : memref<?xf32>
  %t4 = gpu.dealloc async [%t3] %a : memref<?xf32>
  gpu.wait [%t4]
  return
})mlir");
  std::vector<float> in(3);
  EXPECT_EQ(call("long", {{in.data(), {2}}}),
            "expected memory of the device to be freed once");
  EXPECT_EQ(call("long", {{in.data(), {3}}}),
            "expected at most 8 bytes to be copied or filled, but got 12");
}

TEST_F(EmulatedDeviceTest, WhatIsNotEmulatedIsNamedBeforeAnythingRuns) {
  OwningOpRef<ModuleOp> source = parseSourceString<ModuleOp>(
      R"mlir(module attributes {gpu.container_module} {
gpu.module @kernels {
  llvm.func @kernel() attributes {nvvm.kernel} {
    nvvm.breakpoint
    llvm.return
  }
}
})mlir",
      ParserConfig(&context), "kernel.mlir");
  auto created = EmulatedDevice::create(*source);
  ASSERT_FALSE(bool(created));
  EXPECT_EQ(llvm::toString(created.takeError()),
            "kernel.mlir:4:5: 'nvvm.breakpoint' is not emulated");
}

} // namespace
