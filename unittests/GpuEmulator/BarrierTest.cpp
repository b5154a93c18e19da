// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Barriers of the block, named ones, reductions, and threads that never meet.
#include "EmulatorTest.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {

class Barriers : public EmulatorTest {
protected:
  void expectThreadError(const std::string &kernel, uint32_t threads,
                         ArrayRef<StringRef> parts) {
    compile(kernel);
    std::vector<int32_t> in(threads), out(threads);
    expectError({}, {threads}, 0,
                {KernelArgument::buffer(in.data(), threads * 4),
                 KernelArgument::buffer(out.data(), threads * 4)},
                parts);
  }
  /// `first` for threads below `limit`, `second` for the others.
  static std::string branch(int limit, StringRef first, StringRef second) {
    return perThread("i32", "i32",
                     R"mlir(
    %c0 = llvm.mlir.constant(0 : i32) : i32
    %c1 = llvm.mlir.constant(1 : i32) : i32
    %c2 = llvm.mlir.constant(2 : i32) : i32
    %c32 = llvm.mlir.constant(32 : i32) : i32
    %c64 = llvm.mlir.constant(64 : i32) : i32
    %all = llvm.mlir.constant(-1 : i32) : i32
    %limit = llvm.mlir.constant()mlir" +
                         std::to_string(limit) + R"mlir( : i32) : i32
    %below = llvm.icmp "ult" %tid, %limit : i32
    llvm.cond_br %below, ^first, ^second
  ^first:
    )mlir" + first.str() +
                         R"mlir(
    llvm.br ^end
  ^second:
    )mlir" + second.str() +
                         R"mlir(
    llvm.br ^end
  ^end:
    %result = llvm.add %x, %x : i32)mlir");
  }
};

TEST_F(Barriers, ReductionsSeeAllThreads) {
  compile(perThread("i32", "i32", R"mlir(
    %c1000 = llvm.mlir.constant(1000 : i32) : i32
    %c100000 = llvm.mlir.constant(100000 : i32) : i32
    %count = nvvm.barrier #nvvm.reduction<popc> %x -> i32
    %and = nvvm.barrier #nvvm.reduction<and> %x -> i32
    %or = nvvm.barrier #nvvm.reduction<or> %x -> i32
    %a = llvm.mul %and, %c1000 : i32
    %o = llvm.mul %or, %c100000 : i32
    %ao = llvm.add %a, %o : i32
    %result = llvm.add %ao, %count : i32)mlir"));
  std::vector<int32_t> in(64, 0);
  in[3] = in[50] = 1;
  EXPECT_EQ(runPerThread<int32_t>(in), std::vector<int32_t>(64, 100002));
  EXPECT_EQ(runPerThread<int32_t>(std::vector<int32_t>(96, 5)),
            std::vector<int32_t>(96, 101096));
  EXPECT_EQ(runPerThread<int32_t>(std::vector<int32_t>(32, 0)),
            std::vector<int32_t>(32, 0));
}

TEST_F(Barriers, NamedBarriersOrderOnlyTheirThreads) {
  // Warp 0 produces: it writes, then arrives at barrier 1 without waiting; warp
  // 1 waits and reads.
  std::string global = "  llvm.mlir.global internal @array() {addr_space = 3 : "
                       "i32} : !llvm.array<32 x i32>\n";
  auto kernel = [&](StringRef produce, StringRef consume) {
    return global + branch(32, R"mlir(
    %array = llvm.mlir.addressof @array : !llvm.ptr<3>
    %mine = llvm.getelementptr %array[%tid] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i32
    llvm.store %x, %mine : i32, !llvm.ptr<3>
    )mlir" + produce.str(),
                           consume.str() + R"mlir(
    %array1 = llvm.mlir.addressof @array : !llvm.ptr<3>
    %other = llvm.sub %tid, %c32 : i32
    %theirs = llvm.getelementptr %array1[%other] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i32
    %value = llvm.load %theirs : !llvm.ptr<3> -> i32
    %place = llvm.getelementptr %out[%other] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, i32
    llvm.store %value, %place : i32, !llvm.ptr<1>)mlir");
  };
  StringRef arrive = "nvvm.barrier.arrive id = %c1 number_of_threads = %c64";
  StringRef sync = "nvvm.barrier id = %c1 number_of_threads = %c64";
  std::vector<int32_t> in(64), out(64);
  for (int i = 0; i < 64; ++i)
    in[i] = i + 7;
  for (StringRef produce : {arrive, sync}) {
    compile(kernel(produce, sync));
    run({}, {64}, 0,
        {KernelArgument::buffer(in.data(), 256),
         KernelArgument::buffer(out.data(), 256)});
  }
  // The other barrier has only the warps that wait for it, so it orders nothing
  // between them.
  StringRef other = "nvvm.barrier id = %c2 number_of_threads = %c32";
  expectThreadError(
      kernel(other, "nvvm.barrier id = %c1 number_of_threads = %c32"), 64,
      {"thread (63, 0, 0)",
       "missing barrier: thread (31, 0, 0) wrote offset 124"});
}

