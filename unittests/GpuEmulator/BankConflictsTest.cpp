// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Wavefronts of access patterns whose conflicts are known.
#include "EmulatorTest.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {

class BankConflict : public EmulatorTest {
protected:
  /// Each thread stores a value of `type` at `%offset` bytes, which `body`
  /// computes, and `rounds` times so.
  BankConflicts store(StringRef type, StringRef body, int rounds = 1) {
    compile(R"mlir(
  llvm.mlir.global external @array() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<0 x i8>
  llvm.func @kernel() attributes {nvvm.kernel} {
    %tid = nvvm.read.ptx.sreg.tid.x : i32
    %array = llvm.mlir.addressof @array : !llvm.ptr<3>
    %value = llvm.mlir.zero : )mlir" +
            type + R"mlir(
    %c0 = llvm.mlir.constant(0 : i32) : i32
    %c1 = llvm.mlir.constant(1 : i32) : i32
    %c7 = llvm.mlir.constant(7 : i32) : i32
    %c8 = llvm.mlir.constant(8 : i32) : i32
    %c16 = llvm.mlir.constant(16 : i32) : i32
    %c128 = llvm.mlir.constant(128 : i32) : i32
    %rounds = llvm.mlir.constant()mlir" +
            Twine(rounds) + R"mlir( : i32) : i32
    llvm.br ^loop(%c0 : i32)
  ^loop(%i: i32):
)mlir" + body +
            R"mlir(
    %p = llvm.getelementptr %array[%offset] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i8
    llvm.store %value, %p : )mlir" +
            type + R"mlir(, !llvm.ptr<3>
    %next = llvm.add %i, %c1 : i32
    %more = llvm.icmp "ult" %next, %rounds : i32
    llvm.cond_br %more, ^loop(%next : i32), ^end
  ^end:
    llvm.return
  })mlir");
    LaunchResult result = run({}, {32}, 16384, {});
    EXPECT_EQ(result.bankConflicts.size(), 1u);
    return result.bankConflicts.empty() ? BankConflicts()
                                        : result.bankConflicts[0];
  }
  static std::string stride(int bytes) {
    return ("    %s = llvm.mlir.constant(" + Twine(bytes) +
            " : i32) : i32\n    %offset = llvm.mul %tid, %s : i32")
        .str();
  }
  static void expectWavefronts(const BankConflicts &conflicts,
                               uint64_t accesses, uint64_t wavefronts,
                               uint64_t ideal) {
    EXPECT_EQ(conflicts.accesses, accesses);
    EXPECT_EQ(conflicts.wavefronts, wavefronts);
    EXPECT_EQ(conflicts.idealWavefronts, ideal);
  }

  /// ldmatrix.x4 by each lane at the address that `body` computes, in 4 KB that
  /// are written before.
  BankConflicts loadMatrices(StringRef body) {
    compile(R"mlir(
  llvm.mlir.global internal @array() {addr_space = 3 : i32, alignment = 128 : i64} : !llvm.array<4096 x i8>
  llvm.func @kernel() attributes {nvvm.kernel} {
    %tid = nvvm.read.ptx.sreg.tid.x : i32
    %array = llvm.mlir.addressof @array : !llvm.ptr<3>
    %mine = llvm.getelementptr %array[%tid] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, !llvm.array<128 x i8>
    %zero = llvm.mlir.zero : !llvm.array<32 x i32>
    llvm.store %zero, %mine {alignment = 4 : i64} : !llvm.array<32 x i32>, !llvm.ptr<3>
    nvvm.barrier0
    %c7 = llvm.mlir.constant(7 : i32) : i32
    %c8 = llvm.mlir.constant(8 : i32) : i32
    %c16 = llvm.mlir.constant(16 : i32) : i32
    %c128 = llvm.mlir.constant(128 : i32) : i32
    %row = llvm.and %tid, %c7 : i32
    %chunk = llvm.udiv %tid, %c8 : i32
)mlir" + body +
            R"mlir(
    %p = llvm.getelementptr %array[%offset] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i8
    %m = nvvm.ldmatrix %p {num = 4 : i32, layout = #nvvm.mma_layout<row>, shape = #nvvm.ld_st_matrix_shape<m = 8, n = 8>, eltType = #nvvm.ld_st_matrix_elt_type<b16>} : (!llvm.ptr<3>) -> !llvm.struct<(i32, i32, i32, i32)>
    llvm.return
  })mlir");
    LaunchResult result = run({}, {32}, 0, {});
    for (const BankConflicts &conflicts : result.bankConflicts)
      if (conflicts.operation == "nvvm.ldmatrix")
        return conflicts;
    ADD_FAILURE() << "expected counts of ldmatrix";
    return {};
  }
};

