// A causal tile asks for keys up to its last row only, and masks only those beyond its first.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -canonicalize -cse | FileCheck %s

func.func @causal(%q: memref<1x2x64x8xf32>, %k: memref<1x2x64x8xf32>,
                  %v: memref<1x2x64x8xf32>, %out: memref<1x2x64x8xf32>) {
  sattn.attention
    ins(%q, %k, %v : memref<1x2x64x8xf32>, memref<1x2x64x8xf32>, memref<1x2x64x8xf32>)
    outs(%out : memref<1x2x64x8xf32>) pattern(causal)
  return
}

// CHECK-LABEL: func.func @causal
// CHECK-NOT: sattn.attention
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (2, 4)
// CHECK: sattn.tile_attention
// CHECK-SAME: at %[[FIRST:.*]] step 1 rows 16 segments {
// CHECK: ^bb0(%[[KEY:.*]]: index):
// CHECK: %[[LIVE:.*]] = arith.cmpi slt, %[[KEY]], %[[LAST_END:.*]] : index
// CHECK: %[[FULL:.*]] = arith.cmpi slt, %[[KEY]], %[[FIRST_END:.*]] : index
// CHECK: sattn.segment live(%[[LIVE]]) full(%[[FULL]]) end(%{{.*}})
// CHECK: mask {
// CHECK: ^bb0(%[[I:.*]]: index, %[[J:.*]]: index):
// CHECK: arith.cmpi sle, %[[J]], %[[I]] : index
