// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "SharedTile.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::sattn;

static constexpr int64_t chunkBytes = SharedLayout::chunkBytes;

RowSource::RowSource(GpuBuilder &b, Value matrix) {
  auto type = cast<MemRefType>(matrix.getType());
  element = type.getElementType();
  elementBytes = element.getIntOrFloatBitWidth() / 8;
  bool isMatrix = type.getRank() == 2;
  columns = isMatrix ? type.getDimSize(1) : 1;
  auto metadata = memref::ExtractStridedMetadataOp::create(b, matrix);
  Value start = memref::ExtractAlignedPointerAsIndexOp::create(b, matrix);
  address = b.add(b.toI64(start), b.mul(b.toI64(metadata.getOffset()), elementBytes));
  base = b.globalPointer(address);
  rowBytes = b.mul(b.toI64(metadata.getStrides()[0]), elementBytes);
  rows = b.toI32(memref::DimOp::create(b, matrix, 0).getResult());
  isAligned = b.equal(
      b.both(b.either(address, rowBytes), b.i64(chunkBytes - 1)), b.i64(0));
}

bool SharedTile::hasPanel(bool isNarrow) const {
  return llvm::any_of(layout.panels(), [&](const SharedLayout::Panel &panel) {
    return panel.isNarrow() == isNarrow;
  });
}

Value SharedTile::emitLaneRow(GpuBuilder &b, Value lane) const {
  int64_t products = layout.productsOfSlice(), lanes = 8 / products;
  return b.add(b.mul(b.divide(lane, lanes), 16),
               b.mul(b.modulo(lane, lanes), products));
}

Value SharedTile::emitRowAt(GpuBuilder &b, Value place) const {
  if (!layout.sliceRows)
    return place;
  Value column = b.modulo(place, 8), product = b.divide(place, 8);
  int64_t products = layout.productsOfSlice();
  Value slice = b.mul(b.divide(product, products), layout.sliceRows);
  Value row = products == 8
                  ? b.mul(column, 8)
                  : b.add(emitLaneRow(b, b.divide(column, 2)),
                          b.mul(b.modulo(column, 2), 8));
  return b.add(slice, b.add(row, b.modulo(product, products)));
}

int64_t SharedTile::rowsAtOnce(int64_t width) const {
  int64_t rows = threads / width;
  return layout.sliceRows ? llvm::bit_floor(uint64_t(rows)) : rows;
}

SharedTile::ThreadChunk
SharedTile::emitThreadChunk(GpuBuilder &b, const RowSource &source,
                            Value thread, bool isNarrow) const {
  int64_t width = isNarrow ? 4 : 8;
  Value chunk = b.modulo(thread, width);
  return {isNarrow, emitRowAt(b, b.divide(thread, width)),
          b.mul(b.toI64(chunk), layout.chunkColumns() * source.elementBytes)};
}

/// What chunks of a row are permuted by.
static Value emitTurn(GpuBuilder &b, Value row, bool isNarrow) {
  Value near = isNarrow ? b.modulo(b.divide(row, 2), 4) : b.modulo(row, 8);
  return b.differ(near, b.modulo(b.divide(row, 8), 2));
}