TEST_F(BankConflict, OneWordEach) {
  expectWavefronts(store("i32", stride(4)), 1, 1, 1);
  expectWavefronts(store("i16", stride(2)), 1, 1, 1);
  expectWavefronts(store("i32", stride(4), 5), 5, 5, 5);
}

TEST_F(BankConflict, StridesMeetInBanks) {
  expectWavefronts(store("i32", stride(8)), 1, 2, 1);
  expectWavefronts(store("i32", stride(16)), 1, 4, 1);
  expectWavefronts(store("i32", stride(128)), 1, 32, 1);
  // Padding by one word.
  expectWavefronts(store("i32", stride(132)), 1, 1, 1);
  expectWavefronts(store("i32", stride(128), 3), 3, 96, 3);
}

TEST_F(BankConflict, LanesShareAWord) {
  expectWavefronts(store("i32", stride(0)), 1, 1, 1);
}

TEST_F(BankConflict, WideAccessesTakePhases) {
  expectWavefronts(store("vector<2xf32>", stride(8)), 1, 2, 2);
  expectWavefronts(store("vector<4xf32>", stride(16)), 1, 4, 4);
  // Each quarter of the warp has 8 rows of 128 bytes.
  expectWavefronts(store("vector<4xf32>", stride(128)), 1, 32, 4);
  // The same with the 16-byte pieces of each row in another order.
  expectWavefronts(store("vector<4xf32>", R"mlir(
    %row = llvm.and %tid, %c7 : i32
    %o0 = llvm.mul %tid, %c128 : i32
    %o1 = llvm.mul %row, %c16 : i32
    %offset = llvm.add %o0, %o1 : i32)mlir"),
                   1, 4, 4);
}

TEST_F(BankConflict, MatricesRowByRowAndSwizzled) {
  // 8 rows of 128 bytes: one column of pieces lies in the same banks.
  BankConflicts plain = loadMatrices(R"mlir(
    %o0 = llvm.mul %row, %c128 : i32
    %o1 = llvm.mul %chunk, %c16 : i32
    %offset = llvm.add %o0, %o1 : i32)mlir");
  expectWavefronts(plain, 1, 32, 4);
  EXPECT_TRUE(StringRef(plain.location).starts_with("kernel.mlir:"));
  expectWavefronts(loadMatrices(R"mlir(
    %o0 = llvm.mul %row, %c128 : i32
    %swizzled = llvm.xor %chunk, %row : i32
    %o1 = llvm.mul %swizzled, %c16 : i32
    %offset = llvm.add %o0, %o1 : i32)mlir"),
                   1, 4, 4);
}

TEST_F(BankConflict, LanesThatTakeNoPartDoNotShiftTheOthers) {
  // In each round lane `round` is left out; lanes meet after each.
  compile(R"mlir(
  llvm.mlir.global internal @array() {addr_space = 3 : i32} : !llvm.array<4096 x i8>
  llvm.func @kernel() attributes {nvvm.kernel} {
    %tid = nvvm.read.ptx.sreg.tid.x : i32
    %array = llvm.mlir.addressof @array : !llvm.ptr<3>
    %c0 = llvm.mlir.constant(0 : i32) : i32
    %c1 = llvm.mlir.constant(1 : i32) : i32
    %c32 = llvm.mlir.constant(32 : i32) : i32
    %all = llvm.mlir.constant(-1 : i32) : i32
    %p = llvm.getelementptr %array[%tid] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, !llvm.array<128 x i8>
    llvm.br ^loop(%c0 : i32)
  ^loop(%i: i32):
    %skip = llvm.icmp "eq" %i, %tid : i32
    llvm.cond_br %skip, ^join, ^store
  ^store:
    llvm.store %i, %p : i32, !llvm.ptr<3>
    llvm.br ^join
  ^join:
    nvvm.bar.warp.sync %all : i32
    %next = llvm.add %i, %c1 : i32
    %more = llvm.icmp "ult" %next, %c32 : i32
    llvm.cond_br %more, ^loop(%next : i32), ^end
  ^end:
    llvm.return
  })mlir");
  LaunchResult result = run({}, {32}, 0, {});
  ASSERT_EQ(result.bankConflicts.size(), 1u);
  expectWavefronts(result.bankConflicts[0], 32, 32 * 31, 32);
}

TEST_F(BankConflict, LongLoopsWithoutAMeetingPoint) {
  expectWavefronts(store("i32", stride(8), 20000), 20000, 40000, 20000);
}

} // namespace
