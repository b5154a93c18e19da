// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// shfl, vote, match, redux and elect against what the PTX ISA says of each,
/// and divergence.
#include "EmulatorTest.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {

class WarpExchange : public EmulatorTest {
protected:
  static std::vector<int32_t> lanes() {
    std::vector<int32_t> in(32);
    for (int i = 0; i < 32; ++i)
      in[i] = 100 + i;
    return in;
  }
  static std::string constants(StringRef body) {
    return perThread("i32", "i32", R"mlir(
    %all = llvm.mlir.constant(-1 : i32) : i32
    %low = llvm.mlir.constant(65535 : i32) : i32
    %c0 = llvm.mlir.constant(0 : i32) : i32
    %c1 = llvm.mlir.constant(1 : i32) : i32
    %c16 = llvm.mlir.constant(16 : i32) : i32
    %c2 = llvm.mlir.constant(2 : i32) : i32
    %c31 = llvm.mlir.constant(31 : i32) : i32
)mlir" + body.str());
  }
  /// Value of lane i times 2, plus whether its source was valid.
  std::vector<int32_t> shuffle(StringRef kind, int offset, int packed) {
    compile(constants(
        ("    %offset = llvm.mlir.constant(" + Twine(offset) +
         " : i32) : i32\n    %packed = llvm.mlir.constant(" + Twine(packed) +
         " : i32) : i32\n    %pair = nvvm.shfl.sync " + kind +
         R"mlir( %all, %x, %offset, %packed {return_value_and_is_valid} : i32 -> !llvm.struct<(i32, i1)>
    %value = llvm.extractvalue %pair[0] : !llvm.struct<(i32, i1)>
    %valid = llvm.extractvalue %pair[1] : !llvm.struct<(i32, i1)>
    %v = llvm.zext %valid : i1 to i32
    %double = llvm.mul %value, %c2 : i32
    %result = llvm.add %double, %v : i32)mlir")
            .str()));
    return runPerThread<int32_t>(lanes());
  }
  /// Expects lane i to have got the value of `source(i)`, or its own where that
  /// is -1.
  void expectShuffle(StringRef kind, int offset, int packed,
                     llvm::function_ref<int(int)> source) {
    std::vector<int32_t> out = shuffle(kind, offset, packed);
    for (int lane = 0; lane < 32; ++lane) {
      int from = source(lane);
      EXPECT_EQ(out[lane], from < 0 ? 2 * (100 + lane) : 2 * (100 + from) + 1)
          << kind.str() << " " << offset << " " << packed << " lane " << lane;
    }
  }
  void expectLaneError(const std::string &kernel, ArrayRef<StringRef> parts,
                       uint32_t threads = 32) {
    compile(kernel);
    std::vector<int32_t> in(threads), out(threads);
    expectError({}, {threads}, 0,
                {KernelArgument::buffer(in.data(), threads * 4),
                 KernelArgument::buffer(out.data(), threads * 4)},
                parts);
  }
};

TEST_F(WarpExchange, ShuffleUp) {
  expectShuffle("up", 3, 0, [](int i) { return i >= 3 ? i - 3 : -1; });
  // Segments of 8 lanes: the mask's bits are the high bits of the lane.
  expectShuffle("up", 2, 0x1800, [](int i) { return i % 8 >= 2 ? i - 2 : -1; });
}

TEST_F(WarpExchange, ShuffleDown) {
  expectShuffle("down", 4, 31, [](int i) { return i + 4 < 32 ? i + 4 : -1; });
  expectShuffle("down", 1, 0x1c1f,
                [](int i) { return i % 4 < 3 ? i + 1 : -1; });
}

TEST_F(WarpExchange, ShuffleButterfly) {
  for (int offset : {1, 2, 16, 31})
    expectShuffle("bfly", offset, 31, [&](int i) { return i ^ offset; });
  // Beyond the end of its segment of 8 a lane keeps its value.
  expectShuffle("bfly", 8, 0x181f, [](int i) { return i & 8 ? i ^ 8 : -1; });
}

TEST_F(WarpExchange, ShuffleIndex) {
  expectShuffle("idx", 5, 31, [](int) { return 5; });
  expectShuffle("idx", 5, 0x181f, [](int i) { return i / 8 * 8 + 5; });
  // Clamp 3 of segments of 8: lanes 4 to 7 are out of reach.
  expectShuffle("idx", 5, 0x1803, [](int) { return -1; });
}

