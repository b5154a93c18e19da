// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// ldmatrix and stmatrix against the PTX ISA's table: thread T holds elements 2
/// (T % 4) and 2 (T % 4) + 1 of row T / 4, or with .trans of the transposed
/// matrix. Rows lie scattered through shared memory.
#include "EmulatorTest.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {

/// Matrix `m`'s element, different for all.
uint16_t element(int m, int row, int column) {
  return static_cast<uint16_t>(1000 * (m + 1) + row * 8 + column);
}

/// Where row `row` of matrix `m` begins among 32 rows of 16 bytes, scattered.
int place(int m, int row) { return ((m * 8 + row) * 13 + 5) % 32; }

class MatrixMemory : public EmulatorTest {
protected:
  /// Every thread copies its row of 16 bytes into shared memory; `%row` is the
  /// address of the row at the place of this lane, `%places[lane]`.
  static std::string kernel(StringRef body) {
    return (R"mlir(
  llvm.mlir.global internal @array() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<512 x i8>
  llvm.func @kernel(%in: !llvm.ptr<1>, %places: !llvm.ptr<1>, %out: !llvm.ptr<1>) attributes {nvvm.kernel} {
    %tid = nvvm.read.ptx.sreg.tid.x : i32
    %array = llvm.mlir.addressof @array : !llvm.ptr<3>
    %from = llvm.getelementptr %in[%tid] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, !llvm.array<16 x i8>
    %mine = llvm.getelementptr %array[%tid] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, !llvm.array<16 x i8>
    %v = llvm.load %from : !llvm.ptr<1> -> vector<4xi32>
    llvm.store %v, %mine : vector<4xi32>, !llvm.ptr<3>
    nvvm.barrier0
    %pp = llvm.getelementptr %places[%tid] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, i32
    %place = llvm.load %pp : !llvm.ptr<1> -> i32
    %row = llvm.getelementptr %array[%place] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, !llvm.array<16 x i8>
    %to = llvm.getelementptr %out[%tid] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, !llvm.array<4 x i32>
)mlir" + body +
            "\n    llvm.return\n  }\n")
        .str();
  }
  static std::string getStructure(int count) {
    if (count == 1)
      return "i32";
    std::string text = "!llvm.struct<(i32";
    for (int i = 1; i < count; ++i)
      text += ", i32";
    return text + ")>";
  }
  /// Runs with lane 8 m + r pointing at row r of matrix m; lanes beyond `count`
  /// matrices point to nowhere.
  std::vector<uint16_t> runWith(int count, const std::vector<uint16_t> &in) {
    std::vector<int32_t> places(32);
    for (int lane = 0; lane < 32; ++lane)
      places[lane] = lane / 8 < count ? place(lane / 8, lane % 8) : 1 << 20;
    std::vector<uint16_t> out(32 * 8);
    run({}, {32}, 0,
        {KernelArgument::constantBuffer(in.data(), in.size() * 2),
         KernelArgument::buffer(places.data(), 128),
         KernelArgument::buffer(out.data(), out.size() * 2)});
    return out;
  }

  void checkLoad(int count, bool transposed) {
    std::string structure = getStructure(count);
    compile(kernel(
        ("    %m = nvvm.ldmatrix %row {num = " + Twine(count) +
         " : i32, layout = #nvvm.mma_layout<" + (transposed ? "col" : "row") +
         ">, shape = #nvvm.ld_st_matrix_shape<m = 8, n = 8>, eltType = "
         "#nvvm.ld_st_matrix_elt_type<b16>} : (!llvm.ptr<3>) -> " +
         structure + "\n    llvm.store %m, %to : " + structure +
         ", !llvm.ptr<1>")
            .str()));
    std::vector<uint16_t> in(256);
    for (int m = 0; m < 4; ++m)
      for (int row = 0; row < 8; ++row)
        for (int column = 0; column < 8; ++column)
          in[place(m, row) * 8 + column] = element(m, row, column);
    std::vector<uint16_t> out = runWith(count, in);
    for (int lane = 0; lane < 32; ++lane)
      for (int m = 0; m < count; ++m)
        for (int e = 0; e < 2; ++e) {
          int row = lane / 4, column = 2 * (lane % 4) + e;
          EXPECT_EQ(out[lane * 8 + m * 2 + e], transposed
                                                   ? element(m, column, row)
                                                   : element(m, row, column))
              << "x" << count << " lane " << lane;
        }
  }

