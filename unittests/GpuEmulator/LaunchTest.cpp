// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Launches: indices, arguments, limits, counts, and what cannot be compiled.
#include "EmulatorTest.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {

class Launch : public EmulatorTest {};

TEST_F(Launch, EveryThreadOfEveryBlockHasItsIndex) {
  // Element of the linear thread: tid.x + 100 tid.y + 10000 tid.z and the same
  // of blocks.
  compile(R"mlir(
  llvm.func @kernel(%out: !llvm.ptr<1>) attributes {nvvm.kernel} {
    %tx = nvvm.read.ptx.sreg.tid.x : i32
    %ty = nvvm.read.ptx.sreg.tid.y : i32
    %tz = nvvm.read.ptx.sreg.tid.z : i32
    %nx = nvvm.read.ptx.sreg.ntid.x : i32
    %ny = nvvm.read.ptx.sreg.ntid.y : i32
    %nz = nvvm.read.ptx.sreg.ntid.z : i32
    %bx = nvvm.read.ptx.sreg.ctaid.x : i32
    %by = nvvm.read.ptx.sreg.ctaid.y : i32
    %bz = nvvm.read.ptx.sreg.ctaid.z : i32
    %gx = nvvm.read.ptx.sreg.nctaid.x : i32
    %gy = nvvm.read.ptx.sreg.nctaid.y : i32
    %c100 = llvm.mlir.constant(100 : i32) : i32
    %t0 = llvm.mul %tz, %c100 : i32
    %t1 = llvm.add %t0, %ty : i32
    %t2 = llvm.mul %t1, %c100 : i32
    %thread = llvm.add %t2, %tx : i32
    %b0 = llvm.mul %bz, %c100 : i32
    %b1 = llvm.add %b0, %by : i32
    %b2 = llvm.mul %b1, %c100 : i32
    %block = llvm.add %b2, %bx : i32
    %lb0 = llvm.mul %bz, %gy : i32
    %lb1 = llvm.add %lb0, %by : i32
    %lb2 = llvm.mul %lb1, %gx : i32
    %lb = llvm.add %lb2, %bx : i32
    %l0 = llvm.mul %lb, %nz : i32
    %l1 = llvm.add %l0, %tz : i32
    %l2 = llvm.mul %l1, %ny : i32
    %l3 = llvm.add %l2, %ty : i32
    %l4 = llvm.mul %l3, %nx : i32
    %l = llvm.add %l4, %tx : i32
    %to = llvm.getelementptr %out[%l] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, !llvm.array<2 x i32>
    %to1 = llvm.getelementptr %to[1] : (!llvm.ptr<1>) -> !llvm.ptr<1>, i32
    llvm.store %thread, %to : i32, !llvm.ptr<1>
    llvm.store %block, %to1 : i32, !llvm.ptr<1>
    llvm.return
  })mlir");
  Dim3 grid{2, 3, 2}, block{5, 2, 3};
  std::vector<int32_t> out(grid.total() * block.total() * 2, -1);
  run(grid, block, 0, {KernelArgument::buffer(out.data(), out.size() * 4)});
  size_t i = 0;
  for (uint32_t b = 0; b < grid.total(); ++b)
    for (uint32_t t = 0; t < block.total(); ++t) {
      EXPECT_EQ(out[i++], int(t % 5 + 100 * (t / 5 % 2) + 10000 * (t / 10)));
      EXPECT_EQ(out[i++], int(b % 2 + 100 * (b / 2 % 3) + 10000 * (b / 6)));
    }
}