TEST_F(WarpExchange, ShuffleOfFloats) {
  compile(perThread("f32", "f32", R"mlir(
    %all = llvm.mlir.constant(-1 : i32) : i32
    %c1 = llvm.mlir.constant(1 : i32) : i32
    %c31 = llvm.mlir.constant(31 : i32) : i32
    %result = nvvm.shfl.sync bfly %all, %x, %c1, %c31 : f32 -> f32)mlir"));
  std::vector<float> in(32);
  for (int i = 0; i < 32; ++i)
    in[i] = 0.5f * i;
  std::vector<float> out = runPerThread<float>(in);
  for (int i = 0; i < 32; ++i)
    EXPECT_EQ(out[i], in[i ^ 1]);
}

TEST_F(WarpExchange, Votes) {
  auto vote = [&](StringRef kind, StringRef type,
                  const std::vector<int32_t> &in) {
    compile(constants(
        ("    %p = llvm.icmp \"ne\" %x, %c0 : i32\n    %v = nvvm.vote.sync " +
         kind + " %all, %p -> " + type + "\n" +
         (type == "i1" ? "    %result = llvm.zext %v : i1 to i32"
                       : "    %result = llvm.add %v, %c0 : i32"))
            .str()));
    std::vector<int32_t> out = runPerThread<int32_t>(in);
    EXPECT_EQ(out, std::vector<int32_t>(32, out[0]));
    return out[0];
  };
  std::vector<int32_t> none(32, 0), every(32, 1), some(32, 0);
  some[1] = some[4] = some[31] = 1;
  EXPECT_EQ(vote("ballot", "i32", some), static_cast<int32_t>(0x80000012));
  EXPECT_EQ(vote("any", "i1", none), 0);
  EXPECT_EQ(vote("any", "i1", some), 1);
  EXPECT_EQ(vote("all", "i1", some), 0);
  EXPECT_EQ(vote("all", "i1", every), 1);
  EXPECT_EQ(vote("uni", "i1", some), 0);
  EXPECT_EQ(vote("uni", "i1", none), 1);
  EXPECT_EQ(vote("uni", "i1", every), 1);
}

TEST_F(WarpExchange, VoteOfSomeLanes) {
  compile(constants(R"mlir(
    %below = llvm.icmp "ult" %tid, %c16 : i32
    llvm.cond_br %below, ^some, ^others
  ^some:
    %p = llvm.icmp "ne" %x, %c0 : i32
    %v = nvvm.vote.sync ballot %low, %p -> i32
    llvm.br ^end(%v : i32)
  ^others:
    llvm.br ^end(%c0 : i32)
  ^end(%result: i32):)mlir"));
  std::vector<int32_t> out = runPerThread<int32_t>(std::vector<int32_t>(32, 1));
  EXPECT_EQ(out[0], 0xffff);
  EXPECT_EQ(out[16], 0);
}

TEST_F(WarpExchange, MatchAnyAndAll) {
  compile(constants("    %result = nvvm.match.sync any %all, %x : i32 -> i32"));
  std::vector<int32_t> in(32, 9);
  in[2] = in[5] = 4;
  std::vector<int32_t> out = runPerThread<int32_t>(in);
  EXPECT_EQ(out[2], 0x24);
  EXPECT_EQ(out[0], ~0x24);
  compile(constants(R"mlir(
    %pair = nvvm.match.sync all %all, %x : i32 -> !llvm.struct<(i32, i1)>
    %mask = llvm.extractvalue %pair[0] : !llvm.struct<(i32, i1)>
    %is = llvm.extractvalue %pair[1] : !llvm.struct<(i32, i1)>
    %i = llvm.zext %is : i1 to i32
    %result = llvm.sub %mask, %i : i32)mlir"));
  EXPECT_EQ(runPerThread<int32_t>(in)[0], 0);
  EXPECT_EQ(runPerThread<int32_t>(std::vector<int32_t>(32, 1))[7], -2);
}

TEST_F(WarpExchange, Reductions) {
  std::vector<int32_t> in(32);
  for (int i = 0; i < 32; ++i)
    in[i] = (i * 7919) % 101 - 50;
  auto reduce = [&](StringRef kind) {
    compile(constants(
        ("    %result = nvvm.redux.sync " + kind + " %x, %all : i32 -> i32")
            .str()));
    std::vector<int32_t> out = runPerThread<int32_t>(in);
    EXPECT_EQ(out, std::vector<int32_t>(32, out[0]));
    return out[0];
  };
  int32_t sum = 0, conjunction = -1, disjunction = 0, parity = 0;
  uint32_t least = ~0u, most = 0;
  for (int32_t i : in) {
    sum += i;
    conjunction &= i;
    disjunction |= i;
    parity ^= i;
    least = std::min(least, static_cast<uint32_t>(i));
    most = std::max(most, static_cast<uint32_t>(i));
  }
  EXPECT_EQ(reduce("add"), sum);
  EXPECT_EQ(reduce("and"), conjunction);
  EXPECT_EQ(reduce("or"), disjunction);
  EXPECT_EQ(reduce("xor"), parity);
  EXPECT_EQ(reduce("min"), *std::min_element(in.begin(), in.end()));
  EXPECT_EQ(reduce("max"), *std::max_element(in.begin(), in.end()));
  EXPECT_EQ(static_cast<uint32_t>(reduce("umin")), least);
  EXPECT_EQ(static_cast<uint32_t>(reduce("umax")), most);
}

TEST_F(WarpExchange, ElectOneLane) {
  compile(constants("    %p = nvvm.elect.sync -> i1\n    %result = llvm.zext "
                    "%p : i1 to i32"));
  std::vector<int32_t> out = runPerThread<int32_t>(std::vector<int32_t>(64));
  EXPECT_EQ(std::count(out.begin(), out.begin() + 32, 1), 1);
  EXPECT_EQ(std::count(out.begin() + 32, out.end(), 1), 1);
}

TEST_F(WarpExchange, ErrorLanesAtDifferentOperations) {
  expectLaneError(constants(R"mlir(
    %below = llvm.icmp "ult" %tid, %c16 : i32
    llvm.cond_br %below, ^some, ^others
  ^some:
    %a = nvvm.shfl.sync bfly %all, %x, %c1, %all : i32 -> i32
    llvm.br ^end(%a : i32)
  ^others:
    %b = nvvm.shfl.sync bfly %all, %x, %c2, %all : i32 -> i32
    llvm.br ^end(%b : i32)
  ^end(%result: i32):)mlir"),
                  {"'nvvm.shfl.sync'",
                   "thread (16, 0, 0): divergent collective: lanes "
                   "0-15 wait for this thread at kernel.mlir:"});
}

TEST_F(WarpExchange, ErrorLanesThatHaveExited) {
  std::string kernel = constants(R"mlir(
    %below = llvm.icmp "ult" %tid, %c16 : i32
    llvm.cond_br %below, ^some, ^end(%x : i32)
  ^some:
    %a = nvvm.shfl.sync bfly %all, %x, %c1, %all : i32 -> i32
    llvm.br ^end(%a : i32)
  ^end(%result: i32):)mlir");
  expectLaneError(kernel, {"'nvvm.shfl.sync'",
                           "thread (16, 0, 0): divergent collective: lane 16 "
                           "has exited, and lanes 0-15 wait for it"});
  // A warp of which there are only 16 lanes.
  expectLaneError(
      kernel, {"lanes 16-31 of its mask", "have exited or do not exist"}, 16);
}

TEST_F(WarpExchange, ErrorNotInItsMask) {
  expectLaneError(
      constants(
          "    %result = nvvm.shfl.sync bfly %low, %x, %c1, %all : i32 -> i32"),
      {"thread (16, 0, 0): divergent collective: lane 16 is not in its mask"});
}

TEST_F(WarpExchange, ErrorReadsALaneOutsideItsMask) {
  expectLaneError(
      constants(R"mlir(
    %below = llvm.icmp "ult" %tid, %c16 : i32
    llvm.cond_br %below, ^some, ^end(%x : i32)
  ^some:
    %a = nvvm.shfl.sync bfly %low, %x, %c16, %c31 : i32 -> i32
    llvm.br ^end(%a : i32)
  ^end(%result: i32):)mlir"),
      {"thread (0, 0, 0): reads lane 16, which is not in its mask"});
}

} // namespace