/// Each thread gets the same chunk of every so many rows of a panel.
void SharedTile::forEachChunk(GpuBuilder &b, Value thread, Value address,
                              OpenPanel open, Chunk body) const {
  for (const SharedLayout::Panel &panel : layout.panels()) {
    int64_t atOnce = rowsAtOnce(panel.width);
    open(panel);
    Value chunk = b.modulo(thread, panel.width),
          first = b.divide(thread, panel.width);
    for (int64_t plus = 0; plus < layout.rows; plus += atOnce) {
      // Rows a multiple of 16 apart have their chunks in the same places, so that all but a constant
      // is common to them.
      int64_t whole = plus / 16 * 16;
      Value row = b.add(first, plus - whole);
      Value place = b.differ(chunk, emitTurn(b, row, panel.isNarrow()));
      Value shared = b.add(b.mul(row, panel.rowBytes()), b.mul(place, chunkBytes));
      // Chunks of exchanged halves turn by what they turned by before: the place stays, the row is 8 more or less.
      if (layout.exchangesHalves) {
        Value moves = b.modulo(b.differ(b.divide(row, 8), chunk), 2);
        shared = b.differ(shared, b.mul(moves, 8 * panel.rowBytes()));
      }
      shared = b.add(b.add(address, shared),
                     whole * panel.rowBytes() + panel.offset);
      auto visit = [&] { body(panel, plus, chunk, shared); };
      int64_t rest = std::min(atOnce, layout.rows - plus);
      bool mayMiss = rest < threads / panel.width;
      if (!mayMiss && panel.chunks == panel.width) {
        visit();
        continue;
      }
      Value exists = b.less(chunk, b.i32(panel.chunks));
      if (mayMiss)
        exists = b.both(exists, b.less(first, b.i32(rest)));
      b.ifThen(exists, visit);
    }
  }
}

void SharedTile::forEachCopy(GpuBuilder &b, const RowSource &source,
                             Value thread, Value address,
                             ChunkAddress chunkAddress, Copy body) const {
  ThreadChunk own;
  int64_t bytes = layout.chunkColumns() * source.elementBytes;
  forEachChunk(
      b, thread, address,
      [&](const SharedLayout::Panel &panel) {
        own = emitThreadChunk(b, source, thread, panel.isNarrow());
      },
      [&](const SharedLayout::Panel &panel, int64_t plus, Value chunk,
          Value shared) {
        Value global = b.add(chunkAddress(own, layout.rowAt(plus)),
                             panel.firstChunk * bytes);
        body(global, shared, b.add(chunk, panel.firstChunk));
      });
}

bool SharedTile::mayCopyAsync(const RowSource &source) const {
  return source.elementBytes == layout.elementBytes &&
         source.columns == layout.columns;
}

void SharedTile::copyAsync(GpuBuilder &b, const RowSource &source,
                           Value thread, Value address, ChunkAddress chunkAddress) const {
  forEachCopy(b, source, thread, address, chunkAddress,
              [&](Value global, Value shared, Value) {
                b.copyAsync(shared, global);
              });
}

void SharedTile::roundCopied(GpuBuilder &b, Value thread, Value address) const {
  forEachChunk(
      b, thread, address, [](const SharedLayout::Panel &) {},
      [&](const SharedLayout::Panel &, int64_t, Value, Value shared) {
        SmallVector<Value> numbers =
            b.loadVector(b.getF32Type(), layout.chunkColumns(), shared);
        for (Value &number : numbers)
          number = b.toTF32(number);
        b.storeVector(numbers, shared);
      });
}

/// The parts of 16 bits that add up to `number`.
static void storeParts(GpuBuilder &b, Value number, Value shared,
                       int64_t partBytes, int64_t parts) {
  Value rest = number;
  for (int64_t part = 0; part < parts; ++part) {
    Value rounded = arith::TruncFOp::create(b, b.getBF16Type(), rest);
    b.store(rounded, b.add(shared, part * partBytes));
    rest = b.subF(rest, arith::ExtFOp::create(b, b.getF32Type(), rounded));
  }
}

void SharedTile::copyElements(GpuBuilder &b, const RowSource &source,
                              Value thread, Value address, ChunkAddress chunkAddress) const {
  bool isSplit = source.elementBytes > layout.elementBytes;
  forEachCopy(
      b, source, thread, address, chunkAddress,
      [&](Value global, Value shared, Value chunk) {
        b.loop(b.i32(0), b.i32(layout.chunkColumns()), b.i32(1), [&](Value i) {
          Value column = b.add(b.mul(chunk, layout.chunkColumns()), i);
          Value element =
              b.choose(b.less(column, b.i32(source.columns)), source.element,
                       [&]() -> SmallVector<Value> {
                         Value at = b.add(
                             global, b.mul(b.toI64(i), source.elementBytes));
                         return {b.load(source.element, at)};
                       },
                       [&]() -> SmallVector<Value> {
                         return {arith::ConstantOp::create(
                             b, b.getZeroAttr(source.element))};
                       })[0];
          Value to = b.add(shared, b.mul(i, layout.elementBytes));
          if (isSplit)
            storeParts(b, element, to, layout.bytes(), partsOfF32);
          else
            b.store(element, to);
        });
      });
}