TEST_F(Barriers, OrderIsTransitive) {
  // Warp 0 writes and meets warp 1 at barrier 1; warp 1 then meets warp 2,
  // which reads.
  auto kernel = [](StringRef second) {
    return "  llvm.mlir.global internal @array() {addr_space = 3 : i32} : "
           "!llvm.array<32 x i32>\n" +
           perThread("i32", "i32",
                     (R"mlir(
    %c1 = llvm.mlir.constant(1 : i32) : i32
    %c2 = llvm.mlir.constant(2 : i32) : i32
    %c3 = llvm.mlir.constant(3 : i32) : i32
    %c32 = llvm.mlir.constant(32 : i32) : i32
    %c64 = llvm.mlir.constant(64 : i32) : i32
    %array = llvm.mlir.addressof @array : !llvm.ptr<3>
    %lane = nvvm.read.ptx.sreg.laneid : i32
    %place = llvm.getelementptr %array[%lane] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i32
    %warp = llvm.udiv %tid, %c32 : i32
    llvm.switch %warp : i32, ^two [0: ^zero, 1: ^one]
  ^zero:
    llvm.store %x, %place : i32, !llvm.ptr<3>
    nvvm.barrier id = %c1 number_of_threads = %c64
    llvm.br ^end(%x : i32)
  ^one:
    nvvm.barrier id = %c1 number_of_threads = %c64
    nvvm.barrier id = )mlir" +
                      second + R"mlir( number_of_threads = %c64
    llvm.br ^end(%x : i32)
  ^two:
    nvvm.barrier id = %c2 number_of_threads = %c64
    %v = llvm.load %place : !llvm.ptr<3> -> i32
    llvm.br ^end(%v : i32)
  ^end(%result: i32):)mlir")
                         .str());
  };
  compile(kernel("%c2"));
  std::vector<int32_t> in(96);
  for (int i = 0; i < 96; ++i)
    in[i] = i + 7;
  std::vector<int32_t> out = runPerThread<int32_t>(in);
  for (int i = 0; i < 32; ++i)
    EXPECT_EQ(out[64 + i], in[i]);
  expectThreadError(
      kernel("%c3"), 96,
      {"deadlock: threads 32 to 63 wait at",
       "for barrier 3, which has 32 of 64 threads; threads 64 to 95"});
}

TEST_F(Barriers, ThreadsThatHaveEndedAreNotWaitedFor) {
  compile(perThread("i32", "i32", R"mlir(
    %c32 = llvm.mlir.constant(32 : i32) : i32
    %gone = llvm.icmp "uge" %tid, %c32 : i32
    llvm.cond_br %gone, ^gone, ^stay
  ^gone:
    nvvm.exit
    llvm.br ^stay
  ^stay:
    nvvm.barrier0
    %result = llvm.add %x, %x : i32)mlir"));
  std::vector<int32_t> out = runPerThread<int32_t>(std::vector<int32_t>(96, 4));
  EXPECT_EQ(out[31], 8);
  EXPECT_EQ(out[32], 0);
}

TEST_F(Barriers, ErrorDivergentBarrier) {
  expectThreadError(
      branch(16, "nvvm.barrier0", "nvvm.barrier0"), 32,
      {"'nvvm.barrier0'",
       "thread (16, 0, 0): divergent barrier: lane 0 of the same warp waits at "
       "kernel.mlir:"});
}

TEST_F(Barriers, ErrorDeadlockListsWhoWaitsWhere) {
  expectThreadError(
      branch(32, "nvvm.barrier id = %c1 number_of_threads = %c64",
             "nvvm.barrier0"),
      96,
      {"block (0, 0, 0): deadlock: threads 0 to 31 wait at kernel.mlir:",
       "for barrier 1, which has 32 of 64 threads; threads 32 to 95 wait at",
       "for barrier 0, which has 64 of 96 threads"});
}

TEST_F(Barriers, ErrorWarpWaitsForLanesAtABarrier) {
  expectThreadError(
      branch(16, "nvvm.barrier0", "nvvm.bar.warp.sync %all : i32"), 32,
      {"'nvvm.bar.warp.sync'",
       "thread (16, 0, 0): divergent collective: lane 0 waits at",
       "'nvvm.barrier0'"});
}

TEST_F(Barriers, ErrorWrongCounts) {
  expectThreadError(
      branch(32, "nvvm.barrier id = %c1 number_of_threads = %c2", ""), 32,
      {"expected a number of threads that is a multiple of 32, but got 2"});
  expectThreadError(
      branch(32, "nvvm.barrier id = %c1 number_of_threads = %c64", ""), 32,
      {"barrier 1 of 64 threads in a block of 32"});
  expectThreadError(branch(32, "nvvm.barrier id = %c64", ""), 32,
                    {"expected a barrier from 0 to 15, but got 64"});
  expectThreadError(branch(32, "nvvm.barrier id = %c1 number_of_threads = %c64",
                           "nvvm.barrier id = %c1 number_of_threads = %c32"),
                    64, {"barrier 1 is in use with another number of threads"});
}

} // namespace