TEST_F(Launch, LanesAndWarpsFollowTheLinearIndex) {
  compile(perThread("i32", "i32", R"mlir(
    %lane = nvvm.read.ptx.sreg.laneid : i32
    %warp = nvvm.read.ptx.sreg.warpid : i32
    %below = nvvm.read.ptx.sreg.lanemask.lt : i32
    %ones = llvm.intr.ctpop(%below) : (i32) -> i32
    %c1000 = llvm.mlir.constant(1000 : i32) : i32
    %w = llvm.mul %warp, %c1000 : i32
    %sum = llvm.add %lane, %ones : i32
    %result = llvm.add %w, %sum : i32)mlir"));
  std::vector<int32_t> out = runPerThread<int32_t>(std::vector<int32_t>(96));
  for (int t = 0; t < 96; ++t)
    EXPECT_EQ(out[t], t / 32 * 1000 + 2 * (t % 32));
}

TEST_F(Launch, MasksOfLanes) {
  // Name, and whether lanes below, at and above this one are in the mask.
  struct Mask {
    StringRef name;
    bool below, equal, above;
  };
  for (Mask mask :
       {Mask{"eq", false, true, false}, Mask{"lt", true, false, false},
        Mask{"le", true, true, false}, Mask{"gt", false, false, true},
        Mask{"ge", false, true, true}}) {
    compile(perThread(
        "i32", "i32",
        ("    %result = nvvm.read.ptx.sreg.lanemask." + mask.name + " : i32")
            .str()));
    std::vector<uint32_t> out =
        runPerThread<uint32_t>(std::vector<int32_t>(64));
    for (unsigned t = 0; t < 64; ++t)
      for (unsigned lane = 0; lane < 32; ++lane)
        EXPECT_EQ((out[t] >> lane & 1) != 0, lane < t % 32    ? mask.below
                                             : lane == t % 32 ? mask.equal
                                                              : mask.above)
            << mask.name.str();
  }
}

TEST_F(Launch, ClustersAreSingleBlocks) {
  auto read = [&](StringRef name) {
    compile(("  llvm.func @kernel(%out: !llvm.ptr<1>) attributes {nvvm.kernel} "
             "{\n    %r = nvvm.read.ptx.sreg." +
             name +
             " : i32\n    llvm.store %r, %out : i32, !llvm.ptr<1>\n    "
             "llvm.return\n  }\n")
                .str());
    int32_t out = -1;
    // The last block writes last.
    run({2, 3, 4}, {48}, 0, {KernelArgument::buffer(&out, 4)});
    return out;
  };
  EXPECT_EQ(read("clusterid.x"), 1);
  EXPECT_EQ(read("clusterid.y"), 2);
  EXPECT_EQ(read("clusterid.z"), 3);
  EXPECT_EQ(read("nclusterid.x"), 2);
  EXPECT_EQ(read("nclusterid.y"), 3);
  EXPECT_EQ(read("nclusterid.z"), 4);
  EXPECT_EQ(read("nctaid.z"), 4);
  for (StringRef dim : {"x", "y", "z"}) {
    EXPECT_EQ(read(("cluster.ctaid." + dim).str()), 0);
    EXPECT_EQ(read(("cluster.nctaid." + dim).str()), 1);
  }
  EXPECT_EQ(read("cluster.ctarank"), 0);
  EXPECT_EQ(read("cluster.nctarank"), 1);
  EXPECT_EQ(read("nwarpid"), 2);
  EXPECT_EQ(read("warpsize"), 32);
}

/// out = scale * (the second number of a structure).
const char *const scaledSecond = R"mlir(
  llvm.func @kernel(%out: !llvm.ptr<1>, %scale: f64, %pair: !llvm.ptr {llvm.byval = !llvm.struct<(i32, i32)>, nvvm.grid_constant}) attributes {nvvm.kernel} {
    %p = llvm.getelementptr %pair[0, 1] : (!llvm.ptr) -> !llvm.ptr, !llvm.struct<(i32, i32)>
    %second = llvm.load %p : !llvm.ptr -> i32
    %f = llvm.sitofp %second : i32 to f64
    %r = llvm.fmul %f, %scale : f64
    llvm.store %r, %out : f64, !llvm.ptr<1>
    llvm.return
  })mlir";

TEST_F(Launch, ArgumentsByValueAndStructures) {
  compile(scaledSecond);
  double out = 0;
  int32_t pair[] = {3, 7};
  run({}, {}, 0,
      {KernelArgument::buffer(&out, sizeof(out)), KernelArgument::value(0.5),
       KernelArgument::structure(pair, sizeof(pair))});
  EXPECT_EQ(out, 3.5);
}

TEST_F(Launch, ParametersAsCudaHasThem) {
  compile(scaledSecond);
  double out = 0, scale = 0.5;
  int32_t pair[] = {3, 7};
  double *to = &out;
  const void *parameters[] = {&to, &scale, pair};
  auto launch = [&](size_t count) {
    LaunchResult result =
        emulator->launch("kernel", {}, {}, 0, parameters, count);
    return result.succeeded() ? "" : result.errors.front();
  };
  EXPECT_NE(launch(3).find("out of bounds: write of 8 bytes"),
            std::string::npos);
  emulator->addBuffer(&out, sizeof(out));
  EXPECT_EQ(launch(3), "");
  EXPECT_EQ(out, 3.5);
  emulator->removeBuffer(&out);
  EXPECT_NE(launch(3).find("out of bounds"), std::string::npos);
  emulator->addConstantBuffer(&out, sizeof(out));
  EXPECT_NE(launch(3).find("read-only"), std::string::npos);
  EXPECT_EQ(launch(2), "expected 3 arguments, but got 2");
}

TEST_F(Launch, DeviceFunctionsAndConstantTables) {
  compile(R"mlir(
  llvm.mlir.global internal constant @table(dense<[10, 20, 30, 40]> : tensor<4xi32>) {addr_space = 4 : i32} : !llvm.array<4 x i32>
  llvm.func @lookUp(%i: i32) -> i32 {
    %t = llvm.mlir.addressof @table : !llvm.ptr<4>
    %p = llvm.getelementptr %t[0, %i] : (!llvm.ptr<4>, i32) -> !llvm.ptr<4>, !llvm.array<4 x i32>
    %v = llvm.load %p : !llvm.ptr<4> -> i32
    llvm.return %v : i32
  }
)mlir" + perThread("i32", "i32",
                   "%result = llvm.call @lookUp(%x) : (i32) -> i32"));
  EXPECT_EQ(runPerThread<int32_t>(std::vector<int32_t>{3, 1, 0, 2}),
            (std::vector<int32_t>{40, 20, 10, 30}));
  std::vector<int32_t> in{4}, out(1);
  expectError({}, {1}, 0,
              {KernelArgument::buffer(in.data(), 4),
               KernelArgument::buffer(out.data(), 4)},
              {"'llvm.load'", "out of bounds: read of 4 bytes",
               "global buffer of 16 bytes"});
}

