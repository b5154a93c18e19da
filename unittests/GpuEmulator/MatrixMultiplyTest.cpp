// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// mma.sync of each shape and type against a product in double precision.
/// Fragments are filled by the PTX ISA's own tables, with all elements
/// different.
#include "EmulatorTest.h"
#include "Ptx.h"

#include "llvm/ADT/APFloat.h"

#include <random>

using namespace mlir;
using namespace mlir::sattn;

namespace {

/// What an instruction's fragments hold.
struct Shape {
  StringRef name;
  int depth;
  /// Elements of A and B in a lane, and in a register.
  int countA, countB, packed;
  ptx::Position (*a)(int, int);
  ptx::Position (*b)(int, int);
  const llvm::fltSemantics &(*semantics)();
  StringRef registerType, attributes;
  bool halfResult = false;
};

const llvm::fltSemantics &half() { return llvm::APFloat::IEEEhalf(); }
const llvm::fltSemantics &bfloat() { return llvm::APFloat::BFloat(); }
const llvm::fltSemantics &tf32() { return llvm::APFloat::FloatTF32(); }

constexpr StringLiteral typed[] = {
    "multiplicandAPtxType = #nvvm.mma_type<bf16>, multiplicandBPtxType = "
    "#nvvm.mma_type<bf16>, ",
    "multiplicandAPtxType = #nvvm.mma_type<tf32>, multiplicandBPtxType = "
    "#nvvm.mma_type<tf32>, "};

/// `number` rounded to a type, and its bits in the register.
std::pair<double, uint32_t> encode(double number,
                                   const llvm::fltSemantics &semantics) {
  llvm::APFloat value(number);
  bool lossy;
  value.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &lossy);
  auto bits = static_cast<uint32_t>(value.bitcastToAPInt().getZExtValue());
  llvm::APFloat wide = value;
  wide.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven,
               &lossy);
  if (&semantics == &llvm::APFloat::FloatTF32()) {
    // The number as an f32; the hardware ignores what is below.
    bits =
        llvm::bit_cast<uint32_t>(static_cast<float>(wide.convertToDouble())) |
        0x1abc;
  }
  return {wide.convertToDouble(), bits};
}

class MatrixMultiply : public EmulatorTest {
protected:
  void check(const Shape &shape) {
    SCOPED_TRACE(shape.name.str());
    int registersA = shape.countA / shape.packed,
        registersB = shape.countB / shape.packed;
    int registersC = shape.halfResult ? 2 : 4;
    StringRef accumulator = shape.halfResult ? "vector<2xf16>" : "f32";
    int words = registersA + registersB + registersC;
    // Each lane loads its registers and stores D's.
    std::string text = ("  llvm.func @kernel(%in: !llvm.ptr<1>, %out: "
                        "!llvm.ptr<1>) attributes {nvvm.kernel} {\n"
                        "    %tid = nvvm.read.ptx.sreg.tid.x : i32\n"
                        "    %from = llvm.getelementptr %in[%tid] : "
                        "(!llvm.ptr<1>, i32) -> !llvm.ptr<1>, !llvm.array<" +
                        Twine(words) + " x i32>\n")
                           .str();
    std::string lists[3], types[3];
    for (int i = 0; i < words; ++i) {
      int kind = i < registersA ? 0 : i < registersA + registersB ? 1 : 2;
      StringRef type = kind < 2 ? shape.registerType : accumulator;
      text +=
          ("    %p" + Twine(i) + " = llvm.getelementptr %from[" + Twine(i) +
           "] : (!llvm.ptr<1>) -> !llvm.ptr<1>, i32\n    %r" + Twine(i) +
           " = llvm.load %p" + Twine(i) + " : !llvm.ptr<1> -> " + type + "\n")
              .str();
      lists[kind] += ((lists[kind].empty() ? "%r" : ", %r") + Twine(i)).str();
      types[kind] = type.str();
    }
    std::string structure = "!llvm.struct<(" + accumulator.str();
    for (int i = 1; i < registersC; ++i)
      structure += ", " + accumulator.str();
    structure += ")>";
    text += "    %d = nvvm.mma.sync A[" + lists[0] + "] B[" + lists[1] +
            "] C[" + lists[2] + "] {" + shape.attributes.str() +
            "layoutA = #nvvm.mma_layout<row>, layoutB = #nvvm.mma_layout<col>, "
            "shape = #nvvm.shape<m = 16, n = 8, k = " +
            std::to_string(shape.depth) + ">} : (" + types[0] + ", " +
            types[1] + ", " + types[2] + ") -> " + structure + "\n";
    text +=
        ("    %to = llvm.getelementptr %out[%tid] : (!llvm.ptr<1>, i32) -> "
         "!llvm.ptr<1>, !llvm.array<" +
         Twine(registersC) + " x i32>\n    llvm.store %d, %to : " + structure +
         ", !llvm.ptr<1>\n    llvm.return\n  }\n")
            .str();
    compile(text);

    std::mt19937 random(42);
    std::normal_distribution<double> normal;
    double a[16][16], b[16][8], c[16][8];
    uint32_t bitsA[16][16], bitsB[16][8];
    for (int k = 0; k < shape.depth; ++k) {
      for (int i = 0; i < 16; ++i)
        std::tie(a[i][k], bitsA[i][k]) =
            encode(normal(random), shape.semantics());
      for (int j = 0; j < 8; ++j)
        std::tie(b[k][j], bitsB[k][j]) =
            encode(normal(random), shape.semantics());
    }
    for (auto &row : c)
      for (double &element : row)
        element =
            encode(normal(random),
                   shape.halfResult ? half() : llvm::APFloat::IEEEsingle())
                .first;

    std::vector<uint32_t> in(32 * words), out(32 * registersC);
    for (int lane = 0; lane < 32; ++lane) {
      uint32_t *registers = &in[lane * words];
      for (int i = 0; i < shape.countA; ++i) {
        auto [row, column] = shape.a(lane, i);
        registers[i / shape.packed] |= bitsA[row][column]
                                       << (i % shape.packed * 16);
      }
      registers += registersA;
      for (int i = 0; i < shape.countB; ++i) {
        auto [row, column] = shape.b(lane, i);
        registers[i / shape.packed] |= bitsB[row][column]
                                       << (i % shape.packed * 16);
      }
      registers += registersB;
      for (int i = 0; i < 4; ++i) {
        auto [row, column] = ptx::fragmentC168(lane, i);
        if (shape.halfResult)
          registers[i / 2] |= encode(c[row][column], half()).second
                              << (i % 2 * 16);
        else
          registers[i] =
              llvm::bit_cast<uint32_t>(static_cast<float>(c[row][column]));
      }
    }
    run({}, {32}, 0,
        {KernelArgument::constantBuffer(in.data(), in.size() * 4),
         KernelArgument::buffer(out.data(), out.size() * 4)});

    for (int lane = 0; lane < 32; ++lane)
      for (int i = 0; i < 4; ++i) {
        auto [row, column] = ptx::fragmentC168(lane, i);
        double expected = c[row][column], size = std::fabs(expected);
        for (int k = 0; k < shape.depth; ++k) {
          expected += a[row][k] * b[k][column];
          size += std::fabs(a[row][k] * b[k][column]);
        }
        double actual;
        if (shape.halfResult)
          actual =
              llvm::APFloat(half(), llvm::APInt(16, out[lane * 2 + i / 2] >>
                                                            (i % 2 * 16) &
                                                        0xffff))
                  .convertToFloat();
        else
          actual = llvm::bit_cast<float>(out[lane * 4 + i]);
        // Each of up to 16 sums rounds once; a half result once more.
        double bound =
            size * 16 * 0x1p-24 + (shape.halfResult ? size * 0x1p-11 : 0);
        EXPECT_NEAR(actual, expected, bound)
            << "row " << row << " column " << column;
      }
  }
};

