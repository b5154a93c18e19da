// Rows at one position see the same keys: there is one list, and no mask.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=0 -sattn-fuse-online-softmax -canonicalize -cse | FileCheck %s

!q = memref<1x8x1x64xf32>
!k = memref<1x2x2048x64xf32>

func.func @window(%q: !q, %k: !k, %o: !q) {
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q) pattern(window<left = 100, right = 100>)
  return
}
// CHECK-LABEL: func.func @window
// CHECK: sattn.pack_queries {{.*}} outs(%{{.*}} : memref<4x64xf32>) {{.*}}row_major
// CHECK-NOT: sattn.pair_mask
// CHECK: sattn.softmax_update
// CHECK-NOT: mask
// CHECK-SAME: row_major
// CHECK-NOT: sattn.softmax_update
// CHECK: sattn.softmax_finish
