// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// 8x8 matrices of 16-bit elements between shared memory and the registers of a
/// warp: ldmatrix, stmatrix.
///
/// Lane 8 m + r has the address of row r of matrix m. Lane l holds elements (l
/// / 4, 2 (l % 4)) and the one right of it, or those of the transposed matrix.
#include "InstructionTable.h"
#include "Machine.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::emulator;

namespace {
enum MatrixAttribute { Count, Transposed };

std::string checkForm(NVVM::LdStMatrixShapeAttr shape,
                      NVVM::LdStMatrixEltType type) {
  if (shape.getM() != 8 || shape.getN() != 8 ||
      type != NVVM::LdStMatrixEltType::B16)
    return "only shape m8n8 with 16-bit elements is emulated";
  return {};
}

std::string decodeLoad(Operation *op, Attributes &attributes) {
  auto load = cast<NVVM::LdMatrixOp>(op);
  attributes[Count] = load.getNum();
  attributes[Transposed] = load.getLayout() == NVVM::MMALayout::col;
  return checkForm(load.getShape(), load.getEltType());
}

std::string decodeStore(Operation *op, Attributes &attributes) {
  auto store = cast<NVVM::StMatrixOp>(op);
  attributes[Count] = store.getSources().size();
  attributes[Transposed] = store.getLayout() == NVVM::MMALayout::col;
  return checkForm(store.getShape(), store.getEltType());
}

constexpr unsigned rowCount = 8, rowSize = 16;

using Matrix = uint16_t[8][8];

/// Rows and columns of the two elements that `lane` holds.
struct Held {
  Held(unsigned lane, bool transposed) {
    unsigned across = lane / 4, along = 2 * (lane % 4);
    for (unsigned i = 0; i < 2; ++i) {
      row[i] = transposed ? along + i : across;
      column[i] = transposed ? across : along + i;
    }
  }
  unsigned row[2], column[2];
};

/// Checks row addresses, counts banks, and notes which lane accesses which
/// bytes.
void accessRows(Call &call, char **rowAddresses, AccessKind kind) {
  Machine &machine = call.machine;
  bool transposed = call.site.attributes[Transposed];
  unsigned total = call.site.attributes[Count] * rowCount;
  std::array<uint32_t, warpSize> offsets;
  for (unsigned i = 0; i < total; ++i) {
    char *address = rowAddresses[i] = call.operand<char *>(i, 0);
    const Thread &thread = machine.threadOfLane(call.warp, i);
    machine.checkAlignment(call.site, thread, address, rowSize, rowSize, kind);
    if (!machine.shared.contains(address))
      machine.fail(
          call.site,
          llvm::formatv(
              "out of bounds: the address of row {0} of matrix {1} is {2} "
              "bytes from where shared memory begins",
              i % rowCount, i / rowCount, address - machine.shared.getBase()),
          &thread);
    offsets[i] = machine.shared.getOffset(address);
    // A row goes to four lanes, or with a transposition two elements each to
    // lanes of all rows: then one of them stands for all.
    std::array<uint32_t, 4> threads;
    for (unsigned part = 0; part < threads.size(); ++part) {
      unsigned row = i % rowCount;
      threads[part] = call.warp * warpSize +
                      (transposed ? part * 8 + row / 2 : row * 4 + part);
    }
    machine.accessSharedRow(call.site, threads, offsets[i], kind);
  }
  machine.banks.recordRows(call.site, ArrayRef(offsets).take_front(total));
}

void loadMatrices(Call &call) {
  std::array<char *, warpSize> rows;
  accessRows(call, rows.data(), AccessKind::Read);
  bool transposed = call.site.attributes[Transposed];
  for (unsigned m = 0; m < call.site.attributes[Count]; ++m) {
    Matrix matrix;
    for (unsigned row = 0; row < rowCount; ++row)
      std::memcpy(matrix[row], rows[m * rowCount + row], rowSize);
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      Held held(lane, transposed);
      uint32_t low = matrix[held.row[0]][held.column[0]];
      uint32_t high = matrix[held.row[1]][held.column[1]];
      call.setResult<uint32_t>(lane, low | high << 16, /*byte=*/m * 4);
    }
  }
}

void storeMatrices(Call &call) {
  std::array<char *, warpSize> rows;
  accessRows(call, rows.data(), AccessKind::Write);
  bool transposed = call.site.attributes[Transposed];
  for (unsigned m = 0; m < call.site.attributes[Count]; ++m) {
    Matrix matrix;
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      Held held(lane, transposed);
      auto pair = call.operand<uint32_t>(lane, 1 + m);
      matrix[held.row[0]][held.column[0]] = static_cast<uint16_t>(pair);
      matrix[held.row[1]][held.column[1]] = static_cast<uint16_t>(pair >> 16);
    }
    for (unsigned row = 0; row < rowCount; ++row)
      std::memcpy(rows[m * rowCount + row], matrix[row], rowSize);
  }
}

const Instruction rows[] = {
    {"nvvm.ldmatrix", Scope::Warp, loadMatrices, decodeLoad},
    {"nvvm.stmatrix", Scope::Warp, storeMatrices, decodeStore},
};
} // namespace

ArrayRef<Instruction> emulator::getMatrixMemory() { return rows; }
