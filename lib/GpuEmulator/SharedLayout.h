// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where the arrays of shared memory lie: as the assembler places them, one
/// after the other and dynamic shared memory last, but with a gap between
/// arrays that no access may touch. Gaps are multiples of 128 bytes and of
/// alignments, so that banks and swizzles are those of the hardware.
#ifndef SPARSEATTN_LIB_GPUEMULATOR_SHAREDLAYOUT_H
#define SPARSEATTN_LIB_GPUEMULATOR_SHAREDLAYOUT_H

#include "SharedMemory.h"

#include "llvm/Support/Alignment.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::sattn::emulator {

class SharedLayout {
public:
  /// Places an array; returns its offset.
  uint64_t place(uint64_t size, uint64_t alignment) {
    end = llvm::alignTo(end, alignment);
    if (hasArrays)
      shift = llvm::alignTo(shift + 1, std::max<uint64_t>(alignment, 128));
    hasArrays = true;
    uint64_t offset = end + shift;
    end += size;
    return offset;
  }
  /// Bytes that the arrays take on hardware.
  uint64_t getHardwareSize() const { return end; }

private:
  bool hasArrays = false;
  uint64_t end = 0, shift = 0;
};

} // namespace mlir::sattn::emulator

#endif // SPARSEATTN_LIB_GPUEMULATOR_SHAREDLAYOUT_H
