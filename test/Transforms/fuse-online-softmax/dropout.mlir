// The mask of dropout is made for each block of keys, masked or not; a single row stands in the
// lanes, too, with as many rows as heads share its keys.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -sattn-fuse-online-softmax=key-tile=32 -canonicalize -cse | FileCheck %s

!t = memref<2x2x256x8xf32>

func.func @causal(%q: !t, %k: !t, %v: !t, %out: !t, %seed: i64) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t) dropout(0.1, %seed) pattern(causal)
  return
}
// CHECK-LABEL: func.func @causal
// CHECK: scf.forall (%[[B:.*]], %[[H:.*]], %{{.*}}) in
// CHECK: %[[KEPT:.*]] = memref.alloca() {{.*}} : memref<32x16xf32>
// CHECK: sattn.dropout_mask keys(%[[FULL:.*]], %[[COUNT:.*]] : memref<32xindex>) outs(%[[KEPT]] : memref<32x16xf32>) seed %arg4 batch %[[B]] head %[[H]] at %[[FIRST:.*]] step 1 rate 1.000000e-01
// CHECK: sattn.softmax_update {{.*}} keys(%[[FULL]], %[[COUNT]] : memref<32xindex>) kept(%[[KEPT]] : memref<32x16xf32>)
// CHECK: sattn.pair_mask
// CHECK: sattn.dropout_mask {{.*}} outs(%[[KEPT]]
// CHECK: sattn.softmax_update {{.*}} mask({{.*}}) kept(%[[KEPT]] : memref<32x16xf32>)

!q = memref<1x8x1x8xf32>
!k = memref<1x2x64x8xf32>

func.func @row(%q: !q, %k: !k, %out: !q, %seed: i64) {
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%out : !q) dropout(0.1, %seed) pattern(dense)
  return
}
// CHECK-LABEL: func.func @row
// CHECK-NOT: row_major
// CHECK: sattn.dropout_mask {{.*}} {grouped}
// CHECK-NOT: row_major

// A batch that is counted from another one than 0 is computed outside of the tile.
// CHECK-LABEL: func.func @slice
// CHECK: %[[BATCH:.*]] = arith.addi %{{.*}}, %arg1
// CHECK: sattn.dropout_mask
// CHECK-SAME: batch %[[BATCH]]
func.func @slice(%q: memref<2x2x64x16xf32>, %b: index, %seed: i64, %out: memref<2x2x64x16xf32>) {
  sattn.attention ins(%q, %q, %q : memref<2x2x64x16xf32>, memref<2x2x64x16xf32>, memref<2x2x64x16xf32>)
    outs(%out : memref<2x2x64x16xf32>) dropout(0.5, %seed) pattern(causal) first_batch(%b)
  return
}
