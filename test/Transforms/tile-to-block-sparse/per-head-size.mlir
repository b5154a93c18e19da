// Tiles of all heads have the size that is best for the heads together: kernels depend on it,
// and heads of different patterns share them.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse="query-tile=0 vector-width=16 vectors-per-strip=4 key-unroll=6 multiply-adds-per-cycle=1" -canonicalize -cse | FileCheck %s

!one = memref<1x1x4096x64xf32>
!two = memref<1x2x4096x64xf32>

func.func @wide(%q: !one, %k: !one, %v: !one, %out: !one) {
  sattn.attention ins(%q, %k, %v : !one, !one, !one) outs(%out : !one)
    pattern(dense)
  return
}
// CHECK-LABEL: func.func @wide
// CHECK: sattn.tile_attention{{.*}} rows 64

func.func @narrow(%q: !one, %k: !one, %v: !one, %out: !one) {
  sattn.attention ins(%q, %k, %v : !one, !one, !one) outs(%out : !one)
    pattern(causal and window<left = 255>)
  return
}
// CHECK-LABEL: func.func @narrow
// CHECK: sattn.tile_attention{{.*}} rows 16

func.func @both(%q: !two, %k: !two, %v: !two, %out: !two) {
  sattn.attention ins(%q, %k, %v : !two, !two, !two) outs(%out : !two)
    pattern(per_head<[dense, causal and window<left = 255>]>)
  return
}
// CHECK-LABEL: func.func @both
// CHECK: sattn.tile_attention{{.*}} rows 64
// CHECK: sattn.tile_attention{{.*}} rows 64
