// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Compiles and launches kernels that tests have as text.
#ifndef SPARSEATTN_UNITTESTS_GPUEMULATOR_EMULATORTEST_H
#define SPARSEATTN_UNITTESTS_GPUEMULATOR_EMULATORTEST_H

#include "SparseAttn/GpuEmulator/GpuEmulator.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

#include "gtest/gtest.h"

namespace mlir::sattn {

class EmulatorTest : public ::testing::Test {
protected:
  EmulatorTest() {
    context.loadDialect<arith::ArithDialect, gpu::GPUDialect, LLVM::LLVMDialect,
                        NVVM::NVVMDialect>();
  }

  /// Compiles the functions and globals in `text`.
  void compile(const Twine &text) {
    auto created = create(text);
    if (!created)
      FAIL() << llvm::toString(created.takeError());
    emulator = std::move(*created);
  }

  /// Why `text` cannot be compiled.
  std::string getCompileError(const Twine &text) {
    auto created = create(text);
    return created ? "" : llvm::toString(created.takeError());
  }

  LaunchResult launch(Dim3 grid, Dim3 block, size_t dynamicShared,
                      ArrayRef<KernelArgument> arguments) {
    if (!emulator)
      return {{"no emulator"}, {}, {}};
    return emulator->launch("kernel", grid, block, dynamicShared, arguments);
  }

  /// Expects success.
  LaunchResult run(Dim3 grid, Dim3 block, size_t dynamicShared,
                   ArrayRef<KernelArgument> arguments) {
    LaunchResult result = launch(grid, block, dynamicShared, arguments);
    for (const std::string &error : result.errors)
      ADD_FAILURE() << error;
    return result;
  }

  /// Expects an error that holds each of `parts`.
  LaunchResult expectError(Dim3 grid, Dim3 block, size_t dynamicShared,
                           ArrayRef<KernelArgument> arguments,
                           ArrayRef<StringRef> parts) {
    LaunchResult result = launch(grid, block, dynamicShared, arguments);
    EXPECT_EQ(result.errors.size(), 1u);
    for (StringRef part : parts)
      EXPECT_TRUE(StringRef(result.errors.empty() ? "" : result.errors[0])
                      .contains(part))
          << "expected '" << part.str() << "' in '"
          << (result.errors.empty() ? "" : result.errors[0]) << "'";
    return result;
  }

  /// A kernel in which each thread of one block computes `%result` of `type`
  /// from its index `%tid` and its element `%x` of type `inType`, and stores
  /// it.
  static std::string perThread(StringRef inType, StringRef type,
                               StringRef body) {
    return (R"mlir(
  llvm.func @kernel(%in: !llvm.ptr<1>, %out: !llvm.ptr<1>) attributes {nvvm.kernel} {
    %tid = nvvm.read.ptx.sreg.tid.x : i32
    %from = llvm.getelementptr %in[%tid] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, )mlir" +
            inType + "\n    %x = llvm.load %from : !llvm.ptr<1> -> " + inType +
            "\n" + body +
            "\n    %to = llvm.getelementptr %out[%tid] : (!llvm.ptr<1>, i32) "
            "-> "
            "!llvm.ptr<1>, " +
            type + "\n    llvm.store %result, %to : " + type +
            ", !llvm.ptr<1>\n    llvm.return\n  }\n")
        .str();
  }

  /// Runs a kernel of `perThread` with one thread per input.
  template <typename Out, typename In>
  std::vector<Out> runPerThread(const std::vector<In> &in) {
    std::vector<Out> out(in.size());
    run({}, {static_cast<uint32_t>(in.size())}, 0,
        {KernelArgument::constantBuffer(in.data(), in.size() * sizeof(In)),
         KernelArgument::buffer(out.data(), out.size() * sizeof(Out))});
    return out;
  }

  /// Runs a kernel with 32 threads: 128 inputs, 1000 and on, and an output for each thread.
  std::vector<int32_t> runKernel(const std::string &text) {
    compile(text);
    std::vector<int32_t> in = numbers(), out(32);
    run({}, {32}, 0,
        {KernelArgument::constantBuffer(in.data(), 512),
         KernelArgument::buffer(out.data(), 128)});
    return out;
  }
  void expectKernelError(const std::string &text, ArrayRef<StringRef> parts) {
    compile(text);
    std::vector<int32_t> in = numbers(), out(32);
    expectError({}, {32}, 0,
                {KernelArgument::constantBuffer(in.data(), 512),
                 KernelArgument::buffer(out.data(), 128)},
                parts);
  }

  MLIRContext context;
  std::unique_ptr<GpuEmulator> emulator;

private:
  static std::vector<int32_t> numbers() {
    std::vector<int32_t> in(128);
    for (int i = 0; i < 128; ++i)
      in[i] = 1000 + i;
    return in;
  }
  llvm::Expected<std::unique_ptr<GpuEmulator>> create(const Twine &text) {
    module = parseSourceString<ModuleOp>(
        ("gpu.module @kernels {\n" + text + "}\n").str(),
        ParserConfig(&context), "kernel.mlir");
    if (!module)
      return llvm::createStringError("the test's kernel is not valid");
    return GpuEmulator::create(*module->getOps<gpu::GPUModuleOp>().begin());
  }

  OwningOpRef<ModuleOp> module;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_UNITTESTS_GPUEMULATOR_EMULATORTEST_H
