// Row 0 stands at N - M for bottom_right, and at the operand for offset; a tile starts there.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -canonicalize -cse | FileCheck %s

!q = memref<1x2x16x8xf32>
!k = memref<1x2x64x8xf32>

func.func @bottom_right(%q: !q, %k: !k, %v: !k, %out: !q) {
  sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%out : !q) pattern(causal)
    align(bottom_right)
  return
}
// CHECK-LABEL: func.func @bottom_right
// CHECK: sattn.tile_attention
// CHECK-SAME: at %c48 step 1

func.func @offset(%q: !q, %k: !k, %v: !k, %out: !q, %past: index) {
  sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%out : !q) pattern(causal) offset(%past)
  return
}
// CHECK-LABEL: func.func @offset
// CHECK-SAME: %[[PAST:[^:,]*]]: index)
// CHECK: sattn.tile_attention
// CHECK-SAME: at %[[PAST]] step 1
