// Evenly spaced patterns are tiled by residue class: a tile's rows and keys are `step` apart.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -canonicalize -cse | FileCheck %s

!t = memref<1x2x1024x8xf32>

func.func @strided(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t) pattern(strided<stride = 4>)
  return
}
// CHECK-LABEL: func.func @strided
// CHECK-SAME: (%[[Q:[^:]*]]: memref{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %[[OUT:[^:]*]]: memref
// CHECK-DAG: %[[TRUE:.*]] = arith.constant true
// CHECK-DAG: %[[N:.*]] = arith.constant 1024 : index
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (2, 64)
// CHECK-DAG: memref.subview %[[Q]][0, %{{.*}}, %{{.*}}, 0] [1, 1, %{{.*}}, 8] [1, 1, 4, 1]
// CHECK-DAG: memref.subview %[[OUT]][0, %{{.*}}, %{{.*}}, 0] [1, 1, %{{.*}}, 8] [1, 1, 4, 1]
// CHECK: sattn.tile_attention
// CHECK-SAME: step 4 rows 16
// CHECK: sattn.segment live(%[[TRUE]]) full(%[[TRUE]]) end(%[[N]])

func.func @dilated(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t)
    pattern(window<left = 6, right = 6, dilation = 4>)
  return
}
// CHECK-LABEL: func.func @dilated
// CHECK: sattn.tile_attention
// CHECK-SAME: at %[[FIRST:.*]] step 4 rows 16
// CHECK: arith.subi %[[FIRST]], %c24
// CHECK: sattn.segment
