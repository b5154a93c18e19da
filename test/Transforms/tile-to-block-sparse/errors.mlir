// What the pass cannot tile is an error at the operation, not a crash.
// RUN: split-file %s %t
// RUN: not sattn-opt %t/tensors.mlir -sattn-tile-to-block-sparse 2>&1 | FileCheck %s --check-prefix=TENSORS
// RUN: not sattn-opt %t/memrefs.mlir -sattn-tile-to-block-sparse=query-tile=-1 2>&1 | FileCheck %s --check-prefix=TILE
// RUN: not sattn-opt %t/memrefs.mlir -sattn-tile-to-block-sparse=key-unroll=0 2>&1 | FileCheck %s --check-prefix=UNROLL
// RUN: not sattn-opt %t/memrefs.mlir -sattn-tile-to-block-sparse=multiply-adds-per-cycle=0 2>&1 | FileCheck %s --check-prefix=UNROLL
// RUN: not sattn-opt %t/memrefs.mlir -sattn-tile-to-block-sparse=split-keys=-1 2>&1 | FileCheck %s --check-prefix=SPLIT

// TENSORS: error: 'sattn.attention' op expected memref operands: bufferize before tiling
// TILE: error: expected 'query-tile' to be at least 0, but got -1
// UNROLL: error: expected 'vector-width', 'vectors-per-strip', 'key-unroll' and 'multiply-adds-per-cycle' to be positive
// SPLIT: error: expected 'split-keys' to be between 0 and 2^30, but got -1

//--- tensors.mlir
!t = tensor<1x2x64x8xf32>
func.func @tensors(%q: !t, %out: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t) pattern(dense)
  return %0 : !t
}

//--- memrefs.mlir
!t = memref<1x2x64x8xf32>
func.func @memrefs(%q: !t, %out: !t) {
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t) pattern(dense)
  return
}
