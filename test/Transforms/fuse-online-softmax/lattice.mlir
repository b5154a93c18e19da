// On a lattice the loop starts at the tile's residue and lists every step-th key.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -sattn-fuse-online-softmax=key-tile=32 -canonicalize -cse | FileCheck %s

!t = memref<1x2x1024x8xf32>

func.func @strided(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t) pattern(strided<stride = 4>)
  return
}
// CHECK-LABEL: func.func @strided
// CHECK: %[[RESIDUE:.*]] = arith.andi %{{.*}}, %c3
// CHECK: scf.while (%{{.*}} = %[[RESIDUE]],
// CHECK: scf.for %[[AT:.*]] = %c0 to
// CHECK: arith.muli %[[AT]], %c4
// CHECK: memref.store
// CHECK: sattn.softmax_update
