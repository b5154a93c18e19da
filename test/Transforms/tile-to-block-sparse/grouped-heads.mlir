// Query head h reads key and value head h / group; nothing is repeated in memory.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -canonicalize -cse | FileCheck %s

!q = memref<1x8x64x16xf32>
!k = memref<1x2x64x16xf32>

func.func @four_per_group(%q: !q, %k: !k, %v: !k, %out: !q) {
  sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%out : !q) pattern(dense)
  return
}
// CHECK-LABEL: func.func @four_per_group
// CHECK-SAME: (%[[Q:[^:]*]]: memref{{[^,]*}}, %[[K:[^:]*]]: memref{{[^,]*}}, %[[V:[^:]*]]: memref
// CHECK-NOT: memref.alloc
// CHECK: scf.forall (%[[HEAD:.*]], %{{.*}}) in (8, 4)
// CHECK-DAG: %[[KV_HEAD:.*]] = arith.shrsi %[[HEAD]], %c2
// CHECK-DAG: memref.subview %[[Q]][0, %[[HEAD]],
// CHECK-DAG: memref.subview %[[K]][0, %[[KV_HEAD]], 0, 0]
// CHECK-DAG: memref.subview %[[V]][0, %[[KV_HEAD]], 0, 0]