  void checkStore(int count, bool transposed) {
    std::string
        text = "    %from32 = llvm.getelementptr %in[%tid] : (!llvm.ptr<1>, "
               "i32) -> !llvm.ptr<1>, !llvm.array<4 x i32>\n",
        list, types;
    for (int i = 0; i < count; ++i) {
      text +=
          ("    %p" + Twine(i) + " = llvm.getelementptr %from32[" + Twine(i) +
           "] : (!llvm.ptr<1>) -> !llvm.ptr<1>, i32\n    %r" + Twine(i) +
           " = llvm.load %p" + Twine(i) + " : !llvm.ptr<1> -> i32\n")
              .str();
      list += (", %r" + Twine(i)).str();
      types += ", i32";
    }
    compile(kernel(text + "    nvvm.stmatrix %row" + list +
                   " {layout = #nvvm.mma_layout<" +
                   (transposed ? "col" : "row") +
                   ">, shape = #nvvm.ld_st_matrix_shape<m = 8, n = 8>, eltType "
                   "= #nvvm.ld_st_matrix_elt_type<b16>} : !llvm.ptr<3>" +
                   types +
                   "\n    nvvm.barrier0\n    %w = llvm.load %mine : "
                   "!llvm.ptr<3> -> vector<4xi32>\n"
                   "    llvm.store %w, %to : vector<4xi32>, !llvm.ptr<1>"));
    std::vector<uint16_t> in(256);
    for (int lane = 0; lane < 32; ++lane)
      for (int m = 0; m < 4; ++m)
        for (int e = 0; e < 2; ++e) {
          int row = lane / 4, column = 2 * (lane % 4) + e;
          in[lane * 8 + m * 2 + e] =
              transposed ? element(m, column, row) : element(m, row, column);
        }
    std::vector<uint16_t> out = runWith(count, in);
    for (int m = 0; m < count; ++m)
      for (int row = 0; row < 8; ++row)
        for (int column = 0; column < 8; ++column)
          EXPECT_EQ(out[place(m, row) * 8 + column], element(m, row, column))
              << "x" << count << " matrix " << m;
  }
  static constexpr StringLiteral load =
      "    %m = nvvm.ldmatrix %p {num = 1 : i32, layout = "
      "#nvvm.mma_layout<row>, shape = "
      "#nvvm.ld_st_matrix_shape<m = 8, n = 8>, eltType = "
      "#nvvm.ld_st_matrix_elt_type<b16>} : "
      "(!llvm.ptr<3>) -> i32\n    llvm.store %m, %to : i32, !llvm.ptr<1>";
  void expectLoadError(StringRef address, ArrayRef<StringRef> parts) {
    compile(kernel((address + "\n" + load).str()));
    std::vector<int32_t> places(32);
    std::vector<char> in(512), out(512);
    expectError({}, {32}, 0,
                {KernelArgument::buffer(in.data(), 512),
                 KernelArgument::buffer(places.data(), 128),
                 KernelArgument::buffer(out.data(), 512)},
                parts);
  }
};

TEST_F(MatrixMemory, Load) {
  for (int count : {1, 2, 4})
    checkLoad(count, false);
}
TEST_F(MatrixMemory, LoadTransposed) {
  for (int count : {1, 2, 4})
    checkLoad(count, true);
}
TEST_F(MatrixMemory, Store) {
  for (int count : {1, 2, 4})
    checkStore(count, false);
}
TEST_F(MatrixMemory, StoreTransposed) {
  for (int count : {1, 2, 4})
    checkStore(count, true);
}

TEST_F(MatrixMemory, ErrorMisalignedRow) {
  expectLoadError(
      "    %p = llvm.getelementptr %array[8] : (!llvm.ptr<3>) -> !llvm.ptr<3>, "
      "i8",
      {"'nvvm.ldmatrix'", "thread (0, 0, 0): misaligned read of 16 bytes"});
}
TEST_F(MatrixMemory, ErrorRowOutOfBounds) {
  expectLoadError(
      "    %t = llvm.getelementptr %array[%tid] : (!llvm.ptr<3>, i32) -> "
      "!llvm.ptr<3>, !llvm.array<128 x i8>\n"
      "    %p = llvm.getelementptr %t[0] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8",
      {"'nvvm.ldmatrix'",
       "read of 16 bytes at shared offset 512: out of bounds"});
}
TEST_F(MatrixMemory, ErrorOfTheWrittenRowWithoutBarrier) {
  expectLoadError("    llvm.store %v, %mine : vector<4xi32>, !llvm.ptr<3>\n"
                  "    %p = llvm.getelementptr %array[%tid] : (!llvm.ptr<3>, "
                  "i32) -> !llvm.ptr<3>, !llvm.array<16 x i8>",
                  {"'nvvm.ldmatrix'", "missing barrier"});
}

} // namespace
