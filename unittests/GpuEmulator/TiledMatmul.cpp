// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Writes the text of a tiled matrix product.
#include "TiledMatmul.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"

#include <array>

using namespace llvm;
using namespace mlir::sattn;

namespace {

constexpr int rowBytes = 128, tileRows = 64, tileBytes = tileRows * rowBytes;
constexpr StringLiteral ldmatrixForm =
    "shape = #nvvm.ld_st_matrix_shape<m = 8, n = 8>, eltType = "
    "#nvvm.ld_st_matrix_elt_type<b16>} : "
    "(!llvm.ptr<3>) -> !llvm.struct<(i32, i32, i32, i32)>";
constexpr StringLiteral mmaForm =
    "{layoutA = #nvvm.mma_layout<row>, layoutB = #nvvm.mma_layout<col>, "
    "multiplicandAPtxType = #nvvm.mma_type<bf16>, "
    "multiplicandBPtxType = #nvvm.mma_type<bf16>, shape = #nvvm.shape<m = 16, "
    "n = 8, k = 16>} : (i32, i32, f32) -> "
    "!llvm.struct<(f32, f32, f32, f32)>";

class Writer {
public:
  explicit Writer(const TiledMatmulOptions &options)
      : options(options), os(text) {}

  std::string write();

private:
  /// An operation with one result; returns its name.
  std::string op(const Twine &operation) {
    std::string name = ("%v" + Twine(count++)).str();
    os << "    " << name << " = " << operation << "\n";
    return name;
  }
  std::string constant(int64_t value) {
    return op("llvm.mlir.constant(" + Twine(value) + " : i32) : i32");
  }
  std::string binary(StringRef name, const Twine &a, const Twine &b) {
    return op("llvm." + name + " " + a + ", " + b + " : i32");
  }
  std::string add(const Twine &a, const Twine &b) {
    return binary("add", a, b);
  }
  std::string mul(const Twine &a, int64_t b) {
    return binary("mul", a, constant(b));
  }
  std::string offset(StringRef base, const Twine &bytes, int space) {
    return op("llvm.getelementptr " + base + "[" + bytes + "] : (!llvm.ptr<" +
              Twine(space) + ">, i32) -> !llvm.ptr<" + Twine(space) + ">, i8");
  }
  /// Address of 16-byte piece `piece` of `row` in the tile at `tile`.
  std::string piece(StringRef tile, StringRef row, StringRef piece) {
    std::string place = piece.str();
    if (options.swizzle)
      place = binary("xor", piece, binary("and", row, constant(7)));
    return offset(tile, add(mul(row, rowBytes), mul(place, 16)), 3);
  }
  void copyTiles(StringRef stage, StringRef k);
  void multiplyTiles(StringRef stage);

