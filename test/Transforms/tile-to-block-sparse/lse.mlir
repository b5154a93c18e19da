// The log-sum-exp is sliced and written with the rows it belongs to.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -canonicalize -cse | FileCheck %s

!t = memref<1x2x64x8xf32>
!l = memref<1x2x64xf32>

func.func @with_lse(%q: !t, %k: !t, %v: !t, %out: !t, %lse: !l) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out, %lse : !t, !l) pattern(causal)
  return
}
// CHECK-LABEL: func.func @with_lse
// CHECK-SAME: %[[LSE:[^:,]*]]: memref<1x2x64xf32>)
// CHECK: %[[ROW:.*]] = arith.muli
// CHECK: memref.subview %[[LSE]][0, %{{.*}}, %[[ROW]]] [1, 1, %{{.*}}] [1, 1, 1]
// CHECK: sattn.tile_attention
// CHECK-SAME: outs(%{{[^,]*}}, %{{[^,]*}} : memref<?x8xf32, {{.*}}>, memref<?xf32, {{.*}}>)
