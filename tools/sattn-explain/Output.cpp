// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Pictures from exact coverages of cells; masks from the predicate.
#include "Output.h"

#include "SparseAttn/Analysis/PatternCoverage.h"
#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/Runtime/Picture.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::explain;

namespace {
SmallVector<HeadGroup> groupsOf(const Options &options) {
  return groupHeads(options.pattern, options.getFirstHead(),
                    options.getNumHeads());
}

CellGrid makeGrid(const Options &options, const HeadGroup &group,
                  int64_t maxCells) {
  CellGrid grid;
  grid.numQueries = options.sizes.M;
  grid.numKeys = options.sizes.N;
  grid.rows = std::min(grid.numQueries, maxCells);
  grid.cols = std::min(grid.numKeys, maxCells);
  SmallVector<int64_t> rowBounds, keyBounds;
  for (int64_t row = 0; grid.rows && row <= grid.rows; ++row)
    rowBounds.push_back(grid.getRowBegin(row));
  for (int64_t col = 0; grid.cols && col <= grid.cols; ++col)
    keyBounds.push_back(grid.getColBegin(col));
  PatternShape shape = options.getShape();
  shape.head = group.heads.front();
  grid.values = computeCoverage(group.pattern, shape, rowBounds, keyBounds);
  return grid;
}

llvm::Error writePictures(const Options &options, AtomicFiles &files) {
  if (options.sizes.M == 0 || options.sizes.N == 0)
    return llvm::createStringError(
        "expected M and N to be at least 1 for a picture, but got an empty one");
  SmallVector<HeadGroup> groups = groupsOf(options);
  constexpr int64_t maxCells = 512;
  PictureOptions picture;
  picture.title = patternToString(options.pattern);
  picture.subtitle =
      llvm::formatv("{0} queries x {1} keys", options.sizes.M, options.sizes.N)
          .str();
  if (groups.size() > 1 || options.head)
    picture.subtitle +=
        llvm::formatv(", head {0}", groups.front().heads.front()).str();
  Drawing drawing =
      drawPattern(makeGrid(options, groups.front(), maxCells), picture);
  if (!options.pngPath.empty())
    if (llvm::Error error = drawing.writePng(files, options.pngPath))
      return error;
  if (!options.svgPath.empty())
    if (llvm::Error error = drawing.writeSvg(files, options.svgPath))
      return error;
  return llvm::Error::success();
}

llvm::Error writeMask(const Options &options, AtomicFiles &files,
                      NpyArray &result) {
  const Sizes &s = options.sizes;
  SmallVector<HeadGroup> groups = groupsOf(options);
  bool perHead = groups.size() > 1;
  double elements =
      static_cast<double>(perHead ? s.H : 1) * s.M * s.N;
  if (elements > maxMaskElements)
    return llvm::createStringError(llvm::formatv(
        "expected at most {0} elements for --mask, but got {1:f0}",
        maxMaskElements, elements));
  SmallVector<int64_t> dims = {s.M, s.N};
  if (perHead)
    dims.insert(dims.begin(), s.H);
  llvm::Expected<NpyArray> array = NpyArray::create(ElementKind::I1, dims);
  if (!array)
    return array.takeError();
  uint8_t *mask = array->dataAs<uint8_t>();
  for (const HeadGroup &group : groups) {
    PatternShape shape = options.getShape();
    for (int64_t head : group.heads) {
      shape.head = head;
      uint8_t *plane = mask + (perHead ? head * s.M * s.N : 0);
      for (int64_t row = 0; row < s.M; ++row)
        for (int64_t key = 0; key < s.N; ++key)
          plane[row * s.N + key] = isLive(group.pattern, shape, row, key);
      if (!perHead)
        break;
    }
  }
  result = std::move(*array);
  return writeNpy(files, options.maskPath, result);
}
} // namespace

llvm::Error mlir::sattn::explain::writeFiles(const Options &options,
                                             AtomicFiles &files,
                                             NpyArray &mask) {
  if (!options.maskPath.empty())
    if (llvm::Error error = writeMask(options, files, mask))
      return error;
  if (!options.pngPath.empty() || !options.svgPath.empty())
    return writePictures(options, files);
  return llvm::Error::success();
}

std::string mlir::sattn::explain::drawInTerminal(const Options &options) {
  SmallVector<HeadGroup> groups = groupsOf(options);
  // Random patterns differ in every head and look alike: a few heads say it all.
  constexpr size_t maxDrawings = 4;
  std::string text;
  for (const HeadGroup &group : ArrayRef(groups).take_front(maxDrawings)) {
    if (groups.size() > 1)
      text += llvm::formatv("\nhead {0}: {1}", group.heads.front(),
                            patternToString(group.pattern));
    text += "\n" + drawText(makeGrid(options, group, options.width),
                            options.width);
  }
  if (groups.size() > maxDrawings)
    text += llvm::formatv("({0} more heads; --head draws one)\n",
                          groups.size() - maxDrawings);
  return text;
}
