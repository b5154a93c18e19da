// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Global memory: what kernels may reach, and errors of accesses.
#include "EmulatorTest.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {

class GlobalMemory : public EmulatorTest {};

TEST_F(GlobalMemory, Errors) {
  expectKernelError(
      perThread("i32", "i32",
                "    %p = llvm.getelementptr %in[%tid] : (!llvm.ptr<1>, i32) "
                "-> !llvm.ptr<1>, !llvm.array<20 x i8>\n    %result = "
                "llvm.load %p : !llvm.ptr<1> -> i32"),
      {"'llvm.load'", "thread (26, 0, 0): out of bounds: read of 4 bytes",
       "offset 520 from a global buffer of 512 bytes"});
  expectKernelError(
      perThread("i32", "i32",
                "    llvm.store %x, %in : i32, !llvm.ptr<1>\n    %result = "
                "llvm.add %x, %x : i32"),
      {"'llvm.store'", "write of 4 bytes in read-only global memory"});
  expectKernelError(
      perThread(
          "i32", "i32",
          "    %p = llvm.getelementptr %in[2] : (!llvm.ptr<1>) -> "
          "!llvm.ptr<1>, i8\n    %result = llvm.load %p : !llvm.ptr<1> -> i32"),
      {"misaligned read of 4 bytes"});
  expectKernelError(
      perThread("i32", "i32",
                "    %n = llvm.mlir.zero : !llvm.ptr<1>\n    %result = "
                "llvm.load %n : !llvm.ptr<1> -> i32"),
      {"out of bounds: read of 4 bytes at 0x0, which is in no global buffer"});
}

TEST_F(GlobalMemory, AlignmentOfTheOperationIsWhatCounts) {
  // The assembler splits an access that may be less aligned.
  std::vector<int32_t> out = runKernel(perThread(
      "i32", "i32",
      "    %p = llvm.getelementptr %from[4] : (!llvm.ptr<1>) -> !llvm.ptr<1>, "
      "i8\n"
      "    %c0 = llvm.mlir.constant(0 : i32) : i32\n    %v = llvm.load %p "
      "{alignment = 4 : i64} : !llvm.ptr<1> -> vector<2xi32>\n"
      "    %result = llvm.extractelement %v[%c0 : i32] : vector<2xi32>"));
  EXPECT_EQ(out[3], 1004);
}

TEST_F(GlobalMemory, AddedBuffersCanBeReachedThroughPointersInMemory) {
  compile(perThread("i64", "i32",
                    "    %p = llvm.inttoptr %x : i64 to !llvm.ptr<1>\n    "
                    "%result = llvm.load %p : !llvm.ptr<1> -> i32"));
  int32_t hidden = 42;
  std::vector<int64_t> in{
      static_cast<int64_t>(reinterpret_cast<uintptr_t>(&hidden))};
  std::vector<int32_t> out(1);
  std::vector<KernelArgument> arguments{KernelArgument::buffer(in.data(), 8),
                                        KernelArgument::buffer(out.data(), 4)};
  expectError({}, {1}, 0, arguments, {"out of bounds"});
  emulator->addBuffer(&hidden, sizeof(hidden));
  run({}, {1}, 0, arguments);
  EXPECT_EQ(out[0], 42);
}

TEST_F(GlobalMemory, AThreadThatPollsLetsOthersWrite) {
  // Lane 0 waits for what lane 31 writes.
  compile(perThread("i32", "i32", R"mlir(
    %c0 = llvm.mlir.constant(0 : i32) : i32
    %c31 = llvm.mlir.constant(31 : i32) : i32
    %flag = llvm.getelementptr %out[32] : (!llvm.ptr<1>) -> !llvm.ptr<1>, i32
    %writes = llvm.icmp "eq" %tid, %c31 : i32
    llvm.cond_br %writes, ^write, ^other
  ^write:
    llvm.store volatile %x, %flag : i32, !llvm.ptr<1>
    llvm.br ^end(%c0 : i32)
  ^other:
    %polls = llvm.icmp "eq" %tid, %c0 : i32
    llvm.cond_br %polls, ^poll, ^end(%c0 : i32)
  ^poll:
    %seen = llvm.load volatile %flag : !llvm.ptr<1> -> i32
    %empty = llvm.icmp "eq" %seen, %c0 : i32
    llvm.cond_br %empty, ^poll, ^end(%seen : i32)
  ^end(%result: i32):)mlir"));
  std::vector<int32_t> in(32, 7), out(33);
  run({}, {32}, 0,
      {KernelArgument::buffer(in.data(), 128),
       KernelArgument::buffer(out.data(), 132)});
  EXPECT_EQ(out[0], 7);
}

} // namespace
