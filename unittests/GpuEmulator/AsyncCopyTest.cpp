// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// cp.async: copies arrive at their wait and not before.
#include "EmulatorTest.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {

class AsyncCopy : public EmulatorTest {
protected:
  /// `%target` is the thread's piece of an array of shared memory and `%from`
  /// its input, 16 bytes each.
  static std::string kernel(StringRef body) {
    return ("  llvm.mlir.global internal @array() {addr_space = 3 : i32, "
            "alignment = 16 : i64} : !llvm.array<1024 x i8>\n" +
            perThread("i32", "i32",
                      (R"mlir(
    %c0 = llvm.mlir.constant(0 : i32) : i32
    %c4 = llvm.mlir.constant(4 : i32) : i32
    %c8 = llvm.mlir.constant(8 : i32) : i32
    %array = llvm.mlir.addressof @array : !llvm.ptr<3>
    %target = llvm.getelementptr %array[%tid] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, !llvm.array<16 x i8>
    %second = llvm.getelementptr %target[512] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8
    %source = llvm.getelementptr %in[%tid] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, !llvm.array<16 x i8>
)mlir" + body)
                          .str()));
  }
  static constexpr StringLiteral copy =
      "    nvvm.cp.async.shared.global %target, %source, 16, cache = cg : "
      "!llvm.ptr<3>, !llvm.ptr<1>\n";
  static constexpr StringLiteral copySecond =
      "    nvvm.cp.async.shared.global %second, %source, 16, cache = cg : "
      "!llvm.ptr<3>, !llvm.ptr<1>\n";
  static constexpr StringLiteral commit = "    nvvm.cp.async.commit.group\n";
};

TEST_F(AsyncCopy, ArrivesAtItsWait) {
  std::vector<int32_t> out =
      runKernel(kernel((copy + commit +
                        "    nvvm.cp.async.wait.group 0\n    %result = "
                        "llvm.load %target : !llvm.ptr<3> -> i32")
                           .str()));
  for (int t = 0; t < 32; ++t)
    EXPECT_EQ(out[t], 1000 + 4 * t);
}

TEST_F(AsyncCopy, SizesOf4And8Bytes) {
  for (StringRef size : {"4", "8"}) {
    std::vector<int32_t> out = runKernel(
        kernel(("    nvvm.cp.async.shared.global %target, %source, " + size +
                ", cache = ca : !llvm.ptr<3>, !llvm.ptr<1>\n" + commit +
                "    nvvm.cp.async.wait.group 0\n    %result = llvm.load "
                "%target : !llvm.ptr<3> -> i32")
                   .str()));
    EXPECT_EQ(out[5], 1020);
  }
}

TEST_F(AsyncCopy, WaitKeepsTheLatestGroups) {
  // Two groups; all but one have arrived: the first one has.
  std::vector<int32_t> out =
      runKernel(kernel((copy + commit + copySecond + commit +
                        "    nvvm.cp.async.wait.group 1\n    %result = "
                        "llvm.load %target : !llvm.ptr<3> -> i32")
                           .str()));
  EXPECT_EQ(out[1], 1004);
  expectKernelError(
      kernel((copy + commit + copySecond + commit +
              "    nvvm.cp.async.wait.group 1\n    %result = llvm.load %second "
              ": !llvm.ptr<3> -> i32")
                 .str()),
      {"'llvm.load'", "thread (0, 0, 0): read of 4 bytes at shared offset 512: "
                      "use before wait: a cp.async of thread (0, 0, 0)"});
}

TEST_F(AsyncCopy, FillsWithZeros) {
  // 8 of 16 bytes come from the source: elements 4 t and 4 t + 1.
  auto read = [&](StringRef size, int index) {
    return runKernel(kernel(
        ("    nvvm.cp.async.shared.global %target, %source, 16, cache = cg, " +
         size + " : !llvm.ptr<3>, !llvm.ptr<1>, i32\n" + commit +
         "    nvvm.cp.async.wait.group 0\n    %p = llvm.getelementptr "
         "%target[" +
         Twine(index) +
         "] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i32\n"
         "    %result = llvm.load %p : !llvm.ptr<3> -> i32")
            .str()))[2];
  };
  EXPECT_EQ(read("%c8", 1), 1009);
  EXPECT_EQ(read("%c8", 2), 0);
  EXPECT_EQ(read("%c8", 3), 0);
  EXPECT_EQ(read("%c0", 0), 0);
}

