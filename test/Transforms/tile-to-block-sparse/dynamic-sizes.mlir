// Batch, heads, queries and keys may be unknown: the grid and the segments are computed from them.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -canonicalize -cse | FileCheck %s

!q = memref<?x?x?x64xf32>
!k = memref<?x?x?x64xf32>

func.func @dynamic(%q: !q, %k: !k, %v: !k, %out: !q) {
  sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%out : !q) pattern(causal)
  return
}
// CHECK-LABEL: func.func @dynamic
// CHECK-SAME: (%[[Q:[^:]*]]: memref<?x?x?x64xf32>, %[[K:[^:]*]]: memref
// CHECK-DAG: %[[B:.*]] = memref.dim %[[Q]], %c0
// CHECK-DAG: %[[H:.*]] = memref.dim %[[Q]], %c1
// CHECK-DAG: memref.dim %[[Q]], %c2
// CHECK-DAG: memref.dim %[[K]], %c2
// CHECK: scf.forall (%{{.*}}, %{{.*}}, %{{.*}}) in (%[[B]], %[[H]], %{{.*}})
// CHECK: sattn.tile_attention
// CHECK-SAME: rows 16
