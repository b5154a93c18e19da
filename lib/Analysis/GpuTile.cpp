// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "SparseAttn/Analysis/GpuTile.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::sattn;

SmallVector<SharedLayout::Panel> SharedLayout::panels() const {
  SmallVector<Panel> result;
  int64_t offset = 0, all = columns / chunkColumns();
  for (int64_t first = 0; first < all; first += result.back().width) {
    int64_t chunks = std::min<int64_t>(all - first, 8);
    int64_t width = chunks > 4 ? 8 : 4;
    result.push_back({first, chunks, width, offset});
    offset += rows * width * chunkBytes;
  }
  return result;
}

SharedLayout::Panel SharedLayout::panelOf(int64_t column) const {
  constexpr int64_t widest = 8;
  return panels()[column / chunkColumns() / widest];
}

int64_t SharedLayout::bytes() const {
  SmallVector<Panel> all = panels();
  return all.empty() ? 0 : all.back().offset + rows * all.back().rowBytes();
}

int64_t SharedLayout::rowAt(int64_t place) const {
  if (!sliceRows)
    return place;
  int64_t products = productsOfSlice(), lanes = 8 / products;
  int64_t column = place % 8, lane = column / 2;
  int64_t product = place / 8 % products, slice = place / sliceRows;
  return slice * sliceRows + lane / lanes * 16 + lane % lanes * products +
         column % 2 * 8 + product;
}

std::string GpuTileOptions::findError() const {
  struct {
    StringRef name;
    int64_t value, most, unit;
  } numbers[] = {{"key-tile", keys, 256, 16},
                 {"warps", warps, GpuTile::maxWarps, 1},
                 {"stages", stages, 4, 1}};
  for (auto &[name, value, most, unit] : numbers)
    if (value < 0 || value > most || value % unit)
      return describeRangeError(name, value, most, unit);
  if (keys > 32 && keys % GpuTile::maxSliceKeys)
    return ("expected 'key-tile' to be 16, 32 or a multiple of 64, but got " +
            Twine(keys))
        .str();
  return "";
}

std::string mlir::sattn::describeRangeError(StringRef name, int64_t value,
                                            int64_t most, int64_t unit) {
  std::string range =
      unit == 1
          ? ("between 0 and " + Twine(most)).str()
          : ("a multiple of " + Twine(unit) + " up to " + Twine(most)).str();
  return ("expected '" + name + "' to be " + range + ", but got " +
          Twine(value))
      .str();
}

int64_t GpuTile::chooseRows(int64_t headSize, int64_t valueSize,
                            int64_t elementBytes) {
  int64_t rows = 64;
  while (rows > 16 &&
         choose(rows, headSize, valueSize, elementBytes, {}).sharedBytes() >
             commonSharedBytes)
    rows /= 2;
  return rows;
}

GpuTile GpuTile::choose(int64_t rows, int64_t headSize, int64_t valueSize,
                        int64_t elementBytes, const GpuTileOptions &options) {
  GpuTile tile;
  int64_t groups = std::max<int64_t>(llvm::divideCeil(rows, 16), 1);
  tile.headSize = std::max<int64_t>(llvm::alignTo(headSize, 16), 16);
  tile.valueSize = std::max<int64_t>(llvm::alignTo(valueSize, 16), 16);
  // Sums and weights of more groups take more registers than a lane has, unless the pattern needs few besides.
  int64_t groupsOfWarp = tile.valueSize > 64 ? 1 : 2;
  int64_t plenty = std::clamp<int64_t>(llvm::divideCeil(groups, groupsOfWarp), 4, maxWarps);
  tile.warps = std::min(options.warps ? options.warps : plenty, groups);
  tile.rowGroups = llvm::divideCeil(groups, tile.warps);
  bool isWide = elementBytes == 4;
  tile.parts = isWide && !options.allowTF32 ? partsOfF32 : 1;
  tile.elementBytes = isWide && options.allowTF32 ? 4 : 2;
  tile.keepsQueries = tile.headSize <= 64 && tile.rowGroups == 1 && tile.parts == 1;
  tile.keys = options.keys        ? options.keys
              : tile.parts == 1     ? 64
              : tile.headSize <= 64 ? 32
                                    : 16;
  tile.stages = options.stages ? options.stages : tile.parts > 1 ? 1 : 2;
  auto isLarge = [&] { return tile.sharedBytes() > commonSharedBytes; };
  auto shrinkKeys = [&](int64_t least) {
    while (isLarge() && !options.keys && tile.keys > least)
      tile.keys /= 2;
  };
  // Two stages of half the keys hide what a copy takes; one does not, and there is hardly room for another block.
  shrinkKeys(32);
  while (isLarge() && !options.stages && tile.stages > 1)
    --tile.stages;
  shrinkKeys(16);
  return tile;
}

int64_t GpuTile::sliceKeys() const {
  return parts > 1 ? 16 : std::min(keys, maxSliceKeys);
}

SharedLayout GpuTile::queryLayout() const {
  return {rows(), headSize, elementBytes};
}
SharedLayout GpuTile::keyLayout() const {
  return {keys, headSize, elementBytes, sliceKeys(), /*exchangesHalves=*/true};
}
SharedLayout GpuTile::valueLayout() const {
  return {keys, valueSize, elementBytes, sliceKeys()};
}

int64_t GpuTile::maxRegisters(bool isBand) const {
  if (rowGroups > 1 || parts > 1 || keys > 64)
    return 0;
  int64_t columns = std::max(headSize, valueSize);
  // Of tf32 with 64 columns there is memory for no more than 2 blocks or 3.
  return columns * elementBytes <= 128 && isBand ? 128 : columns <= 128 ? 168 : 0;
}
