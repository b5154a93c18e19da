// Heads of equal pattern share a loop nest; different patterns get different ones.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -canonicalize -cse | FileCheck %s

!t = memref<1x4x64x8xf32>

func.func @two_kinds(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t)
    pattern(per_head<[causal, dense, causal, dense]>)
  return
}
// CHECK-LABEL: func.func @two_kinds
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (2, 4)
// CHECK: sattn.tile_attention
// CHECK: arith.cmpi
// CHECK: sattn.segment
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (2, 4)
// CHECK: sattn.tile_attention
// CHECK-NOT: arith.cmpi
// CHECK: sattn.segment
// CHECK-NOT: scf.forall

func.func @one_kind(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t)
    pattern(per_head<[causal, causal, causal, causal]>)
  return
}
// CHECK-LABEL: func.func @one_kind
// CHECK-COUNT-1: scf.forall
// CHECK-NOT: scf.forall
