// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Layouts of matrix fragments as the PTX ISA's section on mma states them,
/// element by element. Written from there, and from nothing in the emulator.
#ifndef SPARSEATTN_UNITTESTS_GPUEMULATOR_PTX_H
#define SPARSEATTN_UNITTESTS_GPUEMULATOR_PTX_H

#include <utility>

namespace mlir::sattn::ptx {

/// Row and column of an element.
using Position = std::pair<int, int>;

/// "groupID = %laneid >> 2".
inline int groupID(int lane) { return lane >> 2; }
/// "threadID_in_group = %laneid % 4".
inline int threadIDInGroup(int lane) { return lane % 4; }

/// A of m16n8k16 with .f16 or .bf16, a_i for i = 0..7.
inline Position fragmentA16816(int lane, int i) {
  int row = (i >= 0 && i < 2) || (i >= 4 && i < 6) ? groupID(lane)
                                                   : groupID(lane) + 8;
  int col = i < 4 ? threadIDInGroup(lane) * 2 + (i & 0x1)
                  : threadIDInGroup(lane) * 2 + (i & 0x1) + 8;
  return {row, col};
}
/// B of m16n8k16, b_i for i = 0..3: row is k.
inline Position fragmentB16816(int lane, int i) {
  int row = i < 2 ? threadIDInGroup(lane) * 2 + (i & 0x1)
                  : threadIDInGroup(lane) * 2 + (i & 0x1) + 8;
  return {row, groupID(lane)};
}
/// A of m16n8k8 with .f16 or .bf16, i = 0..3.
inline Position fragmentA1688(int lane, int i) {
  int row = i < 2 ? groupID(lane) : groupID(lane) + 8;
  return {row, threadIDInGroup(lane) * 2 + (i & 0x1)};
}
/// B of m16n8k8 with .f16 or .bf16, i = 0..1.
inline Position fragmentB1688(int lane, int i) {
  return {threadIDInGroup(lane) * 2 + i, groupID(lane)};
}
/// A of m16n8k8 with .tf32, i = 0..3.
inline Position fragmentA1688TF32(int lane, int i) {
  int row = i == 0 || i == 2 ? groupID(lane) : groupID(lane) + 8;
  int col =
      i == 0 || i == 1 ? threadIDInGroup(lane) : threadIDInGroup(lane) + 4;
  return {row, col};
}
/// B of m16n8k8 with .tf32, i = 0..1.
inline Position fragmentB1688TF32(int lane, int i) {
  return {i == 0 ? threadIDInGroup(lane) : threadIDInGroup(lane) + 4,
          groupID(lane)};
}
/// A of m16n8k4 with .tf32, i = 0..1.
inline Position fragmentA1684TF32(int lane, int i) {
  return {i == 0 ? groupID(lane) : groupID(lane) + 8, threadIDInGroup(lane)};
}
/// B of m16n8k4 with .tf32.
inline Position fragmentB1684TF32(int lane, int) {
  return {threadIDInGroup(lane), groupID(lane)};
}
/// C and D of all m16n8 shapes, i = 0..3.
inline Position fragmentC168(int lane, int i) {
  int row = i < 2 ? groupID(lane) : groupID(lane) + 8;
  return {row, threadIDInGroup(lane) * 2 + (i & 0x1)};
}

} // namespace mlir::sattn::ptx

#endif // SPARSEATTN_UNITTESTS_GPUEMULATOR_PTX_H
