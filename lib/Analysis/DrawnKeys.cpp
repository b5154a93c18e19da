// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Draws of rows in order of keys.
#include "SparseAttn/Analysis/DrawnKeys.h"

#include "mlir/IR/AttrTypeSubElements.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::sattn;
using mlir::sattn::detail::floorDivide;

std::optional<DrawnKeys> DrawnKeys::find(const Phase &phase,
                                         const PatternShape &shape) {
  RandomAttr random;
  bool isOnly = true;
  Attribute(phase.pattern).walk([&](PatternAttr part) {
    if (auto other = dyn_cast<RandomAttr>(part)) {
      isOnly &= !random || random == other;
      random = other;
    } else {
      // What else has signatures.
      isOnly &= isa<DenseAttr, NoneAttr, CausalAttr, WindowAttr, StridedAttr,
                    ColumnsAttr, PrefixAttr, BlockLocalAttr, GlobalAttr,
                    NeighborhoodAttr, AndAttr, OrAttr, NotAttr>(part);
    }
  });
  if (!random || !isOnly)
    return std::nullopt;
  auto replaceBy = [&](Attribute constant) {
    AttrTypeReplacer replacer;
    replacer.addReplacement(
        [&](RandomAttr) -> std::optional<Attribute> { return constant; });
    return Phase{replacer.replace(Attribute(phase.pattern)), phase.step};
  };
  DrawnKeys drawn;
  drawn.random = random;
  drawn.shape = shape;
  drawn.without = replaceBy(NoneAttr::get(random.getContext()));
  drawn.with = replaceBy(DenseAttr::get(random.getContext()));
  return drawn;
}

int64_t DrawnKeys::countAlike(int64_t firstRow) const {
  int64_t block = random.getBlock();
  int64_t position = firstRow + shape.offset;
  int64_t end = (floorDivide(position, block) + 1) * block;
  return (end - position + with.step - 1) / with.step;
}

int64_t DrawnKeys::getRuns(int64_t firstRow, int64_t numRows,
                           std::vector<Run> &runs) const {
  int64_t block = random.getBlock(), step = with.step;
  int64_t numKeyBlocks = (shape.numKeys + block - 1) / block;
  int64_t numQueryBlocks = 0;
  SmallVector<int64_t, 512> drawn;
  for (int64_t row = firstRow; row < firstRow + numRows * step;
       row += countAlike(row) * step) {
    ++numQueryBlocks;
    if (int64_t position = row + shape.offset; position >= 0)
      random.drawBlocks(numKeyBlocks, shape.head, position / block, drawn);
  }
  std::sort(drawn.begin(), drawn.end());
  runs.clear();
  int64_t residue = firstRow + shape.offset;
  residue -= floorDivide(residue, step) * step;
  for (auto at = drawn.begin(); at != drawn.end();) {
    auto next = std::find_if(at, drawn.end(),
                             [&](int64_t other) { return other != *at; });
    // The members of the class in the block.
    int64_t begin = *at * block, end = std::min(begin + block, shape.numKeys);
    int64_t first = begin + (residue - begin % step + step) % step;
    if (first < end)
      runs.push_back({first, (end - first + step - 1) / step, next - at});
    at = next;
  }
  return numQueryBlocks;
}