  const TiledMatmulOptions &options;
  std::string text;
  raw_string_ostream os;
  int count = 0;
  /// 8 tiles of 16 x 8, 4 elements of each in a lane.
  std::array<std::string, 32> sums;
};

void Writer::copyTiles(StringRef stage, StringRef k) {
  std::string tileA =
      offset("%shared", binary("mul", stage, constant(2 * tileBytes)), 3);
  std::string tileB = offset(tileA, constant(tileBytes), 3);
  for (int i = 0; i < 4; ++i) {
    std::string row = add("%copyRow", constant(16 * i));
    std::string inA = add(binary("mul", add("%m0", row), "%K"), k);
    std::string inB = add(binary("mul", add(k, row), "%N"), "%n0");
    for (auto [source, in, tile] :
         {std::tuple("%A", inA, tileA), std::tuple("%B", inB, tileB)}) {
      std::string from =
          offset(source, add(mul(in, 2), mul("%copyPiece", 16)), 1);
      std::string to = piece(tile, row, "%copyPiece");
      os << "    nvvm.cp.async.shared.global " << to << ", " << from
         << ", 16, cache = cg : !llvm.ptr<3>, !llvm.ptr<1>\n";
    }
  }
}

void Writer::multiplyTiles(StringRef stage) {
  std::string tileA =
      offset("%shared", binary("mul", stage, constant(2 * tileBytes)), 3);
  std::string tileB = offset(tileA, constant(tileBytes), 3);
  std::string rowA = add("%warpRow", "%lane16");
  for (int k = 0; k < 4; ++k) {
    std::string a =
        op("nvvm.ldmatrix " +
           Twine(piece(tileA, rowA, add("%laneHalf", constant(2 * k)))) +
           " {num = 4 : i32, layout = #nvvm.mma_layout<row>, " + ldmatrixForm);
    std::array<std::string, 4> fragmentA;
    for (int i = 0; i < 4; ++i)
      fragmentA[i] = op("llvm.extractvalue " + Twine(a) + "[" + Twine(i) +
                        "] : !llvm.struct<(i32, i32, i32, i32)>");
    std::string rowB = add("%lane16", constant(16 * k));
    for (int pair = 0; pair < 4; ++pair) {
      std::string b = op(
          "nvvm.ldmatrix " +
          Twine(piece(tileB, rowB, add("%laneHalf", constant(2 * pair)))) +
          " {num = 4 : i32, layout = #nvvm.mma_layout<col>, " + ldmatrixForm);
      for (int half = 0; half < 2; ++half) {
        std::string *c = &sums[(2 * pair + half) * 4];
        std::string low =
            op("llvm.extractvalue " + Twine(b) + "[" + Twine(2 * half) +
               "] : !llvm.struct<(i32, i32, i32, i32)>");
        std::string high =
            op("llvm.extractvalue " + Twine(b) + "[" + Twine(2 * half + 1) +
               "] : !llvm.struct<(i32, i32, i32, i32)>");
        std::string d =
            op("nvvm.mma.sync A[" + Twine(fragmentA[0]) + ", " + fragmentA[1] +
               ", " + fragmentA[2] + ", " + fragmentA[3] + "] B[" + low + ", " +
               high + "] C[" + c[0] + ", " + c[1] + ", " + c[2] + ", " + c[3] +
               "] " + mmaForm);
        for (int i = 0; i < 4; ++i)
          c[i] = op("llvm.extractvalue " + Twine(d) + "[" + Twine(i) +
                    "] : !llvm.struct<(f32, f32, f32, f32)>");
      }
    }
  }
}

std::string Writer::write() {
  os << R"mlir(
  llvm.mlir.global external @dynamic() {addr_space = 3 : i32, alignment = 128 : i64} : !llvm.array<0 x i8>
  llvm.func @kernel(%A: !llvm.ptr<1>, %B: !llvm.ptr<1>, %C: !llvm.ptr<1>, %K: i32, %N: i32) attributes {nvvm.kernel, nvvm.maxntid = array<i32: 128, 1, 1>} {
    %tid = nvvm.read.ptx.sreg.tid.x : i32
    %bx = nvvm.read.ptx.sreg.ctaid.x : i32
    %by = nvvm.read.ptx.sreg.ctaid.y : i32
    %shared = llvm.mlir.addressof @dynamic : !llvm.ptr<3>
    %c0 = llvm.mlir.constant(0 : i32) : i32
    %c1 = llvm.mlir.constant(1 : i32) : i32
    %c2 = llvm.mlir.constant(2 : i32) : i32
    %c3 = llvm.mlir.constant(3 : i32) : i32
    %c4 = llvm.mlir.constant(4 : i32) : i32
    %c8 = llvm.mlir.constant(8 : i32) : i32
    %c15 = llvm.mlir.constant(15 : i32) : i32
    %c16 = llvm.mlir.constant(16 : i32) : i32
    %c31 = llvm.mlir.constant(31 : i32) : i32
    %c32 = llvm.mlir.constant(32 : i32) : i32
    %c64 = llvm.mlir.constant(64 : i32) : i32
    %zero = llvm.mlir.constant(0.0 : f32) : f32
    %m0 = llvm.mul %by, %c64 : i32
    %n0 = llvm.mul %bx, %c64 : i32
    %copyRow = llvm.udiv %tid, %c8 : i32
    %copyPiece = llvm.urem %tid, %c8 : i32
    %lane = llvm.and %tid, %c31 : i32
    %warp = llvm.udiv %tid, %c32 : i32
    %warpRow = llvm.mul %warp, %c16 : i32
    %lane16 = llvm.and %lane, %c15 : i32
    %laneHalf = llvm.udiv %lane, %c16 : i32
)mlir";
  copyTiles("%c0", "%c0");
  os << "    nvvm.cp.async.commit.group\n    llvm.br ^loop(%c0, %c0";
  for (int i = 0; i < 32; ++i)
    os << ", %zero";
  os << " : i32, i32";
  for (int i = 0; i < 32; ++i)
    os << ", f32";
  os << ")\n  ^loop(%k: i32, %stage: i32";
  for (int i = 0; i < 32; ++i) {
    sums[i] = ("%sum" + Twine(i)).str();
    os << ", " << sums[i] << ": f32";
  }
  os << "):\n    %next = llvm.add %k, %c64 : i32\n    %other = llvm.xor "
        "%stage, %c1 : i32\n"
        "    %more = llvm.icmp \"ult\" %next, %K : i32\n    llvm.cond_br "
        "%more, ^copy, ^use\n  ^copy:\n";
  copyTiles("%other", "%next");
  os << "    llvm.br ^use\n  ^use:\n    nvvm.cp.async.commit.group\n    "
        "nvvm.cp.async.wait.group "
     << options.keptGroups << "\n";
  if (options.barrierBeforeUse)
    os << "    nvvm.barrier0\n";
  multiplyTiles("%stage");
  if (options.barrierAfterUse)
    os << "    nvvm.barrier0\n";
  os << "    llvm.cond_br %more, ^loop(%next, %other";
  for (const std::string &sum : sums)
    os << ", " << sum;
  os << " : i32, i32";
  for (int i = 0; i < 32; ++i)
    os << ", f32";
  os << "), ^end\n  ^end:\n";
  std::string row =
      add(add("%m0", "%warpRow"), op("llvm.udiv %lane, %c4 : i32"));
  std::string column = add("%n0", mul(op("llvm.and %lane, %c3 : i32"), 2));
  std::string none = op("llvm.mlir.undef : vector<2xf32>");
  for (int tile = 0; tile < 8; ++tile)
    for (int half = 0; half < 2; ++half) {
      std::string place = add(binary("mul", add(row, constant(8 * half)), "%N"),
                              add(column, constant(8 * tile)));
      std::string low =
          op("llvm.insertelement " + Twine(sums[tile * 4 + half * 2]) + ", " +
             none + "[%c0 : i32] : vector<2xf32>");
      std::string pair =
          op("llvm.insertelement " + Twine(sums[tile * 4 + half * 2 + 1]) +
             ", " + low + "[%c1 : i32] : vector<2xf32>");
      std::string to = offset("%C", mul(place, 4), 1);
      os << "    llvm.store " << pair << ", " << to
         << " : vector<2xf32>, !llvm.ptr<1>\n";
    }
  os << "    llvm.return\n  }\n";
  return text;
}

} // namespace

std::string mlir::sattn::getTiledMatmul(const TiledMatmulOptions &options) {
  return Writer(options).write();
}