TEST_F(AsyncCopy, SourceOfNothingMayLieAnywhere) {
  std::vector<int32_t> out =
      runKernel(kernel((R"mlir(
    %far = llvm.getelementptr %source[1000000] : (!llvm.ptr<1>) -> !llvm.ptr<1>, i8
    nvvm.cp.async.shared.global %target, %far, 16, cache = cg, %c0 : !llvm.ptr<3>, !llvm.ptr<1>, i32
)mlir" + commit +
                        "    nvvm.cp.async.wait.group 0\n    %result = "
                        "llvm.load %target : !llvm.ptr<3> -> i32")
                           .str()));
  EXPECT_EQ(out[9], 0);
}

TEST_F(AsyncCopy, ErrorWithoutWait) {
  expectKernelError(kernel((copy + commit +
                            "    nvvm.barrier0\n    %result = llvm.load "
                            "%target : !llvm.ptr<3> -> i32")
                               .str()),
                    {"use before wait"});
}

TEST_F(AsyncCopy, ErrorWithoutCommit) {
  expectKernelError(
      kernel((copy + "    nvvm.cp.async.wait.group 0\n    %result = llvm.load "
                     "%target : !llvm.ptr<3> -> i32")
                 .str()),
      {"use before wait"});
}

TEST_F(AsyncCopy, ErrorOthersNeedABarrierAfterTheWait) {
  auto text = [](StringRef sync) {
    return kernel(
        (copy + commit + "    nvvm.cp.async.wait.group 0\n    " + sync + R"mlir(
    %c31 = llvm.mlir.constant(31 : i32) : i32
    %other = llvm.sub %c31, %tid : i32
    %theirs = llvm.getelementptr %array[%other] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, !llvm.array<16 x i8>
    %result = llvm.load %theirs : !llvm.ptr<3> -> i32)mlir")
            .str());
  };
  EXPECT_EQ(runKernel(text("nvvm.barrier0"))[0], 1000 + 4 * 31);
  // Lanes meet at the vote, which orders no memory.
  expectKernelError(text("%all = llvm.mlir.constant(-1 : i32) : i32\n    %true "
                         "= llvm.mlir.constant(true) : i1\n"
                         "    %v = nvvm.vote.sync any %all, %true -> i1"),
                    {"missing barrier: thread ("});
}

TEST_F(AsyncCopy, ErrorOverwritesWhatIsOnItsWay) {
  expectKernelError(kernel((copy + commit +
                            "    llvm.store %x, %target : i32, !llvm.ptr<3>\n  "
                            "  %result = llvm.add %x, %x : i32")
                               .str()),
                    {"'llvm.store'", "use before wait"});
  expectKernelError(
      kernel(
          (copy + commit + copy + "    %result = llvm.add %x, %x : i32").str()),
      {"'nvvm.cp.async.shared.global'", "use before wait"});
}

TEST_F(AsyncCopy, ErrorAddresses) {
  auto text = [](StringRef what) {
    return kernel(("    %t1 = llvm.getelementptr %target[8] : (!llvm.ptr<3>) "
                   "-> !llvm.ptr<3>, i8\n"
                   "    %t2 = llvm.getelementptr %target[1008] : "
                   "(!llvm.ptr<3>) -> !llvm.ptr<3>, i8\n"
                   "    %s1 = llvm.getelementptr %source[8] : (!llvm.ptr<1>) "
                   "-> !llvm.ptr<1>, i8\n"
                   "    %s2 = llvm.getelementptr %source[16] : (!llvm.ptr<1>) "
                   "-> !llvm.ptr<1>, i8\n"
                   "    nvvm.cp.async.shared.global " +
                   what +
                   ", 16, cache = cg : !llvm.ptr<3>, !llvm.ptr<1>\n    %result "
                   "= llvm.add %x, %x : i32")
                      .str());
  };
  expectKernelError(text("%t1, %source"), {"misaligned write of 16 bytes"});
  expectKernelError(text("%target, %s1"), {"misaligned read of 16 bytes"});
  expectKernelError(text("%t2, %source"),
                    {"thread (1, 0, 0): write of 16 bytes at shared offset "
                     "1024: out of bounds"});
  expectKernelError(text("%target, %s2"),
                    {"thread (31, 0, 0): out of bounds: read of 16 bytes",
                     "offset 512 from a global buffer of 512 bytes"});
}

} // namespace