TEST_F(Launch, CountsInstructionsOfEachThread) {
  // Thread t goes round the loop t + 1 times.
  compile(perThread("i32", "i32", R"mlir(
    %c0 = llvm.mlir.constant(0 : i32) : i32
    %c1 = llvm.mlir.constant(1 : i32) : i32
    llvm.br ^loop(%c0, %c0 : i32, i32)
  ^loop(%i: i32, %sum: i32):
    %next = llvm.add %i, %c1 : i32
    %s = llvm.mul %sum, %i : i32
    %more = llvm.icmp "ule" %next, %tid : i32
    llvm.cond_br %more, ^loop(%next, %s : i32, i32), ^end
  ^end:
    %result = llvm.add %s, %c1 : i32)mlir"));
  std::vector<int32_t> in(4), out(4);
  LaunchResult result = run({2}, {4}, 0,
                            {KernelArgument::buffer(in.data(), 16),
                             KernelArgument::buffer(out.data(), 16)});
  EXPECT_EQ(result.instructionCounts["llvm.mul"], 2u * (1 + 2 + 3 + 4));
  EXPECT_EQ(result.instructionCounts["llvm.store"], 2u * 4);
  EXPECT_EQ(result.instructionCounts["nvvm.read.ptx.sreg.tid.x"], 2u * 4);
}

TEST_F(Launch, RefusesWrongLaunches) {
  compile(R"mlir(
  llvm.mlir.global external @dynamic() {addr_space = 3 : i32, alignment = 128 : i64} : !llvm.array<0 x i8>
  llvm.func @kernel(%out: !llvm.ptr<1>, %n: i32) attributes {nvvm.kernel, nvvm.reqntid = array<i32: 64, 1, 1>} {
    llvm.return
  })mlir");
  int32_t data = 0;
  auto pointer = KernelArgument::buffer(&data, 4);
  auto number = KernelArgument::value<int32_t>(1);
  expectError({}, {64}, 0, {pointer}, {"expected 2 arguments, but got 1"});
  expectError({}, {64}, 0, {pointer, KernelArgument::value<int64_t>(1)},
              {"argument 1: expected 4 bytes, but got 8"});
  expectError({}, {64}, 0, {pointer, KernelArgument::structure(&data, 4)},
              {"argument 1: expected no structure"});
  expectError({}, {32}, 0, {pointer, number},
              {"requires blocks of 64 threads"});
  expectError({0}, {64}, 0, {pointer, number}, {"expected a grid with blocks"});
  expectError({1, 65536}, {64}, 0, {pointer, number},
              {"expected at most 65535 blocks in dimension 1, but got 65536"});
  expectError({}, {2048}, 0, {pointer, number}, {"expected 1 to 1024 threads"});
  expectError({}, {64}, 300000, {pointer, number},
              {"300000 of dynamic shared memory"});
  run({}, {64}, 1024, {pointer, number});
  EXPECT_EQ(emulator->launch("other", {}, {}, 0, {}).errors.at(0),
            "no kernel 'other' in the module");
}

TEST_F(Launch, NamesWhatIsNotEmulated) {
  auto kernel = [](StringRef body) {
    return ("  llvm.func @kernel(%p: !llvm.ptr<3>, %i: i32) attributes "
            "{nvvm.kernel} {\n    " +
            body + "\n    llvm.return\n  }\n")
        .str();
  };
  EXPECT_EQ(getCompileError(kernel("nvvm.breakpoint")),
            "kernel.mlir:3:5: 'nvvm.breakpoint' is not emulated");
  EXPECT_EQ(
      getCompileError(kernel("llvm.inline_asm \"brkpt;\", \"\" : () -> ()")),
      "kernel.mlir:3:5: 'llvm.inline_asm' is not emulated for \"brkpt;\"");
  EXPECT_EQ(getCompileError(
                "  llvm.func @__nv_expf(f32) -> f32\n" +
                perThread("f32", "f32",
                          "%result = llvm.call @__nv_expf(%x) : (f32) -> f32")),
            "kernel.mlir:8:11: 'llvm.call' is not emulated: '@__nv_expf' has "
            "no body");
  EXPECT_EQ(getCompileError(kernel("%c = arith.constant 1 : i32")),
            "kernel.mlir:3:10: 'arith.constant' is not emulated");
}

} // namespace
