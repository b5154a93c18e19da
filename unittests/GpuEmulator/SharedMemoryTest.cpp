// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Shared memory: static and dynamic arrays, and each error of an access.
#include "EmulatorTest.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {

class SharedMemory : public EmulatorTest {
protected:
  /// Each thread writes its element to `array`, and after `sync` reads that of
  /// the next thread, or of the one `distance` on. All have written the array
  /// once before.
  static std::string exchange(StringRef globals,
                              StringRef sync = "nvvm.barrier0",
                              StringRef distance = "1") {
    return (globals + perThread("i32", "i32",
                                (R"mlir(
    %array = llvm.mlir.addressof @array : !llvm.ptr<3>
    %one = llvm.mlir.constant()mlir" +
                                 distance + R"mlir( : i32) : i32
    %n = nvvm.read.ptx.sreg.ntid.x : i32
    %mine = llvm.getelementptr %array[%tid] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i32
    llvm.store %n, %mine : i32, !llvm.ptr<3>
    nvvm.barrier0
    llvm.store %x, %mine : i32, !llvm.ptr<3>
    )mlir" + sync + R"mlir(
    %next = llvm.add %tid, %one : i32
    %neighbor = llvm.urem %next, %n : i32
    %theirs = llvm.getelementptr %array[%neighbor] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i32
    %generic = llvm.addrspacecast %theirs : !llvm.ptr<3> to !llvm.ptr
    %result = llvm.load %generic : !llvm.ptr -> i32)mlir")
                                    .str()))
        .str();
  }
  static constexpr StringLiteral staticArray =
      "  llvm.mlir.global internal @array() {addr_space = 3 : i32} : "
      "!llvm.array<64 x i32>\n";
  static constexpr StringLiteral dynamicArray =
      "  llvm.mlir.global external @array() {addr_space = 3 : i32, alignment = "
      "16 : i64} : !llvm.array<0 x i8>\n";

  static std::vector<int32_t> numbers(size_t count) {
    std::vector<int32_t> in(count);
    for (size_t i = 0; i < count; ++i)
      in[i] = static_cast<int32_t>(100 + i);
    return in;
  }

  void expectThreadError(const std::string &kernel, uint32_t threads,
                         size_t dynamicShared, ArrayRef<StringRef> parts) {
    compile(kernel);
    std::vector<int32_t> in = numbers(threads), out(threads);
    expectError({}, {threads}, dynamicShared,
                {KernelArgument::buffer(in.data(), threads * 4),
                 KernelArgument::buffer(out.data(), threads * 4)},
                parts);
  }

  /// A kernel in which thread 0 of 32 runs `body` with the array of 64 numbers
  /// `%array`.
  static std::string single(StringRef body) {
    return (staticArray +
            perThread(
                "i32", "i32",
                ("%array = llvm.mlir.addressof @array : !llvm.ptr<3>\n" + body)
                    .str()))
        .str();
  }
};

TEST_F(SharedMemory, StaticArrayCarriesValuesAcrossABarrier) {
  compile(exchange(staticArray));
  std::vector<int32_t> in = numbers(64), out = runPerThread<int32_t>(in);
  for (int t = 0; t < 64; ++t)
    EXPECT_EQ(out[t], in[(t + 1) % 64]);
}

TEST_F(SharedMemory, DynamicArrayComesAfterStaticOnes) {
  compile(exchange(
      (dynamicArray +
       StringRef(
           "  llvm.mlir.global internal @other() {addr_space = 3 : i32} : "
           "!llvm.array<5 x i8>\n"))
          .str()));
  std::vector<int32_t> in = numbers(96), out(96);
  run({3}, {96}, 96 * 4,
      {KernelArgument::buffer(in.data(), 96 * 4),
       KernelArgument::buffer(out.data(), 96 * 4)});
  for (int t = 0; t < 96; ++t)
    EXPECT_EQ(out[t], in[(t + 1) % 96]);
}

