// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===- Npy.h - Arrays in NumPy's file format --------------------*- C++ -*-===//
///
/// \file
/// Reads and writes `.npy` files, the way tensors enter and leave the tools.
/// The format is NumPy Enhancement Proposal 1: versions 1.0, 2.0 and 3.0 are
/// read, 1.0 is written. Only dense little-endian arrays in C order are
/// supported; everything else is refused with one clear line. bfloat16, which
/// NumPy does not know, is stored as ml_dtypes stores it: two raw bytes, with
/// the descriptor `<V2`.
///
//===----------------------------------------------------------------------===//

#ifndef SPARSEATTN_RUNTIME_NPY_H
#define SPARSEATTN_RUNTIME_NPY_H

#include "SparseAttn/Runtime/AtomicFile.h"
#include "SparseAttn/Runtime/ElementKind.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace mlir::sattn {

//===----------------------------------------------------------------------===//
// NpyArray
//===----------------------------------------------------------------------===//

/// A dense array in C order (the last dimension is contiguous) that owns its
/// elements. Moves, does not copy. Invariant: the buffer holds exactly
/// `getNumElements() * getByteWidth(getKind())` bytes and is aligned to
/// `kAlignment` bytes, so that vector loads and stores need no special case.
class NpyArray {
public:
  static constexpr size_t kAlignment = 64;

  /// An empty array: f32, of shape [0].
  NpyArray() = default;

  /// Allocates an array of zeros. Fails on a negative dimension, a size that
  /// does not fit in 63 bits, or memory that the system refuses.
  static llvm::Expected<NpyArray> create(ElementKind kind,
                                         llvm::ArrayRef<int64_t> shape);

  /// Returns the number of elements of a shape. Fails on a negative dimension and on a
  /// size that does not fit in 63 bits, which is that of the non-zero dimensions: the
  /// strides of an empty array must not overflow either.
  static llvm::Expected<int64_t> countElements(ElementKind kind,
                                               llvm::ArrayRef<int64_t> shape);

  ElementKind getKind() const { return kind; }
  llvm::ArrayRef<int64_t> getShape() const { return shape; }
  int64_t getRank() const { return shape.size(); }
  int64_t getDim(int64_t i) const { return shape[i]; }
  int64_t getNumElements() const { return numElements; }
  int64_t getNumBytes() const { return numElements * getByteWidth(kind); }

  void *data() { return buffer.get(); }
  const void *data() const { return buffer.get(); }
  template <typename T> T *dataAs() {
    return reinterpret_cast<T *>(buffer.get());
  }
  template <typename T> const T *dataAs() const {
    return reinterpret_cast<const T *>(buffer.get());
  }

  /// Returns element `i`, counted in C order, as a double; exact for every kind
  /// except i64 beyond 2^53. `i` must be below `getNumElements()`.
  double getDouble(int64_t i) const;

  /// Stores `value` as element `i`. Floats round once, to nearest with ties to
  /// even; i1 stores `value != 0`; integers truncate and saturate (NaN is 0).
  void setDouble(int64_t i, double value);

  float getFloat(int64_t i) const { return static_cast<float>(getDouble(i)); }
  void setFloat(int64_t i, float value) { setDouble(i, value); }

  /// Returns all elements as f32, in C order; see `loadFloats`.
  std::vector<float> toFloats() const;

private:
  friend llvm::Expected<NpyArray> readNpy(llvm::StringRef path);

  /// As `create`, but leaves the elements uninitialized.
  static llvm::Expected<NpyArray> allocate(ElementKind kind,
                                           llvm::ArrayRef<int64_t> shape);

  struct Free {
    void operator()(char *memory) const { std::free(memory); }
  };

  ElementKind kind = ElementKind::F32;
  llvm::SmallVector<int64_t> shape = {0};
  int64_t numElements = 0;
  std::unique_ptr<char, Free> buffer;
};

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

/// Reads one array.
///
/// Memory for the elements is allocated only after the size that the header
/// declares was found equal to the size of the file, so a small hostile file
/// cannot claim much memory. Every failure is one line, `cannot read 'path':
/// reason`: no such file, a directory, wrong magic, unknown version, truncated
/// or malformed header, Fortran order, big-endian, object, structured or
/// otherwise unsupported dtype, negative or overflowing shape, and data shorter
/// or longer than the shape.
llvm::Expected<NpyArray> readNpy(llvm::StringRef path);

/// Adds `array`, as version 1.0, to the files that are written together; it
/// must live until they are committed. See `AtomicFiles` for the errors.
llvm::Error writeNpy(AtomicFiles &files, llvm::StringRef path,
                     const NpyArray &array);

/// One array alone.
llvm::Error writeNpy(llvm::StringRef path, const NpyArray &array);

} // namespace mlir::sattn

#endif // SPARSEATTN_RUNTIME_NPY_H