TEST_F(MatrixMultiply, M16N8K16OfF16) {
  check({"f16", 16, 8, 4, 2, ptx::fragmentA16816, ptx::fragmentB16816, half,
         "vector<2xf16>", ""});
}
TEST_F(MatrixMultiply, M16N8K16OfF16ToF16) {
  check({"f16 to f16", 16, 8, 4, 2, ptx::fragmentA16816, ptx::fragmentB16816,
         half, "vector<2xf16>", "", true});
}
TEST_F(MatrixMultiply, M16N8K16OfBF16) {
  check({"bf16", 16, 8, 4, 2, ptx::fragmentA16816, ptx::fragmentB16816, bfloat,
         "i32", typed[0]});
}
TEST_F(MatrixMultiply, M16N8K8OfF16) {
  check({"f16", 8, 4, 2, 2, ptx::fragmentA1688, ptx::fragmentB1688, half,
         "vector<2xf16>", ""});
}
TEST_F(MatrixMultiply, M16N8K8OfBF16) {
  check({"bf16", 8, 4, 2, 2, ptx::fragmentA1688, ptx::fragmentB1688, bfloat,
         "i32", typed[0]});
}
TEST_F(MatrixMultiply, M16N8K8OfTF32) {
  check({"tf32", 8, 4, 2, 1, ptx::fragmentA1688TF32, ptx::fragmentB1688TF32,
         tf32, "i32", typed[1]});
}
TEST_F(MatrixMultiply, M16N8K4OfTF32) {
  check({"tf32", 4, 2, 1, 1, ptx::fragmentA1684TF32, ptx::fragmentB1684TF32,
         tf32, "i32", typed[1]});
}

TEST_F(MatrixMultiply, ErrorOtherShapes) {
  EXPECT_NE(getCompileError(R"mlir(
  llvm.func @kernel(%a: i32, %b: i32, %c: i32) attributes {nvvm.kernel} {
    %d = nvvm.mma.sync A[%a] B[%b] C[%c, %c] {intOverflowBehavior = #nvvm.mma_int_overflow<wrapped>, layoutA = #nvvm.mma_layout<row>, layoutB = #nvvm.mma_layout<col>, multiplicandAPtxType = #nvvm.mma_type<s8>, multiplicandBPtxType = #nvvm.mma_type<s8>, shape = #nvvm.shape<m = 8, n = 8, k = 16>} : (i32, i32, i32) -> !llvm.struct<(i32, i32)>
    llvm.return
  })mlir")
                .find("'nvvm.mma.sync' is not emulated in this form: only "
                      "multiplicands of type f16, bf16 and tf32 are emulated"),
            std::string::npos);
}

TEST_F(MatrixMultiply, ErrorWarpIsNotComplete) {
  compile(R"mlir(
  llvm.func @kernel(%a: i32, %c: f32) attributes {nvvm.kernel} {
    %d = nvvm.mma.sync A[%a, %a] B[%a] C[%c, %c, %c, %c] {layoutA = #nvvm.mma_layout<row>, layoutB = #nvvm.mma_layout<col>, multiplicandAPtxType = #nvvm.mma_type<bf16>, multiplicandBPtxType = #nvvm.mma_type<bf16>, shape = #nvvm.shape<m = 16, n = 8, k = 8>} : (i32, i32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
    llvm.return
  })mlir");
  expectError({}, {48}, 0,
              {KernelArgument::value<int32_t>(0), KernelArgument::value(0.0f)},
              {"'nvvm.mma.sync'",
               "thread (32, 0, 0): divergent collective: lanes 16-31"});
}

} // namespace