TEST_F(SharedMemory, SizesAreWhatTheHardwareSays) {
  compile((dynamicArray +
           StringRef("  llvm.mlir.global internal @a() {addr_space = 3 : i32} "
                     ": !llvm.array<5 x i8>\n"
                     "  llvm.mlir.global internal @b() {addr_space = 3 : i32} "
                     ": !llvm.array<2 x i32>\n") +
           perThread("i32", "i32", R"mlir(
    %a = llvm.mlir.addressof @a : !llvm.ptr<3>
    %total = nvvm.read.ptx.sreg.total.smem.size : i32
    %dynamic = nvvm.read.ptx.sreg.dynamic.smem.size : i32
    %c1000 = llvm.mlir.constant(1000 : i32) : i32
    %t = llvm.mul %total, %c1000 : i32
    %result = llvm.add %t, %dynamic : i32)mlir"))
              .str());
  std::vector<int32_t> in(1), out(1);
  run({}, {1}, 48,
      {KernelArgument::buffer(in.data(), 4),
       KernelArgument::buffer(out.data(), 4)});
  EXPECT_EQ(out[0], (16 + 48) * 1000 + 48);
}

TEST_F(SharedMemory, AddressesFitInto32Bits) {
  compile((staticArray + perThread("i32", "i32", R"mlir(
    %array = llvm.mlir.addressof @array : !llvm.ptr<3>
    %address = llvm.ptrtoint %array : !llvm.ptr<3> to i32
    %four = llvm.mlir.constant(4 : i32) : i32
    %offset = llvm.mul %tid, %four : i32
    %swizzled = llvm.xor %address, %offset : i32
    %p = llvm.inttoptr %swizzled : i32 to !llvm.ptr<3>
    llvm.store %x, %p : i32, !llvm.ptr<3>
    %q = llvm.getelementptr %array[%tid] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i32
    %result = llvm.load %q : !llvm.ptr<3> -> i32)mlir"))
              .str());
  std::vector<int32_t> in = numbers(64);
  EXPECT_EQ(runPerThread<int32_t>(in), in);
}

TEST_F(SharedMemory, VariablesOfAThreadAreItsOwn) {
  compile(perThread("i32", "i32", R"mlir(
    %one = llvm.mlir.constant(1 : i32) : i32
    %four = llvm.mlir.constant(4 : i32) : i32
    %three = llvm.mlir.constant(3 : i32) : i32
    %local = llvm.alloca %four x i32 : (i32) -> !llvm.ptr
    %i = llvm.and %tid, %three : i32
    %p = llvm.getelementptr %local[%i] : (!llvm.ptr, i32) -> !llvm.ptr, i32
    llvm.store %x, %p : i32, !llvm.ptr
    nvvm.barrier0
    %c0 = llvm.mlir.constant(0 : i64) : i64
    %n = llvm.ptrtoint %p : !llvm.ptr to i64
    %hidden = llvm.inttoptr %n : i64 to !llvm.ptr
    %result = llvm.load %hidden : !llvm.ptr -> i32)mlir"));
  std::vector<int32_t> in = numbers(64);
  EXPECT_EQ(runPerThread<int32_t>(in), in);
}

TEST_F(SharedMemory, ErrorReadWithoutBarrierAfterTheWrite) {
  expectThreadError(
      exchange(staticArray, "", "31"), 32, 0,
      {"kernel.mlir:",
       "'llvm.load': block (0, 0, 0), thread (0, 0, 0): read of 4 bytes at "
       "shared "
       "offset 124: missing barrier: thread (31, 0, 0) wrote offset 124"});
}

TEST_F(SharedMemory, ErrorWriteWithoutBarrierAfterTheRead) {
  expectThreadError(
      exchange(staticArray, "", "1"), 32, 0,
      {"kernel.mlir:",
       "'llvm.store': block (0, 0, 0), thread (0, 0, 0): write of 4 bytes at "
       "shared "
       "offset 0: missing barrier: thread (31, 0, 0) read offset 0"});
}

TEST_F(SharedMemory, ErrorBarrierOfTheWarpDoesNotOrderOtherWarps) {
  std::string sync = "%all = llvm.mlir.constant(-1 : i32) : i32\n    "
                     "nvvm.bar.warp.sync %all : i32";
  compile(exchange(staticArray, sync));
  std::vector<int32_t> in = numbers(32), out = runPerThread<int32_t>(in);
  EXPECT_EQ(out[31], in[0]);
  expectThreadError(exchange(staticArray, sync), 64, 0,
                    {"thread (0, 0, 0): write",
                     "missing barrier: thread (63, 0, 0) read offset 0"});
}

TEST_F(SharedMemory, ErrorUninitialized) {
  expectThreadError(single("%result = llvm.load %array : !llvm.ptr<3> -> i32"),
                    32, 0,
                    {"read of 4 bytes at shared offset 0: uninitialized: "
                     "offset 0 was never written"});
}

TEST_F(SharedMemory, ErrorPartlyUninitialized) {
  expectThreadError(single(R"mlir(
    llvm.store %x, %array : i32, !llvm.ptr<3>
    %wide = llvm.load %array : !llvm.ptr<3> -> i64
    %result = llvm.trunc %wide : i64 to i32)mlir"),
                    1, 0, {"read of 8 bytes", "offset 4 was never written"});
}

TEST_F(SharedMemory, ErrorOutOfBounds) {
  expectThreadError(exchange(staticArray), 96, 0,
                    {"'llvm.store'", "thread (64, 0, 0)",
                     "write of 4 bytes at shared offset 256: out of bounds",
                     "the block has 256 bytes of shared memory"});
  expectThreadError(exchange(dynamicArray), 64, 128,
                    {"thread (32, 0, 0)", "out of bounds"});
}

TEST_F(SharedMemory, ErrorBeyondOneArrayIsNotTheNext) {
  expectThreadError(("  llvm.mlir.global internal @next() {addr_space = 3 : "
                     "i32} : !llvm.array<64 x i32>\n" +
                     exchange(staticArray)),
                    96, 0, {"thread (64, 0, 0)", "out of bounds"});
}

TEST_F(SharedMemory, ErrorMisaligned) {
  expectThreadError(
      single(R"mlir(
    %p = llvm.getelementptr %array[2] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8
    llvm.store %x, %p : i32, !llvm.ptr<3>
    %result = llvm.add %x, %x : i32)mlir"),
      32, 0, {"misaligned write of 4 bytes", "expected a multiple of 4"});
  expectThreadError(
      single(R"mlir(
    %p = llvm.getelementptr %array[2] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i32
    %v = llvm.load %p : !llvm.ptr<3> -> vector<4xf32>
    %result = llvm.add %x, %x : i32)mlir"),
      32, 0, {"misaligned read of 16 bytes", "expected a multiple of 16"});
}

TEST_F(SharedMemory, ErrorSharedPointerToGlobalMemory) {
  expectThreadError(
      single(R"mlir(
    %n = llvm.ptrtoint %in : !llvm.ptr<1> to i64
    %p = llvm.inttoptr %n : i64 to !llvm.ptr<3>
    %result = llvm.load %p : !llvm.ptr<3> -> i32)mlir"),
      32, 0,
      {"out of bounds: read of 4 bytes", "from where shared memory begins"});
}

TEST_F(SharedMemory, AtomicsOfThreadsNeedNoBarrier) {
  compile((staticArray + perThread("i32", "i32", R"mlir(
    %array = llvm.mlir.addressof @array : !llvm.ptr<3>
    %c0 = llvm.mlir.constant(0 : i32) : i32
    %first = llvm.icmp "eq" %tid, %c0 : i32
    llvm.cond_br %first, ^init, ^go
  ^init:
    llvm.store %c0, %array : i32, !llvm.ptr<3>
    llvm.br ^go
  ^go:
    nvvm.barrier0
    %old = llvm.atomicrmw add %array, %x monotonic : !llvm.ptr<3>, i32
    nvvm.barrier0
    %result = llvm.load %array : !llvm.ptr<3> -> i32)mlir"))
              .str());
  std::vector<int32_t> out = runPerThread<int32_t>(std::vector<int32_t>(64, 3));
  EXPECT_EQ(out, std::vector<int32_t>(64, 192));
}

} // namespace
