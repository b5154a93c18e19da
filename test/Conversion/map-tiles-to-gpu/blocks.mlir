// With `blocks`, a launch has no more of them, and each computes tiles one after the other, in the loop's order.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=gpu -sattn-map-tiles-to-gpu=blocks=216 -canonicalize -cse | FileCheck %s

!m = memref<1x8x?x64xf16>
func.func @causal(%q: !m, %k: !m, %v: !m, %out: !m) {
  sattn.attention ins(%q, %k, %v : !m, !m, !m) outs(%out : !m) pattern(causal)
  return
}
// CHECK-LABEL: func.func @causal(
// CHECK: %[[TOTAL:.*]] = arith.muli %{{.*}}, %c8
// CHECK: %[[BLOCKS:.*]] = arith.minsi %[[TOTAL]], %c216
// CHECK: gpu.launch blocks(%[[BLOCK:[^,]*]], {{.*}}) in (%[[ALL:[^ ]*]] = %[[BLOCKS]],
// CHECK: scf.for %[[NUMBER:.*]] = %[[BLOCK]] to %[[TOTAL]] step %[[ALL]] {
// CHECK: arith.index_castui %[[NUMBER]] : index to i32
// CHECK: sattn.tile_attention
