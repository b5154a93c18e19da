// A window tile jumps to its first key, and is full between the windows of its last and first row.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -canonicalize -cse | FileCheck %s

!t = memref<1x2x64x8xf32>

func.func @two_sided(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t)
    pattern(window<left = 20, right = 24>)
  return
}
// CHECK-LABEL: func.func @two_sided
// CHECK: sattn.tile_attention
// CHECK-SAME: at %[[FIRST:.*]] step 1 rows 16 segments {
// CHECK: ^bb0(%[[KEY:.*]]: index):
// CHECK-DAG: %[[BEGIN:.*]] = arith.subi %[[FIRST]], %c20
// CHECK-DAG: arith.addi %[[FIRST]], %c25
// CHECK-DAG: arith.cmpi sle, %[[BEGIN]], %[[KEY]]
// CHECK: sattn.segment
// CHECK: mask {
// CHECK: ^bb0(%[[I:.*]]: index, %[[J:.*]]: index):
// CHECK: %[[DISTANCE:.*]] = arith.subi %[[J]], %[[I]]
// CHECK-DAG: arith.cmpi sge, %[[DISTANCE]], %c-20
// CHECK-DAG: arith.cmpi sle, %[[DISTANCE]], %c24

func.func @causal_window(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t)
    pattern(causal and window<left = 31>)
  return
}
// CHECK-LABEL: func.func @causal_window
// CHECK-COUNT-1: sattn.tile_attention
// CHECK-NOT: sattn.tile_attention
// CHECK: mask {
// CHECK: ^bb0(%[[I:.*]]: index, %[[J:.*]]: index):
// CHECK: %[[DISTANCE:.*]] = arith.subi %[[J]], %[[I]]
// CHECK: arith.cmpi sge, %[[DISTANCE]], %c-31
// CHECK: sattn.yield