void SharedTile::copyRows(GpuBuilder &b, const RowSource &source, Value thread, Value address,
                          ChunkAddress chunkAddress) const {
  if (!mayCopyAsync(source))
    return copyElements(b, source, thread, address, chunkAddress);
  b.ifElse(
      source.isAligned, [&] { copyAsync(b, source, thread, address, chunkAddress); },
      [&] { copyElements(b, source, thread, address, chunkAddress); });
}

Value SharedTile::emitElement(GpuBuilder &b, Value address, Value row,
                              Value column, int64_t firstColumn) const {
  SharedLayout::Panel panel = layout.panelOf(firstColumn);
  Value chunk = b.add(b.divide(column, layout.chunkColumns()), -panel.firstChunk);
  Value place = b.differ(chunk, emitTurn(b, row, panel.isNarrow()));
  Value offset = b.add(b.mul(row, panel.rowBytes()), b.mul(place, chunkBytes));
  offset = b.add(offset, b.mul(b.modulo(column, layout.chunkColumns()),
                               layout.elementBytes));
  return b.add(b.add(address, offset), panel.offset);
}

Value SharedTile::emitLaneOffset(GpuBuilder &b, bool narrow) {
  Value lane = b.modulo(b.threadId(), warpSize);
  Value row = b.modulo(lane, 16), chunk = b.divide(lane, 16);
  Value turn = emitTurn(b, row, narrow);
  int64_t rowBytes = (narrow ? 4 : 8) * chunkBytes;
  return b.add(b.mul(row, rowBytes), b.mul(b.differ(chunk, turn), chunkBytes));
}

std::array<Value, 4> SharedTile::loadMatrices(GpuBuilder &b,
                                              ArrayRef<Value> lanes,
                                              Value address, int64_t row,
                                              int64_t column,
                                              bool transposed) const {
  int64_t chunk = column / layout.chunkColumns();
  SharedLayout::Panel panel = layout.panelOf(column);
  // The chunk's number is even, so it does not carry into what the lane adds to it.
  int64_t place = (chunk - panel.firstChunk) * chunkBytes;
  Value lane = lanes[panel.isNarrow()];
  if (place)
    lane = b.differ(lane, b.i32(place));
  Value at = b.add(b.add(address, lane), row * panel.rowBytes() + panel.offset);
  return b.loadMatrices(at, transposed);
}

/// Of row 2 (l mod 4) of the first 8.
Value SharedTile::emitColumnOffset(GpuBuilder &b, bool narrow) {
  Value lane = b.modulo(b.threadId(), warpSize);
  Value row = b.mul(b.modulo(lane, 4), 2);
  int64_t width = narrow ? 4 : 8, bytes = width * chunkBytes / 8;
  Value column = b.mul(b.divide(lane, 4), bytes);
  Value turn = b.mul(emitTurn(b, row, narrow), chunkBytes);
  return b.add(b.mul(row, width * chunkBytes), b.differ(column, turn));
}

SmallVector<Value> SharedTile::loadColumns(GpuBuilder &b, ArrayRef<Value> lanes,
                                           Value address, int64_t row,
                                           const SharedLayout::Panel &panel) const {
  // Rows of a lane have the bits that are 0 in `row`, so that their turns are joined.
  Value turn = b.mul(emitTurn(b, b.i32(row), panel.isNarrow()), chunkBytes);
  Value lane = b.differ(lanes[panel.isNarrow()], turn);
  Value at = b.add(b.add(address, lane), row * panel.rowBytes() + panel.offset);
  return b.loadVector(b.getI32Type(), panel.width * layout.chunkColumns() / 8, at);
}
